"""What the stages of one run share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Generic

from tinykd import storage
from tinykd.feature_cache import CachedFeatures
from tinykd.recipe import recipe_digest
from tinykd.recipe_sees import recorded_recipe, teacher_recipe
from tinykd.report.progress import Reporter
from tinykd.stages import FOLDER, Stages
from tinykd.tasks.task import D, R, Task


@dataclass(frozen=True, kw_only=True)
class Run(Generic[R, D]):
    """One run: what is asked, what there is, and where results go.

    dataset: as the teacher's recipe sees it; the student may see less of it.
    features: what the student sees.
    teacher_features: of the same events, what the teacher sees; `features` where it sees the same.
    out: the run folder.
    cached: the container of what a teacher said that is not here; None for a teacher of the run's own.
    """

    task: Task[R, D]
    recipe: R
    dataset: D
    features: CachedFeatures
    teacher_features: CachedFeatures
    out: Path
    reporter: Reporter
    cached: Path | None = None

    @property
    def work(self) -> Path:
        """Return the folder of stamps, checkpoints and files that only the next stage reads."""
        return self.out / FOLDER

    @cached_property
    def stages(self) -> Stages:
        """Return the memory of what is done."""
        return Stages(self.out)

    @cached_property
    def as_teacher(self) -> Run[R, D]:
        """Return the run as it would be if the student saw what its teacher sees; itself if it does."""
        if self.teacher_features is self.features:
            return self
        recipe = self.task.settled(teacher_recipe(self.recipe), self.dataset)
        return replace(self, recipe=recipe, features=self.teacher_features)

    @cached_property
    def digest(self) -> str:
        """Return a digest of everything that shapes the run."""
        return storage.digest_of([recipe_digest(self.recipe), self.features.digest])

    @cached_property
    def learner(self) -> Any:
        """Return the room that needs TensorFlow; a run with nothing to do never asks for it."""
        with self.reporter.busy("starting TensorFlow"):
            return self.task.learner(self)


def open_run(
    task: Task[R, D],
    recipe: R,
    *,
    data_dir: Path | None,
    out: Path,
    reporter: Reporter,
) -> Run[R, D]:
    """Load the data and its features, made now or mapped from the cache."""
    cache = storage.cache_root()
    dataset = task.load(
        recorded_recipe(recipe), data_dir=data_dir, cache_dir=cache, progress=reporter.progress
    )
    recipe = task.settled(recipe, dataset)
    features = task.features(dataset, recipe, cache_dir=cache, progress=reporter.progress)
    teacher_features = features
    if (seen := teacher_recipe(recipe)) is not recipe:
        teacher_features = task.features(dataset, seen, cache_dir=cache, progress=reporter.progress)
    return Run(
        task=task,
        recipe=recipe,
        dataset=dataset,
        features=features,
        teacher_features=teacher_features,
        out=out,
        reporter=reporter,
    )
