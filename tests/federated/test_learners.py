"""Each training sees what is its own: no other row, and no label of the public set."""

from __future__ import annotations

import types
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from tinykd.errors import RecipeError
from tinykd.feature_cache import CachedFeatures
from tinykd.federated.partition import partition
from tinykd.recipe import FederatedSection
from tinykd.recipe_file import load_recipe
from tinykd.recipe_tasks import KwsRecipe
from tinykd.report.progress import Reporter
from tinykd.tasks import task_of
from tinykd.tasks.run import Run

pytestmark = pytest.mark.slow  # TensorFlow

CLIPS, VIEWS, CLASSES = 60, 2, 3
SETTINGS = (
    "student.params={stem=8, channels=8, depth=1}",
    "student.train={epochs=2, batch=8, ema=0.0, balance=0.0, mixup_alpha=0.0}",
    "quantise.scheme=ptq",
    "federated.clients=2",
    "federated.digest_epochs=1",
    "federated.revisit_epochs=1",
)


def made_up(folder: Path) -> Run:
    """A run on noise: the first frame's level is the class."""
    rng = np.random.default_rng(5)
    labels = np.arange(CLIPS, dtype=np.int32) % CLASSES
    train = rng.normal(size=(VIEWS, CLIPS, 49, 40)).astype(np.float16)
    train[:, np.arange(CLIPS), 0] += labels[None, :, None].astype(np.float16)
    split = types.SimpleNamespace(labels=labels, groups=tuple(f"s{row // 3}" for row in range(CLIPS)))
    recipe = load_recipe("kws-federated", SETTINGS)
    plain = train[0].astype(np.float32)
    features = CachedFeatures(train=train, validation=plain, test=plain, settings={}, digest=str(folder))
    dataset = types.SimpleNamespace(classes=("a", "b", "c"), splits={"train": split})
    reporter = Reporter(Console(quiet=True))
    return Run(
        task=task_of(recipe),
        recipe=recipe,
        dataset=dataset,
        features=features,
        teacher_features=features,
        out=folder,
        reporter=reporter,
    )


def weights_after_two_rounds(run: Run, folder: Path, shares) -> bytes:
    from tinykd.federated.learners import Client

    client = Client(run, shares, index=0, folder=folder, reporter=run.reporter)
    client.answer(1, None)
    mean = np.random.default_rng(6).normal(size=(len(shares.public), CLASSES)).astype(np.float32)
    assert client.answer(2, mean).shape == mean.shape
    return b"".join(weight.tobytes() for weight in client.model.get_weights())


def test_a_client_reads_no_row_of_another_and_no_label_of_the_public_set(tmp_path):
    run = made_up(tmp_path)
    labels = run.dataset.splits["train"].labels
    shares = partition(
        labels, run.dataset.splits["train"].groups, section=run.recipe.federated, seed=run.recipe.seed
    )
    plain = weights_after_two_rounds(run, tmp_path / "plain", shares)
    other = np.setdiff1d(np.arange(CLIPS), [*shares.public, *shares.private[0]])
    run.features.train[:, other] = np.nan
    labels[other] = 0
    labels[shares.public] = (labels[shares.public] + 1) % CLASSES
    assert len(other) > 0
    assert weights_after_two_rounds(run, tmp_path / "changed", shares) == plain


def test_the_server_s_student_learns_the_mean_logits_and_reads_no_private_row(tmp_path):
    from tinykd.distill.training import predictor
    from tinykd.federated.learners import public_learner

    run = made_up(tmp_path)
    split = run.dataset.splits["train"]
    shares = partition(split.labels, split.groups, section=run.recipe.federated, seed=1)
    other = (split.labels[shares.public] + 1) % CLASSES  # what the clients say is not the labels
    mean = 4 * np.eye(CLASSES, dtype=np.float32)[other]
    run.features.train[:, np.concatenate(shares.private)] = np.nan
    learner = public_learner(run, shares, mean, work=tmp_path, reporter=run.reporter)
    model = learner.new_model(seed=1)
    section = run.recipe.student.train.model_copy(
        update={"epochs": 40, "patience": 40, "learning_rate": 1e-2}
    )
    learner.fit("server", model, section, seed=1)
    found = predictor(model)(np.asarray(run.features.train[0, shares.public])).argmax(axis=1)
    assert (found == other).mean() > 0.7  # a third by chance


def test_tasks_without_classes_and_mixed_examples_are_refused():
    from tinykd.federated.learners import check

    anomaly = load_recipe("anomaly", ())
    with pytest.raises(
        RecipeError, match=r"recipe task: 'anomaly' has no classes that clients could agree on"
    ):
        check(task_of(anomaly), anomaly)
    wakeword = load_recipe("wakeword", ())
    with pytest.raises(RecipeError, match="'wakeword' has no classes"):
        check(task_of(wakeword), wakeword)
    few = load_recipe("kws-federated", ("dataset.labelled_fraction=0.5",))
    with pytest.raises(RecipeError, match="labelled_fraction is below 1"):
        check(task_of(few), few)
    mixed = load_recipe("kws-federated", ("student.train.mixup_alpha=0.2",))
    with pytest.raises(RecipeError, match="mixup_alpha is above 0"):
        check(task_of(mixed), mixed)
    assert isinstance(mixed, KwsRecipe)
    assert FederatedSection() == load_recipe("kws", ()).federated
