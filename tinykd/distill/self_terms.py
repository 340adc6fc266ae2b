"""Terms that learn without a teacher: from the student's own depth, or with students beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tinykd._keras import keras, tf
from tinykd.distill import losses
from tinykd.distill.step import Shapes, Step
from tinykd.distill.terms import Term, dense


class ExitsTerm(Term):
    """Be your own teacher: a classifier at each tap but the last learns from the labels and the deepest exit.

    The exits stand beside the model, not in it, so the exported one has none.
    """

    def __init__(self, name: str, params: Mapping[str, float], shapes: Shapes) -> None:
        """Make two layers an exit: to channels like the deepest's, and from them to the classes."""
        super().__init__(name, params, shapes)
        self.spaces: list[Any] = []
        self.heads: list[Any] = []
        deepest = shapes.student_taps[-1][-1]
        for tap, (_, _, channels) in enumerate(shapes.student_taps[:-1]):
            self.spaces.append(dense(deepest, channels, seed=shapes.seed + 80 + tap, name=f"exit_{tap}"))
            initial = keras.initializers.GlorotUniform(seed=shapes.seed + 90 + tap)
            head = keras.layers.Dense(shapes.classes, kernel_initializer=initial)
            head.build((None, deepest))
            self.heads.append(head)
        layers = [*self.spaces, *self.heads]
        self.variables = [variable for layer in layers for variable in layer.trainable_variables]

    def value(self, step: Step) -> Any:
        """Return the sum over the exits."""
        pooled = [tf.reduce_mean(tap, axis=(1, 2)) for tap in step.taps]
        deepest, logits = tf.stop_gradient(pooled[-1]), tf.stop_gradient(step.logits)
        labelled = tf.reduce_sum(step.labels, axis=-1)
        total = tf.zeros_like(labelled)
        for tap, space, head in zip(pooled[:-1], self.spaces, self.heads, strict=True):
            vector = tf.nn.relu(space(tap))
            own = head(vector)
            truth = losses.cross_entropy(step.labels, own, label_smoothing=self.shapes.label_smoothing)
            total += (1.0 - self.own["soft"]) * labelled * truth
            total += self.own["soft"] * self.loss(logits, own, **self.params)
            total += self.own["beta"] * losses.squared_distance(_map(deepest), _map(vector))
        return total


class PeersTerm(Term):
    """Deep mutual learning: the student and its peers each learn from labels and from one another.

    variables: the peers' own; each peer makes one forward pass a step.
    """

    def __init__(self, name: str, params: Mapping[str, float], shapes: Shapes) -> None:
        """Take the peers."""
        super().__init__(name, params, shapes)
        self.variables = [variable for peer in shapes.peers for variable in peer.trainable_variables]

    def value(self, step: Step) -> Any:
        """Return what all of them learn together, [batch], without the student's own labels."""
        everyone = [step.logits, *(peer(step.features, training=True) for peer in self.shapes.peers)]
        labelled = tf.reduce_sum(step.labels, axis=-1)
        total = tf.zeros_like(labelled)
        for index, own in enumerate(everyone):
            others = [tf.stop_gradient(one) for other, one in enumerate(everyone) if other != index]
            total += sum(self.loss(one, own, **self.params) for one in others) / len(others)
            if index > 0:
                smoothing = self.shapes.label_smoothing
                total += labelled * losses.cross_entropy(step.labels, own, label_smoothing=smoothing)
        return total


def _map(vectors: Any) -> Any:
    """Return [batch, 1, 1, channels] of [batch, channels]."""
    return vectors[:, None, None, :]
