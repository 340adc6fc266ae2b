"""What a training reads: cached feature views, labels, and what the teacher said of each view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float16] | npt.NDArray[np.float32]
Activity = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]  # [n, frames, bins] to [n, frames]

FLOOR = np.float32(0.1)  # of a frame's weight, so that no frame is free


def frame_activity(features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return how much of the clip's energy range each frame reaches.

    Args:
      features: [n, frames, bins] float32, log energies.

    Returns:
      [n, frames] float32 in 0.1..1.1: the frame's mean log energy between the
      clip's quietest and loudest frame, plus `FLOOR`.
    """
    level = features.mean(axis=2)
    low = level.min(axis=1, keepdims=True)
    span = level.max(axis=1, keepdims=True) - low
    activity: npt.NDArray[np.float32] = (level - low) / (span + 1e-6) + FLOOR
    return activity


UNLABELLED = -1  # of an example that only a teacher knows


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Training examples; arrays may be memory maps.

    features: [views, n, frames, bins] float16; view v of clip i is another
      augmentation of the same recording.
    labels: [n] int32, UNLABELLED where there is none.
    teacher_logits: [teachers, views, n, classes] float32, or None.
    teacher_taps: each [views, n, time, bands, channels] float16.
    activity: how much each frame counts in distillation along time, where no teacher says it.
    teacher_frames: [views, n, time] float16, 0..1, how sure the teacher is of a phoneme there, or None.
    phonemes: [views, n, frames] uint8 places in `sounds.CLASSES`, for a teacher's head, or None.
    chosen: [m] which examples are trained on; None for all.
    """

    features: Array
    labels: npt.NDArray[np.int32]
    teacher_logits: Array | None = None
    teacher_taps: tuple[Array, ...] = ()
    activity: Activity = frame_activity
    teacher_frames: Array | None = None
    phonemes: npt.NDArray[np.uint8] | None = None
    chosen: npt.NDArray[np.intp] | None = None


def labelled(labels: npt.NDArray[np.int32], fraction: float, *, seed: int) -> npt.NDArray[np.intp]:
    """Return which training examples have their labels known, in order: the same share of each class."""
    rng = np.random.default_rng([seed, 5])
    places = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    return np.sort(
        np.concatenate([rng.permutation(at)[: max(1, round(fraction * len(at)))] for at in places])
    )


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One step's arrays, ready for the graph.

    features: [batch, frames, bins].
    labels: [batch, classes], rows sum to 1.
    teacher_logits: [batch, teachers, classes]; no teachers where there are none.
    teacher_taps: each [batch, time, bands, channels].
    frame_weights: [batch, frames].
    phonemes: [batch, frames, sounds], rows sum to 1, or to 0 where nobody knows; no frames without them.
    """

    features: npt.NDArray[np.float32]
    labels: npt.NDArray[np.float32]
    teacher_logits: npt.NDArray[np.float32]
    teacher_taps: tuple[npt.NDArray[np.float32], ...]
    frame_weights: npt.NDArray[np.float32]
    phonemes: npt.NDArray[np.float32]


def epoch_order(
    examples: Examples, *, seed: int, epoch: int, balance: float = 0.0, passes: int = 1
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the clips of one epoch, shuffled, and the view each is seen in.

    Depends on seed and epoch alone, so a resumed training sees what the
    uninterrupted one would have seen. Over `views` passes a clip shows each view once.

    Args:
      examples: the training examples.
      seed: of the shuffle.
      epoch: 0-based.
      balance: 0..1; a class with fewer clips than this share of the largest class
        is repeated up to that share, each repeat in its next view. Clips are never dropped.
      passes: how often the epoch goes through the clips, each time shuffled anew.
    """
    numbers = range(epoch * passes, (epoch + 1) * passes)
    parts = [_pass_order(examples, seed=seed, number=number, balance=balance) for number in numbers]
    return np.concatenate([clips for clips, _ in parts]), np.concatenate([views for _, views in parts])


def _pass_order(
    examples: Examples, *, seed: int, number: int, balance: float
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    rng = np.random.default_rng([seed, number])
    clips = np.arange(len(examples.labels)) if examples.chosen is None else examples.chosen
    repeat = np.zeros_like(clips)
    labels = examples.labels[clips]
    if balance > 0 and (known := labels >= 0).any():
        counts = np.bincount(labels[known])
        wanted = int(balance * counts.max())
        extra = [
            np.resize(clips[labels == label], wanted)[count:]
            for label, count in enumerate(counts)
            if 0 < count < wanted
        ]
        turns = [np.arange(len(rows)) // counts[examples.labels[rows[0]]] + 1 for rows in extra]
        clips = np.concatenate([clips, *extra])
        repeat = np.concatenate([repeat, *turns])
    order = rng.permutation(len(clips))
    offset = np.random.default_rng([seed, 1 << 20]).integers(0, 1 << 30, len(examples.labels))
    views = (offset[clips[order]] + number + repeat[order]) % len(examples.features)
    return clips[order], views
