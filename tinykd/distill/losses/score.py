"""The loss of an anomaly score."""

from __future__ import annotations

from typing import Any

from tinykd._keras import tf

Tensor = Any


def score_huber(teacher_score: Tensor, student_score: Tensor, *, bend: float, ceiling: float) -> Tensor:
    """Pull the student's score toward the teacher's; far misses count linearly.

    Args:
      teacher_score: [batch, 1] float32.
      student_score: [batch, 1] float32.
      bend: above 0; where the square turns into a line.
      ceiling: the teacher's scores end here: beyond, an anomaly is one whatever its score.

    Returns:
      [batch] float32: d**2 / 2 up to bend, then bend * (|d| - bend / 2).

    Source: Huber 1964, doi 10.1214/aoms/1177703732.
    """
    miss = tf.abs(tf.minimum(teacher_score, ceiling) - student_score)[:, 0]
    near = tf.minimum(miss, bend)
    return near * (miss - 0.5 * near)
