"""A teacher of another architecture: its word on the target counts more, the sharper it is."""

from __future__ import annotations

from typing import Any

from tinykd._keras import tf

Tensor = Any


def ofa(teacher_logits: Tensor, student_logits: Tensor, labels: Tensor, *, epsilon: float) -> Tensor:
    """Learn from a teacher of another architecture: trust its target, take the rest as it is.

    Args:
      teacher_logits: [batch, classes] float32, before softmax.
      student_logits: [batch, classes] float32, before softmax.
      labels: [batch, classes] float32; the target is the class of the largest share.
      epsilon: power of 1 + the teacher's probability of the target; above 1
        strengthens the target where the teacher is sure of it; 1 is plain cross entropy.

    Returns:
      [batch] float32 in nats, 0 or more, not 0 for equal logits:
      -((1 + t)**epsilon - 1) log s at the target, -t log s at each other class.
      The paper's loss has the labels' own -log s in it; here the label term is the
      caller's, and both together are the paper's.

    Source: Hao et al. 2023, arXiv:2310.19444, section 3; gamma there, epsilon in the
    authors' program, which raises the other classes to it too.
    """
    teacher = tf.nn.softmax(teacher_logits)
    target = tf.one_hot(tf.argmax(labels, axis=-1), tf.shape(labels)[-1], dtype=teacher.dtype)
    weights = tf.where(target > 0, (1.0 + teacher) ** epsilon - 1.0, teacher)
    return -tf.reduce_sum(weights * tf.nn.log_softmax(student_logits), axis=-1)
