"""From a list of recordings to an AudioDataset: the part that all loaders of recordings share."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.datasets import SPLITS
from tinykd.datasets.clips import SILENCE, UNKNOWN, AudioDataset, AudioSplit, Progress, class_names
from tinykd.datasets.decoded import Clip, decode_clips
from tinykd.datasets.recordings import Recording
from tinykd.datasets.selection import NOISE, select, silence_count, unit_hash
from tinykd.datasets.silence import Window, cut, noise_of, plan_windows
from tinykd.datasets.wav import fit_length, read_clip
from tinykd.errors import DataError, RecipeError
from tinykd.recipe import DatasetSection

Noises = dict[str, npt.NDArray[np.int16]]


def build_dataset(
    recordings: Sequence[Recording],
    *,
    words: tuple[str, ...],
    section: DatasetSection,
    where: str,
    cache_dir: Path,
    splits: Sequence[str],
    progress: Progress | None = None,
) -> AudioDataset:
    """Choose, decode and label the clips of the wanted splits.

    The clips of a split stand in the order of a hash, so that any run of them is
    a fair sample. The digest covers all splits, wanted or not, by the content of
    every recording; where the files lie does not matter.

    Args:
      recordings: of all splits, with a fingerprint each.
      words: the keywords; checked to be there.
      section: the recipe's.
      where: how errors name the data.
      cache_dir: for decoded clips.
      splits: which of train, validation and test.
      progress: told ("reading SPLIT", clips done, of all).

    Returns:
      The data set; `noise` is the training stretch of every noise recording.

    Raises:
      DataError: a class has no clip in a wanted split, or a recording is bad.
      RecipeError: the fractions leave no room for keywords, or a clip is no sample long.
    """
    assert set(splits) <= set(SPLITS), splits
    classes = class_names(words, silence=section.silence, unknown=section.unknown)
    rate_hz = section.sample_rate_hz
    if (samples := rate_hz * section.clip_ms // 1000) < 1:
        what = f"{section.clip_ms} ms at {rate_hz} Hz are less than one sample"
        raise RecipeError("dataset.clip_ms", what, "a longer clip")
    noises: Noises = {
        one.source: read_clip(one.path, sample_rate_hz=rate_hz) for one in recordings if one.word == NOISE
    }
    made: dict[str, AudioSplit] = {}
    for split in splits:
        chosen = select(recordings, words=words, section=section, split=split)
        clips = [_recorded(one, classes, samples, rate_hz) for one in chosen]
        clips += _silences(recordings, chosen, noises, classes, samples, split, section)
        _check_classes(clips, classes, split, where)
        clips.sort(key=lambda clip: (unit_hash("order", clip.source), clip.source))
        made[split] = AudioSplit(
            audio=decode_clips(
                clips, samples=samples, cache_dir=cache_dir, what=f"reading {split}", progress=progress
            ),
            labels=np.array([clip.label for clip in clips], dtype=np.int32),
            sources=tuple(clip.source for clip in clips),
            speakers=tuple(clip.speaker for clip in clips),
        )
    return AudioDataset(
        name=section.name,
        classes=classes,
        sample_rate_hz=rate_hz,
        splits=made,
        digest=_digest(recordings, classes, section),
        noise=noise_of("train", list(noises.values())),
        other_noise={split: noise_of(split, list(noises.values())) for split in SPLITS if split != "train"},
    )


def _recorded(one: Recording, classes: tuple[str, ...], samples: int, rate_hz: int) -> Clip:
    word = one.word if one.word in classes else UNKNOWN
    return Clip(
        source=one.source,
        speaker=one.speaker,
        label=classes.index(word),
        key=f"{one.fingerprint} {rate_hz}",
        read=partial(_read, one.path, samples, rate_hz),
    )


def _read(path: Path, samples: int, rate_hz: int) -> npt.NDArray[np.int16]:
    return fit_length(read_clip(path, sample_rate_hz=rate_hz), samples)


def _silences(
    recordings: Sequence[Recording],
    chosen: Sequence[Recording],
    noises: Noises,
    classes: tuple[str, ...],
    samples: int,
    split: str,
    section: DatasetSection,
) -> list[Clip]:
    """Cut clips of silence from the noise, unless the data set has recordings of silence."""
    if not section.silence or any(one.word == SILENCE for one in recordings):
        return []
    contents = {one.source: one.fingerprint for one in recordings if one.word == NOISE}
    lengths = {source: len(audio) for source, audio in noises.items()}
    windows = plan_windows(lengths, count=silence_count(len(chosen), section), samples=samples, split=split)

    def clip(window: Window) -> Clip:
        place = f"{window.start}+{samples} x {window.volume:.9f}"
        return Clip(
            source=f"{window.source} [{place}]",
            speaker="",
            label=classes.index(SILENCE),
            key=f"{contents[window.source]} {section.sample_rate_hz} {place}",
            read=partial(cut, noises[window.source], window, samples),
        )

    return [clip(window) for window in windows]


def _check_classes(clips: Sequence[Clip], classes: tuple[str, ...], split: str, where: str) -> None:
    remedies = {
        SILENCE: f"long enough recordings in {NOISE}, a {SILENCE} folder, or dataset.silence = false",
        UNKNOWN: "recordings of other words, or dataset.unknown = false",
    }
    there = {clip.label for clip in clips}
    if not there:
        raise DataError(where, f"no clips in the split '{split}'", "data that has this split")
    for label, name in enumerate(classes):
        if label not in there:
            remedy = remedies.get(name, "recordings of every word in every split")
            raise DataError(where, f"no clip of '{name}' in the split '{split}'", remedy)


def _digest(recordings: Sequence[Recording], classes: tuple[str, ...], section: DatasetSection) -> str:
    settings = section.model_dump(mode="json", exclude={"words"})
    files = sorted([one.source, one.split, one.fingerprint] for one in recordings)
    return storage.digest_of([settings, list(classes), files])
