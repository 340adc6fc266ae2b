"""The interface of a task: what a run, a study and the verbs ask of it, and nothing else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy.typing as npt

from tinykd.datasets import SPLITS
from tinykd.datasets.clips import Progress
from tinykd.datasets.splits import Dataset
from tinykd.feature_cache import CachedFeatures
from tinykd.recipe import Recipe

if TYPE_CHECKING:
    from rich.console import RenderableType

    from tinykd.tasks.finished import FinishedRun
    from tinykd.tasks.run import Run
    from tinykd.tflm import TflmModel

R = TypeVar("R", bound=Recipe)
D = TypeVar("D", bound=Dataset)


class Task(ABC, Generic[R, D]):
    """One row of TASKS; it has no state, all of a run is in its `Run`.

    folder_dataset: the data set whose layout `evaluate --data-dir` expects of a run
      that was trained on the task's embedded data.
    settings: numbers of the front end that a finished run must have.
    figure: what `measure` gives, as a table's head would name it.
    example: what one example is called in tables.
    judged: what the figure counts, where that is not an example.
    front_end_files: endings of the files that `front_end_c` gives.
    """

    folder_dataset: str
    settings: tuple[str, ...]
    figure: str = "accuracy"
    example: str = "clip"
    judged: str = ""
    front_end_files: tuple[str, ...] = ()

    @abstractmethod
    def check(self, recipe: R) -> None:
        """Refuse what a later stage would refuse, before hours of work.

        Raises:
          TinykdError: a parameter, a front end or an augmentation that cannot be.
        """

    @abstractmethod
    def load(
        self,
        recipe: R,
        *,
        data_dir: Path | None,
        cache_dir: Path,
        splits: Sequence[str] = SPLITS,
        progress: Progress | None = None,
    ) -> D:
        """Return the data with the wanted splits.

        Raises:
          TinykdError: the data cannot be used.
        """

    def settled(self, recipe: R, dataset: D) -> R:
        """Return the recipe with what only the data could say (classes); it is the one that is locked."""
        return recipe

    @abstractmethod
    def features(self, dataset: D, recipe: R, *, cache_dir: Path, progress: Progress) -> CachedFeatures:
        """Return augmented views of the training split and plain features of the others.

        What the recipe sees may be less than what the data set holds: augmentation comes first, with
        random numbers that do not depend on it, so two recipes see the same events in the same order.
        """

    @abstractmethod
    def teacher_digest(self, run: Run[R, D]) -> str:
        """Return the digest of what shapes the run's teachers."""

    @abstractmethod
    def learn(self, run: Run[R, D]) -> None:
        """Train; leaves student.keras, model.tflite, work/unslimmed.tflite; teacher.keras if it is here."""

    @abstractmethod
    def prove(self, run: Run[R, D]) -> None:
        """Run the int8 model in TFLite Micro over the test split; leaves verify.json and budget.json."""

    @abstractmethod
    def report(self, run: Run[R, D]) -> None:
        """Leave metrics.json (`task`, `classes`, `recipe_digest`), history.csv and the plots."""

    @abstractmethod
    def summary(self, run: Run[R, D]) -> RenderableType:
        """Return what a person should read when a run is done."""

    @abstractmethod
    def learner(self, run: Run[R, D]) -> Any:
        """Return the room that trains, a `learning.Learner` or what has its methods."""

    @abstractmethod
    def measure(self, run: Run[R, D], model: TflmModel, *, split: str = "test") -> float:
        """Return the figure that a study compares, 0..1, higher is better, of an int8 model on a split."""

    def outputs(self, run: Run[R, D], model: TflmModel) -> dict[str, npt.NDArray[Any]]:
        """Return what an int8 model says of the test split, for reports; empty where the figure says all."""
        return {}

    def count(self, run: Run[R, D], split: str) -> int:
        """Return how many examples a split has, those of training once each."""
        return len(run.dataset.splits[split])

    def output_names(self, classes: tuple[str, ...]) -> tuple[str, ...]:
        """Return what the model's outputs are called."""
        return classes

    def device_settings(self, run: Path, *, recipe: R, model: TflmModel) -> dict[str, Any]:
        """Return the numbers by which a finished run's outputs become an answer, for the exported C."""
        return {}

    def front_end_c(self, recipe: R, settings: dict[str, Any], model: TflmModel) -> dict[str, str]:
        """Return the C constants of the front end by file name, for the exported C."""
        return {}

    @abstractmethod
    def input_shape(self, recipe: R) -> tuple[int, ...]:
        """Return the shape of one example's features, like (frames, bins)."""

    @abstractmethod
    def evaluate(self, finished: FinishedRun[R], dataset: D, split: str) -> dict[str, Any]:
        """Return the figures of a finished run's int8 model on one split of any data that has its classes."""

    @abstractmethod
    def predict(self, finished: FinishedRun[R], recording: Path) -> list[tuple[str, float]]:
        """Return (class, probability) of a recording, in class order."""


class Listener(ABC, Generic[R]):
    """What a task on streams can do besides."""

    @abstractmethod
    def listen(self, finished: FinishedRun[R], recording: Path) -> list[tuple[float, str]]:
        """Return (seconds, class) of each detection in a recording, as a device would say it."""

    @abstractmethod
    def stream(self, finished: FinishedRun[R], recording: Path) -> npt.NDArray[Any]:
        """Return what a device's sensor would give: [samples] int16, or [rows, channels] float32."""

    @abstractmethod
    def timing(self, recipe: R) -> dict[str, int]:
        """Return when a device asks the model, as its app's macros name it."""
