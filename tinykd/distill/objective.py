"""From a recipe's methods to one number per example that training can minimise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tinykd._keras import keras, tf
from tinykd.distill import losses
from tinykd.distill.methods import METHODS, Outputs, check_methods
from tinykd.recipe import DistillSection


@dataclass(frozen=True, kw_only=True)
class TapPair:
    """One student tap taught by one teacher tap, through a 1x1 connector."""

    student: int
    teacher: int
    connector: Any


class Objective:
    """Labels and teacher into one loss; owns the connectors, which export drops."""

    outputs: Outputs = "classes"

    def __init__(
        self,
        section: DistillSection,
        *,
        label_smoothing: float,
        student_taps: Sequence[tuple[int, int, int]],
        teacher_taps: Sequence[tuple[int, int, int]],
        seed: int,
    ) -> None:
        """Pair taps from the last backwards and make their connectors.

        Args:
          section: the recipe's [distill].
          label_smoothing: of the label term.
          student_taps: (time, frequency, channels) of each student tap, first to last.
          teacher_taps: (time, bands, channels) of each teacher tap, first to last.
          seed: of the connectors' initial weights.
        """
        self.params = check_methods(section, where="recipe [distill]", outputs=self.outputs)
        self.label_smoothing = label_smoothing
        self.label_weight = 1.0 - self.params["logits"]["weight"] if "logits" in self.params else 1.0
        self.pairs: list[TapPair] = []
        if any(METHODS[name].taps == "features" for name in self.params):
            for back in range(1, min(len(student_taps), len(teacher_taps)) + 1):
                # A teacher's channels stand in order of worth (see teacher_cache); a student of few
                # channels is asked for no more directions than it has.
                channels = min(teacher_taps[-back][2], student_taps[-back][2])
                connector = keras.layers.Dense(
                    channels,
                    use_bias=False,
                    kernel_initializer=keras.initializers.GlorotUniform(seed=seed + back),
                    name=f"connector_{back}",
                )
                connector.build((None, student_taps[-back][0], student_taps[-back][2]))
                self.pairs.append(
                    TapPair(
                        student=len(student_taps) - back,
                        teacher=len(teacher_taps) - back,
                        connector=connector,
                    )
                )

    @property
    def variables(self) -> list[Any]:
        """Return the connectors' weights, trained with the student."""
        return [variable for pair in self.pairs for variable in pair.connector.trainable_variables]

    @property
    def uses_teacher(self) -> bool:
        """Return whether any method asks for a teacher."""
        return bool(self.params)

    def __call__(
        self,
        *,
        labels: Any,
        logits: Any,
        taps: Sequence[Any],
        teacher_logits: Any,
        teacher_taps: Sequence[Any],
        frame_weights: Any,
        progress: Any,
    ) -> Any:
        """Return the loss of each example.

        Args:
          labels: [batch, classes] float32, rows sum to 1.
          logits: [batch, classes] float32 of the student.
          taps: the student's, each [batch, time, frequency, channels].
          teacher_logits: [batch, teachers, classes] float32; unused without a teacher.
          teacher_taps: each [batch, time, bands, channels].
          frame_weights: [batch, frames] float32, speech activity.
          progress: scalar float32, 0..1, how much of the training is done.

        Returns:
          [batch] float32.
        """
        total = self.label_weight * losses.cross_entropy(labels, logits, label_smoothing=self.label_smoothing)
        if "logits" in self.params:
            params = self.params["logits"]
            total += params["weight"] * losses.kd_kl(
                tf.stop_gradient(tf.reduce_mean(teacher_logits, axis=1)),
                logits,
                temperature=params["temperature"],
            )
        return total + self.along_time(taps, teacher_taps, frame_weights, progress)

    def along_time(
        self, taps: Sequence[Any], teacher_taps: Sequence[Any], frame_weights: Any, progress: Any
    ) -> Any:
        """Return [batch] float32: what the tap pairs add, 0 without the method; arguments as in a call."""
        if "time_axis" not in self.params:
            return 0.0
        params = self.params["time_axis"]
        terms = {key: params[key] for key in ("frame", "delta", "similarity")}
        weight = params["weight"] * tf.maximum(0.0, 1.0 - progress / params["until"])
        total = 0.0
        for pair in self.pairs:
            pooled = tf.reduce_mean(taps[pair.student], axis=2)
            frames = pair.connector(pooled)
            taught = tf.reduce_mean(teacher_taps[pair.teacher], axis=2)
            total += (weight / len(self.pairs)) * losses.time_axis(
                tf.stop_gradient(taught[..., : frames.shape[-1]]),
                frames,
                frame_weights,
                **terms,
            )
        return total


class ScoreObjective(Objective):
    """The same for a model whose output is an anomaly score; it has no labels."""

    outputs: Outputs = "score"

    def __call__(
        self,
        *,
        labels: Any,
        logits: Any,
        taps: Sequence[Any],
        teacher_logits: Any,
        teacher_taps: Sequence[Any],
        frame_weights: Any,
        progress: Any,
    ) -> Any:
        """Return the loss of each example.

        With method `score` it is the miss of the teacher's score. Without it the model
        is an autoencoder that says its own error, and that error is the loss.

        Args:
          labels: unused.
          logits: [batch, 1] float32, the student's score.
          taps: as in `Objective`.
          teacher_logits: [batch, teachers, 1] float32, the teachers' scores; unused without a teacher.
          teacher_taps: as in `Objective`.
          frame_weights: as in `Objective`.
          progress: as in `Objective`.

        Returns:
          [batch] float32.
        """
        if "score" in self.params:
            params = self.params["score"]
            total = params["weight"] * losses.score_huber(
                tf.stop_gradient(tf.reduce_mean(teacher_logits, axis=1)),
                logits,
                bend=params["bend"],
                ceiling=params["ceiling"],
            )
        else:
            total = logits[:, 0]
        return total + self.along_time(taps, teacher_taps, frame_weights, progress)
