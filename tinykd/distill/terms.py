"""Terms of the objective that learn from a teacher: how each kind of loss meets logits and taps.

A term owns what it needs beside the student (connectors, weights of teachers), which
export drops. Its value is [batch]; gradients to the teacher are stopped here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from tinykd._keras import keras, tf
from tinykd.distill import losses
from tinykd.distill.hearing import Hearing
from tinykd.distill.losses import resample_time
from tinykd.distill.methods import METHODS
from tinykd.distill.step import Shapes, Step
from tinykd.distill.tap_weights import TapWeights


class Term:
    """One method at work.

    variables: trained with the student.
    """

    def __init__(self, name: str, params: Mapping[str, float], shapes: Shapes) -> None:
        """Take the method's parameters; a subclass makes its variables."""
        self.name = name
        self.shapes = shapes
        self.loss: Callable[..., Any] = getattr(losses, METHODS[name].loss)
        known = inspect.signature(self.loss).parameters
        self.weight, self.warmup, self.until = params["weight"], params["warmup"], params["until"]
        self.own = {key: value for key, value in params.items() if key not in known}
        self.params = {key: value for key, value in params.items() if key in known}
        self.asks_labels = "labels" in known
        self.variables: list[Any] = []

    def __call__(self, step: Step) -> Any:
        """Return [batch] float32, weighed."""
        return self.strength(step.progress) * self.value(step)

    def value(self, step: Step) -> Any:
        """Return [batch] float32 before the weight."""
        raise NotImplementedError

    def strength(self, progress: Any) -> Any:
        """Return the weight at this point of the training: up over `warmup`, down to 0 at `until`."""
        strength = tf.constant(self.weight, tf.float32)
        if self.warmup > 0:
            strength *= tf.minimum(1.0, progress / self.warmup)
        if self.until > 0:
            strength *= tf.maximum(0.0, 1.0 - progress / self.until)
        return strength


class LogitsTerm(Term):
    """A loss of logits, of each teacher or of their mean."""

    def __init__(self, name: str, params: Mapping[str, float], shapes: Shapes) -> None:
        """Make what weighs several teachers."""
        super().__init__(name, params, shapes)
        self.hearing = Hearing(shapes)
        self.variables = self.hearing.variables

    def value(self, step: Step) -> Any:
        """Return the loss of each example, the teachers' losses weighed."""
        teachers = tf.stop_gradient(self.hearing.heard(step.teacher_logits))
        student = step.logits
        if self.shapes.section.standardise:
            teachers, student = losses.standardise(teachers), losses.standardise(student)
        each = [self._one(teachers[:, k], student, step) for k in range(teachers.shape[1])]
        return self.hearing.together(tf.stack(each, axis=1), step)

    def _one(self, teacher: Any, student: Any, step: Step) -> Any:
        if not self.asks_labels:
            return self.loss(teacher, student, **self.params)
        labelled = tf.reduce_sum(step.labels, axis=-1, keepdims=True)
        guessed = tf.one_hot(tf.argmax(teacher, axis=-1), self.shapes.classes)
        labels = step.labels + (1.0 - labelled) * guessed  # where there is no label the teacher says it
        return self.loss(teacher, student, labels, **self.params)


class ScoreTerm(Term):
    """A loss of the anomaly score of one teacher."""

    def value(self, step: Step) -> Any:
        """Return the loss of each window."""
        return self.loss(tf.stop_gradient(step.teacher_logits[:, 0]), step.logits, **self.params)


class TapTerm(Term):
    """What terms on tap pairs share: maps of equal time and frequency, connectors, weights of pairs."""

    connected: bool = True

    def __init__(self, name: str, params: Mapping[str, float], shapes: Shapes) -> None:
        """Make one connector a pair, where the method has them."""
        super().__init__(name, params, shapes)
        self.connectors: list[Any] = []
        if METHODS[name].connector.startswith("1x1"):
            for back, (student, teacher) in enumerate(shapes.pairs, start=1):
                own = shapes.student_taps[student][-1]
                # A teacher's channels stand in order of worth (see teacher_cache); a student of few
                # channels is asked for no more directions than it has.
                channels = min(shapes.teacher_taps[teacher][-1], own)
                self.connectors.append(dense(channels, own, seed=shapes.seed + back, name=f"{name}_{back}"))
        self.weights = TapWeights(shapes)
        self.variables = [v for one in self.connectors for v in one.trainable_variables]
        self.variables += self.weights.variables

    def maps(self, step: Step, pair: int) -> tuple[Any, Any]:
        """Return (teacher, student) of a pair, [batch, time, bands, channels]; longer axes are averaged."""
        student_tap, teacher_tap = self.shapes.pairs[pair]
        teacher, student = step.teacher_taps[teacher_tap], step.taps[student_tap]
        times = min(int(teacher.shape[1]), int(student.shape[1]))
        bands = min(int(teacher.shape[2]), int(student.shape[2]))
        student = resample_map(student, times, bands)
        teacher = tf.stop_gradient(resample_map(teacher, times, bands))
        if self.connectors:
            student = self.connectors[pair](student)
            teacher = teacher[..., : student.shape[-1]]
        return teacher, student


class MapsTerm(TapTerm):
    """A loss of maps over time and frequency, pair by pair."""

    def value(self, step: Step) -> Any:
        """Return the pairs' losses, weighed."""
        found = [self.loss(*self.maps(step, pair), **self.params) for pair in range(len(self.shapes.pairs))]
        return self.weights.together(found)


class FramesTerm(TapTerm):
    """A loss of frames along time, frequency pooled, frames weighed by activity."""

    def value(self, step: Step) -> Any:
        """Return the pairs' losses, weighed."""
        found = []
        for pair in range(len(self.shapes.pairs)):
            teacher, student = (tf.reduce_mean(maps, axis=2) for maps in self.maps(step, pair))
            found.append(self.loss(teacher, student, step.frame_weights, **self.params))
        return self.weights.together(found)


class FlowTerm(TapTerm):
    """A loss of what lies between a pair of taps and the next, at the positions of the later one."""

    def value(self, step: Step) -> Any:
        """Return the mean over neighbouring pairs; zeros where there is one tap only."""
        maps = [self.maps(step, pair) for pair in range(len(self.shapes.pairs))]
        found = []
        for (later_t, later_s), (first_t, first_s) in pairwise(maps):
            times = min(int(later_t.shape[1]), int(first_t.shape[1]))
            bands = min(int(later_t.shape[2]), int(first_t.shape[2]))
            four = [resample_map(one, times, bands) for one in (first_t, later_t, first_s, later_s)]
            found.append(self.loss(*four, **self.params))
        return sum(found) / len(found) if found else tf.zeros_like(step.logits[:, 0])


class EmbeddingsTerm(Term):
    """A loss of one vector a clip, the last taps pooled, after a dense layer if the method has one."""

    def __init__(self, name: str, params: Mapping[str, float], shapes: Shapes) -> None:
        """Make the two layers."""
        super().__init__(name, params, shapes)
        self.sides: list[Any] = []
        if "dimensions" in self.own:
            size, seed = int(self.own["dimensions"]), shapes.seed
            widths = shapes.teacher_taps[-1][-1], shapes.student_taps[-1][-1]
            self.sides = [
                dense(size, width, seed=seed + 50 + side, name=f"{name}_side_{side}")
                for side, width in enumerate(widths)
            ]
        self.variables = [v for one in self.sides for v in one.trainable_variables]

    def value(self, step: Step) -> Any:
        """Return the loss of each example."""
        pooled = [tf.reduce_mean(tap, axis=(1, 2)) for tap in (step.teacher_taps[-1], step.taps[-1])]
        pooled[0] = tf.stop_gradient(pooled[0])
        if self.sides:
            pooled = [layer(vector) for layer, vector in zip(self.sides, pooled, strict=True)]
        if not self.asks_labels:
            return self.loss(*pooled, **self.params)
        labelled = tf.reduce_sum(step.labels, axis=-1) > 0
        alone = -1 - tf.range(tf.shape(labelled)[0], dtype=tf.int64)  # a class of its own
        return self.loss(*pooled, tf.where(labelled, tf.argmax(step.labels, axis=-1), alone), **self.params)


def dense(size: int, width: int, *, seed: int, name: str) -> Any:
    """Return a built layer without bias from `width` channels to `size`."""
    initial = keras.initializers.GlorotUniform(seed=seed)
    layer = keras.layers.Dense(size, use_bias=False, kernel_initializer=initial, name=name)
    layer.build((None, width))
    return layer


def resample_map(maps: Any, times: int, bands: int) -> Any:
    """Average [batch, time, frequency, channels] down to `times` and `bands`."""
    channels = int(maps.shape[3])
    if int(maps.shape[1]) != times:
        rest = int(maps.shape[2]) * channels
        flat = resample_time(tf.reshape(maps, (-1, int(maps.shape[1]), rest)), times)
        maps = tf.reshape(flat, (-1, times, rest // channels, channels))
    if int(maps.shape[2]) != bands:
        turned = tf.reshape(maps, (-1, int(maps.shape[2]), channels))
        maps = tf.reshape(resample_time(turned, bands), (-1, times, bands, channels))
    return maps
