"""Classes: the labels, and the teacher's softened distribution over them."""

from __future__ import annotations

from typing import Any

from tinykd._keras import tf

Tensor = Any


def cross_entropy(labels: Tensor, student_logits: Tensor, *, label_smoothing: float) -> Tensor:
    """Return the cross entropy against smoothed labels.

    Args:
      labels: [batch, classes] float32, rows sum to 1 (one-hot, or mixed by mixup).
      student_logits: [batch, classes] float32, before softmax.
      label_smoothing: mass in 0..1 spread evenly over all classes.

    Returns:
      [batch] float32 in nats.

    Source: Szegedy et al. 2016, arXiv:1512.00567, section 7.
    """
    classes = tf.cast(tf.shape(student_logits)[-1], tf.float32)
    targets = labels * (1.0 - label_smoothing) + label_smoothing / classes
    return -tf.reduce_sum(targets * tf.nn.log_softmax(student_logits), axis=-1)


def kd_kl(teacher_logits: Tensor, student_logits: Tensor, *, temperature: float) -> Tensor:
    """Pull the student's softened class distribution toward the teacher's.

    Args:
      teacher_logits: [batch, classes] float32, before softmax.
      student_logits: [batch, classes] float32, before softmax.
      temperature: above 0; 1 leaves the distributions as they are.

    Returns:
      [batch] float32 in nats, times temperature**2 so gradients keep their size.

    Source: Hinton et al. 2015, arXiv:1503.02531, section 2.
    """
    # At high temperature the divergence is a small difference of terms that temperature**2
    # enlarges again: float32 would be off by 3e-5 of the value at 20.
    teacher = tf.nn.log_softmax(tf.cast(teacher_logits, tf.float64) / temperature)
    student = tf.nn.log_softmax(tf.cast(student_logits, tf.float64) / temperature)
    divergence = tf.reduce_sum(tf.exp(teacher) * (teacher - student), axis=-1)
    return tf.cast(temperature**2 * divergence, tf.float32)
