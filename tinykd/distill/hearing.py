"""How a student hears several teachers: their logits averaged, or their losses weighed one by one."""

from __future__ import annotations

from typing import Any

from tinykd._keras import keras, tf
from tinykd.distill.losses import teachers
from tinykd.distill.step import Shapes, Step

GUARD = 0.1  # of weights that are trained, in nats: keeps them from collapsing onto the easiest teacher
QUERY = 16  # dimensions in which student and teachers are compared


class Hearing:
    """Weights of the teachers, example by example, summing to 1.

    variables: trained with the student where the weights are.
    """

    def __init__(self, shapes: Shapes) -> None:
        """Make what [distill] `teachers` asks for."""
        self.how = shapes.section.teachers if shapes.teachers > 1 else "mean"
        self.variables: list[Any] = []
        if self.how == "learned":
            self.theta = tf.Variable(tf.zeros(shapes.teachers), name="teacher_weights")
            self.variables = [self.theta]
        if self.how == "attention":
            initial = keras.initializers.GlorotUniform
            self.query = keras.layers.Dense(QUERY, kernel_initializer=initial(seed=shapes.seed + 70))
            self.keys = keras.layers.Dense(QUERY, kernel_initializer=initial(seed=shapes.seed + 71))
            self.query.build((None, shapes.student_taps[-1][-1]))
            self.keys.build((None, shapes.classes))
            self.variables = [*self.query.trainable_variables, *self.keys.trainable_variables]

    def heard(self, logits: Any) -> Any:
        """Return [batch, teachers, classes]: one where they speak with one voice."""
        return tf.reduce_mean(logits, axis=1, keepdims=True) if self.how == "mean" else logits

    def together(self, each: Any, step: Step) -> Any:
        """Return [batch] of each teacher's loss [batch, teachers]."""
        if self.how == "mean":
            return each[:, 0]
        weights, penalty = self._weights(step)
        return tf.reduce_sum(weights * each, axis=1) + GUARD * penalty

    def _weights(self, step: Step) -> tuple[Any, Any]:
        """Return ([batch, teachers] that sum to 1, how far trained ones are from even in nats)."""
        said = step.teacher_logits
        if self.how == "learned":
            return teachers.learned(self.theta, tf.shape(said)[0]), teachers.collapse(self.theta)
        if self.how == "attention":
            query = self.query(tf.stop_gradient(tf.reduce_mean(step.taps[-1], axis=(1, 2))))
            weights = teachers.by_attention(query, self.keys(tf.nn.softmax(said)))
            return weights, teachers.collapse(tf.math.log(tf.reduce_mean(weights, axis=0)))
        if self.how == "average":
            return teachers.even(said), 0.0
        weigh = teachers.by_choice if self.how == "choice" else teachers.best_choice
        return weigh(said, step.labels), 0.0
