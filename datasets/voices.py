"""Who speaks: made-up speakers of many accents, none of them in two splits.

A speaker is an accent (a language voice of espeak-ng) with a variant: one of the
library's own, or a made one, whose vocal tract, pitch and timbre are drawn from
its name. Which split a speaker belongs to is a hash of accent and variant, so it
never depends on counts or seeds.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass

import numpy as np

from tinykd.datasets.accents import FOREIGN_VOICES

ACCENTS = (
    "en-us", "en-us-nyc", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd",
    "en-029",
)  # fmt: skip
ACCENT_WEIGHTS = (0.46, 0.10, 0.10, 0.06, 0.08, 0.07, 0.06, 0.07)

# The library's variants that sound like a person; robots, echoes and whispers are left out.
NAMED_VARIANTS = (
    "Alex", "Andrea", "Annie", "Gene", "Gene2", "Mario", "Michael", "Mike", "Mr serious", "Nguyen", "adam",
    "antonio", "aunty", "belinda", "benjamin", "boris", "croak", "david", "ed", "edward", "edward2", "f1",
    "f2", "f3", "f4", "f5", "grandma", "grandpa", "gustave", "john", "klatt", "klatt2", "klatt3", "klatt4",
    "klatt5", "klatt6", "linda", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "max", "michel", "mike2",
    "norbert", "pablo", "paul", "pedro", "quincy", "rob", "robert", "shelby", "steph", "steph2", "steph3",
    "victor",
)  # fmt: skip
MADE_VARIANTS = tuple(f"made{index:03d}" for index in range(240))
_MADE_SHARE = 0.75  # of the clips
_FOREIGN_SHARE = 0.2  # of the draws; fewer of the clips

_SPLIT_TENTHS = {"train": range(8), "validation": range(8, 9), "test": range(9, 10)}


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """One voice: how espeak-ng is set up for it, and the name that keeps splits apart.

    lines: of a voice description, on top of accent and variant.
    tract: factor on all formants by resampling afterwards; above 1 is a shorter vocal tract.
    """

    accent: str
    variant: str
    lines: tuple[str, ...]
    tract: float

    @property
    def identity(self) -> str:
        """Accent, variant and vocal-tract bucket (steps of 0.05)."""
        return f"{self.accent}+{self.variant}x{round(self.tract * 20) / 20:.2f}"

    @property
    def base_variant(self) -> str:
        """The library's variant that the lines are on top of, or empty for a made one."""
        return "" if self.variant in MADE_VARIANTS else self.variant


def split_of(accent: str, variant: str) -> str:
    """Return the one split in which this accent and variant may speak."""
    tenth = hashlib.sha256(f"{accent}+{variant}".encode()).digest()[0] % 10
    return next(split for split, tenths in _SPLIT_TENTHS.items() if tenth in tenths)


@functools.cache
def _variants_of(accent: str, split: str, made: bool) -> tuple[str, ...]:
    names = MADE_VARIANTS if made else NAMED_VARIANTS
    return tuple(name for name in names if split_of(accent, name) == split)


def _made_lines(variant: str) -> tuple[str, ...]:
    """Draw a speaker from the variant's name: body size first, pitch and timbre after it.

    Formant factors are percentages of the library's adult male voice. Sizes and
    pitches follow Peterson and Barney 1952 (women about 17 %, children about 30 %
    above men in formant frequency) and Baken and Orlikoff 2000 (mean speaking pitch).
    """
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(variant.encode()).digest()[:8], "big"))
    kind = rng.choice(3, p=(0.5, 0.38, 0.12))
    size = rng.normal((1.0, 1.14, 1.26)[kind], 0.05)
    pitch_hz = np.exp(rng.normal(np.log((112, 200, 265)[kind]), 0.16))
    low = pitch_hz * rng.uniform(0.75, 0.95)
    lines = [f"pitch {low:.0f} {low + pitch_hz * rng.uniform(0.15, 0.8):.0f}"]
    for formant in range(9):
        frequency = 100 * size * rng.normal(1, 0.04)
        strength = 100 * 10 ** (rng.normal(0, 3.5) / 20)
        lines.append(f"formant {formant} {frequency:.0f} {strength:.0f} {rng.uniform(65, 170):.0f}")
    if rng.random() < 0.4:
        lines.append(f"klatt {rng.integers(1, 6)}")
    if rng.random() < 0.4:
        amounts = rng.uniform(0, 25, size=8).astype(int)
        lines.append("breath 0 " + " ".join(str(amount) for amount in amounts[1:]))
    lines.append(f"voicing {rng.uniform(60, 150):.0f}")
    lines.append(f"consonants {rng.uniform(60, 150):.0f} {rng.uniform(60, 140):.0f}")
    tone = rng.uniform((150, 70, 40), (255, 255, 200)).astype(int)
    lines.append(f"tone 600 {tone[0]} 1200 {tone[1]} 2000 {tone[2]}")
    lines.append(f"intonation {rng.integers(1, 5)}")
    return tuple(lines)


def draw_speaker(rng: np.random.Generator, split: str, *, english: bool = False) -> Speaker:
    """Draw one of the speakers of `split`; with `english`, one with an accent of English."""
    if not english and rng.random() < _FOREIGN_SHARE:
        accent = str(rng.choice(FOREIGN_VOICES))
    else:
        accent = str(rng.choice(ACCENTS, p=ACCENT_WEIGHTS))
    made = rng.random() < _MADE_SHARE
    variant = str(rng.choice(_variants_of(accent, split, made)))
    lines = _made_lines(variant) if made else ()
    tract = float(np.clip(np.exp(rng.normal(0.0, 0.07 if made else 0.12)), 0.8, 1.25))
    return Speaker(accent=accent, variant=variant, lines=lines, tract=tract)
