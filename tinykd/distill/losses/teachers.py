"""How much each of several teachers counts, example by example.

Every function returns weights [batch, teachers] that sum to 1 along teachers, for
the teachers' own losses: loss = sum over k of w_k * loss_k.
"""

from __future__ import annotations

from typing import Any

from tinykd._keras import tf

Tensor = Any


def even(teacher_logits: Tensor) -> Tensor:
    """Count all teachers alike.

    Args:
      teacher_logits: [batch, teachers, classes] float32; only the shape is read.

    Returns:
      [batch, teachers] float32.

    Source: Hinton et al. 2015, arXiv:1503.02531, section 1: the average of an ensemble.
    """
    return tf.ones_like(teacher_logits[..., 0]) / int(teacher_logits.shape[1])


def learned(theta: Tensor, batch: Tensor) -> Tensor:
    """Count teachers by learned weights, the same for every example.

    Trained with the student they drift to the teacher that is easiest to follow; add
    `collapse(theta)` to the loss.

    Args:
      theta: [teachers] float32, trained; zeros count all alike.
      batch: how many examples, int.

    Returns:
      [batch, teachers] float32: softmax of theta.

    Source: Liu et al. 2020, arXiv:2103.04062, section 3.2, there from a factor a teacher and
    the example's features; here a number a teacher.
    """
    weights = tf.nn.softmax(theta)
    return tf.repeat(weights[None], batch, axis=0)


def collapse(theta: Tensor) -> Tensor:
    """Return how far learned weights are from even: log(teachers) - entropy, scalar float32.

    In nats, 0 (even) .. log(teachers) (one teacher alone).

    Args:
      theta: [teachers] float32.

    Source: tinykd; the entropy bonus of Williams and Peng 1991, doi 10.1080/09540099108946587.
    """
    logs = tf.nn.log_softmax(theta)
    return tf.math.log(tf.cast(tf.size(theta), theta.dtype)) + tf.reduce_sum(tf.exp(logs) * logs)


def by_choice(teacher_logits: Tensor, labels: Tensor) -> Tensor:
    """Count each teacher by how well it does on this very example.

    Args:
      teacher_logits: [batch, teachers, classes] float32, before softmax.
      labels: [batch, classes] float32, rows sum to 1.

    Returns:
      [batch, teachers] float32: (1 - softmax over teachers of their cross entropies)
      / (teachers - 1); each is at most that fraction. One teacher alone counts 1.

    Source: Zhang et al. 2022, arXiv:2201.00007, section 3.
    """
    teachers = int(teacher_logits.shape[1])
    if teachers == 1:
        return tf.ones_like(teacher_logits[..., 0])
    return (1.0 - tf.nn.softmax(_cross_entropies(teacher_logits, labels))) / (teachers - 1.0)


def best_choice(teacher_logits: Tensor, labels: Tensor) -> Tensor:
    """Count, for each example, only the teacher that does best on it.

    Args:
      teacher_logits: [batch, teachers, classes] float32, before softmax.
      labels: [batch, classes] float32, rows sum to 1.

    Returns:
      [batch, teachers] float32, one 1 a row: the lowest cross entropy, the first of equals.

    Source: tinykd; the limit of Zhang et al. 2022, arXiv:2201.00007, section 3, for two teachers.
    """
    best = tf.argmin(_cross_entropies(teacher_logits, labels), axis=1)
    return tf.one_hot(best, int(teacher_logits.shape[1]), dtype=teacher_logits.dtype)


def by_attention(query: Tensor, keys: Tensor) -> Tensor:
    """Count teachers by attention: what the student sees asks, what each teacher sees answers.

    Args:
      query: [batch, dim] float32, projected from the student's features.
      keys: [batch, teachers, dim] float32, projected from each teacher's features.

    Returns:
      [batch, teachers] float32: softmax over teachers of query . key / sqrt(dim).

    Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.2.1, over teachers, as in Liu et
    al. 2020, arXiv:2103.04062, whose score is a learned factor in place of the inner product.
    """
    return tf.nn.softmax(tf.einsum("bd,bkd->bk", query, keys) / float(int(keys.shape[-1])) ** 0.5)


def _cross_entropies(teacher_logits: Tensor, labels: Tensor) -> Tensor:
    return -tf.reduce_sum(labels[:, None, :] * tf.nn.log_softmax(teacher_logits), axis=-1)
