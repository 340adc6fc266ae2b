"""Decoupled distillation: the target class and the other classes apart."""

from __future__ import annotations

from typing import Any

from tinykd._keras import tf

Tensor = Any


def decoupled(
    teacher_logits: Tensor,
    student_logits: Tensor,
    labels: Tensor,
    *,
    alpha: float,
    beta: float,
    temperature: float,
) -> Tensor:
    """Match how sure the teacher is of the target, and, apart from it, how it ranks the rest.

    Plain soft targets weigh the second by what the teacher leaves to the other
    classes, so a sure teacher says nothing about them; here beta does.

    Args:
      teacher_logits: [batch, classes] float32, before softmax; 2 classes or more.
      student_logits: [batch, classes] float32, before softmax.
      labels: [batch, classes] float32; the target is the class of the largest share.
      alpha: weight of the target term; 1 in the paper.
      beta: weight of the term of the other classes; 8 in the paper.
      temperature: above 0.

    Returns:
      [batch] float32 in nats, times temperature**2: alpha * KL of (target, not target)
      + beta * KL of the other classes among themselves.

    Source: Zhao et al. 2022, arXiv:2203.08679, section 3.3.
    """
    others = 1.0 - tf.one_hot(tf.argmax(labels, axis=-1), tf.shape(labels)[-1], dtype=tf.float64)
    # In float64 for the reason `kd_kl` gives.
    teacher_target, teacher_rest = _parts(tf.cast(teacher_logits, tf.float64) / temperature, others)
    student_target, student_rest = _parts(tf.cast(student_logits, tf.float64) / temperature, others)
    target = tf.reduce_sum(tf.exp(teacher_target) * (teacher_target - student_target), axis=-1)
    rest = tf.reduce_sum(others * tf.exp(teacher_rest) * (teacher_rest - student_rest), axis=-1)
    return tf.cast(temperature**2 * (alpha * target + beta * rest), tf.float32)


def _parts(logits: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """Return log(target, not target) [batch, 2], and the others' log softmax [batch, classes].

    The second is 0 at the target.
    """
    total = tf.reduce_logsumexp(logits, axis=-1)
    rest = tf.reduce_logsumexp(logits - 1e9 * (1.0 - others), axis=-1)
    target = tf.reduce_sum((1.0 - others) * logits, axis=-1)
    return tf.stack([target - total, rest - total], axis=-1), others * (logits - rest[:, None])
