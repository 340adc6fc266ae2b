"""Batches ready before the step that wants them: gathered and augmented on a second thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from tinykd.augment.mixup import mixup
from tinykd.datasets.sounds import CLASSES
from tinykd.distill.examples import FLOOR, Batch, Examples, epoch_order

Floats = npt.NDArray[np.float32]
SpectrogramChange = Callable[[Floats, np.random.Generator], Floats]


def epoch_batches(
    examples: Examples,
    *,
    classes: int,
    batch: int,
    seed: int,
    epoch: int,
    change: SpectrogramChange | None,
    mixup_alpha: float,
    balance: float,
    passes: int = 1,
) -> Iterator[Batch]:
    """Yield one epoch of whole batches, always the same for the same seed and epoch.

    The last partial batch is dropped when there is a whole one, so every step
    has one shape; the shuffle makes up for it over epochs.
    """
    order, views = epoch_order(examples, seed=seed, epoch=epoch, balance=balance, passes=passes)
    size = min(batch, len(order))
    starts = range(0, len(order) - size + 1, size)

    def make(start: int) -> Batch:
        clips, seen = order[start : start + size], views[start : start + size]
        rng = np.random.default_rng([seed, epoch, start])
        return _gather(
            examples, clips, seen, classes=classes, change=change, mixup_alpha=mixup_alpha, rng=rng
        )

    with ThreadPoolExecutor(max_workers=1) as pool:
        waiting = [pool.submit(make, start) for start in starts[:2]]
        for index in range(len(starts)):
            ready = waiting.pop(0).result()
            if index + 2 < len(starts):
                waiting.append(pool.submit(make, starts[index + 2]))
            yield ready


def _gather(
    examples: Examples,
    clips: npt.NDArray[np.intp],
    views: npt.NDArray[np.intp],
    *,
    classes: int,
    change: SpectrogramChange | None,
    mixup_alpha: float,
    rng: np.random.Generator,
) -> Batch:
    features = examples.features[views, clips].astype(np.float32)
    if examples.teacher_frames is None:
        weights = examples.activity(features)
    else:
        weights = FLOOR + examples.teacher_frames[views, clips].astype(np.float32)
    known = examples.labels[clips]
    labels = np.eye(classes, dtype=np.float32)[known] * (known >= 0)[:, None]
    if change is not None:
        features = change(features, rng)
    phonemes = np.zeros((len(clips), 0, len(CLASSES)), np.float32)
    if examples.phonemes is not None:
        phonemes = (examples.phonemes[views, clips][..., None] == np.arange(len(CLASSES))).astype(np.float32)
    features, labels, phonemes = mixup(features, labels, phonemes, alpha=mixup_alpha, rng=rng)
    logits = np.zeros((len(clips), 0, classes), np.float32)
    if examples.teacher_logits is not None:
        logits = np.stack([said[views, clips] for said in examples.teacher_logits], axis=1)
    taps = tuple(tap[views, clips].astype(np.float32) for tap in examples.teacher_taps)
    return Batch(
        features=features,
        labels=labels,
        teacher_logits=logits,
        teacher_taps=taps,
        frame_weights=weights,
        phonemes=phonemes,
    )
