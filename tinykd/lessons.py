"""What a training is shown: examples, their labels, and what the teachers said of them.

A student may see other features of the same events than its teachers do, labels may
belong to either view, and the teachers may be elsewhere with a container in their place.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd._keras import keras
from tinykd.distill.container import Key, TeacherCache, head_file, open_whole
from tinykd.distill.examples import UNLABELLED, Activity, Examples, labelled
from tinykd.distill.methods import METHODS
from tinykd.distill.phoneme_head import PhonemeHead, read_head
from tinykd.distill.taps import TapShape
from tinykd.distill.teacher_cache import cache_teacher, write_container
from tinykd.distill.training import Judge, Validation, predictor
from tinykd.errors import RecipeError
from tinykd.feature_cache import CachedFeatures
from tinykd.recipe import DistillSection, Recipe
from tinykd.report.progress import Reporter


class Lessons:
    """Shows a student what its recipe lets it see and hear."""

    def __init__(
        self,
        *,
        recipe: Recipe,
        features: CachedFeatures,
        labels: dict[str, npt.NDArray[np.int32]],
        work: Path,
        cache_dir: Path,
        reporter: Reporter,
        activity: Activity,
        judge: Judge | None,
        teacher_side: Self | None,
    ) -> None:
        """Take features and labels.

        Args:
          recipe: the whole run.
          features: of all splits.
          labels: of train, validation and test.
          work: holds the assistants and earlier generations, which see what this student sees.
          cache_dir: holds what the teachers said.
          reporter: told how far the teachers are.
          activity: how much each frame counts in distillation along time.
          judge: chooses the best epoch; None for accuracy.
          teacher_side: the same events as a teacher sees them; None where it sees `features`.
        """
        self.teacher_side = teacher_side or self
        self.unlabelled = recipe.distill.labels_of == "teacher"
        self.alone_side = self.teacher_side if self.unlabelled else self  # what a student alone learns from
        self.recipe, self.features, self.labels = recipe, features, labels
        self.labelled = labelled(labels["train"], recipe.dataset.labelled_fraction, seed=recipe.seed)
        self.work, self.cache_dir, self.reporter = work, cache_dir, reporter
        self.activity, self.judge = activity, judge

    def validation(self, distill: DistillSection, teachers: list[Path]) -> Validation:
        """Return what the best epoch of a student is chosen on."""
        side, labels = self, self.labels["validation"]
        if self.unlabelled and any(METHODS[method].asks_teacher for method in distill.methods):
            # Nobody knows the classes of what the student sees: agreeing with the teachers is what counts.
            labels = self.beside(teachers)["validation"].argmax(axis=1).astype(np.int32)
        else:
            side = self.alone_side
        return Validation(features=side.features.validation, labels=labels, judge=side.judge)

    def examples(self, distill: DistillSection, teachers: list[Path]) -> tuple[Examples, list[TapShape]]:
        """Return training examples with what the teachers said, and the cached taps' shapes."""
        if not any(METHODS[method].asks_teacher for method in distill.methods):
            examples = Examples(
                features=self.alone_side.features.train,
                labels=self.labels["train"],
                activity=self.activity,
                chosen=self.labelled,
            )
            return examples, []
        cache = self._said(teachers)
        if distill.frames == "phonemes" and cache.frames is None:
            what = "frames is 'phonemes', and this teacher has no phoneme head"
            raise RecipeError("recipe [distill]", what, "'activity', or one trained with [teacher] phonemes")
        labels = np.full_like(self.labels["train"], UNLABELLED)
        others = np.setdiff1d(np.arange(len(labels)), self.labelled)
        if not self.unlabelled:
            labels[self.labelled] = self.labels["train"][self.labelled]
        examples = Examples(
            features=self.features.train,
            labels=labels,
            teacher_logits=cache.logits,
            teacher_taps=cache.taps,
            activity=self.activity,
            teacher_frames=cache.frames if distill.frames == "phonemes" else None,
            chosen=others if self.unlabelled and len(others) else None,
        )
        return examples, cache.tap_shapes

    def side_of(self, teachers: list[Path]) -> Self:
        """Return whose view of the examples these teachers are asked about."""
        # Assistants and earlier generations are students: they see what this one sees.
        return self if self.unlabelled or teachers[0].parent == self.work else self.teacher_side

    def _said(self, teachers: list[Path]) -> TeacherCache:
        """Return what the teachers say of the training views: out of a container, or of their files."""
        if teachers[0].is_dir():
            return open_whole(teachers[0])
        asked = self.side_of(teachers)
        return cache_teacher(
            [keras.models.load_model(path, compile=False) for path in teachers],
            asked.features.train,
            section=self.recipe.distill,
            features_digest=asked.features.digest,
            cache_dir=self.cache_dir,
            progress=self.reporter.progress,
            head=self._head(teachers),
        )

    def _head(self, teachers: list[Path]) -> PhonemeHead | None:
        """Return the phoneme head of the first teacher, if it has one and is asked as far as it."""
        own = teachers[0].parent != self.work  # a student that teaches has none
        has = self.recipe.teacher.phonemes and not self.recipe.distill.up_to and own
        return read_head(head_file(teachers[0])) if has else None

    def write_container(self, folder: Path, teachers: list[Path], *, key: Key) -> TeacherCache:
        """Write what the teachers say, and their figures, into a container for students elsewhere."""
        return write_container(
            folder,
            [keras.models.load_model(path, compile=False) for path in teachers],
            self.side_of(teachers).features.train,
            section=self.recipe.distill,
            key=key,
            figures=storage.read_json(self.work / "teacher.json"),
            beside=self.beside(teachers),
            progress=self.reporter.progress,
            head=self._head(teachers),
        )

    def beside(self, teachers: list[Path]) -> dict[str, npt.NDArray[Any]]:
        """Return what a student wants of its teachers besides logits and taps, by name.

        It is `validation`, their mean logits [n, classes], where their classes are its labels, else nothing.
        """
        if not self.unlabelled:
            return {}
        if teachers[0].is_dir():
            return dict(open_whole(teachers[0]).beside)
        models = [keras.models.load_model(path, compile=False) for path in teachers]
        said = np.stack([predictor(model)(self.features.validation) for model in models])
        return {"validation": said.mean(axis=0)}
