"""Features along time: what frames say, how they move, which resemble each other."""

from __future__ import annotations

from typing import Any

from tinykd._keras import tf

Tensor = Any


def time_axis(
    teacher_frames: Tensor,
    student_frames: Tensor,
    frame_weights: Tensor,
    *,
    frame: float,
    delta: float,
    similarity: float,
) -> Tensor:
    """Match what each frame says, how frames move, and which frames resemble each other.

    The longer of the two time axes is averaged down to the shorter, every frame
    is scaled to unit length, then three terms are weighed: squared distance of
    frames, of first differences, and of the two T x T cosine self-similarity
    matrices. Unit length makes the terms independent of the layers' scales.

    Args:
      teacher_frames: [batch, teacher_time, channels] float32, frequency pooled.
      student_frames: [batch, student_time, channels] float32, after the connector.
      frame_weights: [batch, any_time] float32, 0 or more: how much a frame counts
        (speech activity); averaged to the shorter axis and normalised to mean 1.
      frame: weight of the frame term, in 0..4 before weighting.
      delta: weight of the first-difference term, in 0..16 before weighting.
      similarity: weight of the self-similarity term, in 0..4 before weighting.

    Returns:
      [batch] float32, zero where the student's unit frames equal the teacher's.

    Source: tinykd; its parts are the hidden-state MSE of TextBrewer
    (arXiv:2002.12620) and, over frames instead of over a batch,
    similarity-preserving distillation (Tung and Mori 2019, arXiv:1907.09682).
    """
    steps = min(int(teacher_frames.shape[1]), int(student_frames.shape[1]))
    teacher = tf.math.l2_normalize(resample_time(teacher_frames, steps), axis=-1, epsilon=1e-8)
    student = tf.math.l2_normalize(resample_time(student_frames, steps), axis=-1, epsilon=1e-8)
    weights = resample_time(frame_weights[..., None], steps)[..., 0]
    weights = weights / (tf.reduce_mean(weights, axis=1, keepdims=True) + 1e-8)

    frame_term = tf.reduce_mean(weights * tf.reduce_sum(tf.square(teacher - student), axis=-1), axis=1)
    move = (teacher[:, 1:] - teacher[:, :-1]) - (student[:, 1:] - student[:, :-1])
    pair = (weights[:, 1:] + weights[:, :-1]) / 2.0
    delta_term = tf.reduce_mean(pair * tf.reduce_sum(tf.square(move), axis=-1), axis=1)
    alike = tf.matmul(teacher, teacher, transpose_b=True) - tf.matmul(student, student, transpose_b=True)
    both = weights[:, :, None] * weights[:, None, :]
    similarity_term = tf.reduce_mean(both * tf.square(alike), axis=(1, 2))
    return frame * frame_term + delta * delta_term + similarity * similarity_term


def resample_time(frames: Tensor, steps: int) -> Tensor:
    """Average [batch, time, channels] down to `steps` frames, each output an equal share of time.

    Output frame i averages the input over [i, i+1) * time / steps, with partial
    frames counted by their overlap, so a constant stays that constant.
    """
    time = int(frames.shape[1])
    if time == steps:
        return frames
    edges = tf.range(steps + 1, dtype=tf.float32) * (time / steps)
    starts = tf.range(time, dtype=tf.float32)[None, :]
    overlap = tf.minimum(starts + 1.0, edges[1:, None]) - tf.maximum(starts, edges[:-1, None])
    return tf.einsum("st,btc->bsc", tf.maximum(overlap, 0.0) * (steps / time), frames)
