"""How many clips of one second are augmented a second, with everything on and with the cheap half.

Run as ``python -m benchmarks.augment``. Clips are made of noise: the time does not depend on what they say.
Exits 1 when a rate is below its least.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from tinykd.augment import augment_audio, room_bank
from tinykd.recipe import AugmentSection
from tinykd.storage import cache_root

RATE_HZ = 16000
CLIPS = 1000
ROUNDS = 5  # the best of so many

EVERYTHING = AugmentSection(
    speed=(0.85, 1.15),
    noise_chance=1.0,
    room_chance=1.0,
    equaliser_db=6.0,
    band_limit_chance=0.5,
    soft_clip_chance=0.1,
    mu_law_chance=0.1,
)
CASES = (
    ("everything but pitch", EVERYTHING, 1500.0),
    ("everything", EVERYTHING.model_copy(update={"pitch_semitones": (-2.0, 2.0)}), 0.0),
    ("no rooms, no speed", EVERYTHING.model_copy(update={"speed": (1.0, 1.0), "room_chance": 0.0}), 5000.0),
)


def main() -> int:
    """Print a line for each case; return the exit code."""
    rng = np.random.default_rng(0)
    audio = rng.normal(0, 3000, (CLIPS, RATE_HZ)).astype(np.int16)
    noise = [rng.normal(0, 1000, RATE_HZ * 60).astype(np.int16) for _ in range(6)]
    rooms = room_bank(cache_root(), sample_rate_hz=RATE_HZ)
    failed = False
    print(f"{CLIPS} clips of 1 s, best of {ROUNDS}")
    for name, section, least in CASES:
        seconds = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            augment_audio(audio, section=section, sample_rate_hz=RATE_HZ, noise=noise, rooms=rooms, rng=rng)
            seconds.append(time.perf_counter() - start)
        rate = CLIPS / min(seconds)
        ok = rate >= least
        failed |= not ok
        print(f"{name:22} {rate:6.0f} clips/s (least {least:g})  {'ok' if ok else 'FAILED'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
