"""The form in which every audio data set leaves its loader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

SILENCE = "_silence_"
UNKNOWN = "_unknown_"

# The ten keywords of the Speech Commands benchmark (Warden 2018, arXiv:1804.03209, section 7).
BENCHMARK_WORDS = ("down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes")

Progress = Callable[[str, int, int], None]  # (what, done, total)


@dataclass(frozen=True, kw_only=True)
class Phoneme:
    """One speech sound: where it stands in its clip, in seconds, and its IPA symbol."""

    start_s: float
    end_s: float
    symbol: str


@dataclass(frozen=True, kw_only=True)
class AudioSplit:
    """Clips of one split, all of one length.

    audio: [n, samples] int16 PCM, may be a memory map.
    labels: [n] int32, an index into the data set's classes.
    sources: where each clip came from, as a person would name it.
    speakers: who speaks; empty where nobody is known.
    phonemes: what is said when, a clip at a time; None where nobody knows, of a clip or of all.
    """

    audio: npt.NDArray[np.int16]
    labels: npt.NDArray[np.int32]
    sources: tuple[str, ...]
    speakers: tuple[str, ...]
    phonemes: tuple[tuple[Phoneme, ...] | None, ...] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the speakers: none of them stands in two splits."""
        return self.speakers


@dataclass(frozen=True, kw_only=True)
class AudioDataset:
    """A data set: classes, the splits that were asked for, and noise for augmentation.

    noise: recordings of any length, their training stretches only.
    other_noise: by split, the stretches that belong to validation and to test.
    """

    name: str
    classes: tuple[str, ...]
    sample_rate_hz: int
    splits: dict[str, AudioSplit]
    digest: str
    noise: list[npt.NDArray[np.int16]] = field(default_factory=list)
    other_noise: dict[str, list[npt.NDArray[np.int16]]] = field(default_factory=dict)


def class_names(words: tuple[str, ...], *, silence: bool, unknown: bool) -> tuple[str, ...]:
    """Return the class order: keywords as listed, then silence, then unknown."""
    return words + ((SILENCE,) if silence else ()) + ((UNKNOWN,) if unknown else ())
