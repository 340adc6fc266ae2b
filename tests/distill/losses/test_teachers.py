"""Weights of teachers against values worked by hand and against scipy."""

import numpy as np
import pytest
from scipy.special import log_softmax, softmax
from scipy.stats import entropy

pytestmark = pytest.mark.slow  # imports TensorFlow


def _logits(batch=6, teachers=3, classes=5, seed=0):
    return np.random.default_rng(seed).normal(0, 2, (batch, teachers, classes)).astype("f4")


def test_even_weights_are_one_over_the_teachers():
    from tinykd.distill.losses import teachers

    np.testing.assert_allclose(teachers.even(_logits()).numpy(), np.full((6, 3), 1 / 3), rtol=1e-6)


def test_learned_weights_start_even_and_are_a_softmax():
    from tinykd.distill.losses import teachers

    np.testing.assert_allclose(teachers.learned(np.zeros(4, "f4"), 2).numpy(), np.full((2, 4), 0.25))
    theta = np.log([1.0, 3.0]).astype("f4")
    np.testing.assert_allclose(teachers.learned(theta, 2).numpy(), [[0.25, 0.75]] * 2, rtol=1e-6)


def test_collapse_is_nothing_when_even_and_the_logarithm_of_the_teachers_when_one_is_left():
    from tinykd.distill.losses import teachers

    assert float(teachers.collapse(np.zeros(3, "f4"))) == pytest.approx(0, abs=1e-6)
    assert float(teachers.collapse(np.array([90.0, 0, 0], "f4"))) == pytest.approx(np.log(3), rel=1e-6)
    theta = np.array([0.3, -1.2, 2.0], "f4")
    expected = np.log(3) - entropy(softmax(theta.astype("f8")))
    assert float(teachers.collapse(theta)) == pytest.approx(expected, rel=1e-6)


def test_following_collapse_downhill_evens_the_weights():
    from tinykd._keras import tf
    from tinykd.distill.losses import teachers

    theta = tf.Variable([2.0, 0.0, -1.0])
    for _ in range(200):
        with tf.GradientTape() as tape:
            guard = teachers.collapse(theta)
        theta.assign_sub(tape.gradient(guard, theta))
    np.testing.assert_allclose(tf.nn.softmax(theta).numpy(), 1 / 3, atol=1e-3)


def test_choice_by_hand_for_two_teachers():
    from tinykd.distill.losses import teachers

    # The target has 3/4 and 1/4: cross entropies ln(4/3) and ln 4, whose softmax is 1/4, 3/4.
    logits = np.log([[[3.0, 1.0], [1.0, 3.0]]]).astype("f4")
    labels = np.array([[1.0, 0.0]], "f4")
    np.testing.assert_allclose(teachers.by_choice(logits, labels).numpy(), [[0.75, 0.25]], rtol=1e-6)
    np.testing.assert_array_equal(teachers.best_choice(logits, labels).numpy(), [[1, 0]])


def test_choice_is_the_papers_equation():
    from tinykd.distill.losses import teachers

    logits, labels = _logits(), np.eye(5, dtype="f4")[[0, 1, 2, 3, 4, 0]]
    losses = -(labels[:, None] * log_softmax(logits.astype("f8"), axis=-1)).sum(-1)
    got = teachers.by_choice(logits, labels).numpy()
    np.testing.assert_allclose(got, (1 - softmax(losses, axis=1)) / 2, atol=1e-6)
    np.testing.assert_allclose(got.sum(1), 1, rtol=1e-6)
    np.testing.assert_array_equal(teachers.best_choice(logits, labels).numpy().argmax(1), losses.argmin(1))


def test_a_single_teacher_always_counts_whole():
    from tinykd.distill.losses import teachers

    logits, labels = _logits(teachers=1), np.eye(5, dtype="f4")[[0, 1, 2, 3, 4, 0]]
    for weights in (
        teachers.even(logits),
        teachers.by_choice(logits, labels),
        teachers.best_choice(logits, labels),
    ):
        np.testing.assert_array_equal(weights.numpy(), np.ones((6, 1)))


def test_attention_by_hand_and_even_without_a_question():
    from tinykd.distill.losses import teachers

    # query . key = 4 ln 3 and 0, over sqrt 16: the softmax of ln 3 and 0.
    keys = np.zeros((1, 2, 16), "f4")
    keys[0, 0, 5] = 4.0
    query = np.zeros((1, 16), "f4")
    np.testing.assert_allclose(teachers.by_attention(query, keys).numpy(), [[0.5, 0.5]])
    query[0, 5] = np.log(3)
    np.testing.assert_allclose(teachers.by_attention(query, keys).numpy(), [[0.75, 0.25]], rtol=1e-6)
