"""The contract that every row of METHODS keeps."""

import numpy as np
import pytest

from tinykd.distill.methods import METHODS, method_params
from tinykd.errors import RecipeError
from tinykd.recipe import DistillSection


def test_unknown_methods_and_keys_name_what_is_known():
    with pytest.raises(RecipeError, match="unknown method 'hints'; known methods: logits, score, time_axis"):
        method_params("hints", {}, where="recipe [distill]")
    with pytest.raises(RecipeError, match="unknown key 'temprature'; known keys: temperature, weight"):
        method_params("logits", {"temprature": 2}, where="recipe [distill]")
    with pytest.raises(RecipeError, match="temperature is 0; allowed: a number above 0"):
        method_params("logits", {"temperature": 0}, where="recipe [distill]")
    with pytest.raises(RecipeError, match="weight is True"):
        method_params("logits", {"weight": True}, where="recipe [distill]")


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(name for name, row in METHODS.items() if "classes" in row.outputs))
def test_every_method_has_one_finite_value_an_example_and_teaches_only_the_student(name):
    from tinykd._keras import tf
    from tinykd.distill.objective import Objective

    rng = np.random.default_rng(0)
    objective = Objective(
        DistillSection(methods=(name,)),
        label_smoothing=0.1,
        student_taps=[(20, 1, 6), (10, 1, 6)],
        teacher_taps=[(10, 3, 8), (5, 1, 12)],
        seed=1,
    )
    own = tf.Variable(rng.normal(size=(4, 3)).astype("f4"))
    taps = [tf.Variable(rng.normal(size=(4, t, 1, 6)).astype("f4")) for t in (20, 10)]
    teacher = tf.Variable(rng.normal(size=(4, 2, 3)).astype("f4"))
    teacher_taps = [tf.Variable(rng.normal(size=s).astype("f4")) for s in ((4, 10, 3, 8), (4, 5, 1, 12))]
    with tf.GradientTape() as tape:
        loss = objective(
            labels=np.eye(3, dtype="f4")[[0, 1, 2, 0]],
            logits=own,
            taps=taps,
            teacher_logits=teacher,
            teacher_taps=teacher_taps,
            frame_weights=np.ones((4, 49), "f4"),
            progress=tf.constant(0.5),
        )
        total = tf.reduce_sum(loss)
    assert loss.shape == (4,)
    assert np.isfinite(loss.numpy()).all()
    student = tape.gradient(total, [own, *(taps if METHODS[name].taps == "features" else [])])
    assert all(g is not None and np.isfinite(g.numpy()).all() and np.any(g.numpy() != 0) for g in student)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(name for name, row in METHODS.items() if "classes" in row.outputs))
def test_nothing_flows_to_the_teacher(name):
    from tinykd._keras import tf
    from tinykd.distill.objective import Objective

    objective = Objective(
        DistillSection(methods=(name,)),
        label_smoothing=0.0,
        student_taps=[(5, 1, 4)],
        teacher_taps=[(5, 2, 4)],
        seed=1,
    )
    teacher = tf.Variable(np.ones((2, 1, 3), "f4"))
    tap = tf.Variable(np.random.default_rng(1).normal(size=(2, 5, 2, 4)).astype("f4"))
    with tf.GradientTape() as tape:
        loss = objective(
            labels=np.eye(3, dtype="f4")[[0, 1]],
            logits=tf.zeros((2, 3)),
            taps=[tf.random.stateless_normal((2, 5, 1, 4), (1, 2))],
            teacher_logits=teacher,
            teacher_taps=[tap],
            frame_weights=np.ones((2, 5), "f4"),
            progress=tf.constant(0.0),
        )
    assert tape.gradient(loss, [teacher, tap]) == [None, None]


@pytest.mark.slow
def test_the_weights_of_labels_and_teacher_sum_to_one():
    from tinykd.distill.losses import cross_entropy, kd_kl
    from tinykd.distill.objective import Objective

    rng = np.random.default_rng(0)
    labels = np.eye(3, dtype="f4")[[0, 1]]
    own, teacher, other = rng.normal(size=(3, 2, 3)).astype("f4")
    section = DistillSection(methods=("logits",), params={"logits": {"weight": 0.75, "temperature": 2.0}})
    objective = Objective(section, label_smoothing=0.1, student_taps=[], teacher_taps=[], seed=1)
    got = objective(
        labels=labels,
        logits=own,
        taps=[],
        teacher_logits=np.stack([teacher, other], axis=1),
        teacher_taps=[],
        frame_weights=None,
        progress=0.0,
    ).numpy()
    expected = 0.25 * cross_entropy(labels, own, label_smoothing=0.1) + 0.75 * kd_kl(
        (teacher + other) / 2, own, temperature=2.0
    )
    np.testing.assert_allclose(got, expected.numpy(), rtol=1e-6)


@pytest.mark.slow
def test_time_axis_fades_in_a_straight_line_and_asks_for_no_more_directions_than_the_student_has():
    from tinykd._keras import tf
    from tinykd.distill.losses import cross_entropy, time_axis
    from tinykd.distill.objective import Objective

    rng = np.random.default_rng(0)
    labels = np.eye(3, dtype="f4")[[0, 1]]
    logits = rng.normal(size=(2, 3)).astype("f4")
    tap = rng.normal(size=(2, 6, 2, 4)).astype("f4")
    teacher = rng.normal(size=(2, 6, 3, 9)).astype("f4")
    weights = np.ones((2, 6), "f4")
    section = DistillSection(methods=("time_axis",), params={"time_axis": {"weight": 2.0, "until": 0.5}})
    objective = Objective(
        section, label_smoothing=0.0, student_taps=[(6, 2, 4)], teacher_taps=[(6, 3, 9)], seed=1
    )
    assert [v.shape for v in objective.variables] == [(4, 4)]
    frames = tap.mean(axis=2) @ objective.variables[0].numpy()
    whole = time_axis(
        teacher.mean(axis=2)[..., :4], frames, weights, frame=1.0, delta=0.5, similarity=0.5
    ).numpy()
    plain = cross_entropy(labels, logits, label_smoothing=0.0).numpy()
    for progress, weight in ((0.0, 2.0), (0.25, 1.0), (0.5, 0.0), (1.0, 0.0)):
        got = objective(
            labels=labels,
            logits=logits,
            taps=[tap],
            teacher_logits=logits[:, None],
            teacher_taps=[teacher],
            frame_weights=weights,
            progress=tf.constant(progress),
        ).numpy()
        np.testing.assert_allclose(got, plain + weight * whole, rtol=1e-5)
