"""Hard negatives: what a small model, trained for a few epochs, takes for the phrase.

Hours of sound without the phrase are mostly easy. A scout (the student, without a
teacher) listens to all of the training split's, and what it scores highest joins the
training clips. Then teacher and students train on them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.datasets.clips import Progress
from tinykd.datasets.streams import Stream
from tinykd.datasets.wake_word import WakeDataset, with_mined
from tinykd.detection.detector import Scores
from tinykd.detection.scoring import Predict, float_scores
from tinykd.detection.windows import hop_frames
from tinykd.feature_cache import CachedFeatures, cache_features
from tinykd.recipe import TrainSection
from tinykd.recipe_tasks import WakewordRecipe
from tinykd.stream_features import stream_features

VERSION = 1  # raise it when the same data would give other hard negatives
_APART_MS = 500  # mined clips overlap no more than this lets them
_LEAST_ODDS = -40  # of the score, in steps of 0.1: what is below -4 is no trouble


def mine(dataset: WakeDataset, recipe: WakewordRecipe, *, cache_dir: Path, progress: Progress) -> WakeDataset:
    """Return `dataset` with hard negatives in its training split, found now or read from the cache.

    Args:
      dataset: with training and validation splits.
      recipe: its section `mining`; with 0 rounds the data set stays as it is.
      cache_dir: holds `mined/<digest>`.
      progress: told the scout's epochs.
    """
    for number in range(recipe.mining.rounds):
        key = [
            VERSION,
            number,
            dataset.digest,
            recipe.seed,
            *(getattr(recipe, name).model_dump(mode="json") for name in _READ),
        ]
        found = _round(dataset, recipe, key, cache_dir, progress)
        samples = recipe.dataset.sample_rate_hz * recipe.dataset.clip_ms // 1000
        dataset = with_mined(dataset, found, samples=samples)
    return dataset


_READ = ("mining", "features", "augment", "student", "detection")  # sections that shape what is mined


def _round(
    dataset: WakeDataset, recipe: WakewordRecipe, key: list[object], cache_dir: Path, progress: Progress
) -> npt.NDArray[np.int64]:
    def make(folder: Path) -> None:
        np.save(folder / "starts.npy", _starts(dataset, recipe, folder, cache_dir, progress))

    def read(folder: Path) -> npt.NDArray[np.int64]:
        found: npt.NDArray[np.int64] = np.load(folder / "starts.npy")
        return found

    return storage.cached_folder(cache_dir / "mined" / storage.digest_of(key), make=make, read=read)


def _starts(
    dataset: WakeDataset, recipe: WakewordRecipe, folder: Path, cache_dir: Path, progress: Progress
) -> npt.NDArray[np.int64]:
    """Train the scout, let it listen, and return where its highest scores begin, in samples."""
    light = recipe.augment.model_copy(update={"views": 1})  # plain clips are enough for a scout
    scouting = recipe.model_copy(update={"augment": light})
    features = cache_features(dataset, recipe=scouting, cache_dir=cache_dir, progress=progress)
    predict = _scout(dataset, features, recipe, folder, progress)
    stream = dataset.negatives["train"]
    frames = stream_features(stream, recipe=recipe, settings=features.settings, cache_dir=cache_dir)
    hop = hop_frames(recipe.detection.hop_ms, recipe.features.hop_ms)
    scores = float_scores(predict, frames, length=features.train.shape[2], hop=hop)
    apart = max(1, _APART_MS // recipe.detection.hop_ms)
    most = max(1, round(recipe.mining.clips * recipe.dataset.train_fraction))
    hops = highest(scores, most=most, apart=apart, least=_LEAST_ODDS)
    return samples_of(hops, stream, hop_ms=recipe.detection.hop_ms, clip_ms=recipe.dataset.clip_ms)


def highest(scores: Scores, *, most: int, apart: int, least: int) -> npt.NDArray[np.intp]:
    """Return the hops of the highest scores, best first, any two at least `apart` hops from each other.

    Args:
      scores: [hops] int16.
      most: hops wanted.
      apart: hops.
      least: lower scores are left out.
    """
    free = np.ones(len(scores) + 2 * apart, np.bool_)
    found: list[np.intp] = []
    for hop in np.argsort(-scores.astype(np.int32), kind="stable"):
        if len(found) == most or scores[hop] < least:
            break
        if free[hop + apart]:
            found.append(hop)
            free[hop + 1 : hop + 2 * apart] = False
    return np.asarray(found, np.intp)


def samples_of(
    hops: npt.NDArray[np.intp], stream: Stream, *, hop_ms: int, clip_ms: int
) -> npt.NDArray[np.int64]:
    """Return the first samples of the windows at `hops`, within the stream."""
    starts = hops.astype(np.int64) * (hop_ms * stream.rate_hz // 1000)
    return np.minimum(starts, len(stream.audio) - clip_ms * stream.rate_hz // 1000)


def _scout(
    dataset: WakeDataset, features: CachedFeatures, recipe: WakewordRecipe, folder: Path, progress: Progress
) -> Predict:
    from tinykd._keras import be_deterministic, keras
    from tinykd.distill.examples import Examples
    from tinykd.distill.objective import Objective
    from tinykd.distill.step import shapes_of
    from tinykd.distill.training import Validation, predictor, train
    from tinykd.learning import NO_TEACHER
    from tinykd.models import build_model

    be_deterministic()
    keras.backend.clear_session()
    keras.utils.set_random_seed(recipe.seed)
    frames, bins = features.validation.shape[1:]
    section = recipe.student
    model = build_model(
        section.model,
        frames=frames,
        bins=bins,
        classes=len(dataset.classes),
        params=section.params,
        deploy=False,
        where="recipe [student]",
    )
    labels = {name: split.labels for name, split in dataset.splits.items()}
    settings = section.train.model_dump()
    epochs = recipe.mining.epochs
    settings.update(epochs=epochs, patience=epochs, mixup_alpha=0.0, warmup_epochs=min(1, epochs - 1))
    what = "scout for hard negatives, epochs"
    progress(what, 0, epochs)
    train(
        model,
        Examples(features=features.train, labels=labels["train"]),
        Validation(features=features.validation, labels=labels["validation"]),
        objective=Objective(shapes_of(model, NO_TEACHER, label_smoothing=section.train.label_smoothing)),
        section=TrainSection(**settings),
        seed=recipe.seed,
        digest="scout",
        checkpoint=folder / "scout.npz",
        on_epoch=lambda row: progress(what, int(row["epoch"]) + 1, epochs),
    )
    return predictor(model)
