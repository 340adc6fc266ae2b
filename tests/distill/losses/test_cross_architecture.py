"""OFA's loss against values worked by hand and against numpy."""

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

pytestmark = pytest.mark.slow  # imports TensorFlow


def test_the_target_by_hand():
    from tinykd.distill.losses import ofa

    # Teacher (3/4, 1/4), target 0, student even, epsilon 2:
    # ((7/4)^2 - 1) ln 2 + 1/4 ln 2 = 2.3125 ln 2
    teacher, student = np.log([[3.0, 1.0]]).astype("f4"), np.zeros((1, 2), "f4")
    got = ofa(teacher, student, np.array([[1.0, 0.0]], "f4"), epsilon=2.0).numpy()
    np.testing.assert_allclose(got, [2.3125 * np.log(2)], rtol=1e-6)


def test_with_the_label_term_it_is_the_papers_equation():
    from tinykd.distill.losses import cross_entropy, ofa

    rng = np.random.default_rng(0)
    teacher, student = rng.normal(0, 2, (2, 9, 5)).astype("f4")
    targets = rng.integers(0, 5, 9)
    labels = np.eye(5, dtype="f4")[targets]
    t, log_s = softmax(teacher.astype("f8"), axis=1), log_softmax(student.astype("f8"), axis=1)
    expected = [
        -((1 + t[i, c]) ** 1.5) * log_s[i, c] - sum(t[i, j] * log_s[i, j] for j in range(5) if j != c)
        for i, c in enumerate(targets)
    ]
    got = ofa(teacher, student, labels, epsilon=1.5) + cross_entropy(labels, student, label_smoothing=0.0)
    np.testing.assert_allclose(got.numpy(), expected, rtol=1e-6)


def test_epsilon_one_is_the_cross_entropy_of_the_teachers_classes():
    from tinykd.distill.losses import ofa

    teacher, student = np.random.default_rng(1).normal(0, 2, (2, 4, 6)).astype("f4")
    labels = np.eye(6, dtype="f4")[[0, 5, 2, 2]]
    expected = -(softmax(teacher.astype("f8"), axis=1) * log_softmax(student.astype("f8"), axis=1)).sum(1)
    np.testing.assert_allclose(ofa(teacher, student, labels, epsilon=1.0).numpy(), expected, rtol=1e-6)
