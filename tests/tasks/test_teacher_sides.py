"""Whose view a teacher is trained on, and which it is asked about."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

from tinykd.distill.examples import UNLABELLED
from tinykd.errors import RecipeError
from tinykd.feature_cache import CachedFeatures
from tinykd.recipe_file import load_recipe
from tinykd.report.progress import Reporter
from tinykd.tasks import task_of

N = 24
COUNTS = {"train": N, "validation": 9, "test": 9}
MODELS = (
    "teacher.model=resnet",
    "teacher.params={widths=[4, 4]}",
    "teacher.members=1",
    "teacher.train.epochs=1",
    "teacher.train.batch=8",
    "teacher.train.mixup_alpha=0.0",
    "distill.methods=['logits']",
)


def view(seed, bins):
    """Features of the same N examples, seen by other eyes."""
    rng = np.random.default_rng(seed)
    return CachedFeatures(
        train=rng.normal(size=(2, N, 12, bins)).astype(np.float16),
        validation=rng.normal(size=(9, 12, bins)).astype(np.float32),
        test=rng.normal(size=(9, 12, bins)).astype(np.float32),
        settings={},
        digest=f"{seed}",
    )


@pytest.fixture
def sides(tmp_path):
    def make(recipe, bins):
        from tinykd.learning import Learner

        labels = {name: np.arange(n, dtype=np.int32) % 3 for name, n in COUNTS.items()}
        rest = {
            "recipe": recipe,
            "classes": ("a", "b", "c"),
            "labels": labels,
            "work": tmp_path / "work",
            "cache_dir": tmp_path,
            "reporter": Reporter(Console(file=io.StringIO())),
        }
        wide = Learner(features=view(2, bins), **rest)
        return Learner(features=view(1, 6), teacher_side=wide, **rest), wide

    return make


def said(path, features):
    """What a saved model says, by Keras' own predict."""
    from tinykd._keras import keras

    return keras.models.load_model(path, compile=False).predict(
        features.astype(np.float32)[..., None], verbose=0
    )


@pytest.mark.slow
def test_a_teacher_learns_and_answers_on_its_own_view_and_an_assistant_on_the_students(sides, tmp_path):
    recipe = load_recipe("kws", MODELS)
    own, wide = sides(recipe, 10)
    path = tmp_path / "teacher.keras"
    own.teach([path], digest="t")
    examples, _ = own.examples(recipe.distill, [path])
    assert examples.features is own.features.train
    for at in range(2):
        expected = said(path, wide.features.train[at])
        np.testing.assert_allclose(
            examples.teacher_logits[0, at], expected, atol=1e-4
        )  # float32, other batches
    assistant = tmp_path / "work" / "student_1.keras"
    path_of_its_own, _ = sides(recipe, 6)
    path_of_its_own.teacher_side = path_of_its_own
    path_of_its_own.teach([assistant], digest="a")
    examples, _ = own.examples(recipe.distill, [assistant])
    np.testing.assert_allclose(
        examples.teacher_logits[0, 1], said(assistant, own.features.train[1]), atol=1e-4
    )


@pytest.mark.slow
def test_where_only_the_teachers_view_has_labels_it_is_asked_about_the_other_clips_of_its_student(
    sides, tmp_path
):
    recipe = load_recipe("kws", [*MODELS, "distill.labels_of=teacher", "dataset.labelled_fraction=0.5"])
    own, wide = sides(recipe, 6)
    path = tmp_path / "teacher.keras"
    own.teach([path], digest="t")
    taught, _ = own.examples(recipe.distill, [path])
    alone, _ = own.examples(recipe.distill.model_copy(update={"methods": ()}), [])
    assert alone.features is wide.features.train
    assert (alone.labels[alone.chosen] != UNLABELLED).all()
    assert taught.features is own.features.train
    assert (taught.labels == UNLABELLED).all()
    assert sorted([*alone.chosen, *taught.chosen]) == list(range(N))
    np.testing.assert_allclose(taught.teacher_logits[0, 1], said(path, own.features.train[1]), atol=1e-4)
    # The best epoch agrees most with the teacher; a lone student's is the best on labelled clips.
    judge = own.validation(recipe.distill, [path])
    assert judge.features is own.features.validation
    assert np.array_equal(judge.labels, said(path, own.features.validation).argmax(axis=1))
    judge = own.validation(recipe.distill.model_copy(update={"methods": ()}), [])
    assert judge.features is wide.features.validation
    assert np.array_equal(judge.labels, own.labels["validation"])


def test_a_teacher_of_another_front_end_cannot_be_asked_about_what_its_student_sees():
    recipe = load_recipe("kws-far", ["teacher.sees.features.mel_bins=64"])
    with pytest.raises(
        RecipeError, match="labels_of is 'teacher', which is asked about what its student sees"
    ):
        task_of(recipe).check(recipe)
    task_of(load_recipe("kws-far")).check(load_recipe("kws-far"))
