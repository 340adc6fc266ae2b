"""Standardised logits, to go before any loss of logits."""

from __future__ import annotations

from typing import Any

from tinykd._keras import tf

Tensor = Any


def standardise(logits: Tensor) -> Tensor:
    """Return each row's z-scores, so that a loss sees how logits relate and not how large they are.

    Args:
      logits: [batch, classes] float32, before softmax.

    Returns:
      [batch, classes] float32, rows of mean 0 and standard deviation 1 (over all
      classes, divided by their number; the authors' program divides by one less). A row of
      equal logits gives zeros. The paper's base temperature is the temperature
      of the loss that follows.

    Source: Sun et al. 2024, arXiv:2403.01427, section 4.
    """
    centred = logits - tf.reduce_mean(logits, axis=-1, keepdims=True)
    variance = tf.reduce_mean(tf.square(centred), axis=-1, keepdims=True)
    return centred * tf.math.rsqrt(tf.maximum(variance, 1e-12))
