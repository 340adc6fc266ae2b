"""Windows of sensors computed once: perturbed views of the training windows, plain ones of the rest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.anomaly.curves import run_means
from tinykd.augment.perturb import perturb
from tinykd.datasets.sensor import SensorDataset, at_hand, only_channels, only_states
from tinykd.feature_cache import CachedFeatures
from tinykd.features.sensor_windows import Windows, sensor_front_end
from tinykd.recipe_anomaly import AnomalyRecipe

VERSION = 1  # raise it when the same recipe would give other features
_SMALLEST_DEVIATION = 1e-4  # of a feature that does not change


@dataclass(frozen=True, kw_only=True)
class SensorFeatures(CachedFeatures):
    """Features standardised one by one: (value - mean) / deviation, limited to -clip..clip.

    labels: [n] uint8 of each validation and test window.
    run: [n] int32 of each validation and test window, an index into the split's runs.
    run_labels: of validation and test, the label of each run's last window.
    machines: of validation and test, the machine of each run.
    conditions: [n] the operating point of each training window.
    whole_runs: scores are judged run by run, as means over their windows.
    """

    labels: dict[str, npt.NDArray[np.uint8]]
    run: dict[str, npt.NDArray[np.int32]]
    machines: dict[str, tuple[str, ...]]
    conditions: tuple[str, ...]
    whole_runs: bool

    def judged(self, split: str, scores: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.uint8]]:
        """Return scores and labels of what is judged: windows, or whole runs.

        Args:
          split: validation or test.
          scores: [windows].
        """
        labels, run = self.labels[split], self.run[split]
        if not self.whole_runs:
            return scores, labels
        count = len(self.machines[split])
        run_labels = np.zeros(count, np.uint8)
        run_labels[run] = labels
        return run_means(scores, run, count), run_labels

    def judged_machines(self, split: str) -> list[str]:
        """Return the machine of everything that `judged` returns."""
        names = self.machines[split]
        return list(names) if self.whole_runs else [names[index] for index in self.run[split]]


def cache_sensor_features(
    dataset: SensorDataset, *, recipe: AnomalyRecipe, cache_dir: Path
) -> SensorFeatures:
    """Return the features of every split, computed now or mapped from the cache.

    Args:
      dataset: runs with the recipe's channels and states, or more. With more channels, windows are perturbed
        in all of them and then reduced to the recipe's, so a teacher that sees more sees the same windows.
      recipe: what is seen of them.
      cache_dir: holds `features/<digest>`.
    """
    dataset = only_states(dataset, recipe.dataset.states)
    seen = only_channels(dataset, recipe.dataset.channels)
    key = {
        "data": dataset.digest,
        "train_fraction": recipe.dataset.train_fraction,
        "features": recipe.features.model_dump(mode="json"),
        "version": VERSION,
        "augment": recipe.augment.model_dump(mode="json"),
        "seed": recipe.seed,
    }
    if seen is not dataset:
        key["seen"] = list(seen.channels)
    if any(run.labels.any() for run in dataset.splits["train"].runs):
        key["faulty_share"] = recipe.dataset.faulty_share
    digest = storage.digest_of(key)
    runs = {split: dataset.splits[split].runs for split in ("validation", "test")}

    def read(folder: Path) -> SensorFeatures:
        index = np.load(folder / "index.npz")
        return SensorFeatures(
            train=np.load(folder / "train.npy", mmap_mode="r"),
            validation=np.load(folder / "validation.npy", mmap_mode="r"),
            test=np.load(folder / "test.npy", mmap_mode="r"),
            settings=json.loads((folder / "settings.json").read_text(encoding="utf-8")),
            digest=digest,
            labels={split: index[f"{split}_labels"] for split in runs},
            run={split: index[f"{split}_run"] for split in runs},
            machines={split: tuple(run.machine for run in runs[split]) for split in runs},
            conditions=tuple(
                f"{dataset.splits['train'].runs[run].machine} {dataset.splits['train'].runs[run].condition}"
                for run in index["train_run"]
            ),
            whole_runs=dataset.whole_runs,
        )

    return storage.cached_folder(
        cache_dir / "features" / digest, make=lambda folder: _make(folder, dataset, seen, recipe), read=read
    )


def standardised(windows: npt.NDArray[np.float32], settings: dict[str, Any]) -> npt.NDArray[np.float32]:
    """Return what the model sees of windows [n, frames, features]."""
    mean, deviation = (np.array(settings[name], np.float32) for name in ("mean", "deviation"))
    limit = np.float32(settings["clip"])
    return np.asarray(np.clip((windows - mean) / deviation, -limit, limit))


def seen_by(
    windows: npt.NDArray[np.float32], own: dict[str, Any], other: dict[str, Any]
) -> npt.NDArray[np.float32]:
    """Return standardised windows [n, frames, features] as another front end's settings would have them.

    They are not limited once more: how far out the other machine finds them is what is asked.
    """
    mean, deviation = (np.array(own[name], np.float32) for name in ("mean", "deviation"))
    other_mean, other_deviation = (np.array(other[name], np.float32) for name in ("mean", "deviation"))
    return np.asarray((windows * deviation + mean - other_mean) / other_deviation, np.float32)


def perturbed(
    windows: npt.NDArray[np.float32], *, channels: int, recipe: AnomalyRecipe, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Return windows [n, frames, features] moved away from normal, within the front end's limits."""
    limit = np.float32(recipe.features.clip)
    return np.clip(perturb(windows, channels=channels, section=recipe.augment, rng=rng), -limit, limit)


def columns_of(
    windows: npt.NDArray[np.float32], *, channels: tuple[str, ...], wanted: tuple[str, ...]
) -> npt.NDArray[np.float32]:
    """Return the features of the `wanted` channels: [n, frames, features], channel by channel."""
    each = windows.shape[2] // len(channels)
    starts = np.array([channels.index(name) * each for name in wanted])
    return windows[:, :, (starts[:, None] + np.arange(each)).ravel()]


def _make(folder: Path, dataset: SensorDataset, seen: SensorDataset, recipe: AnomalyRecipe) -> None:
    front = sensor_front_end(recipe.features, seen)
    train = front.windows(seen.splits["train"].runs, offsets=recipe.features.train_offsets)
    known = at_hand(train.labels, faulty_share=recipe.dataset.faulty_share, seed=recipe.seed)
    kept = np.random.default_rng([recipe.seed, 0]).permutation(len(known))
    kept = known[np.sort(kept[: max(1, round(recipe.dataset.train_fraction * len(known)))])]
    values = train.features[kept]
    settings = {
        **front.settings(),
        "channel_names": ",".join(seen.channels),
        "sample_rate_hz": float(seen.sample_rate_hz),
        **_scale(values, recipe),
    }
    index: dict[str, npt.NDArray[Any]] = {"train_run": train.run[kept]}
    for split in ("validation", "test"):
        windows: Windows = front.windows(seen.splits[split].runs)
        np.save(folder / f"{split}.npy", standardised(windows.features, settings))
        index |= {f"{split}_labels": windows.labels, f"{split}_run": windows.run}
    np.savez(folder / "index.npz", allow_pickle=False, **index)
    if seen is not dataset:
        wide = sensor_front_end(recipe.features, dataset)
        runs = dataset.splits["train"].runs
        values = wide.windows(runs, offsets=recipe.features.train_offsets).features[kept]
    plain = standardised(values, _scale(values, recipe))
    _make_views(folder / "train.npy", plain, dataset.channels, seen.channels, recipe)
    storage.write_json(folder / "settings.json", settings)


def _scale(values: npt.NDArray[np.float32], recipe: AnomalyRecipe) -> dict[str, Any]:
    """Return what standardises features like `values` [n, frames, features]."""
    return {
        "mean": values.mean(axis=(0, 1), dtype=np.float64).tolist(),
        "deviation": np.maximum(values.std(axis=(0, 1), dtype=np.float64), _SMALLEST_DEVIATION).tolist(),
        "clip": recipe.features.clip,
    }


def _make_views(
    path: Path,
    plain: npt.NDArray[np.float32],
    channels: tuple[str, ...],
    wanted: tuple[str, ...],
    recipe: AnomalyRecipe,
) -> None:
    """Write the views of windows [n, frames, features] of all `channels`, as the `wanted` ones see them."""
    first = columns_of(plain, channels=channels, wanted=wanted)
    views = storage.new_array(path, dtype=np.float16, shape=(recipe.augment.views, *first.shape))
    views[0] = first
    for view in range(1, recipe.augment.views):
        rng = np.random.default_rng([recipe.seed, 1, view])
        moved = perturbed(plain, channels=len(channels), recipe=recipe, rng=rng)
        views[view] = columns_of(moved, channels=channels, wanted=wanted)
    views.flush()
