"""What tasks that choose among classes share: four trainings, a proof, figures and plots."""

from __future__ import annotations

import csv
import io
from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.boards.tools import missing_tools
from tinykd.distill.check import check_head, check_methods, resolved
from tinykd.distill.examples import frame_activity
from tinykd.errors import RecipeError, TinykdError
from tinykd.models import check_params, check_student
from tinykd.recipe import recipe_digest
from tinykd.recipe_sees import teacher_recipe
from tinykd.tasks.finished import FinishedRun, int8_outputs
from tinykd.tasks.proof import write_proof
from tinykd.tasks.run import Run
from tinykd.tasks.task import D, R, Task
from tinykd.tasks.teaching import origin, teach
from tinykd.verify import scores

if TYPE_CHECKING:
    from rich.console import RenderableType

    from tinykd.distill.batches import SpectrogramChange
    from tinykd.distill.training import Judge
    from tinykd.learning import Figure
    from tinykd.phoneme_frames import PhonemeFrames
    from tinykd.tflm import TflmModel

HISTORY_COLUMNS = (
    "stage",
    "epoch",
    "loss",
    "learning_rate",
    "val_loss",
    "val_accuracy",
    "val_judged",
    "best",
    "seconds",
)


class Classifier(Task[R, D]):
    """A task whose model has one logit a class.

    recording: what `predict` takes, as an example file name.
    """

    recording: str = "FILE.wav"

    @abstractmethod
    def plain_features(self, split: Any, recipe: R, settings: dict[str, Any]) -> npt.NDArray[np.float32]:
        """Return what the model sees of a split, not augmented: [n, ...] float32."""

    @abstractmethod
    def read(self, recording: Path, recipe: R, settings: dict[str, Any]) -> npt.NDArray[np.float32]:
        """Return what the model sees of a recording: [1, ...] float32."""

    def change(self, recipe: R) -> SpectrogramChange | None:
        """Return the augmentation of a training batch's features; None where there is none."""
        return None

    def check_view(self, recipe: R) -> None:
        """Refuse what cannot be made of a recording, or augmented, as `recipe` says."""

    def activity(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return how much each frame counts in distillation along time: [n, frames] of [n, frames, bins]."""
        return frame_activity(features)

    def check(self, recipe: R) -> None:
        """Refuse models, methods and trainings that cannot be."""
        check_params(recipe.teacher.model, recipe.teacher.params, where="recipe [teacher]")
        for other in recipe.teacher.others:
            check_params(other.model, other.params, where="recipe [teacher] others")
        check_student(recipe.student.model, recipe.student.params, where="recipe [student]")
        for params in recipe.distill.assistants:
            check_params(recipe.student.model, params, where="recipe [distill] assistants")
        check_methods(recipe.distill, where="recipe [distill]")
        check_head(recipe)
        if recipe.distill.start == "teacher" and recipe.teacher.model != recipe.student.model:
            what = f"start is 'teacher', and a {recipe.teacher.model} has no {recipe.student.model}'s layers"
            raise RecipeError("recipe [distill]", what, "a teacher of the student's model, or 'fresh'")
        if (seen := teacher_recipe(recipe)) is not recipe:
            try:
                self.check_view(seen)
            except TinykdError as error:
                where = f"recipe [teacher.sees], {error.where}"
                raise RecipeError(where, error.what, error.allowed) from error
        if recipe.distill.labels_of == "teacher" and seen.features != recipe.features:
            what = "labels_of is 'teacher', which is asked about what its student sees, by another front end"
            raise RecipeError("recipe [distill]", what, "a teacher without features of its own")
        if recipe.distill.methods and recipe.student.train.mixup_alpha > 0:
            what = "mixup_alpha is above 0, but the teacher's outputs are cached unmixed"
            raise RecipeError("recipe [student] train", what, "0 with [distill] methods, or no methods")

    def _data(self, run: Run[R, D]) -> list[Any]:
        return [run.features.digest, run.recipe.seed, run.recipe.augment.model_dump(mode="json")]

    def teacher_digest(self, run: Run[R, D]) -> str:
        """Return the digest of what shapes the run's teachers."""
        return storage.digest_of([*self._data(run.as_teacher), run.recipe.teacher.model_dump(mode="json")])

    def learn(self, run: Run[R, D]) -> None:
        """Train teacher, lone student and distilled student; convert both students."""
        recipe, out, work = run.recipe, run.out, run.work
        data, teacher = self._data(run), self.teacher_digest(run)
        members = teach(run, digest=teacher)
        student = [*data, recipe.student.model_dump(mode="json"), recipe.quantise.model_dump(mode="json")]
        alone = storage.digest_of([*student, *([teacher] if recipe.distill.labels_of == "teacher" else [])])
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

    def learner(self, run: Run[R, D]) -> Any:
        """Return the trainer of classifiers on this run's features."""
        from tinykd.learning import Learner

        seen = run.as_teacher
        return Learner(
            teacher_side=None if seen is run else self.learner(seen),
            recipe=run.recipe,
            features=run.features,
            classes=run.dataset.classes,
            labels={name: split.labels for name, split in run.dataset.splits.items()},
            work=run.work,
            cache_dir=storage.cache_root(),
            reporter=run.reporter,
            change=self.change(run.recipe),
            activity=self.activity,
            judge=self.judge(run),
            figure=self.figure_of(run),
            phonemes=self.phonemes(run),
        )

    def phonemes(self, run: Run[R, D]) -> Callable[[], PhonemeFrames] | None:
        """Return what finds the phoneme of every frame of a run's features; None where there are none."""
        return None

    def judge(self, run: Run[R, D]) -> Judge | None:
        """Return what chooses the best epoch; None for accuracy."""
        return None

    def figure_of(self, run: Run[R, D]) -> Figure | None:
        """Return what a float model is measured by; None for accuracy."""
        return None

    def prove(self, run: Run[R, D]) -> None:
        """Run both int8 models in TFLite Micro over the whole test split."""
        model = run.out / "model.tflite"
        key = storage.digest_of(
            [
                *(run.digest, storage.sha256_of_file(model)),
                *(storage.sha256_of_file(run.work / "no_kd.tflite"), missing_tools()),
            ]
        )
        outputs = [run.out / "verify.json", run.out / "budget.json", run.work / "proof.json"]
        run.stages.once("verify", key, outputs, lambda: self._prove(run))

    def _prove(self, run: Run[R, D]) -> None:
        from tinykd.tflm import TflmModel
        from tinykd.verify import verify

        labels = run.dataset.splits["test"].labels
        data = (run.out / "model.tflite").read_bytes()
        what = f"TFLite Micro runs {len(labels)} test {self.example}s, slimmed and unslimmed"
        with run.reporter.busy(what):
            model = TflmModel(data)
            inputs = model.quantise_input(run.features.test)
            found = verify(
                data,
                inputs=inputs,
                labels=labels,
                reference_bytes=(run.work / "unslimmed.tflite").read_bytes(),
            )
            predicted = model.run(inputs).reshape(len(inputs), -1).argmax(axis=1)
            alone = TflmModel((run.work / "no_kd.tflite").read_bytes(), where="student alone")
            guessed = int8_outputs(alone, run.features.test).argmax(axis=1)
        storage.write_json(
            run.work / "proof.json",
            {"predicted": predicted.tolist(), "no_kd": scores(guessed, labels)[0]},
        )
        write_proof(run, data, found)

    def report(self, run: Run[R, D]) -> None:
        """Write metrics.json, history.csv and the plots."""
        key = storage.digest_of([run.digest, storage.sha256_of_file(run.out / "verify.json")])
        names = ("metrics.json", "history.csv", "confusion.png", "history.png")
        run.stages.once("report", key, [run.out / name for name in names], lambda: self._report(run))

    def _report(self, run: Run[R, D]) -> None:
        from tinykd.report.plots import plot_confusion, plot_history

        parts = {
            name: storage.read_json(run.work / f"{name}.json")
            for name in ("teacher", "no_kd", "student", "int8")
        }
        labels = run.dataset.splits["test"].labels
        predicted = np.asarray(storage.read_json(run.work / "proof.json")["predicted"])
        histories = {name: part["history"] for name, part in parts.items()}
        histories["no_kd_int8"] = parts["no_kd"]["int8_history"]
        rows = [{"stage": name, **row} for name, history in histories.items() for row in history]
        text = io.StringIO()
        writer = csv.DictWriter(text, HISTORY_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        storage.write_text(run.out / "history.csv", text.getvalue())
        plot_history(rows, run.out / "history.png")
        classes = run.dataset.classes
        counts = np.zeros((len(classes), len(classes)), np.int64)
        np.add.at(counts, (labels, predicted), 1)
        plot_confusion(counts, classes, run.out / "confusion.png")
        storage.write_json(run.out / "metrics.json", self.metrics(run, parts, predicted))

    def metrics(
        self, run: Run[R, D], parts: dict[str, dict[str, Any]], predicted: npt.NDArray[np.integer[Any]]
    ) -> dict[str, Any]:
        """Return the contents of metrics.json.

        Args:
          run: whose models are proven.
          parts: what the stages teacher, no_kd, student and int8 wrote.
          predicted: [n] the int8 model's classes of the test split.
        """
        from tinykd.cost.macs import count
        from tinykd.flatbuffer import read_model

        verified = storage.read_json(run.out / "verify.json")
        proof = storage.read_json(run.work / "proof.json")
        cost = count(read_model(run.out / "model.tflite"))
        labels = run.dataset.splits["test"].labels
        return {
            "task": run.recipe.task,
            "dataset": run.dataset.name,
            "seed": run.recipe.seed,
            "classes": list(run.dataset.classes),
            "recipe_digest": recipe_digest(run.recipe),
            "params": cost.params,
            "macs": cost.macs,
            "model_bytes": verified["model_bytes"],
            "unslimmed_bytes": (run.work / "unslimmed.tflite").stat().st_size,
            "arena_bytes": verified["arena_bytes"],
            "train_clips": len(run.dataset.splits["train"]),
            "teacher_params": parts["teacher"]["params"],
            **{key: value for key, value in parts["teacher"].items() if key == "phonemes"},
            **origin(run),
            "validation": {
                "n": len(run.dataset.splits["validation"]),
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
                    "recall": _recalls(predicted, labels, run.dataset.classes),
                },
            },
        }

    def summary(self, run: Run[R, D]) -> RenderableType:
        """Return accuracies, sizes and what to do next."""
        from tinykd.report.tables import results_table

        return results_table(
            storage.read_json(run.out / "metrics.json"),
            storage.read_json(run.out / "verify.json"),
            run.recipe.budget,
            run=run.out,
            example=self.example,
            recording=self.recording,
        )

    def measure(self, run: Run[R, D], model: TflmModel, *, split: str = "test") -> float:
        """Return the accuracy on a split."""
        predicted = int8_outputs(model, getattr(run.features, split)).argmax(axis=1)
        return float((predicted == run.dataset.splits[split].labels).mean())

    def outputs(self, run: Run[R, D], model: TflmModel) -> dict[str, npt.NDArray[Any]]:
        """Return `probabilities` [n, classes] float32 and `labels` [n] of the test split."""
        logits = model.dequantise_output(int8_outputs(model, run.features.test))
        chances = np.exp(logits - logits.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        return {"probabilities": chances.astype(np.float32), "labels": run.dataset.splits["test"].labels}

    def evaluate(self, finished: FinishedRun[R], dataset: D, split: str) -> dict[str, Any]:
        """Return n, accuracy, macro_recall, recall by class, and `no_kd` of the lone student."""
        classes = finished.classes
        index = np.array([classes.index(label) for label in dataset.classes], np.int32)
        examples = dataset.splits[split]
        labels = index[examples.labels]
        features = self.plain_features(examples, finished.recipe, finished.settings)
        predicted = int8_outputs(finished.model, features).argmax(axis=1)
        accuracy, macro_recall = scores(predicted, labels)
        found = {
            "n": len(labels),
            "accuracy": accuracy,
            "macro_recall": macro_recall,
            "recall": _recalls(predicted, labels, classes),
        }
        if finished.alone is not None:
            guessed = int8_outputs(finished.alone, features).argmax(axis=1)
            found["no_kd"] = {"accuracy": scores(guessed, labels)[0]}
        return found

    def predict(self, finished: FinishedRun[R], recording: Path) -> list[tuple[str, float]]:
        """Return (class, probability) of what the int8 model finds in a recording."""
        model = finished.model
        features = self.read(recording, finished.recipe, finished.settings)
        logits = model.dequantise_output(int8_outputs(model, features))[0]
        chances = np.exp(logits - logits.max())
        chances /= chances.sum()
        return [(name, float(chance)) for name, chance in zip(finished.classes, chances, strict=True)]


def _recalls(
    predicted: npt.NDArray[np.integer[Any]], labels: npt.NDArray[np.integer[Any]], classes: tuple[str, ...]
) -> dict[str, float]:
    return {
        name: float((predicted[labels == label] == label).mean())
        for label, name in enumerate(classes)
        if (labels == label).any()
    }
