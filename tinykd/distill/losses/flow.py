"""Gram matrices: which channels fire together, within a layer and between two."""

from __future__ import annotations

from typing import Any

from tinykd._keras import tf

Tensor = Any


def gram(teacher: Tensor, student: Tensor) -> Tensor:
    """Match which channels of a layer fire together.

    The Gram matrix of a map is the mean over positions of F_i * F_j, for channels i, j.

    Args:
      teacher: [batch, time, frequency, channels] float32.
      student: the same shape, after the connector.

    Returns:
      [batch] float32: the mean over the matrix of the squared difference. It grows with
      the fourth power of the features' scale.

    Source: Gatys et al. 2015, arXiv:1508.06576, for the matrix over channels; Huang and
    Wang 2017, arXiv:1707.01219, for distillation by it, where the matrix
    is over positions and needs no connector; normalised by means where they sum.
    """
    return fsp(teacher, teacher, student, student)


def fsp(
    teacher_first: Tensor, teacher_second: Tensor, student_first: Tensor, student_second: Tensor
) -> Tensor:
    """Match the flow from one layer to a later one: which channels of both fire together.

    The flow is the mean over positions of F_i * G_j, for channels i of the first
    map and j of the second; both maps have the same positions.

    Args:
      teacher_first: [batch, time, frequency, channels] float32.
      teacher_second: [batch, time, frequency, second_channels] float32.
      student_first: as teacher_first, after the connector.
      student_second: as teacher_second, after the connector.

    Returns:
      [batch] float32: the mean over the matrix of the squared difference (the paper
      sums, so its value is channels * second_channels times this one).

    Source: Yim et al., CVPR 2017, "A gift from knowledge distillation", equations 1 and 2.
    """
    difference = _flow(teacher_first, teacher_second) - _flow(student_first, student_second)
    return tf.reduce_mean(tf.square(difference), axis=(1, 2))


def _flow(first: Tensor, second: Tensor) -> Tensor:
    positions = int(first.shape[1]) * int(first.shape[2])
    return tf.einsum("btfi,btfj->bij", first, second) / positions
