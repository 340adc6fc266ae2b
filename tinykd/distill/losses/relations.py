"""Relations between the examples of a batch: alike, near, at an angle."""

from __future__ import annotations

from typing import Any

from tinykd._keras import tf

Tensor = Any


def similarity(teacher: Tensor, student: Tensor) -> Tensor:
    """Let examples that are alike for the teacher be alike for the student.

    Likeness is the inner product of whole maps, and each example's row of likenesses to
    the batch has unit length; so neither channels nor scales need agree.

    Args:
      teacher: [batch, time, frequency, channels] float32.
      student: [batch, any_time, any_frequency, any_channels] float32.

    Returns:
      [batch] float32: each row's squared difference over the batch size; the mean over
      the batch is the paper's |G_T - G_S|**2 / batch**2, in 0..4 / batch.

    Source: Tung and Mori 2019, arXiv:1907.09682, section 3.1.
    """
    difference = _likeness(teacher) - _likeness(student)
    return tf.reduce_sum(tf.square(difference), axis=1) / tf.cast(tf.shape(difference)[0], difference.dtype)


GROUP = 64  # examples whose triplets are looked at together: their number grows with the third power


def relational(teacher: Tensor, student: Tensor, *, distance: float, angle: float) -> Tensor:
    """Match how far apart examples lie, and at which angles they see each other.

    Distances between whole maps are divided by their mean over the batch; the angle of
    three examples is the cosine at the middle one. Both are compared by Huber's loss,
    which bends at 1.

    Args:
      teacher: [batch, time, frequency, channels] float32.
      student: [batch, any_time, any_frequency, any_channels] float32.
      distance: weight of the distances; 25 in the paper.
      angle: weight of the angles; 50 in the paper.

    Returns:
      [batch] float32: each example's mean over its pairs, and over the angles at it. The
      mean over the batch is the mean over ordered pairs and triplets of distinct
      examples, where the paper prints a sum, which would grow with the batch.
      A batch of a multiple of 64 is looked at in groups of 64, the mean of which this is then.
      Examples within a thousandth of their distance to the batch's mean are one point:
      at distance and cosine 0.

    Source: Park et al. 2019, arXiv:1904.05068, sections 3.2.1 and 3.2.2.
    """
    batch = teacher.shape[0]
    if batch is not None and batch > GROUP and batch % GROUP == 0:
        parts = zip(tf.split(teacher, batch // GROUP), tf.split(student, batch // GROUP), strict=True)
        return tf.concat([relational(t, s, distance=distance, angle=angle) for t, s in parts], axis=0)
    apart, seen = _relations(teacher)
    apart_student, seen_student = _relations(student)
    count = tf.cast(tf.shape(apart)[0], apart.dtype)
    pairs = tf.reduce_sum(_huber(apart - apart_student), axis=1) / tf.maximum(count - 1.0, 1.0)
    angles = tf.reduce_sum(_huber(seen - seen_student), axis=(1, 2))
    angles /= tf.maximum((count - 1.0) * (count - 2.0), 1.0)
    return distance * pairs + angle * angles


def _likeness(features: Tensor) -> Tensor:
    rows = _flat(features)
    return tf.math.l2_normalize(tf.matmul(rows, rows, transpose_b=True), axis=1, epsilon=1e-12)


def _relations(features: Tensor) -> tuple[Tensor, Tensor]:
    """Return distances [b, b] over their mean, and cosines [b, b, b]: at j between i and k."""
    rows = _flat(features)
    # Inner products stand in for the differences of all pairs, which are [b, b, time * frequency *
    # channels]; around the mean, so that a common offset does not eat the digits.
    rows -= tf.reduce_mean(rows, axis=0, keepdims=True)
    inner = tf.matmul(rows, rows, transpose_b=True)
    own = tf.linalg.diag_part(inner)
    both = own[:, None] + own[None, :]
    squares = both - 2.0 * inner
    distinct = squares > 1e-6 * both
    lengths = tf.where(distinct, tf.sqrt(tf.where(distinct, squares, 1.0)), 0.0)
    count = tf.cast(tf.shape(rows)[0], rows.dtype)
    mean = tf.reduce_sum(lengths) / tf.maximum(count * (count - 1.0), 1.0)
    apart = tf.math.divide_no_nan(lengths, mean)

    # <i - j, k - j> = <i, k> - <i, j> - <j, k> + <j, j>, with j in front.
    products = inner[None, :, :] - inner[:, :, None] - inner[:, None, :] + own[:, None, None]
    inverse = tf.where(distinct, 1.0 / tf.where(distinct, lengths, 1.0), 0.0)
    seen = products * inverse[:, :, None] * inverse[:, None, :]
    triplets = 1.0 - tf.eye(tf.shape(rows)[0], dtype=rows.dtype)  # i = k is no triplet
    return apart, seen * triplets[None]


def _huber(difference: Tensor) -> Tensor:
    miss = tf.abs(difference)
    near = tf.minimum(miss, 1.0)
    return near * (miss - 0.5 * near)


def _flat(features: Tensor) -> Tensor:
    return tf.reshape(features, [tf.shape(features)[0], -1])
