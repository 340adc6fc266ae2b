"""The embedded data set: any words, said by made-up voices; nothing to download.

Every clip is a function of (recipe seed, split, word, number), so neither the
number of processes nor the order changes a sample. A split is made once and kept
in the cache, whole or not at all.
"""

from __future__ import annotations

import json
import math
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.datasets import SPLITS, clip_maker
from tinykd.datasets.clips import (
    BENCHMARK_WORDS,
    SILENCE,
    UNKNOWN,
    AudioDataset,
    AudioSplit,
    Phoneme,
    Progress,
    class_names,
)
from tinykd.datasets.row_filler import fill_rows
from tinykd.datasets.word_lists import check_keywords
from tinykd.errors import DataError
from tinykd.recipe import AudioRecipe

GENERATOR = "4"  # raise it when the same seed gives other samples

_NOISE_S = 25

Task = tuple[str, int]  # (class, number)


def _nothing(what: str, done: int, total: int) -> None:
    """Report progress to nobody."""


def _counts(recipe: AudioRecipe, split: str, classes: tuple[str, ...]) -> dict[str, int]:
    section = recipe.synthetic
    clips = {
        "train": section.train_clips_per_word,
        "validation": section.validation_clips_per_word,
        "test": section.test_clips_per_word,
    }[split]
    return {
        name: max(1, round(clips * section.unknown_factor)) if name == UNKNOWN else clips for name in classes
    }


def _make(
    task: Task, split: str, keywords: tuple[str, ...], seed: int, rate_hz: int, count: int
) -> clip_maker.Clip:
    name, index = task
    rng = clip_maker.clip_rng(seed, split, name, index)
    if name == UNKNOWN:
        return clip_maker.unknown_clip(rng, keywords, split=split, rate_hz=rate_hz, count=count)
    if name == SILENCE:
        return clip_maker.silence_clip(rng, keywords, split=split, rate_hz=rate_hz, count=count)
    return clip_maker.word_clip(rng, name, split=split, rate_hz=rate_hz, count=count)


Row = tuple[str, str, list[tuple[float, float, str]]]  # source, speaker, phonemes


def _make_row(
    task: Task, split: str, keywords: tuple[str, ...], seed: int, rate_hz: int, count: int
) -> tuple[npt.NDArray[np.int16], Row]:
    clip = _make(task, split, keywords, seed, rate_hz, count)
    stamps = [(round(p.start_s, 4), round(p.end_s, 4), p.symbol) for p in clip.phonemes]
    return clip.audio, (clip.source, clip.speaker, stamps)


def backgrounds(keywords: tuple[str, ...], *, seed: int, rate_hz: int) -> list[npt.NDArray[np.int16]]:
    """Return made-up noise for augmentation, from random numbers that no clip uses."""
    recordings = []
    for index, kind in enumerate(clip_maker.BACKGROUNDS * 2):
        rng = clip_maker.clip_rng(seed, "train", f"noise/{kind}", index)
        sound = clip_maker.background(
            rng, kind, keywords, split="train", rate_hz=rate_hz, count=_NOISE_S * rate_hz
        )
        recordings.append(np.clip(sound * (0.1 * 32767), -32768, 32767).astype(np.int16))
    return recordings


def _make_split(
    folder: Path,
    split: str,
    classes: tuple[str, ...],
    keywords: tuple[str, ...],
    recipe: AudioRecipe,
    progress: Progress,
) -> None:
    counts = _counts(recipe, split, classes)
    tasks = [(name, index) for name in classes for index in range(counts[name])]
    samples = recipe.dataset.sample_rate_hz * recipe.dataset.clip_ms // 1000
    path = folder / "audio.npy"
    storage.new_array(path, dtype=np.int16, shape=(len(tasks), samples)).flush()
    rows: list[Row] = fill_rows(
        path,
        tasks,
        partial(
            _make_row,
            split=split,
            keywords=keywords,
            seed=recipe.synthetic.seed,
            rate_hz=recipe.dataset.sample_rate_hz,
            count=samples,
        ),
        what=f"synthetic speech, {split}",
        progress=progress,
    )
    sidecar = {
        "classes": list(classes),
        "labels": [classes.index(name) for name, _ in tasks],
        "sources": [row[0] for row in rows],
        "speakers": [row[1] for row in rows],
        "phonemes": [row[2] for row in rows],
    }
    (folder / "clips.json").write_text(json.dumps(sidecar, ensure_ascii=False), encoding="utf-8")
    if split == "train":
        rate_hz = recipe.dataset.sample_rate_hz
        noise = backgrounds(keywords, seed=recipe.synthetic.seed, rate_hz=rate_hz)
        np.savez(folder / "noise.npz", *noise)


def _read_split(folder: Path, fraction: float) -> AudioSplit:
    audio = np.load(folder / "audio.npy", mmap_mode="r")
    sidecar = json.loads((folder / "clips.json").read_text(encoding="utf-8"))
    labels = np.asarray(sidecar["labels"], np.int32)
    keep = np.arange(len(labels))
    if fraction < 1.0:
        kept = [
            rows[: max(1, math.ceil(fraction * len(rows) - 1e-9))]
            for rows in (np.flatnonzero(labels == label) for label in np.unique(labels))
        ]
        keep = np.sort(np.concatenate(kept))
        audio = audio[keep]
    return AudioSplit(
        audio=audio,
        labels=labels[keep],
        sources=tuple(sidecar["sources"][row] for row in keep),
        speakers=tuple(sidecar["speakers"][row] for row in keep),
        phonemes=tuple(
            tuple(
                Phoneme(start_s=start, end_s=end, symbol=symbol)
                for start, end, symbol in sidecar["phonemes"][row]
            )
            for row in keep
        ),
    )


def _read(folder: Path, fraction: float) -> tuple[AudioSplit, list[npt.NDArray[np.int16]]]:
    return _read_split(folder, fraction), _read_noise(folder)


def _read_noise(folder: Path) -> list[npt.NDArray[np.int16]]:
    """Return the noise for augmentation, which stands beside the training split only."""
    if folder.name != "train":
        return []
    with np.load(folder / "noise.npz") as archive:
        return [archive[f"arr_{index}"] for index in range(len(archive.files))]


def load(
    recipe: AudioRecipe,
    *,
    data_dir: Path | None,
    cache_dir: Path,
    splits: tuple[str, ...] = SPLITS,
    progress: Progress | None = None,
) -> AudioDataset:
    """Make the clips that `recipe` asks for, or map them from the cache.

    Args:
      recipe: its sections `dataset` and `synthetic`.
      data_dir: must be None: this data set is made here.
      cache_dir: holds `synthetic_speech/<digest>/<split>`.
      splits: those to make; the others cost nothing.
      progress: called with (what, done, total) from this process.
    Returns:
      The data set; audio is a memory map unless `train_fraction` takes a part.
    Raises:
      DataError: a data folder was named, or a word cannot be said or told apart.
    """
    if data_dir is not None:
        raise DataError(
            "synthetic_speech",
            f"it makes its own clips and cannot use {data_dir}",
            "leave the data folder out, or name another data set",
        )
    keywords = recipe.dataset.words or BENCHMARK_WORDS
    check_keywords(keywords)
    section = recipe.dataset
    classes = class_names(keywords, silence=section.silence, unknown=section.unknown)
    digest = storage.digest_of(
        {
            "generator": GENERATOR,
            "espeakng-loader": version("espeakng-loader"),
            "classes": classes,
            "synthetic": recipe.synthetic.model_dump(mode="json"),
            "sample_rate_hz": section.sample_rate_hz,
            "clip_ms": section.clip_ms,
        }
    )
    root = cache_dir / "synthetic_speech" / digest
    found: dict[str, AudioSplit] = {}
    noise: list[npt.NDArray[np.int16]] = []
    for split in splits:
        fraction = section.train_fraction if split == "train" else 1.0
        found[split], beside = storage.cached_folder(
            root / split,
            make=partial(
                _make_split,
                split=split,
                classes=classes,
                keywords=keywords,
                recipe=recipe,
                progress=progress or _nothing,
            ),
            read=partial(_read, fraction=fraction),
        )
        noise = noise or beside
    return AudioDataset(
        name="synthetic_speech",
        classes=classes,
        sample_rate_hz=section.sample_rate_hz,
        splits=found,
        digest=storage.digest_of([digest, section.train_fraction]),
        noise=noise,
    )
