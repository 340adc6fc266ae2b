"""A run from recipe to proven C, stage by stage; each stage is skipped when its result stands."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tinykd import storage
from tinykd.augment.chain import check_ranges
from tinykd.budget import check, explain
from tinykd.datasets import load_dataset
from tinykd.distill.methods import check_methods
from tinykd.errors import CheckFailed, RecipeError
from tinykd.feature_cache import CachedFeatures, cache_features
from tinykd.features import front_end
from tinykd.models import check_params
from tinykd.recipe import Recipe, recipe_digest
from tinykd.recipe_text import dump_recipe
from tinykd.report.progress import Reporter
from tinykd.stages import FOLDER, Stages

if TYPE_CHECKING:
    from rich.console import Console

    from tinykd.datasets.clips import AudioDataset
    from tinykd.learning import Learner

HISTORY_COLUMNS = (
    "stage",
    "epoch",
    "loss",
    "learning_rate",
    "val_loss",
    "val_accuracy",
    "best",
    "seconds",
)


def run(recipe: Recipe, *, data_dir: Path | None, out: Path, console: Console) -> dict[str, Any]:
    """Do every stage of `recipe` that is not done yet, and print what came of it.

    Args:
      recipe: the whole run.
      data_dir: where the data is; None for the data set's own place.
      out: the run folder.
      console: where progress and the results table go.

    Returns:
      The contents of metrics.json.

    Raises:
      TinykdError: bad input, or (CheckFailed) a model over its budget or not bit-exact.
    """
    check_recipe(recipe)
    storage.require_writable(out)
    storage.require_writable(storage.cache_root())
    reporter = Reporter(console)
    with reporter:
        dataset = load_dataset(
            recipe, data_dir=data_dir, cache_dir=storage.cache_root(), progress=reporter.progress
        )
        recipe = recipe.model_copy(
            update={"dataset": recipe.dataset.model_copy(update={"words": keywords(dataset)})}
        )
        if len(dataset.classes) < 2:
            what = f"there is one class, {dataset.classes[0]!r}"
            raise RecipeError("recipe [dataset]", what, "two or more of words, silence and unknown")
        stages = Stages(out)
        total = _Run(recipe, dataset, data_dir, out, stages, reporter)
        _write_if_new(out / "recipe.lock.toml", dump_recipe(recipe))
        total.learn()
        total.prove()
        total.export()
        total.report()
    return total.finish(console)


def check_recipe(recipe: Recipe) -> None:
    """Refuse what a later stage would refuse, before hours of work.

    Raises:
      RecipeError: a parameter, a front end or an augmentation that cannot be.
      DataError: clips shorter than the front end's window.
    """
    check_params(recipe.teacher.model, recipe.teacher.params, where="recipe [teacher]")
    check_params(recipe.student.model, recipe.student.params, where="recipe [student]")
    check_methods(recipe.distill, where="recipe [distill]")
    if recipe.distill.methods and recipe.student.train.mixup_alpha > 0:
        what = "mixup_alpha is above 0, but the teacher's outputs are cached unmixed"
        raise RecipeError("recipe [student] train", what, "0 with [distill] methods, or no methods")
    check_ranges(recipe.augment)
    section = recipe.dataset
    front = front_end(recipe.features, section.sample_rate_hz)
    front.shape(section.sample_rate_hz * section.clip_ms // 1000)


def keywords(dataset: AudioDataset) -> tuple[str, ...]:
    """Return the classes that are words, as a recipe would list them."""
    return tuple(name for name in dataset.classes if not name.startswith("_"))


class _Run:
    """What the stages of one run share."""

    def __init__(
        self,
        recipe: Recipe,
        dataset: AudioDataset,
        data_dir: Path | None,
        out: Path,
        stages: Stages,
        reporter: Reporter,
    ) -> None:
        self.recipe, self.dataset, self.data_dir, self.out = recipe, dataset, data_dir, out
        self.stages, self.reporter = stages, reporter
        self.features: CachedFeatures = cache_features(
            dataset, recipe=recipe, cache_dir=storage.cache_root(), progress=reporter.progress
        )
        self.work = out / FOLDER
        self._learner: Learner | None = None
        self.digest = storage.digest_of([recipe_digest(recipe), self.features.digest])

    @property
    def learner(self) -> Learner:
        """Return the room that needs TensorFlow; a run with nothing to do never asks for it."""
        if self._learner is None:
            with self.reporter.busy("starting TensorFlow"):
                from tinykd.learning import Learner

                self._learner = Learner(
                    recipe=self.recipe,
                    features=self.features,
                    classes=self.dataset.classes,
                    labels={name: split.labels for name, split in self.dataset.splits.items()},
                    work=self.work,
                    cache_dir=storage.cache_root(),
                    reporter=self.reporter,
                )
        return self._learner

    def learn(self) -> None:
        """Train teacher, lone student and distilled student; convert both students."""
        recipe, work = self.recipe, self.work
        data = [self.features.digest, recipe.seed, recipe.augment.model_dump(mode="json")]
        teacher = storage.digest_of([*data, recipe.teacher.model_dump(mode="json")])
        members = [
            self.out / ("teacher.keras" if member == 0 else f"teacher_{member}.keras")
            for member in range(recipe.teacher.members)
        ]
        self.stages.once(
            "teacher",
            teacher,
            [*members, work / "teacher.json"],
            lambda: self.learner.teach(members, digest=teacher),
        )
        student = [*data, recipe.student.model_dump(mode="json"), recipe.quantise.model_dump(mode="json")]
        alone = storage.digest_of(student)
        self.stages.once(
            "no_kd",
            alone,
            [work / "no_kd.tflite", work / "no_kd.json"],
            lambda: self.learner.student_alone(digest=alone),
        )
        distilled = storage.digest_of([*student, teacher, recipe.distill.model_dump(mode="json")])
        self.stages.once(
            "student",
            distilled,
            [self.out / "student.keras", work / "student.json"],
            lambda: self.learner.distil(self.out / "student.keras", members, digest=distilled),
        )
        self.stages.once(
            "int8",
            distilled,
            [work / "unslimmed.tflite", self.out / "model.tflite", work / "int8.json"],
            lambda: self.learner.quantise(
                self.out / "student.keras", members, self.out / "model.tflite", digest=distilled
            ),
        )

    def prove(self) -> None:
        """Run both int8 models in TFLite Micro over the whole test split."""
        model = self.out / "model.tflite"
        key = storage.digest_of(
            [self.digest, storage.sha256_of_file(model), storage.sha256_of_file(self.work / "no_kd.tflite")]
        )
        outputs = [self.out / "verify.json", self.out / "budget.json", self.work / "proof.json"]
        self.stages.once("verify", key, outputs, self._prove)

    def _prove(self) -> None:
        from tinykd.tflm import TflmModel
        from tinykd.verify import scores, verify

        labels = self.dataset.splits["test"].labels
        data = (self.out / "model.tflite").read_bytes()
        with self.reporter.busy(f"TFLite Micro runs {len(labels)} test clips, slimmed and unslimmed"):
            model = TflmModel(data)
            inputs = model.quantise_input(self.features.test)
            found = verify(
                data,
                inputs=inputs,
                labels=labels,
                reference_bytes=(self.work / "unslimmed.tflite").read_bytes(),
            )
            predicted = model.run(inputs).reshape(len(inputs), -1).argmax(axis=1)
            alone = TflmModel((self.work / "no_kd.tflite").read_bytes(), where="student alone")
            outputs = alone.run(alone.quantise_input(self.features.test)).reshape(len(inputs), -1)
        storage.write_json(
            self.work / "proof.json",
            {
                "predicted": predicted.tolist(),
                "no_kd": scores(outputs.argmax(axis=1), labels)[0],
            },
        )
        limits = self.recipe.budget
        storage.write_json(
            self.out / "budget.json",
            check(limits, model_bytes=len(data), arena_bytes=found["arena_bytes"]),
        )
        storage.write_json(self.out / "verify.json", found)

    def export(self) -> None:
        """Write the C."""
        from tinykd.export.tflm import file_names
        from tinykd.inference import write_c

        key = storage.digest_of([self.digest, storage.sha256_of_file(self.out / "model.tflite")])
        settings = self.work / "front_end.json"
        golden = self.work / "golden.json"

        def make() -> None:
            storage.write_json(settings, self.features.settings)
            storage.write_json(golden, np.asarray(self.features.test[0]).tolist())
            write_c(
                self.out,
                recipe=self.recipe,
                classes=self.dataset.classes,
                settings=self.features.settings,
                out=self.out / "c",
            )

        files = [self.out / "c" / name for name in file_names(self.recipe.task)]
        self.stages.once("export", key, [settings, golden, *files], make)

    def report(self) -> None:
        """Write metrics.json, history.csv and the plots."""
        key = storage.digest_of([self.digest, storage.sha256_of_file(self.out / "verify.json")])
        outputs = [self.out / "metrics.json", self.out / "history.csv", self.out / "confusion.png"]
        outputs.append(self.out / "history.png")
        self.stages.once("report", key, outputs, self._report)

    def _report(self) -> None:
        from tinykd.cost.macs import count
        from tinykd.flatbuffer import read_model
        from tinykd.report.plots import plot_confusion, plot_history

        verified = _json(self.out / "verify.json")
        proof = _json(self.work / "proof.json")
        parts = {name: _json(self.work / f"{name}.json") for name in ("teacher", "no_kd", "student", "int8")}
        labels = self.dataset.splits["test"].labels
        predicted = np.asarray(proof["predicted"])
        cost = count(read_model(self.out / "model.tflite"))
        metrics = {
            "task": self.recipe.task,
            "dataset": self.dataset.name,
            "seed": self.recipe.seed,
            "classes": list(self.dataset.classes),
            "recipe_digest": recipe_digest(self.recipe),
            "params": cost.params,
            "macs": cost.macs,
            "model_bytes": verified["model_bytes"],
            "unslimmed_bytes": (self.work / "unslimmed.tflite").stat().st_size,
            "arena_bytes": verified["arena_bytes"],
            "train_clips": len(self.dataset.splits["train"]),
            "teacher_params": parts["teacher"]["params"],
            "validation": {
                "n": len(self.dataset.splits["validation"]),
                **{name: {"accuracy": part["validation_accuracy"]} for name, part in parts.items()},
            },
            "test": {
                "n": len(labels),
                "teacher": {"accuracy": parts["teacher"]["test_accuracy"]},
                "no_kd": {"accuracy": proof["no_kd"], "float_accuracy": parts["no_kd"]["test_accuracy"]},
                "student_float": {"accuracy": parts["student"]["test_accuracy"]},
                "student_int8": {
                    "accuracy": verified["accuracy"],
                    "macro_recall": verified["macro_recall"],
                    "recall": {
                        name: float((predicted[labels == label] == label).mean())
                        for label, name in enumerate(self.dataset.classes)
                        if (labels == label).any()
                    },
                },
            },
        }
        histories = {name: part["history"] for name, part in parts.items()}
        histories["no_kd_int8"] = parts["no_kd"]["int8_history"]
        rows = [{"stage": name, **row} for name, history in histories.items() for row in history]
        text = io.StringIO()
        writer = csv.DictWriter(text, HISTORY_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        storage.write_text(self.out / "history.csv", text.getvalue())
        plot_history(rows, self.out / "history.png")
        classes = self.dataset.classes
        counts = np.zeros((len(classes), len(classes)), np.int64)
        np.add.at(counts, (labels, predicted), 1)
        plot_confusion(counts, classes, self.out / "confusion.png")
        storage.write_json(self.out / "metrics.json", metrics)

    def finish(self, console: Console) -> dict[str, Any]:
        """Print the results; raise when a check failed."""
        from tinykd.report.tables import results_table

        metrics, verified = _json(self.out / "metrics.json"), _json(self.out / "verify.json")
        budget = _json(self.out / "budget.json")
        console.print(results_table(metrics, verified, self.recipe.budget, run=self.out))
        if not verified["bit_exact"]:
            raise CheckFailed(str(self.out), "slimmed and unslimmed outputs differ", "they must be identical")
        if not budget["ok"]:
            raise CheckFailed(str(self.out), explain(budget), "a smaller student, or a larger [budget]")
        return metrics


def _write_if_new(path: Path, text: str) -> None:
    try:
        same = path.read_bytes() == text.encode("utf-8")
    except OSError:
        same = False
    if not same:
        storage.write_text(path, text)


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
