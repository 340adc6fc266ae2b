"""Features of motion computed once: augmented views of the training windows, plain ones of the rest.

Windows are augmented as they were recorded and then reduced to what the recipe sees of
them, so a teacher that sees more sees the very same motion.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.augment.imu import augment_imu
from tinykd.datasets.clips import Progress
from tinykd.datasets.imu import ImuDataset
from tinykd.feature_cache import CachedFeatures
from tinykd.features.imu import ImuFrontEnd, average_frames
from tinykd.recipe_gesture import GestureRecipe

VERSION = 1  # raise it when the same recipe would give other features
_WINDOWS_AT_ONCE = 1024


def cache_imu_features(
    dataset: ImuDataset, *, recipe: GestureRecipe, cache_dir: Path, progress: Progress
) -> CachedFeatures:
    """Return the features of every split, computed now or mapped from the cache.

    Args:
      dataset: the windows, with the recipe's channels or more, at its rate or a multiple.
      recipe: what is seen of them, and how they are augmented.
      cache_dir: holds `features/<digest>`.
      progress: told how many windows are done.
    """
    key = {
        "data": dataset.digest,
        "features": recipe.features.model_dump(mode="json"),
        "version": VERSION,
        "augment": recipe.augment.model_dump(mode="json"),
        "seed": recipe.seed,
    }
    channels, rate_hz = recipe.dataset.channels or dataset.channels, recipe.dataset.rate_hz
    if (channels, rate_hz) != (dataset.channels, dataset.rate_hz):
        key["seen"] = [*channels, rate_hz]
    digest = storage.digest_of(key)
    front = ImuFrontEnd(recipe.features, channels=channels, rate_hz=rate_hz)
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
        np.save(folder / f"{name}.npy", front(seen(dataset.splits[name].signals, dataset, front)))
    train = dataset.splits["train"].signals
    samples = train.shape[1] * front.rate_hz // dataset.rate_hz
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
            views[view, start : start + len(signals)] = front(seen(signals, dataset, front))
            done += len(signals)
            progress("augmented features", done, recipe.augment.views * len(train))
    views.flush()
    storage.write_json(folder / "settings.json", {**front.settings(), "window_samples": samples})


def seen(
    signals: npt.NDArray[np.float32], dataset: ImuDataset, front: ImuFrontEnd
) -> npt.NDArray[np.float32]:
    """Return what a front end's sensor gives of recorded windows: its channels, at its rate.

    Args:
      signals: [n, samples, channels] as the data set has them.
      dataset: names the channels and the rate, a whole multiple of the front end's.
      front: whose sensor it is.
    """
    if front.channels != dataset.channels:
        signals = signals[:, :, [dataset.channels.index(name) for name in front.channels]]
    # The mean over a longer row is what a slower sensor gives (`resample_even`).
    step = dataset.rate_hz // front.rate_hz
    return signals if step == 1 else average_frames(signals, step)
