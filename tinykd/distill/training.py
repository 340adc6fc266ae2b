"""The one training loop: teachers, students alone, distilled students, and QAT all run here.

One step is one forward pass of the student, whose logits and taps come out of
the same call, so batch normalisation moves once a batch. The teacher does not
run at all: what it said is in the examples.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd._keras import keras, tf
from tinykd.distill.batches import SpectrogramChange, epoch_batches
from tinykd.distill.checkpoint import load_checkpoint, save_checkpoint
from tinykd.distill.examples import Examples, epoch_order
from tinykd.distill.layer_rates import layer_rates
from tinykd.distill.objective import Objective
from tinykd.distill.schedule import learning_rate
from tinykd.distill.step import Step
from tinykd.distill.taps import tap_layers
from tinykd.recipe import TrainSection

Floats = npt.NDArray[np.float32]
Row = dict[str, float]
OnEpoch = Callable[[Row], None]
Judge = Callable[[Callable[[npt.NDArray[Any]], Floats]], tuple[float, ...]]  # of a predictor


@dataclass(frozen=True, kw_only=True)
class Validation:
    """What the best epoch is chosen on; never the test split.

    features: [n, frames, bins].
    labels: [n].
    judge: how good a model is, as numbers of which the first counts most and more is
      better; they count before accuracy and loss. It may take its time, so it is asked in
      the second half of a training only, and no epoch before that is the best if one is judged.
    """

    features: npt.NDArray[Any]
    labels: npt.NDArray[np.int32]
    judge: Judge | None = None

    def measure(self, outputs: Floats) -> tuple[float, float]:
        """Return (cross entropy, accuracy) of logits [n, classes]."""
        shifted = outputs - outputs.max(axis=1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        loss = -log_p[np.arange(len(outputs)), self.labels].mean()
        return float(loss), float((outputs.argmax(axis=1) == self.labels).mean())


@dataclass(frozen=True, kw_only=True)
class ScoreValidation(Validation):
    """The same for a model whose output is an anomaly score.

    targets: [n, 1] float32, the teacher's scores; None where the score is the model's own error.
    """

    targets: Floats | None

    def measure(self, outputs: Floats) -> tuple[float, float]:
        """Return (mean square miss, R^2) of scores [n, 1]; without targets (mean score, 0)."""
        if self.targets is None:
            return float(outputs.mean()), 0.0
        miss = float(np.square(outputs - self.targets).mean())
        return miss, 1.0 - miss / max(float(self.targets.var()), 1e-9)


def as_input(features: npt.NDArray[Any], model: Any) -> Floats:
    """Return features [n, frames, bins] in the model's input shape, as float32."""
    return np.asarray(features, np.float32).reshape(-1, *model.input_shape[1:])


def predictor(model: Any, *, batch: int = 512) -> Callable[[npt.NDArray[Any]], Floats]:
    """Return a function from features [n, frames, bins] to logits [n, classes] float32.

    The model runs in inference form; the graph is traced once, so keep the function.
    """
    run = tf.function(lambda x: model(x, training=False), reduce_retracing=True)

    def predict(features: npt.NDArray[Any]) -> Floats:
        parts = [
            run(tf.constant(as_input(features[start : start + batch], model))).numpy()
            for start in range(0, len(features), batch)
        ]
        return np.concatenate(parts).astype(np.float32)

    return predict


def train(
    model: Any,
    examples: Examples,
    validation: Validation,
    *,
    objective: Objective,
    section: TrainSection,
    seed: int,
    digest: str,
    checkpoint: Path,
    change: SpectrogramChange | None = None,
    on_epoch: OnEpoch | None = None,
) -> list[Row]:
    """Train `model`, and what `objective` owns, in place; leave both as in the best validation epoch.

    Args:
      model: Keras model from features to logits.
      examples: training examples, with the teacher's words if the objective asks for them.
      validation: chooses the best epoch: its judge, then highest accuracy, then lowest loss.
      objective: labels and teacher into a loss.
      section: epochs, batch, rates.
      seed: of shuffling, views and augmentation.
      digest: names everything that shapes the result; a checkpoint with another is not used.
      checkpoint: written after every epoch; a later call goes on from it.
      change: augmentation of the student's spectrograms.
      on_epoch: told each finished epoch's row.

    Returns:
      One row an epoch: epoch, loss, learning_rate, val_loss, val_accuracy, best (1 where it was), seconds,
      and val_judged (the first of the judge's numbers) where it was judged.
    """
    state = _State(model, objective, section)
    history: list[Row] = []
    best: tuple[float, ...] = ()
    best_weights: Sequence[Any] = state.weights()
    loaded = load_checkpoint(checkpoint, digest=digest)
    if loaded is not None:
        groups, meta = loaded
        state.restore(groups)
        history, best, best_weights = meta["history"], tuple(meta["best"]), groups["best"]
    drawn, _ = epoch_order(examples, seed=seed, epoch=0, balance=section.balance, passes=section.passes)
    steps = max(1, len(drawn) // section.batch)
    since_best = len(history) - 1 - max((r["epoch"] for r in history if r["best"]), default=-1)
    for epoch in range(len(history), section.epochs):
        if since_best >= section.patience:
            break
        started, losses = time.monotonic(), []
        batches = epoch_batches(
            examples,
            classes=int(model.output_shape[-1]),
            batch=section.batch,
            seed=seed,
            epoch=epoch,
            change=change,
            mixup_alpha=section.mixup_alpha,
            balance=section.balance,
            passes=section.passes,
        )
        rate = 0.0
        for index, batch in enumerate(batches):
            rate = learning_rate(
                epoch * steps + index,
                peak=section.learning_rate,
                warmup_steps=section.warmup_epochs * steps,
                total_steps=section.epochs * steps,
            )
            losses.append(state.step(batch, rate, (epoch + index / steps) / section.epochs))
        seconds = time.monotonic() - started
        averaged = state.averaged_weights()
        loss, accuracy, judged = state.evaluate(validation, averaged, late=2 * epoch + 2 > section.epochs)
        rank = (*judged, accuracy, -loss)
        improved = rank > best
        if improved:
            best, best_weights = rank, averaged
        since_best = 0 if improved else since_best + 1
        row = {
            "epoch": epoch,
            "loss": float(np.mean([float(value) for value in losses])),
            "learning_rate": rate,
            "val_loss": loss,
            "val_accuracy": accuracy,
            "best": float(improved),
            "seconds": round(seconds, 3),
        }
        if judged and judged[0] > -math.inf:
            row["val_judged"] = judged[0]
        history.append(row)
        save_checkpoint(
            checkpoint,
            groups={**state.groups(), "best": best_weights},
            meta={"digest": digest, "history": history, "best": best},
        )
        if on_epoch is not None:
            on_epoch(row)
    state.set_weights(best_weights)
    return history


class _State:
    """The student, its optimiser and its averaged weights, as one thing to step, save and restore."""

    def __init__(self, model: Any, objective: Objective, section: TrainSection) -> None:
        self.model = model
        self.decay = section.ema
        self.objective = objective
        self.variables = [*model.trainable_variables, *objective.variables]
        self.optimizer = keras.optimizers.AdamW(section.learning_rate, weight_decay=section.weight_decay)
        self.optimizer.exclude_from_weight_decay(
            [v for v in self.variables if len(v.shape) < 2]  # biases and normalisation
        )
        self.optimizer.build(self.variables)
        self.rates = layer_rates(model, decay=section.layer_decay) if section.layer_decay < 1 else {}
        outputs = [model.output, *(layer.output for layer in tap_layers(model))]
        self.tapped = keras.Model(model.inputs, outputs)
        self.kept = [*model.weights, *objective.variables]
        self.average = [tf.Variable(w) for w in self.kept] if self.decay else []
        self.updates = tf.Variable(0.0)
        self.predict = predictor(model)
        self._step = tf.function(self._step_graph, reduce_retracing=True)

    def _step_graph(
        self, features: Any, labels: Any, logits: Any, taps: Any, weights: Any, phonemes: Any, progress: Any
    ) -> Any:
        with tf.GradientTape() as tape:
            own, *own_taps = self.tapped(features, training=True)
            each = self.objective(
                Step(
                    features=features,
                    labels=labels,
                    logits=own,
                    taps=own_taps,
                    teacher_logits=logits,
                    teacher_taps=taps,
                    frame_weights=weights,
                    progress=progress,
                    phonemes=phonemes,
                )
            )
            loss = tf.reduce_mean(each)
        gradients = tape.gradient(loss, self.variables)
        slowed = [(v, tf.identity(v), self.rates[v.ref()]) for v in self.variables if v.ref() in self.rates]
        self.optimizer.apply_gradients(zip(gradients, self.variables, strict=True))
        for variable, before, rate in slowed:  # Adam's step does not depend on the gradient's size
            variable.assign(before + rate * (variable - before))
        if self.decay:
            self.updates.assign_add(1.0)
            share = tf.minimum(self.decay, (1.0 + self.updates) / (10.0 + self.updates))
            for mean, value in zip(self.average, self.kept, strict=True):
                mean.assign_add((1.0 - share) * (value - mean))
        return loss

    def step(self, batch: Any, rate: float, progress: float) -> Any:
        """Take one step; returns the loss as an unread tensor so that nothing waits for it."""
        self.optimizer.learning_rate.assign(rate)
        return self._step(
            tf.constant(as_input(batch.features, self.model)),
            tf.constant(batch.labels),
            tf.constant(batch.teacher_logits),
            tuple(tf.constant(tap) for tap in batch.teacher_taps),
            tf.constant(batch.frame_weights),
            tf.constant(batch.phonemes),
            tf.constant(progress, tf.float32),
        )

    def weights(self) -> list[Any]:
        """Return the weights of the model, then those of the objective."""
        return [weight.numpy() for weight in self.kept]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set what `weights` returns."""
        for variable, value in zip(self.kept, weights, strict=True):
            variable.assign(value)

    def averaged_weights(self) -> list[Any]:
        """Return the weights to judge and keep: the moving average, or the last ones."""
        return [mean.numpy() for mean in self.average] if self.decay else self.weights()

    def evaluate(
        self, validation: Validation, weights: list[Any], *, late: bool
    ) -> tuple[float, float, tuple[float, ...]]:
        """Return (loss, accuracy, judge's numbers) on the validation split under `weights`.

        The judge's numbers are (-inf,) unless it is `late` in the training, and none without a judge.
        """
        own = self.weights()
        self.set_weights(weights)
        logits = self.predict(validation.features)
        judged: tuple[float, ...] = ()
        if validation.judge is not None:
            judged = validation.judge(self.predict) if late else (-math.inf,)
        self.set_weights(own)
        return *validation.measure(logits), judged

    def groups(self) -> dict[str, Sequence[Any]]:
        """Return every array that the next step depends on."""
        return {
            "model": self.model.get_weights(),
            "beside": [v.numpy() for v in self.objective.state],
            "optimizer": [v.numpy() for v in self.optimizer.variables],
            "average": [mean.numpy() for mean in self.average],
            "updates": [self.updates.numpy()],
        }

    def restore(self, groups: dict[str, list[Any]]) -> None:
        """Set every array from `groups()` of an earlier process."""
        self.model.set_weights(groups["model"])
        for variable, value in zip(self.objective.state, groups.get("beside", []), strict=True):
            variable.assign(value)
        for variable, value in zip(self.optimizer.variables, groups["optimizer"], strict=True):
            variable.assign(value)
        for variable, value in zip(self.average, groups.get("average", []), strict=True):
            variable.assign(value)
        self.updates.assign(groups["updates"][0])
