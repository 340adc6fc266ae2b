"""The trainings of an anomaly run: a density teacher in closed form, students that say a score.

A student with a teacher's score learns it on normal and perturbed windows. A
student without is an autoencoder and sees normal windows only: perturbed ones
would teach it to rebuild what it should find strange.

Where only the teacher's machine is known to be healthy, its density says which of the
student's windows are nearest to normal, and a density of those teaches the student.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd._keras import keras
from tinykd.anomaly.curves import auc, lowest
from tinykd.convert import DenseScales
from tinykd.datasets.sensor import at_hand
from tinykd.distill.check import check_methods
from tinykd.distill.container import open_whole
from tinykd.distill.examples import Examples
from tinykd.distill.objective import Objective, ScoreObjective
from tinykd.distill.taps import TapShape
from tinykd.distill.training import Row, ScoreValidation, Validation, predictor
from tinykd.learning import Learner
from tinykd.models import density, prototypes
from tinykd.recipe import DistillSection
from tinykd.recipe_anomaly import AnomalyRecipe
from tinykd.report.progress import Reporter
from tinykd.sensor_features import SensorFeatures, columns_of, perturbed, seen_by

VALIDATION_VIEWS = 4  # perturbed ones beside the plain one


class ScoreLearner(Learner):
    """Trains what an anomaly recipe asks for."""

    objective: type[Objective] = ScoreObjective
    dense_scales: DenseScales = "layer"
    recipe: AnomalyRecipe
    features: SensorFeatures

    def __init__(
        self,
        *,
        recipe: AnomalyRecipe,
        features: SensorFeatures,
        work: Path,
        cache_dir: Path,
        reporter: Reporter,
        teacher_side: Self | None = None,
    ) -> None:
        """Take what all stages share; arguments as in `Learner`."""
        super().__init__(
            recipe=recipe,
            features=features,
            classes=("score",),
            labels={"train": np.zeros(features.train.shape[1], np.int32)},
            work=work,
            cache_dir=cache_dir,
            reporter=reporter,
            activity=even_activity,
            teacher_side=teacher_side,
        )
        self.alone_side = self  # without a teacher, windows that nobody labelled are taken for healthy

    def teach(self, paths: list[Path], *, digest: str) -> None:
        """Fit the density to what the teacher sees; `paths` has one file."""
        if self.teacher_side is not self and not self.unlabelled:
            self.teacher_side.teach(paths, digest=digest)
            return
        model, source = self._carried() if self.unlabelled else (self._density(), {})
        with storage.atomic_path(paths[0]) as temporary:
            model.save(temporary)
        self._write("teacher", [], *self.accuracies(model), params=int(model.count_params()), **source)

    def _density(self) -> Any:
        """Return the density of the normal windows."""
        return self._fit(
            self.features.train[0].astype(np.float32), self.features.conditions, self._plain_validation()
        )

    def _carried(self) -> tuple[Any, dict[str, float]]:
        """Return the density of those windows that the teacher's own machine makes likely, and its figures.

        Nobody says which of these windows are healthy, or at which operating point they were recorded.
        """
        learnt, here = self.teacher_side.features.settings, self.features
        predict = predictor(self.teacher_side._density())

        def said(windows: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
            return predict(seen_by(np.asarray(windows, np.float32), here.settings, learnt))[:, 0]

        windows, unseen = here.train[0].astype(np.float32), self._plain_validation()
        share = self.recipe.teacher.believes
        windows, unseen = (some[lowest(said(some), share)] for some in (windows, unseen))
        figures = {
            f"source_{split}": auc(*here.judged(split, said(getattr(here, split))))
            for split in ("validation", "test")
        }
        return self._fit(windows, [""] * len(windows), unseen), figures

    def _fit(
        self, windows: npt.NDArray[np.float32], conditions: Sequence[str], unseen: npt.NDArray[np.float32]
    ) -> Any:
        with self.reporter.busy("fitting the density of normal windows"):
            return density.fit(
                windows,
                conditions,
                **self.recipe.teacher.params,
                seed=self.recipe.seed,
                unseen=unseen,
            )

    def examples(self, distill: DistillSection, teachers: list[Path]) -> tuple[Examples, list[TapShape]]:
        """Return all views where a score is taught, else the normal windows alone."""
        found, shapes = super().examples(distill, teachers)
        if _teaches_score(distill):
            return found, shapes
        normal = Examples(
            features=found.features[:1],
            labels=found.labels,
            teacher_logits=None if found.teacher_logits is None else found.teacher_logits[:, :1],
            teacher_taps=tuple(tap[:1] for tap in found.teacher_taps),
            activity=found.activity,
            chosen=found.chosen,
        )
        return normal, shapes

    def validation(self, distill: DistillSection, teachers: list[Path]) -> Validation:
        """Return the validation windows at hand, perturbed ones too where a score is taught."""
        if not _teaches_score(distill):
            plain = self._plain_validation()
            return ScoreValidation(features=plain, labels=np.zeros(len(plain), np.int32), targets=None)
        wide = self.side_of(teachers)
        windows = self._asked_windows(wide)
        ceiling = check_methods(distill, where="recipe [distill]", outputs="score")["score"]["ceiling"]
        targets = np.minimum(self.beside(teachers)["validation"], np.float32(ceiling))
        own = columns_of(windows, channels=wide._channels(), wanted=self._channels())
        return ScoreValidation(features=own, labels=np.zeros(len(own), np.int32), targets=targets)

    def _asked_windows(self, wide: Self) -> npt.NDArray[np.float32]:
        """Return the validation windows at hand and perturbed views of them, as `wide` sees them."""
        plain, channels = wide._plain_validation(), wide._channels()
        rng = np.random.default_rng([self.recipe.seed, 4])
        views = [
            perturbed(plain, channels=len(channels), recipe=self.recipe, rng=rng)
            for _ in range(VALIDATION_VIEWS)
        ]
        return np.concatenate([plain, *views])

    def beside(self, teachers: list[Path]) -> dict[str, npt.NDArray[Any]]:
        """Return the teacher's scores and its mixture, from wherever it is.

        `validation` [n, 1] is of plain and perturbed validation windows, `test` [n] of the test windows;
        the arrays of `prototypes.MIXTURE` are there where the mixture is of the student's own channels.
        """
        if teachers[0].is_dir():
            return dict(open_whole(teachers[0]).beside)
        wide = self.side_of(teachers)
        teacher = keras.models.load_model(teachers[0], compile=False)
        predict = predictor(teacher)
        adopted = wide is self and self.recipe.student.model == "prototypes"
        return {
            "validation": predict(self._asked_windows(wide)),
            "test": predict(wide.features.test)[:, 0],
            **(prototypes.mixture_of(teacher) if adopted else {}),
        }

    def _channels(self) -> tuple[str, ...]:
        return tuple(self.features.settings["channel_names"].split(","))

    def at_hand_validation(self) -> npt.NDArray[np.intp]:
        """Return which validation windows there are to learn from: as in training."""
        share = self.recipe.dataset.faulty_share
        return at_hand(self.features.labels["validation"], faulty_share=share, seed=self.recipe.seed)

    def believed(self, teachers: list[Path]) -> npt.NDArray[np.intp]:
        """Return which of the validation windows at hand the teacher takes for healthy."""
        known = self.at_hand_validation()
        said = self.beside(teachers)["validation"][: len(known), 0]
        return known[lowest(said, self.recipe.teacher.believes)]

    def _plain_validation(self) -> npt.NDArray[np.float32]:
        return np.asarray(self.features.validation[self.at_hand_validation()], np.float32)

    def prepare(self, model: Any, teachers: list[Path]) -> None:
        """Start a student of prototypes from its teacher's mixture, as far as it sees it.

        Where the teacher sees more, that is the mixture of the student's own channels.
        """
        if model.name == "prototypes":
            same = self.side_of(teachers) is self
            prototypes.adopt(model, self.beside(teachers) if same else prototypes.mixture_of(self._density()))

    def calibration(self) -> npt.NDArray[Any]:
        """Return normal and perturbed windows: the score of an anomaly must not hit the end of the range.

        One value of the first two is at either end of what the front end gives, so that
        the int8 input ends there too, however near to normal all that was seen is.
        """
        rng = np.random.default_rng([self.recipe.seed, 2])
        views, windows = self.features.train.shape[:2]
        chosen = np.sort(rng.permutation(views * windows)[: self.recipe.quantise.calibration_clips])
        found = np.array(self.features.train[chosen // windows, chosen % windows])
        found[:2, 0, 0] = (self.recipe.features.clip, -self.recipe.features.clip)[: len(found)]
        return found

    def float_student(
        self,
        name: str,
        distill: DistillSection,
        teachers: list[Path],
        *,
        digest: str,
        params: dict[str, Any] | None = None,
    ) -> tuple[Any, list[Row]]:
        """Train a student and return (its deploy form, history); an autoencoder where no score is taught."""
        recipe = self.recipe
        if not _teaches_score(distill):
            section = recipe.student
            student = section.model_copy(update={"model": section.alone, "params": section.alone_params})
            self.recipe = recipe.model_copy(update={"student": student})
        try:
            return super().float_student(name, distill, teachers, digest=digest, params=params)
        finally:
            self.recipe = recipe

    def int8(
        self, name: str, model: Any, distill: DistillSection, teachers: list[Path], *, digest: str
    ) -> tuple[bytes, list[Row], float]:
        """Return as `Learner.int8`; an autoencoder is quantised after training.

        It rebuilds its own input, and a quantisation-aware input would be another one.
        """
        recipe = self.recipe
        if not _teaches_score(distill):
            section = recipe.quantise.model_copy(update={"scheme": "ptq"})
            self.recipe = recipe.model_copy(update={"quantise": section})
        try:
            return super().int8(name, model, distill, teachers, digest=digest)
        finally:
            self.recipe = recipe

    def scores(self, path: Path, split: str) -> npt.NDArray[np.float32]:
        """Return what a saved Keras model says of a split's windows, [n]."""
        model = keras.models.load_model(path, compile=False)
        found: npt.NDArray[np.float32] = predictor(model)(getattr(self.features, split))[:, 0]
        return found

    def accuracies(self, model: Any) -> tuple[float, float]:
        """Return (validation, test) ROC AUC of a Keras model."""
        predict = predictor(model)
        validation, test = (
            auc(*self.features.judged(split, predict(getattr(self.features, split))[:, 0]))
            for split in ("validation", "test")
        )
        return validation, test


def even_activity(features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return [n, frames] ones: a machine does not pause, so every frame counts alike."""
    return np.ones(features.shape[:2], np.float32)


def _teaches_score(distill: DistillSection) -> bool:
    return "score" in distill.methods
