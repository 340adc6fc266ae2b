"""What each pair of taps counts: alike, learned, or as the work that leads to it costs the device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tinykd._keras import tf
from tinykd.distill.losses.teachers import collapse
from tinykd.distill.step import Shapes

GUARD = 0.1  # of learned weights, in nats: what keeps all weight from going where the loss is least


class TapWeights:
    """Weights of the pairs, summing to 1.

    variables: trained with the student where the weights are learned.
    """

    def __init__(self, shapes: Shapes) -> None:
        """Make them as [distill] `tap_weights` says."""
        count, how = len(shapes.pairs), shapes.section.tap_weights
        self.learned = how == "learned"
        self.theta = tf.Variable(tf.zeros(count), name="tap_weights") if self.learned else None
        self.variables = [self.theta] if self.learned else []
        costs = [shapes.tap_costs[student] for student, _ in shapes.pairs] if how == "cost" else [1.0] * count
        self.fixed = [cost / sum(costs) for cost in costs]

    def together(self, each: Sequence[Any]) -> Any:
        """Return [batch] of one loss [batch] a pair."""
        if not self.learned:
            return sum(weight * loss for weight, loss in zip(self.fixed, each, strict=True))
        weighed = tf.linalg.matvec(tf.stack(each, axis=1), tf.nn.softmax(self.theta))
        return weighed + GUARD * collapse(self.theta)
