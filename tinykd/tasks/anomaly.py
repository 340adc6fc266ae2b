"""Anomaly detection: how far a machine is from normal, one score a window.

Everything is learnt from normal runs. Labels are used to judge, never to train:
the threshold comes from normal validation windows alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.anomaly.curves import auc, judged, run_means
from tinykd.boards.tools import missing_tools
from tinykd.datasets import SPLITS, load_dataset
from tinykd.datasets.clips import Progress
from tinykd.datasets.sensor import (
    ANOMALY,
    SensorDataset,
    SensorRun,
    only_channels,
    only_states,
)
from tinykd.distill.check import check_head, check_methods, resolved
from tinykd.distill.container import stand_in
from tinykd.errors import DataError, RecipeError
from tinykd.export.sensor import FILES, render
from tinykd.features.sensor_windows import SensorFrontEnd, sensor_front_end
from tinykd.models import check_params
from tinykd.recipe import recipe_digest
from tinykd.recipe_anomaly import AnomalyRecipe
from tinykd.recipe_sees import teacher_recipe
from tinykd.sensor_features import SensorFeatures, cache_sensor_features, standardised
from tinykd.sensor_recording import read_recording
from tinykd.stages import FOLDER
from tinykd.tasks.anomaly_figures import (
    AnomalyRun,
    alarms,
    choose_threshold,
    features_of,
    judge,
    write_report,
)
from tinykd.tasks.finished import FinishedRun, int8_outputs
from tinykd.tasks.task import Listener, Task
from tinykd.tasks.teaching import teach

if TYPE_CHECKING:
    from rich.console import RenderableType

    from tinykd.tflm import TflmModel

TEACHERS, STUDENTS, ALONE = ("density",), ("scorer", "prototypes"), ("autoencoder",)
Floats = npt.NDArray[np.float64]


class Anomaly(Task[AnomalyRecipe, SensorDataset], Listener[AnomalyRecipe]):
    """A score a window, and the threshold above which a device raises the alarm."""

    folder_dataset = "sensor_csv"
    settings = ("sample_rate_hz",)
    front_end_files = FILES
    figure = "ROC AUC"
    example = "window"

    def check(self, recipe: AnomalyRecipe) -> None:
        """Refuse models, methods and front ends that cannot be."""
        check_params(recipe.teacher.model, recipe.teacher.params, where="recipe [teacher]")
        check_params(recipe.student.model, recipe.student.params, where="recipe [student]")
        check_params(recipe.student.alone, recipe.student.alone_params, where="recipe [student] alone")
        check_methods(recipe.distill, where="recipe [distill]", outputs="score")
        check_head(recipe)
        for section, given, known in (
            ("teacher", recipe.teacher.model, TEACHERS),
            ("student", recipe.student.model, STUDENTS),
            ("student", recipe.student.alone, ALONE),
        ):
            if given not in known:
                what = f"model {given!r} says no such score"
                raise RecipeError(f"recipe [{section}]", what, "one of " + ", ".join(known))
        if recipe.distill.start == "teacher":
            what = "start is 'teacher', and a density has no layers to give"
            raise RecipeError("recipe [distill]", what, "start = 'fresh'")
        if recipe.teacher.members != 1 or recipe.teacher.others:
            raise RecipeError(
                "recipe [teacher]", f"members is {recipe.teacher.members}", "1: a density is exact"
            )
        if recipe.quantise.scheme == "qat" and recipe.student.model == "prototypes":
            what = "scheme is 'qat', which does not know the layers of model 'prototypes'"
            raise RecipeError("recipe [quantise]", what, "ptq, or [student] model 'scorer'")
        weights = {"mean": 1.0, "power": 1.0, "moments": 1.0} | recipe.teacher.params
        if weights["mean"] + weights["power"] + weights["moments"] <= 0:
            raise RecipeError("recipe [teacher] params", "mean, power and moments are 0", "one above 0")
        if recipe.augment.strength[0] <= 0:
            raise RecipeError("recipe [augment]", "strength starts at 0 or below", "two numbers above 0")
        self._check_states(recipe)
        SensorFrontEnd(
            recipe.features,
            sample_rate_hz=float(recipe.synthetic.sample_rate_hz),
            channels=recipe.features.ratio_channels,
        )

    def _check_states(self, recipe: AnomalyRecipe) -> None:
        """Refuse a teacher of another machine that would be asked as if it saw its student's windows."""
        own, seen = recipe.dataset, teacher_recipe(recipe).dataset
        elsewhere = (own.states, own.faulty_share) != (seen.states, seen.faulty_share)
        asked = recipe.distill.labels_of == "teacher"
        if elsewhere and not asked:
            what = "labels_of is 'student', whose windows the teacher does not see: they are of other states"
            raise RecipeError("recipe [distill]", what, "labels_of = 'teacher'")
        if asked and (not elsewhere or seen.faulty_share > 0 or own.channels != seen.channels):
            what = "labels_of is 'teacher', which has no healthy state of its own, felt as its student feels"
            allowed = "teacher.sees.dataset with other states, faulty_share = 0 and no channels"
            raise RecipeError("recipe [distill]", what, allowed)

    def load(
        self,
        recipe: AnomalyRecipe,
        *,
        data_dir: Path | None,
        cache_dir: Path,
        splits: Sequence[str] = SPLITS,
        progress: Progress | None = None,
    ) -> SensorDataset:
        """Return the runs of the recipe's data set."""
        dataset = load_dataset(
            recipe, data_dir=data_dir, cache_dir=cache_dir, splits=splits, progress=progress
        )
        chosen = only_states(cast(SensorDataset, dataset), recipe.dataset.states)
        if chosen.whole_runs and (recipe.dataset.faulty_share > 0 or recipe.distill.labels_of == "teacher"):
            what = "its recordings are judged whole, and windows of them are not believed one by one"
            raise DataError(chosen.name, what, "distill.labels_of = 'student' and dataset.faulty_share = 0")
        return only_channels(chosen, recipe.dataset.channels)

    def settled(self, recipe: AnomalyRecipe, dataset: SensorDataset) -> AnomalyRecipe:
        """Return the recipe with the channels that the data set has where it left them open."""
        channels = recipe.dataset.channels or dataset.channels
        section = recipe.dataset.model_copy(update={"channels": channels})
        return recipe.model_copy(update={"dataset": section})

    def features(
        self, dataset: SensorDataset, recipe: AnomalyRecipe, *, cache_dir: Path, progress: Progress
    ) -> SensorFeatures:
        """Return standardised windows: perturbed views of the training runs, plain ones of the rest."""
        progress("windows", 0, 1)
        return cache_sensor_features(dataset, recipe=recipe, cache_dir=cache_dir)

    def learner(self, run: AnomalyRun) -> Any:
        """Return the trainer of scores on this run's windows."""
        from tinykd.score_learning import ScoreLearner

        seen = run.as_teacher
        return ScoreLearner(
            teacher_side=None if seen is run else self.learner(seen),
            recipe=run.recipe,
            features=features_of(run),
            work=run.work,
            cache_dir=storage.cache_root(),
            reporter=run.reporter,
        )

    def teacher_digest(self, run: AnomalyRun) -> str:
        """Return the digest of what shapes the run's density."""
        teacher = run.recipe.teacher.model_dump(mode="json")
        asked = [run.features.digest] if run.recipe.distill.labels_of == "teacher" else []
        return storage.digest_of([run.as_teacher.features.digest, run.recipe.seed, teacher, *asked])

    def learn(self, run: AnomalyRun) -> None:
        """Fit the teacher, train the lone and the distilled student, convert both, choose the threshold."""
        recipe, out, work = run.recipe, run.out, run.work
        data, teacher = [run.features.digest, recipe.seed], self.teacher_digest(run)
        members = teach(run, digest=teacher)
        student = [*data, recipe.student.model_dump(mode="json"), recipe.quantise.model_dump(mode="json")]
        alone = storage.digest_of(student)
        run.stages.once(
            "no_kd",
            alone,
            [work / "no_kd.tflite", work / "no_kd.json"],
            lambda: run.learner.student_alone(digest=alone),
        )
        distilled = storage.digest_of([*student, teacher, resolved(recipe.distill).model_dump(mode="json")])
        run.stages.once(
            "student",
            distilled,
            [out / "student.keras", work / "student.json"],
            lambda: run.learner.distil(out / "student.keras", members, digest=distilled),
        )
        run.stages.once(
            "int8",
            distilled,
            [work / "unslimmed.tflite", out / "model.tflite", work / "int8.json"],
            lambda: run.learner.quantise(
                out / "student.keras", members, out / "model.tflite", digest=distilled
            ),
        )
        chosen = storage.digest_of([distilled, recipe.threshold.model_dump(mode="json")])
        run.stages.once("threshold", chosen, [work / "threshold.json"], lambda: choose_threshold(run))

    def device_settings(self, run: Path, *, recipe: AnomalyRecipe, model: TflmModel) -> dict[str, Any]:
        """Return the threshold, as the model's int8 and as its real score."""
        return storage.read_json(run / FOLDER / "threshold.json")

    def front_end_c(
        self, recipe: AnomalyRecipe, settings: dict[str, Any], model: TflmModel
    ) -> dict[str, str]:
        """Return the tables of the front end in firmware/src/frontend."""
        return render(
            settings, name=recipe.task, quantisation=model.input, recipe_digest=recipe_digest(recipe)
        )

    def prove(self, run: AnomalyRun) -> None:
        """Run both int8 models in TFLite Micro over the whole test split, and the reference detectors."""
        teacher = stand_in(run.cached or run.out / "teacher.keras")
        files = [run.out / "model.tflite", run.work / "no_kd.tflite", teacher]
        key = storage.digest_of(
            [run.digest, missing_tools(), *(storage.sha256_of_file(file) for file in files)]
        )
        outputs = [run.out / "verify.json", run.out / "budget.json", run.work / "proof.json"]
        run.stages.once("verify", key, outputs, lambda: judge(run))

    def report(self, run: AnomalyRun) -> None:
        """Write metrics.json, history.csv and the plots."""
        files = [run.out / "verify.json", run.work / "proof.json", run.work / "threshold.json"]
        key = storage.digest_of([run.digest, *(storage.sha256_of_file(file) for file in files)])
        names = ("metrics.json", "history.csv", "scores.png", "roc.png", "history.png")
        run.stages.once("report", key, [run.out / name for name in names], lambda: write_report(run))

    def summary(self, run: AnomalyRun) -> RenderableType:
        """Return ROC AUCs beside the reference detectors, sizes and what to do next."""
        from tinykd.report.anomaly_tables import anomaly_table

        return anomaly_table(
            storage.read_json(run.out / "metrics.json"),
            storage.read_json(run.out / "verify.json"),
            run.recipe.budget,
            run=run.out,
        )

    def measure(self, run: AnomalyRun, model: TflmModel, *, split: str = "test") -> float:
        """Return the ROC AUC on a split."""
        scores = int8_outputs(model, getattr(run.features, split))[:, 0]
        return auc(*features_of(run).judged(split, scores))

    def count(self, run: AnomalyRun, split: str) -> int:
        """Return how many windows a split has; a data set of sensors counts samples."""
        return run.features.train.shape[1] if split == "train" else len(getattr(run.features, split))

    def output_names(self, classes: tuple[str, ...]) -> tuple[str, ...]:
        """Return the one output's name."""
        return ("score",)

    def input_shape(self, recipe: AnomalyRecipe) -> tuple[int, ...]:
        """Return (frames, features) of a window."""
        front = SensorFrontEnd(recipe.features, sample_rate_hz=1.0, channels=recipe.dataset.channels)
        return front.shape

    def evaluate(
        self, finished: FinishedRun[AnomalyRecipe], dataset: SensorDataset, split: str
    ) -> dict[str, Any]:
        """Return how well the int8 score tells anomalies, and what its threshold does."""
        if dataset.channels != finished.recipe.dataset.channels:
            what = f"channels {', '.join(dataset.channels)}"
            raise DataError(
                dataset.name, what, "those of the run: " + ", ".join(finished.recipe.dataset.channels)
            )
        runs = dataset.splits[split].runs
        windows = sensor_front_end(finished.recipe.features, dataset).windows(runs)
        features = standardised(windows.features, finished.settings)

        def of(model: TflmModel) -> tuple[Floats, npt.NDArray[np.uint8]]:
            scores = int8_outputs(model, features)[:, 0].astype(np.float64)
            if not dataset.whole_runs:
                return scores, windows.labels
            ends = np.array([run.labels[-1] for run in runs])
            return run_means(scores, windows.run, len(runs)), ends

        scores, labels = of(finished.model)
        machines = [runs[index].machine for index in windows.run]
        names = [run.machine for run in runs] if dataset.whole_runs else machines
        found: dict[str, Any] = judged(scores, labels, names)
        found["threshold"] = alarms(scores, labels, _limit(finished))
        if finished.alone is not None:
            found["no_kd"] = {"auc": auc(*of(finished.alone))}
        return found

    def predict(self, finished: FinishedRun[AnomalyRecipe], recording: Path) -> list[tuple[str, float]]:
        """Return the shares of a recording's windows that are normal and anomalous by the threshold."""
        share = float((_scores(finished, recording) > _limit(finished)).mean())
        return list(zip(finished.classes, (1.0 - share, share), strict=True))

    def stream(self, finished: FinishedRun[AnomalyRecipe], recording: Path) -> npt.NDArray[np.float32]:
        """Return a recording's rows: [rows, channels], in the units of training."""
        return _read(finished, recording).values

    def timing(self, recipe: AnomalyRecipe) -> dict[str, int]:
        """Return how many frames lie from one window to the next."""
        return {"HOP_FRAMES": recipe.features.stride_frames}

    def listen(self, finished: FinishedRun[AnomalyRecipe], recording: Path) -> list[tuple[float, str]]:
        """Return when a device raises the alarm: windows above the threshold after one that is not."""
        section = finished.recipe.features
        above = _scores(finished, recording) > _limit(finished)
        rises = np.flatnonzero(above & ~np.concatenate([[False], above[:-1]]))
        first = (
            section.window_samples
            if section.kind == "levels"
            else section.window_samples - section.settle_samples
        )
        rows = first + rises * section.stride_frames * section.hop_samples
        return [(int(row) / finished.settings["sample_rate_hz"], finished.classes[ANOMALY]) for row in rows]


TASK = Anomaly()


def _limit(finished: FinishedRun[AnomalyRecipe]) -> int:
    found: int = storage.read_json(finished.folder / FOLDER / "threshold.json")["threshold_int8"]
    return found


def _read(finished: FinishedRun[AnomalyRecipe], recording: Path) -> SensorRun:
    rate = finished.settings["sample_rate_hz"]
    return read_recording(recording, channels=finished.recipe.dataset.channels, sample_rate_hz=rate)


def _scores(finished: FinishedRun[AnomalyRecipe], recording: Path) -> npt.NDArray[np.int8]:
    """Return the int8 score of each window of a recording."""
    recipe = finished.recipe
    front = SensorFrontEnd(
        recipe.features,
        sample_rate_hz=finished.settings["sample_rate_hz"],
        channels=recipe.dataset.channels,
    )
    windows = front.windows([_read(finished, recording)])
    return int8_outputs(finished.model, standardised(windows.features, finished.settings))[:, 0]
