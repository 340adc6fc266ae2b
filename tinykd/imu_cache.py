"""Features of motion computed once: augmented views of the training windows, plain ones of the rest."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tinykd import storage
from tinykd.augment.imu import augment_imu
from tinykd.datasets.clips import Progress
from tinykd.datasets.imu import ImuDataset
from tinykd.feature_cache import CachedFeatures
from tinykd.features.imu import ImuFrontEnd
from tinykd.recipe_gesture import GestureRecipe

VERSION = 1  # raise it when the same recipe would give other features
_WINDOWS_AT_ONCE = 1024


def cache_imu_features(
    dataset: ImuDataset, *, recipe: GestureRecipe, cache_dir: Path, progress: Progress
) -> CachedFeatures:
    """Return the features of every split, computed now or mapped from the cache."""
    digest = storage.digest_of(
        {
            "data": dataset.digest,
            "features": recipe.features.model_dump(mode="json"),
            "version": VERSION,
            "augment": recipe.augment.model_dump(mode="json"),
            "seed": recipe.seed,
        }
    )
    front = ImuFrontEnd(recipe.features, channels=dataset.channels, rate_hz=dataset.rate_hz)
    return storage.cached_folder(
        cache_dir / "features" / digest,
        make=lambda folder: _make(folder, dataset, front, recipe, progress),
        read=lambda folder: CachedFeatures(
            train=np.load(folder / "train.npy", mmap_mode="r"),
            validation=np.load(folder / "validation.npy", mmap_mode="r"),
            test=np.load(folder / "test.npy", mmap_mode="r"),
            settings=json.loads((folder / "settings.json").read_text(encoding="utf-8")),
            digest=digest,
        ),
    )


def _make(
    folder: Path, dataset: ImuDataset, front: ImuFrontEnd, recipe: GestureRecipe, progress: Progress
) -> None:
    for name in ("validation", "test"):
        np.save(folder / f"{name}.npy", front(dataset.splits[name].signals))
    train = dataset.splits["train"].signals
    samples = train.shape[1]
    views = storage.new_array(
        folder / "train.npy",
        dtype=np.float16,
        shape=(recipe.augment.views, len(train), *front.shape(samples)),
    )
    done = 0
    for view in range(recipe.augment.views):
        for start in range(0, len(train), _WINDOWS_AT_ONCE):
            signals = train[start : start + _WINDOWS_AT_ONCE]
            if view > 0:
                signals = augment_imu(
                    signals,
                    channels=dataset.channels,
                    rate_hz=dataset.rate_hz,
                    section=recipe.augment,
                    rng=np.random.default_rng([recipe.seed, view, start]),
                )
            views[view, start : start + len(signals)] = front(signals)
            done += len(signals)
            progress("augmented features", done, recipe.augment.views * len(train))
    views.flush()
    storage.write_json(folder / "settings.json", {**front.settings(), "window_samples": samples})
