"""A wake phrase for a listening device: streams with it and without, and clips cut from them to train on.

Two data sets come from here. `synthetic_wake` is made whole: the phrase by made-up
voices, running speech, near phrases, noise. `wake_recordings` takes recordings of
the phrase and of other things from folders; made-up sounds join them, but the
phrase in validation and test is recorded only.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.datasets import SPLITS, espeak
from tinykd.datasets.clips import UNKNOWN, AudioDataset, AudioSplit, Progress
from tinykd.datasets.recordings import Recording
from tinykd.datasets.scenes import NEAR, NOISE, SPEECH
from tinykd.datasets.selection import NOISE as NOISE_FOLDER
from tinykd.datasets.selection import unit_hash
from tinykd.datasets.streams import RealSound, Stream, negative_stream, wake_stream
from tinykd.datasets.synthetic_speech import backgrounds
from tinykd.datasets.voice_changes import trim
from tinykd.datasets.wake_clips import beside_starts, cut, even_starts, wake_starts
from tinykd.datasets.wake_recordings import (
    list_folder,
    of_phrase,
    other_sounds,
    phrase_sounds,
    without_phrase,
)
from tinykd.datasets.word_lists import check_keywords
from tinykd.errors import DataError
from tinykd.recipe_tasks import WakewordRecipe

VERSION = 1  # raise it when the same streams would give other clips
EMBEDDED = "synthetic_wake"
_LONGEST_SHARE = 0.9  # of a window: within it the phrase is said
_JUDGED_EVERY_MS = 2000  # clips of validation and test, which only the loss is read from


@dataclass(frozen=True, kw_only=True)
class WakeDataset(AudioDataset):
    """Clips to train on, and the streams that detection is judged by.

    positives: by split, streams in which the phrase is said.
    negatives: by split, streams in which it is not.
    near: streams of validation and test in which near phrases alone are said, where the recipe wants any.
    """

    positives: dict[str, Stream]
    negatives: dict[str, Stream]
    near: dict[str, Stream]


def check_phrase(phrase: str, *, clip_ms: int) -> None:
    """Refuse a phrase that nobody can say, or not within a window.

    Raises:
      DataError: the phrase is empty, has no pronunciation, or takes too long.
    """
    where = "dataset.phrase"
    if not phrase.strip():
        raise DataError(where, "an empty phrase", "a word or phrase of at least one letter")
    check_keywords((phrase,), where=where)
    audio = espeak.synthesise(phrase).audio.astype(np.float32)
    first, last = trim(audio, espeak.ESPEAK_RATE_HZ)
    said_ms = 1000 * (last - first) // espeak.ESPEAK_RATE_HZ
    if said_ms > clip_ms:
        what = f"'{phrase}' takes {said_ms} ms to say, a window is {clip_ms} ms"
        raise DataError(where, what, "a shorter phrase, or a larger dataset.clip_ms")


def load(
    recipe: WakewordRecipe,
    *,
    data_dir: Path | None,
    cache_dir: Path,
    splits: Sequence[str] = SPLITS,
    progress: Progress | None = None,
) -> WakeDataset:
    """Make or map the streams of the wanted splits, and the clips cut from them.

    Args:
      recipe: its sections `dataset` and `synthetic`.
      data_dir: for `wake_recordings`, one of the folders of `wake_recordings.list_folder`.
      cache_dir: holds streams, clips and unpacked archives.
      splits: which of train, validation and test.
      progress: told what is done, and how much of it.

    Returns:
      The data set; classes are the phrase and `_unknown_`.

    Raises:
      DataError: a phrase or recordings that cannot be used.
    """
    section = recipe.dataset
    check_phrase(section.phrase, clip_ms=section.clip_ms)
    tell = progress or (lambda what, done, total: None)
    wake, others = _recordings(recipe, data_dir, splits, cache_dir, progress)
    positives, negatives, near, made = {}, {}, {}, {}
    for split in splits:
        positives[split], negatives[split] = _streams(recipe, split, wake, others, cache_dir, tell)
        made[split] = _clips(recipe, split, positives[split], negatives[split], cache_dir)
        if split != "train" and recipe.synthetic.near_hours:
            near[split] = _made_negatives(
                recipe, split, recipe.synthetic.near_hours, {NEAR: 1.0}, [], cache_dir, tell
            )
    noise = _noise(recipe, others, cache_dir) if "train" in splits else []
    digests = [[positives[split].digest, negatives[split].digest] for split in splits]
    return WakeDataset(
        name=section.name,
        classes=(section.phrase, UNKNOWN),
        sample_rate_hz=section.sample_rate_hz,
        splits=made,
        digest=storage.digest_of([VERSION, section.model_dump(mode="json"), digests]),
        noise=noise,
        positives=positives,
        negatives=negatives,
        near=near,
    )


def with_mined(dataset: WakeDataset, starts: npt.NDArray[np.int64], *, samples: int) -> WakeDataset:
    """Return `dataset` with more training clips without the phrase.

    Args:
      dataset: with a training split.
      starts: [n] samples of the training split's negative stream, where the clips start.
      samples: of a clip.
    """
    train = dataset.splits["train"]
    extra = cut(dataset.negatives["train"].audio, starts, samples)
    joined = AudioSplit(
        audio=np.concatenate([train.audio, extra]),
        labels=np.concatenate([train.labels, np.ones(len(starts), np.int32)]),
        sources=train.sources + tuple(f"mined/{start}" for start in starts),
        speakers=train.speakers + ("",) * len(starts),
    )
    return replace(
        dataset,
        splits={**dataset.splits, "train": joined},
        digest=storage.digest_of([dataset.digest, "mined", starts.tolist()]),
    )


def _recordings(
    recipe: WakewordRecipe,
    data_dir: Path | None,
    splits: Sequence[str],
    cache_dir: Path,
    progress: Progress | None,
) -> tuple[list[Recording], list[Recording]]:
    """Return (of the phrase, of anything else); both empty where everything is made up."""
    section = recipe.dataset
    if section.name == EMBEDDED:
        if data_dir is not None:
            what = f"it makes its own sounds and cannot use {data_dir}"
            raise DataError(EMBEDDED, what, "leave the data folder out, or --dataset wake_recordings")
        if section.negatives:
            what = "negatives are folders beside recordings of the phrase, and there are none"
            raise DataError("dataset.negatives", what, "no folders, or dataset.name = 'wake_recordings'")
        return [], []
    folder = data_dir or _own_folder()
    found = list_folder(folder, cache_dir=cache_dir, progress=progress)
    wake = of_phrase(found, section.phrase, splits=splits, where=str(folder))
    for name in section.negatives:
        found += list_folder(folder / name, cache_dir=cache_dir, progress=progress)
    return wake, without_phrase(found, section.phrase)


def _own_folder() -> Path:
    root = storage.data_root()
    if root is None or not (root / "wake_word").is_dir():
        what = "no folder given, and no $TINYKD_DATA/wake_word"
        raise DataError("wake_recordings", what, "pass --data-dir with a folder of <word>/*.wav")
    return root / "wake_word"


def _streams(
    recipe: WakewordRecipe,
    split: str,
    wake: list[Recording],
    others: list[Recording],
    cache_dir: Path,
    progress: Progress,
) -> tuple[Stream, Stream]:
    section, made = recipe.dataset, recipe.synthetic
    phrases = {
        "train": made.train_phrases,
        "validation": 0 if wake else made.validation_phrases,
        "test": 0 if wake else made.test_phrases,
    }[split]
    hours = {"train": made.train_hours, "validation": made.validation_hours, "test": made.test_hours}[split]
    rate_hz = section.sample_rate_hz
    longest_ms = round(_LONGEST_SHARE * section.clip_ms)
    own = [one for one in wake if one.split == split]
    if not phrases and not own:
        raise DataError("[synthetic]", f"nobody says the phrase in {split}", f"{split}_phrases above 0")
    positives = wake_stream(
        section.phrase,
        split=split,
        count=phrases,
        longest_ms=longest_ms,
        real=phrase_sounds(own, rate_hz=rate_hz, longest_ms=longest_ms),
        seed=made.seed,
        rate_hz=rate_hz,
        cache_dir=cache_dir,
        progress=progress,
    )
    there = [one for one in others if one.split == split or one.word == NOISE_FOLDER]
    if not hours and not there:
        raise DataError("[synthetic]", f"{split} has no sounds without the phrase", f"{split}_hours above 0")
    shares = {SPEECH: made.speech_share, NOISE: made.noise_share}
    if split == "train":
        shares = {SPEECH: made.speech_share, NEAR: made.near_share, NOISE: made.noise_share}
    real = other_sounds(there, split=split, rate_hz=rate_hz)
    negatives = _made_negatives(recipe, split, hours, shares, real, cache_dir, progress)
    return positives, negatives


def _made_negatives(
    recipe: WakewordRecipe,
    split: str,
    hours: float,
    shares: dict[str, float],
    real: list[RealSound],
    cache_dir: Path,
    progress: Progress,
) -> Stream:
    return negative_stream(
        recipe.dataset.phrase,
        split=split,
        hours=hours,
        shares=shares,
        real=real,
        seed=recipe.synthetic.seed,
        rate_hz=recipe.dataset.sample_rate_hz,
        cache_dir=cache_dir,
        progress=progress,
    )


def _clips(
    recipe: WakewordRecipe, split: str, positives: Stream, negatives: Stream, cache_dir: Path
) -> AudioSplit:
    """Return windows cut from the streams, from the cache if they were cut before."""
    section = recipe.dataset
    samples = section.sample_rate_hz * section.clip_ms // 1000
    train = split == "train"
    placements = section.placements if train else 1
    every_ms = section.every_ms if train else _JUDGED_EVERY_MS
    key = [VERSION, positives.digest, negatives.digest, samples, placements, every_ms, recipe.synthetic.seed]
    digest = storage.digest_of(key)

    def make(folder: Path) -> None:
        rng = np.random.default_rng([recipe.synthetic.seed, SPLITS.index(split)])
        said = wake_starts(positives, samples=samples, placements=placements, rng=rng)
        beside = beside_starts(positives, samples=samples, rng=rng)
        without = even_starts(negatives, samples=samples, every_ms=every_ms, rng=rng)
        rows = len(said) + len(beside) + len(without)
        audio = storage.new_array(folder / "audio.npy", dtype=np.int16, shape=(rows, samples))
        audio[: len(said)] = cut(positives.audio, said, samples)
        audio[len(said) : len(said) + len(beside)] = cut(positives.audio, beside, samples)
        audio[len(said) + len(beside) :] = cut(negatives.audio, without, samples)
        audio.flush()
        parts = {"phrase": said.tolist(), "beside": beside.tolist(), "without": without.tolist()}
        storage.write_json(folder / "starts.json", parts)

    def read(folder: Path) -> AudioSplit:
        parts = json.loads((folder / "starts.json").read_text(encoding="utf-8"))
        audio = np.load(folder / "audio.npy", mmap_mode="r")
        labels = [int(name != "phrase") for name in parts for _ in parts[name]]
        sources = tuple(f"{split}/{name}/{start}" for name in parts for start in parts[name])
        split_clips = AudioSplit(
            audio=audio,
            labels=np.asarray(labels, np.int32),
            sources=sources,
            speakers=("",) * len(sources),
        )
        if not train or section.train_fraction >= 1.0:
            return split_clips
        groups = [
            (name, place // (placements if name == "phrase" else 1))
            for name in parts
            for place in range(len(parts[name]))
        ]
        return _share(split_clips, groups, section.train_fraction)

    return storage.cached_folder(cache_dir / "wake_clips" / digest, make=make, read=read)


def _share(clips: AudioSplit, groups: list[tuple[str, int]], fraction: float) -> AudioSplit:
    """Return the clips whose group's hash is below `fraction`: all windows of a saying, or none."""
    keep = np.flatnonzero([unit_hash("share", f"{name}/{place}") < fraction for name, place in groups])
    return AudioSplit(
        audio=clips.audio[keep],
        labels=clips.labels[keep],
        sources=tuple(clips.sources[row] for row in keep),
        speakers=tuple(clips.speakers[row] for row in keep),
    )


def _noise(recipe: WakewordRecipe, others: list[Recording], cache_dir: Path) -> list[npt.NDArray[np.int16]]:
    """Return what augmentation lays under training clips: made-up noise and recorded noise."""
    rate_hz, seed = recipe.dataset.sample_rate_hz, recipe.synthetic.seed
    phrase = recipe.dataset.phrase
    digest = storage.digest_of(["noise", phrase, seed, rate_hz])

    def make(folder: Path) -> None:
        np.savez(folder / "noise.npz", *backgrounds((phrase,), seed=seed, rate_hz=rate_hz))

    def read(folder: Path) -> list[npt.NDArray[np.int16]]:
        with np.load(folder / "noise.npz") as archive:
            return [archive[f"arr_{index}"] for index in range(len(archive.files))]

    made = storage.cached_folder(cache_dir / "wake_noise" / digest, make=make, read=read)
    recorded = [one for one in others if one.word == NOISE_FOLDER]
    return made + [one.audio for one in other_sounds(recorded, split="train", rate_hz=rate_hz)]
