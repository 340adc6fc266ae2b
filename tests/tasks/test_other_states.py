"""A teacher of one state of a machine, a student of others that nobody labelled."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

from tinykd.datasets.sensor import SensorDataset, SensorSplit, runs_digest, whole_run
from tinykd.errors import RecipeError
from tinykd.recipe_file import load_recipe
from tinykd.recipe_sees import recorded_recipe, teacher_recipe
from tinykd.report.progress import Reporter
from tinykd.sensor_features import cache_sensor_features, seen_by
from tinykd.tasks import task_of

LEVELS = {"slow": 1.0, "fast": 3.0}
FAULT = 8.0
STATES = (
    "dataset.states=['fast']",
    "dataset.faulty_share=0.25",
    "teacher.sees.dataset.states=['slow']",
    "teacher.sees.dataset.faulty_share=0.0",
    "distill.labels_of=teacher",
)
SMALL = (
    "features.frame_samples=16",
    "features.hop_samples=16",
    "features.bands=4",
    "features.frames=4",
    "augment.views=2",
    "teacher.params={power=0.0, moments=0.0}",
    "student.params={prototypes=2, axes=4, channels=[4]}",
    "student.train.epochs=1",
)


def machine():
    """Noise: louder at the fast speed, louder yet where it is faulty; in every split."""
    rng = np.random.default_rng(3)
    splits = {}
    for split in ("train", "validation", "test"):
        runs = []
        for state, level in LEVELS.items():
            for faulty in (False, True):
                gain = level * (FAULT if faulty else 1.0)
                values = (gain * rng.normal(size=(800, 1))).astype(np.float32)
                runs.append(whole_run(values, anomaly=faulty, machine="m", condition=state, source=state))
        splits[split] = SensorSplit(runs=tuple(runs))
    digest = runs_digest(run for split in splits.values() for run in split.runs)
    return SensorDataset(
        name="m", channels=("x",), units=("g",), sample_rate_hz=100.0, splits=splits, digest=digest
    )


def test_data_is_loaded_for_both_and_each_side_keeps_its_own_states():
    recipe = load_recipe("anomaly", STATES)
    recorded = recorded_recipe(recipe).dataset
    assert (recorded.states, recorded.faulty_share) == (("fast", "slow"), 0.25)
    seen = teacher_recipe(recipe).dataset
    assert (seen.states, seen.faulty_share) == (("slow",), 0.0)
    everything = load_recipe("anomaly", [*STATES, "teacher.sees.dataset.states=[]"])
    assert recorded_recipe(everything).dataset.states == ()


def test_the_student_has_the_mixed_windows_of_its_state_and_the_teacher_healthy_ones_of_its_own(tmp_path):
    recipe = load_recipe("anomaly", [*STATES, *SMALL])
    student, teacher = (
        cache_sensor_features(machine(), recipe=one, cache_dir=tmp_path)
        for one in (recipe, teacher_recipe(recipe))
    )
    each = 800 // 16 - 3  # windows of a run, by hand
    assert teacher.train.shape[1] == each
    assert student.train.shape[1] == each + round(each / 3)  # one in four is faulty
    assert set(student.conditions) == {"m fast"}
    assert set(teacher.conditions) == {"m slow"}
    # Judged is the student's own state, both its labels.
    assert (len(student.test), int(student.labels["test"].sum())) == (2 * each, each)
    # The log variance of each side has a mean of its own: 2 log10(3) lies between the healthy ones.
    assert student.settings["mean"][-1] > teacher.settings["mean"][-1] + 2 * np.log10(3.0)


def test_windows_as_another_front_end_has_them_are_those_it_would_have_made():
    rng = np.random.default_rng(0)
    raw = rng.normal(2.0, 3.0, (5, 4, 3)).astype(np.float32)
    own = {"mean": [1.0, 2.0, 3.0], "deviation": [1.0, 2.0, 0.5], "clip": 3.0}
    other = {"mean": [0.0, -1.0, 2.0], "deviation": [4.0, 1.0, 0.1], "clip": 3.0}
    standard = (raw - np.array(own["mean"])) / np.array(own["deviation"])
    expected = (raw - np.array(other["mean"])) / np.array(other["deviation"])
    np.testing.assert_allclose(seen_by(standard.astype(np.float32), own, other), expected, atol=1e-4)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (["distill.labels_of=student"], "labels_of is 'student', whose windows the teacher does not see"),
        (["teacher.sees.dataset.faulty_share=0.1"], "which has no healthy state of its own"),
        (
            ["teacher.sees.dataset={states=['fast'], faulty_share=0.25}"],
            "labels_of is 'teacher', which has no healthy state of its own",
        ),
        (
            ["dataset.channels=['x']", "teacher.sees.dataset.channels=['x', 'y']"],
            "felt as its student feels; teacher.sees.dataset with other states",
        ),
    ],
)
def test_a_teacher_that_cannot_be_asked_so_is_refused(changed, said):
    recipe = load_recipe("anomaly", [*STATES, *changed])
    with pytest.raises(RecipeError, match=said):
        task_of(recipe).check(recipe)


def test_the_shipped_recipe_is_one_that_can_be_and_shares_no_speed():
    recipe = load_recipe("anomaly-other_speed")
    task_of(recipe).check(recipe)
    assert not set(recipe.dataset.states) & set(teacher_recipe(recipe).dataset.states)


@pytest.fixture
def learner(tmp_path):
    from tinykd.score_learning import ScoreLearner

    def make(*changed):
        recipe = load_recipe("anomaly", [*STATES, *SMALL, *changed])
        seen = teacher_recipe(recipe)
        rest = {
            "work": tmp_path / "work",
            "cache_dir": tmp_path,
            "reporter": Reporter(Console(file=io.StringIO())),
        }
        student, teacher = (
            cache_sensor_features(machine(), recipe=one, cache_dir=tmp_path) for one in (recipe, seen)
        )
        wide = ScoreLearner(recipe=seen, features=teacher, **rest)
        return ScoreLearner(recipe=recipe, features=student, teacher_side=wide, **rest)

    return make


@pytest.mark.slow
def test_the_windows_that_are_nearest_to_the_teachers_own_are_believed_and_make_its_density(
    learner, tmp_path
):
    from tinykd._keras import keras
    from tinykd.models.prototypes import mixture_of

    path = tmp_path / "teacher.keras"
    own = learner("teacher.believes=0.75")
    own.teach([path], digest="t")
    # The fault is far louder than the change of speed, so the believed three quarters are the healthy ones.
    at = own.believed([path])
    assert not own.features.labels["validation"][at].any()
    assert len(at) == (own.features.labels["validation"] == 0).sum()
    # scikit-learn's Gaussian of those windows' means over time, by its Mahalanobis distance.
    from sklearn.covariance import LedoitWolf

    loudness = own.features.train[0].astype(np.float64).mean(axis=1)
    normal = loudness[np.sort(np.argsort(loudness[:, -1])[: round(0.75 * len(loudness))])]
    scale = normal.std(axis=0)
    expected = LedoitWolf().fit(normal / scale).mahalanobis(loudness / scale)
    found = mixture_of(keras.models.load_model(path, compile=False))
    white = loudness @ found["whitening"][0] - found["means"][0]
    np.testing.assert_allclose((white**2).sum(axis=1), expected, rtol=1e-3)
    # A teacher that believes all of them is another one.
    other = learner("teacher.believes=1.0")
    other.teach([tmp_path / "other.keras"], digest="o")
    all_windows = mixture_of(keras.models.load_model(tmp_path / "other.keras", compile=False))
    assert not np.allclose(all_windows["whitening"], found["whitening"])


@pytest.mark.slow
def test_the_student_alone_takes_all_of_its_own_windows_for_healthy(learner):
    own = learner()
    nobody = own.recipe.distill.model_copy(update={"methods": ()})
    examples, _ = own.examples(nobody, [])
    assert np.array_equal(examples.features, own.features.train[:1])
    assert np.array_equal(
        own.validation(nobody, []).features, own.features.validation[own.at_hand_validation()]
    )
