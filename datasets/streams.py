"""Hours of sound, and what is heard when: what a device listens to all day.

A stream is one long recording made of made-up scenes and real recordings, end to
end. It is made once, kept in the cache, and mapped from there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.datasets.clip_maker import clip_rng
from tinykd.datasets.clips import Progress
from tinykd.datasets.row_filler import fill_rows
from tinykd.datasets.scenes import (
    NEAR,
    NOISE,
    SPEECH,
    WAKE,
    Scene,
    Sound,
    floor_of,
    near_scene,
    noise_scene,
    speech_scene,
    wake_scene,
)

GENERATOR = "2"  # raise it when the same seed gives other samples
SCENE_S = 20
WAKE_SCENE_MS = 3500

_SCENES = {SPEECH: speech_scene, NEAR: near_scene, NOISE: noise_scene}
_GAP_S = (0.2, 0.7)  # between real recordings
_LEAD_S = 1.0  # before and after a real recording of the phrase


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One long recording.

    audio: [samples] int16, may be a memory map.
    sounds: what is heard in it, by start; the gaps between are room noise.
    rate_hz: samples a second.
    digest: equal streams have equal digests.
    """

    audio: npt.NDArray[np.int16]
    sounds: tuple[Sound, ...]
    rate_hz: int
    digest: str

    @property
    def hours(self) -> float:
        """Return the stream's length in hours."""
        return len(self.audio) / self.rate_hz / 3600

    def hours_by_kind(self) -> dict[str, float]:
        """Return how many hours of each kind of sound there are; gaps count to none."""
        found: dict[str, float] = {}
        for sound in self.sounds:
            hours = (sound.end - sound.start) / self.rate_hz / 3600
            found[sound.kind] = found.get(sound.kind, 0.0) + hours
        return found

    def sound_before(self, second: float) -> Sound | None:
        """Return the last sound that had begun at `second`: what a detection there was caused by."""
        at = int(second * self.rate_hz)
        starts = [sound.start for sound in self.sounds]
        place = int(np.searchsorted(starts, at, side="left"))
        return self.sounds[place - 1] if place else None


@dataclass(frozen=True, kw_only=True)
class RealSound:
    """A real recording to be laid into a stream.

    audio: [samples] int16.
    kind, source: as in `Sound`.
    key: changes whenever the samples would.
    span: (start, end) in samples of what `kind` means, within the recording.
    """

    audio: npt.NDArray[np.int16]
    kind: str
    source: str
    key: str
    span: tuple[int, int]


def negative_stream(
    phrase: str,
    *,
    split: str,
    hours: float,
    shares: dict[str, float],
    real: Sequence[RealSound],
    seed: int,
    rate_hz: int,
    cache_dir: Path,
    progress: Progress,
) -> Stream:
    """Return a stream in which `phrase` is never said.

    Args:
      phrase: what must not be said; near phrases are made of it.
      split: whose voices and near phrases.
      hours: of made-up scenes.
      shares: of the made-up hours by kind of scene; they are normalised.
      real: recordings laid one after another behind the scenes, each once.
      seed: of the scenes.
      rate_hz: of everything.
      cache_dir: holds `streams/<digest>`.
      progress: told how many scenes are done.
    """
    scenes = round(hours * 3600 / SCENE_S)
    total = sum(shares.values())
    ends = np.round(np.cumsum([share / total for share in shares.values()]) * scenes).astype(int)
    kinds = [list(shares)[int(np.searchsorted(ends, index, side="right"))] for index in range(scenes)]
    make = partial(
        _negative_row, phrase=phrase, split=split, seed=seed, rate_hz=rate_hz, count=SCENE_S * rate_hz
    )
    return _stream(
        [(kind, index) for index, kind in enumerate(kinds)],
        make,
        real,
        gap_s=_GAP_S,
        row=SCENE_S * rate_hz,
        key=["negatives", phrase, split, seed, rate_hz],
        what=f"sounds without the word, {split}",
        rate_hz=rate_hz,
        cache_dir=cache_dir,
        progress=progress,
    )


def wake_stream(
    phrase: str,
    *,
    split: str,
    count: int,
    longest_ms: int,
    real: Sequence[RealSound],
    seed: int,
    rate_hz: int,
    cache_dir: Path,
    progress: Progress,
) -> Stream:
    """Return a stream in which `phrase` is said again and again, `count` times by made-up voices.

    Args:
      phrase: what is said.
      split: whose voices.
      count: made-up scenes, one phrase each.
      longest_ms: within which the phrase is said where it can be.
      real: recordings of the phrase, each laid in once with a second of room noise before and after.
      seed: of the scenes.
      rate_hz: of everything.
      cache_dir: holds `streams/<digest>`.
      progress: told how many scenes are done.
    """
    row = WAKE_SCENE_MS * rate_hz // 1000
    make = partial(
        _wake_row,
        phrase=phrase,
        split=split,
        seed=seed,
        rate_hz=rate_hz,
        count=row,
        longest=longest_ms * rate_hz / 1000,
    )
    return _stream(
        [(WAKE, index) for index in range(count)],
        make,
        real,
        gap_s=(_LEAD_S, _LEAD_S),
        row=row,
        key=["wake", phrase, split, seed, rate_hz, longest_ms],
        what=f"the phrase in made-up voices, {split}",
        rate_hz=rate_hz,
        cache_dir=cache_dir,
        progress=progress,
    )


_Task = tuple[str, int]


def _negative_row(task: _Task, phrase: str, split: str, seed: int, rate_hz: int, count: int) -> Scene:
    kind, index = task
    rng = clip_rng(seed, split, f"scene/{phrase}/{kind}", index)
    return _SCENES[kind](rng, phrase, split=split, rate_hz=rate_hz, count=count)


def _wake_row(
    task: _Task, phrase: str, split: str, seed: int, rate_hz: int, count: int, longest: float
) -> Scene:
    kind, index = task
    rng = clip_rng(seed, split, f"scene/{phrase}/{kind}", index)
    return wake_scene(rng, phrase, split=split, rate_hz=rate_hz, count=count, longest=longest)


def _stream(
    tasks: list[_Task],
    make: partial[Scene],
    real: Sequence[RealSound],
    *,
    gap_s: tuple[float, float],
    row: int,
    key: list[object],
    what: str,
    rate_hz: int,
    cache_dir: Path,
    progress: Progress,
) -> Stream:
    digest = storage.digest_of(
        [GENERATOR, version("espeakng-loader"), key, tasks, row, [[one.source, one.key] for one in real]]
    )
    rng = clip_rng(0, "stream", digest, 0)
    gaps = [round(rng.uniform(*gap_s) * rate_hz) for _ in range(len(real) + 1)] if real else []
    tail = sum(gaps) + sum(len(one.audio) for one in real)
    rows = len(tasks) + -(-tail // row)

    def fill(folder: Path) -> None:
        path = folder / "audio.npy"
        storage.new_array(path, dtype=np.int16, shape=(rows, row)).flush()
        scenes = fill_rows(path, tasks, make, what=what, progress=progress, weight=row / rate_hz)
        sounds = [
            asdict(sound) | {"start": sound.start + place * row, "end": sound.end + place * row}
            for place, scene in enumerate(scenes)
            for sound in scene
        ]
        audio = np.load(path, mmap_mode="r+").reshape(-1)
        sounds += _lay(audio[len(tasks) * row :], real, gaps, offset=len(tasks) * row, rng=rng)
        audio.flush()
        storage.write_json(folder / "sounds.json", {"samples": len(tasks) * row + tail, "sounds": sounds})

    def read(folder: Path) -> Stream:
        said = json.loads((folder / "sounds.json").read_text(encoding="utf-8"))
        audio = np.load(folder / "audio.npy", mmap_mode="r").reshape(-1)
        return Stream(
            audio=audio[: int(said["samples"])],
            sounds=tuple(Sound(**sound) for sound in said["sounds"]),
            rate_hz=rate_hz,
            digest=digest,
        )

    return storage.cached_folder(cache_dir / "streams" / digest, make=fill, read=read)


def _lay(
    out: npt.NDArray[np.int16],
    real: Sequence[RealSound],
    gaps: Sequence[int],
    *,
    offset: int,
    rng: np.random.Generator,
) -> list[dict[str, object]]:
    """Write the real recordings into `out` with gaps of room noise; return their sounds."""
    sounds: list[dict[str, object]] = []
    at = 0
    for place, gap in enumerate(gaps):
        room = floor_of(rng, max(gap, 2))[:gap]
        out[at : at + gap] = np.round(room * 32767).astype(np.int16)
        at += gap
        if place < len(real):
            one = real[place]
            out[at : at + len(one.audio)] = one.audio
            sounds.append(
                {
                    "start": offset + at + one.span[0],
                    "end": offset + at + one.span[1],
                    "kind": one.kind,
                    "source": one.source,
                }
            )
            at += len(one.audio)
    return sounds
