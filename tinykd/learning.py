"""The stages of a run that train: teacher, student alone, distilled student, int8.

Each method does one stage and writes its files, whole or not at all. A stage
killed half-way goes on from its checkpoint and ends with the same weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd._keras import be_deterministic, keras
from tinykd.compress.qat import equalise_depthwise, quantise_aware
from tinykd.compress.slim import slim
from tinykd.convert import DenseScales, convert_int8
from tinykd.distill.batches import SpectrogramChange
from tinykd.distill.container import head_file
from tinykd.distill.examples import Activity, frame_activity
from tinykd.distill.methods import METHODS
from tinykd.distill.objective import Objective
from tinykd.distill.phoneme_figures import frame_figures
from tinykd.distill.phoneme_head import PhonemeHead
from tinykd.distill.step import shapes_of
from tinykd.distill.taps import tap_shapes
from tinykd.distill.training import Judge, Row, as_input, predictor, train
from tinykd.feature_cache import CachedFeatures
from tinykd.lessons import Lessons
from tinykd.models import build_model
from tinykd.models.blocks import fold
from tinykd.models.inherit import inherit
from tinykd.phoneme_frames import PhonemeFrames
from tinykd.recipe import DistillSection, FurtherTeacher, Recipe, TrainSection
from tinykd.report.progress import Reporter
from tinykd.succession import generations_together, succession

Figure = Callable[[Callable[[npt.NDArray[Any]], Any], str], float]  # of a predictor, on a split

NO_TEACHER = DistillSection(methods=(), params={})


class Learner(Lessons):
    """Trains what a recipe asks for on cached features.

    objective: labels and teachers into a loss.
    dense_scales: of the int8 model.
    """

    objective: type[Objective] = Objective
    dense_scales: DenseScales = "unit"

    def __init__(
        self,
        *,
        recipe: Recipe,
        features: CachedFeatures,
        classes: tuple[str, ...],
        labels: dict[str, npt.NDArray[np.int32]],
        work: Path,
        cache_dir: Path,
        reporter: Reporter,
        change: SpectrogramChange | None = None,
        activity: Activity = frame_activity,
        judge: Judge | None = None,
        figure: Figure | None = None,
        teacher_side: Self | None = None,
        phonemes: Callable[[], PhonemeFrames] | None = None,
    ) -> None:
        """Take what all stages share.

        Args:
          recipe: the whole run.
          features: of all splits.
          classes: one a logit.
          labels: of train, validation and test.
          work: holds checkpoints and stage results.
          cache_dir: holds what the teachers said.
          reporter: told of epochs.
          change: augmentation of a batch's features in training.
          activity: how much each frame counts in distillation along time.
          judge: chooses the best epoch; None for accuracy.
          figure: what a model is measured by; None for the accuracy on the split's examples.
          teacher_side: the same events as a teacher sees them; None where it sees `features`.
          phonemes: finds those of `features`, frame by frame; None where there are none.
        """
        super().__init__(
            recipe=recipe,
            features=features,
            labels=labels,
            work=work,
            cache_dir=cache_dir,
            reporter=reporter,
            activity=activity,
            judge=judge,
            teacher_side=teacher_side,
        )
        self.classes, self.change = classes, change
        self.figure = figure or self._accuracy
        self.phonemes = phonemes
        be_deterministic()

    def teach(self, paths: list[Path], *, digest: str) -> None:
        """Train the teachers on what they see; `paths` has one file a member."""
        if self.teacher_side is not self:
            self.teacher_side.teach(paths, digest=digest)
            return
        section = self.recipe.teacher
        own = [FurtherTeacher(model=section.model, params=section.params)] * section.members
        histories: list[Row] = []
        predictors = []
        said: dict[str, Any] = {}
        for member, (path, kind) in enumerate(zip(paths, [*own, *section.others], strict=True)):
            seed = self.recipe.seed + 1000 * member
            model = self._build(kind.model, kind.params, seed=seed, where="recipe [teacher]")
            name = "teacher" if member == 0 else f"teacher_{member}"
            head = None
            if section.phonemes and member == 0:
                head = PhonemeHead(tap_shapes(model)[-1][-1], weight=section.phonemes, seed=seed)
            histories += self._train(
                name, model, NO_TEACHER, section.train, seed=seed, digest=digest, head=head
            )
            if head is not None:
                head.save(head_file(path))
                said = self._phoneme_figures(model, head)
            with storage.atomic_path(path) as temporary:
                model.save(temporary)
            predictors.append(predictor(model))

        def together(features: npt.NDArray[Any]) -> Any:
            return sum(predict(features) for predict in predictors) / len(predictors)

        validation, test = self.figure(together, "validation"), self.figure(together, "test")
        self._write("teacher", histories, validation, test, params=int(model.count_params()), **said)

    def _phoneme_figures(self, model: Any, head: PhonemeHead) -> dict[str, Any]:
        """Return `phonemes`, how far a head can be trusted, where validation clips have any."""
        assert self.phonemes is not None
        found = frame_figures(model, head, self.features.validation, self.phonemes().validation)
        return {"phonemes": found} if found else {}

    def student_alone(self, *, digest: str) -> None:
        """Train the student without a teacher, through the same quantisation."""
        model, history = self.float_student("no_kd", NO_TEACHER, [], digest=digest)
        validation, test = self.accuracies(model)
        data, more, _ = self.int8("no_kd int8", model, NO_TEACHER, [], digest=digest)
        storage.write_bytes(self.work / "no_kd.tflite", slim(data))
        self._write("no_kd", history, validation, test, int8_history=more)

    def distil(self, path: Path, teachers: list[Path], *, digest: str) -> None:
        """Train the student with the teacher; `path` gets its float deploy form."""
        line = succession(self, self.recipe.distill, teachers)
        model, history = self.float_student("student", self.recipe.distill, line[-1], digest=digest)
        with storage.atomic_path(path) as temporary:
            model.save(temporary)
        self._write("student", history, *self.accuracies(model), **generations_together(self, model, line))

    def quantise(self, student: Path, teachers: list[Path], path: Path, *, digest: str) -> None:
        """Bring the float student to int8 with the teacher still teaching; slim it."""
        model = keras.models.load_model(student, compile=False)
        line = succession(self, self.recipe.distill, teachers)
        data, history, accuracy = self.int8("int8", model, self.recipe.distill, line[-1], digest=digest)
        storage.write_bytes(self.work / "unslimmed.tflite", data)
        storage.write_bytes(path, slim(data))
        self._write("int8", history, accuracy, None)

    def prepare(self, model: Any, teachers: list[Path]) -> None:
        """Change a new student before it is trained; here it stays as it is."""

    def calibration(self) -> npt.NDArray[Any]:
        """Return training examples [n, frames, bins] that ranges are taken from."""
        rng = np.random.default_rng([self.recipe.seed, 2])
        clips = self.features.train.shape[1]
        chosen = np.sort(rng.permutation(clips)[: self.recipe.quantise.calibration_clips])
        return np.asarray(self.features.train[0, chosen])

    def _build(
        self, name: str, params: dict[str, Any], *, seed: int, where: str, deploy: bool = False
    ) -> Any:
        keras.backend.clear_session()
        keras.utils.set_random_seed(seed)
        frames, bins = self.features.validation.shape[1:]
        return build_model(
            name,
            frames=frames,
            bins=bins,
            classes=len(self.classes),
            params=params,
            deploy=deploy,
            where=where,
        )

    def _train(
        self,
        name: str,
        model: Any,
        distill: DistillSection,
        section: TrainSection,
        *,
        seed: int,
        digest: str,
        teachers: list[Path] | None = None,
        peers: Sequence[Any] = (),
        head: PhonemeHead | None = None,
    ) -> list[Row]:
        examples, taps = self.examples(distill, teachers or [])
        if head is not None and self.phonemes is not None:
            examples = replace(examples, phonemes=self.phonemes().train)
        if examples.chosen is not None:  # few labels are gone through more often: as many steps for all
            times = len(examples.labels) / len(examples.chosen)
            section = section.model_copy(update={"passes": round(section.passes * times)})
        objective = self.objective(
            shapes_of(
                model,
                distill,
                label_smoothing=section.label_smoothing,
                teacher_taps=taps,
                teachers=1 if examples.teacher_logits is None else len(examples.teacher_logits),
                peers=peers,
                seed=seed,
            ),
            head=head,
        )
        with self.reporter.epochs(name, section.epochs) as on_epoch:
            return train(
                model,
                examples,
                self.validation(distill, teachers or []),
                objective=objective,
                section=section,
                seed=seed,
                digest=storage.digest_of([digest, name]),
                checkpoint=self.work / f"{name.replace(' ', '_')}.checkpoint.npz",
                change=self.change,
                on_epoch=on_epoch,
            )

    def float_student(
        self,
        name: str,
        distill: DistillSection,
        teachers: list[Path],
        *,
        digest: str,
        params: dict[str, Any] | None = None,
    ) -> tuple[Any, list[Row]]:
        """Train a student and return (its deploy form, history).

        Args:
          name: of the training.
          distill: what it learns from.
          teachers: who teaches; none where no method asks for one.
          digest: of all that shapes it.
          params: of the model, in place of the recipe's: an assistant's.
        """
        section = self.recipe.student
        where, own = "recipe [student]", section.params if params is None else params
        model = self._build(section.model, own, seed=self.recipe.seed, where=where)
        if distill.start == "teacher":
            inherit(model, keras.models.load_model(teachers[0], compile=False), where="recipe [distill]")
        self.prepare(model, teachers)
        seeds = [self.recipe.seed + 100 * (peer + 1) for peer in range(distill.peers)]
        history = self._train(
            name,
            model,
            distill,
            section.train,
            seed=self.recipe.seed,
            digest=digest,
            teachers=teachers,
            peers=[self._peer(own, seed) for seed in seeds] if "mutual" in distill.methods else (),
        )
        frames, bins = self.features.validation.shape[1:]
        deployed = build_model(
            section.model,
            frames=frames,
            bins=bins,
            classes=len(self.classes),
            params=own,
            deploy=True,
            where=where,
        )
        fold(model, deployed)
        return deployed, history

    def _peer(self, params: dict[str, Any], seed: int) -> Any:
        """Return one more untrained student."""
        keras.utils.set_random_seed(seed)
        frames, bins = self.features.validation.shape[1:]
        return build_model(
            self.recipe.student.model, frames=frames, bins=bins, classes=len(self.classes), params=params
        )

    def int8(
        self, name: str, model: Any, distill: DistillSection, teachers: list[Path], *, digest: str
    ) -> tuple[bytes, list[Row], float]:
        """Return (flatbuffer, history, validation accuracy of the fake-quantised or float model).

        In QAT only teachers go on teaching: exits and peers would start anew beside a finished student.
        """
        section = self.recipe.quantise
        kept = tuple(name for name in distill.methods if METHODS[name].asks_teacher)
        distill = distill.model_copy(update={"methods": kept}) if section.teach and kept else NO_TEACHER
        calibration = as_input(self.calibration(), model)
        history: list[Row] = []
        if section.scheme == "qat":
            equalise_depthwise(model)
            model = quantise_aware(model, calibration)
            history = self._train(
                name,
                model,
                distill,
                TrainSection(
                    epochs=section.epochs,
                    batch=self.recipe.student.train.batch,
                    learning_rate=section.learning_rate,
                    warmup_epochs=0,
                    weight_decay=0.0,
                    label_smoothing=self.recipe.student.train.label_smoothing,
                    balance=self.recipe.student.train.balance,
                    patience=section.epochs,
                ),
                seed=self.recipe.seed + 1,
                digest=digest,
                teachers=teachers,
            )
        accuracy, _ = self.accuracies(model)
        with self.reporter.busy(f"{name}: converting"):
            return convert_int8(model, calibration, dense_scales=self.dense_scales), history, accuracy

    def accuracies(self, model: Any) -> tuple[float, float]:
        """Return a Keras model's figure on (validation, test): accuracy unless the task has another."""
        predict = predictor(model)
        return self.figure(predict, "validation"), self.figure(predict, "test")

    def _accuracy(self, predict: Callable[[npt.NDArray[Any]], Any], split: str) -> float:
        logits = predict(getattr(self.features, split))
        return float((logits.argmax(axis=1) == self.labels[split]).mean())

    def _write(
        self, name: str, history: list[Row], validation: float, test: float | None, **more: Any
    ) -> None:
        storage.write_json(
            self.work / f"{name}.json",
            {"validation_accuracy": validation, "test_accuracy": test, "history": history, **more},
        )
