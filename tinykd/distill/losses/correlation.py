"""DIST: correlations of predictions instead of their exact match."""

from __future__ import annotations

from typing import Any

from tinykd._keras import tf

Tensor = Any


def dist(
    teacher_logits: Tensor, student_logits: Tensor, *, beta: float, gamma: float, temperature: float
) -> Tensor:
    """Match the order of classes in each example, and of examples in each class.

    A correlation ignores offset and scale, so a student too small to be as sure
    as its teacher can still agree with it fully.

    Args:
      teacher_logits: [batch, classes] float32, before softmax.
      student_logits: [batch, classes] float32, before softmax.
      beta: weight of the correlation of rows (between the classes of an example).
      gamma: weight of the correlation of columns (within a class, over the batch).
      temperature: above 0.

    Returns:
      [batch] float32, times temperature**2: beta * (1 - correlation of the row)
      + gamma * (1 - mean correlation of the columns). The second belongs to
      the batch; every example carries it whole, so the mean over the batch is the
      paper's. Uniform rows and columns correlate 0 with anything.

    Source: Huang et al. 2022, arXiv:2205.10536, section 4.
    """
    teacher = tf.nn.softmax(teacher_logits / temperature)
    student = tf.nn.softmax(student_logits / temperature)
    rows = 1.0 - _pearson(teacher, student, axis=1)
    columns = 1.0 - tf.reduce_mean(_pearson(teacher, student, axis=0))
    return temperature**2 * (beta * rows + gamma * columns)


def _pearson(teacher: Tensor, student: Tensor, *, axis: int) -> Tensor:
    return tf.reduce_sum(_direction(teacher, axis) * _direction(student, axis), axis=axis)


def _direction(values: Tensor, axis: int) -> Tensor:
    centred = values - tf.reduce_mean(values, axis=axis, keepdims=True)
    # Probabilities carry about 1e-8 of rounding; what varies by no more has no direction.
    return tf.math.l2_normalize(centred, axis=axis, epsilon=1e-13)
