"""Hints: the features themselves, position by position and channel by channel."""

from __future__ import annotations

from typing import Any

from tinykd._keras import tf

Tensor = Any


def hint(teacher: Tensor, student: Tensor) -> Tensor:
    """Regress the teacher's features.

    Args:
      teacher: [batch, time, frequency, channels] float32.
      student: the same shape, after the connector.

    Returns:
      [batch] float32: the mean over positions and channels of the squared difference.
      The paper prints half of its sum; the mean does not grow with the map.

    Source: Romero et al. 2015, arXiv:1412.6550, section 2.2.
    """
    return tf.reduce_mean(tf.square(teacher - student), axis=(1, 2, 3))


def squared_distance(teacher: Tensor, student: Tensor) -> Tensor:
    """Pull features together as a whole: the squared length of their difference.

    Args:
      teacher: [batch, time, frequency, channels] float32; a network that is its own
        teacher gives its deepest features.
      student: the same shape, after the connector.

    Returns:
      [batch] float32: the sum over positions and channels of the squared difference.

    Source: Zhang et al. 2019, arXiv:1905.08094, section 3: its loss from hints.
    """
    return tf.reduce_sum(tf.square(teacher - student), axis=(1, 2, 3))
