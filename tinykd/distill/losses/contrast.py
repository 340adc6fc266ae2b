"""Contrast: the teacher's view of the same input close, of other inputs apart."""

from __future__ import annotations

from typing import Any

from tinykd._keras import tf

Tensor = Any


def crd(teacher: Tensor, student: Tensor, labels: Tensor | None = None, *, temperature: float) -> Tensor:
    """Tell the teacher's embedding of the same example from those of the rest of the batch.

    A critic h = e / (e + N / M), e = exp(cosine / temperature), says whether two
    embeddings are of one example; M is the number of examples negatives come from (here
    the batch), N how many of them are negatives (here all others, of other classes if
    `labels` are given).

    Args:
      teacher: [batch, dim] float32, any length; scaled to unit length here.
      student: [batch, dim] float32, any length; scaled to unit length here.
      labels: [batch] int; two examples of one class are then no negatives. None: all are.
      temperature: above 0.

    Returns:
      [batch] float32: -log h(own) - sum over negatives of log(1 - h); an example without
      negatives gives 0. The mean over the batch is the paper's loss with the
      batch as data set; the paper draws negatives from a memory bank.

    Source: Tian et al. 2020, arXiv:1910.10699, section 3.1.
    """
    scores = tf.matmul(_unit(student), _unit(teacher), transpose_b=True) / temperature
    batch = tf.shape(scores)[0]
    if labels is None:
        others = 1.0 - tf.eye(batch, dtype=scores.dtype)
    else:
        others = tf.cast(tf.not_equal(labels[:, None], labels[None, :]), scores.dtype)
    return _critic(tf.linalg.diag_part(scores), scores, others, tf.cast(batch, scores.dtype))


def _critic(own: Tensor, scores: Tensor, negatives: Tensor, examples: Tensor) -> Tensor:
    """Return -log h(own) - sum of log(1 - h(scores)) where `negatives` is 1; N is counted there."""
    # h is a sigmoid of (score - log(N / M)); softplus keeps its logarithms finite.
    count = tf.reduce_sum(negatives, axis=1, keepdims=True)
    noise = tf.math.log(tf.maximum(count, 1e-30) / examples)
    apart = tf.reduce_sum(negatives * tf.nn.softplus(scores - noise), axis=1)
    return tf.nn.softplus(noise[:, 0] - own) + apart


def _unit(embeddings: Tensor) -> Tensor:
    return tf.math.l2_normalize(embeddings, axis=1, epsilon=1e-12)
