"""The trainings of a federated run: on rows of one's own with labels, or on public ones towards logits."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd._keras import keras
from tinykd.compress.slim import slim
from tinykd.distill.examples import Examples
from tinykd.distill.taps import TapShape
from tinykd.distill.training import predictor
from tinykd.errors import RecipeError
from tinykd.federated.partition import Partition, Rows, hold_out
from tinykd.learning import NO_TEACHER, Learner
from tinykd.models import build_model
from tinykd.models.blocks import fold
from tinykd.recipe import DistillSection, Recipe, TrainSection
from tinykd.report.progress import Reporter
from tinykd.stages import FOLDER, Stages
from tinykd.tasks.classifier import Classifier
from tinykd.tasks.run import Run

Floats = npt.NDArray[np.float32]


class RowLearner(Learner):
    """A learner that sees some rows of the training split and nothing else.

    With `targets` the rows are unlabelled: the targets are all it learns from, and their likeliest
    classes are what the best epoch is chosen on.
    """

    def __init__(
        self,
        run: Run[Any, Any],
        *,
        rows: Rows,
        held: Rows,
        work: Path,
        reporter: Reporter,
        targets: Floats | None = None,
    ) -> None:
        """Take a run and the part of its training split that may be seen.

        Args:
          run: recipe, data and features.
          rows: to train on.
          held: to choose the best epoch on.
          work: for checkpoints.
          reporter: told of epochs.
          targets: [training split, classes] logits; only those of `rows` and `held` are read.
        """
        task = cast("Classifier[Any, Any]", run.task)
        self.section = run.recipe.federated
        self.targets = targets
        labels = np.asarray(run.dataset.splits["train"].labels if targets is None else targets.argmax(axis=1))
        held_features = run.features.train[0, held].astype(np.float32)
        own = {"train": labels[rows], "validation": labels[held], "test": labels[held]}
        if targets is not None:
            self.row_targets = targets[rows]
        super().__init__(
            recipe=run.recipe,
            features=replace(
                run.features,
                train=np.asarray(run.features.train[:, rows]),
                validation=held_features,
                test=held_features,  # the test split is for the report alone
            ),
            classes=run.dataset.classes,
            labels={name: values.astype(np.int32) for name, values in own.items()},
            work=work,
            cache_dir=storage.cache_root(),
            reporter=reporter,
            change=task.change(run.recipe),
            activity=task.activity,
        )

    @property
    def distill(self) -> DistillSection:
        """Return what teaches: the targets alone, or labels alone."""
        if self.targets is None:
            return NO_TEACHER
        params = {"logits": {"weight": 1.0, "temperature": self.section.temperature}}
        return DistillSection(methods=("logits",), params=params)

    def examples(self, distill: DistillSection, teachers: list[Path]) -> tuple[Examples, list[TapShape]]:
        """Return the rows; every view of a clip has the targets of the clip itself."""
        features, logits = self.features.train, None
        if self.targets is not None:
            logits = np.broadcast_to(self.row_targets, (1, len(features), *self.row_targets.shape))
        return (
            Examples(
                features=features,
                labels=self.labels["train"],
                teacher_logits=logits,
                activity=self.activity,
            ),
            [],
        )

    def new_model(self, *, seed: int) -> Any:
        """Return the recipe's student, untrained, in the form that is trained."""
        section = self.recipe.student
        return self._build(section.model, section.params, seed=seed, where="recipe [student]")

    def fit(self, name: str, model: Any, section: TrainSection, *, seed: int) -> None:
        """Train `model` in place; a training that was killed goes on from its checkpoint."""
        parts = [hashlib.sha256(values.tobytes()).hexdigest() for values in _shaping(model, self)]
        digest = storage.digest_of([*self._source(), seed, section.model_dump(mode="json"), parts])
        self._train(name, model, self.distill, section, seed=seed, digest=digest)

    def _source(self) -> list[Any]:
        """Return what the recipe says that shapes every training."""
        sections = (self.recipe.augment, self.recipe.student, self.distill)
        return [self.features.digest, *(section.model_dump(mode="json") for section in sections)]

    def short(self, epochs: int) -> TrainSection:
        """Return the training of a few epochs in a round."""
        more = {"epochs": epochs, "patience": epochs, "warmup_epochs": 0}
        return self.recipe.student.train.model_copy(
            update={**more, "learning_rate": self.section.learning_rate}
        )

    def int8_of(self, name: str, model: Any) -> bytes:
        """Return the slimmed int8 model of a trained one, by the recipe's [quantise]."""
        section, (frames, bins) = self.recipe.student, self.features.validation.shape[1:]
        deployed = build_model(
            section.model,
            frames=frames,
            bins=bins,
            classes=len(self.classes),
            params=section.params,
            deploy=True,
            where="recipe [student]",
        )
        fold(model, deployed)
        parts = [hashlib.sha256(values.tobytes()).hexdigest() for values in _shaping(model, self)]
        digest = storage.digest_of([*self._source(), self.recipe.quantise.model_dump(mode="json"), parts])
        data, _, _ = self.int8(f"{name} int8", deployed, self.distill, [], digest=digest)
        return slim(data)


def _shaping(model: Any, learner: RowLearner) -> list[npt.NDArray[Any]]:
    """Return the arrays that a training depends on beside the features and the sections."""
    first = [np.asarray(weight) for weight in model.get_weights()]
    rows = [learner.labels["train"], learner.labels["validation"], learner.features.train[0]]
    return [*first, *rows, *([] if learner.targets is None else [learner.row_targets])]


class Client:
    """What one client knows and does: private rows, the public set, a model of its own.

    Source: FedMD, Li and Wang 2019, arXiv:1910.03581, algorithm 1, without its training on
    labels of the public set: nobody has them here.
    """

    def __init__(
        self, run: Run[Any, Any], shares: Partition, *, index: int, folder: Path, reporter: Reporter
    ) -> None:
        """Take the rows of client `index`.

        Args:
          run: recipe, data and features.
          shares: who has what.
          index: from 0.
          folder: for models and checkpoints.
          reporter: told of epochs.
        """
        self.run, self.shares, self.index, self.folder = run, shares, index, folder
        self.seed = run.recipe.seed + 100 * (index + 1)
        groups = run.dataset.splits["train"].groups
        rows, held = hold_out(shares.private[index], groups, seed=self.seed)
        self.reporter = reporter
        self.private = RowLearner(run, rows=rows, held=held, work=folder / FOLDER, reporter=reporter)
        self.stages = Stages(folder)
        self.model: Any = None

    @property
    def local(self) -> Path:
        """Return the file of the model that has learnt from the client's own examples alone."""
        return self.folder / "local.keras"

    @property
    def after(self) -> Path:
        """Return the file of the model after the client's last round."""
        return self.folder / "after.keras"

    def learn_alone(self) -> Any:
        """Return the model that has learnt from the client's own examples alone, trained once."""
        recipe = self.run.recipe
        said = [self.run.features.digest, self.seed, recipe.augment.model_dump(mode="json")]
        said += [recipe.student.model_dump(mode="json"), self.shares.private[self.index].tolist()]

        def make() -> None:
            model = self.private.new_model(seed=self.seed)
            self.private.fit("alone", model, recipe.student.train, seed=self.seed)
            self._save(model, self.local)

        self.stages.once("local", storage.digest_of(said), [self.local], make)
        return keras.models.load_model(self.local, compile=False)

    def answer(self, number: int, mean: Floats | None) -> Floats:
        """Do one round and return this client's logits of the public set: [n, classes].

        Args:
          number: of the round, from 1.
          mean: [n, classes], what all thought in the round before; None in the first.
        """
        if self.model is None:
            self.model = self.learn_alone()
        if mean is not None:
            seed, section = self.seed + number, self.private.section
            public = public_learner(
                self.run, self.shares, mean, work=self.folder / FOLDER, reporter=self.reporter
            )
            public.fit(f"digest {number}", self.model, public.short(section.digest_epochs), seed=seed)
            self.private.fit(
                f"revisit {number}", self.model, self.private.short(section.revisit_epochs), seed=seed
            )
        self._save(self.model, self.after)
        return public_logits(self.run, self.shares, self.model)

    def _save(self, model: Any, path: Path) -> None:
        with storage.atomic_path(path) as temporary:
            model.save(temporary)


def public_logits(run: Run[Any, Any], shares: Partition, model: Any) -> Floats:
    """Return what a model says of the public set, as it is, without augmentation: [n, classes]."""
    return predictor(model)(np.asarray(run.features.train[0, shares.public]))


def public_learner(
    run: Run[Any, Any], shares: Partition, mean: Floats, *, work: Path, reporter: Reporter
) -> RowLearner:
    """Return who learns from the mean logits [n, classes] of the public set."""
    count = len(run.dataset.splits["train"].labels)
    targets = np.zeros((count, mean.shape[1]), np.float32)
    targets[shares.public] = mean
    groups = run.dataset.splits["train"].groups
    rows, held = hold_out(shares.public, groups, seed=run.recipe.seed)
    return RowLearner(run, rows=rows, held=held, work=work, reporter=reporter, targets=targets)


def central_learner(run: Run[Any, Any], shares: Partition, *, work: Path, reporter: Reporter) -> RowLearner:
    """Return who learns from all private examples together, each held-out part held out too."""
    groups = run.dataset.splits["train"].groups
    parts = [
        hold_out(rows, groups, seed=run.recipe.seed + 100 * (index + 1))
        for index, rows in enumerate(shares.private)
    ]
    rows = np.sort(np.concatenate([rows for rows, _ in parts]))
    held = np.sort(np.concatenate([held for _, held in parts]))
    return RowLearner(run, rows=rows, held=held, work=work, reporter=reporter)


def check(task: Any, recipe: Recipe) -> None:
    """Refuse tasks whose models do not choose among classes, and what targets do not go with.

    Raises:
      RecipeError: in one line.
    """
    if not isinstance(task, Classifier) or type(task).judge is not Classifier.judge:
        what = f"'{recipe.task}' has no classes that clients could agree on"
        raise RecipeError("recipe task", what, "tasks that choose among classes: kws, gesture")
    if recipe.dataset.labelled_fraction < 1:
        what = "labelled_fraction is below 1, but clients know all labels of their own examples"
        raise RecipeError("recipe [dataset]", what, "1 for a federated run; public_fraction has no labels")
    if recipe.student.train.mixup_alpha > 0:
        what = "mixup_alpha is above 0, but the clients' logits are of unmixed examples"
        raise RecipeError("recipe [student] train", what, "0 for a federated run")
