"""Attention: where over time and frequency the energy of a map is."""

from __future__ import annotations

from typing import Any

from tinykd._keras import tf

Tensor = Any


def attention_transfer(teacher: Tensor, student: Tensor, *, power: float) -> Tensor:
    """Match where the student's activations are strong to where the teacher's are.

    A map's attention is the mean over channels of |F|**power, as one vector over time
    and frequency, scaled to unit length; so neither channels nor scales need agree.

    Args:
      teacher: [batch, time, frequency, channels] float32.
      student: [batch, time, frequency, other_channels] float32.
      power: 1 or more; a higher one looks at the strongest activations only.

    Returns:
      [batch] float32: the mean over positions of the squared difference, in
      0..2 / positions. This is the mean form of the authors' program, to which their
      weight of 1000 belongs; the paper prints the length of the
      difference, halved. (A sum over channels in place of the mean is the same map.)

    Source: Zagoruyko and Komodakis 2017, arXiv:1612.03928, section 3.1.
    """
    difference = attention_map(teacher, power=power) - attention_map(student, power=power)
    return tf.reduce_mean(tf.square(difference), axis=1)


def attention_map(features: Tensor, *, power: float) -> Tensor:
    """Return [batch, time * frequency], each row of unit length (zero for a dead map)."""
    energy = tf.reduce_mean(tf.abs(features) ** power, axis=-1)
    positions = int(features.shape[1]) * int(features.shape[2])
    return tf.math.l2_normalize(tf.reshape(energy, [-1, positions]), axis=1, epsilon=1e-12)
