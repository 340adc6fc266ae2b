"""Decoupled distillation against values worked by hand and against scipy."""

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import entropy

pytestmark = pytest.mark.slow  # imports TensorFlow


def test_both_terms_by_hand_for_three_classes():
    from tinykd.distill.losses import decoupled

    # Teacher (1/2, 3/8, 1/8), student (1/2, 1/4, 1/4), target 0: the same target;
    # the rest (3/4, 1/4) against (1/2, 1/2): 0.1308120359.
    teacher, student = (np.log([row]).astype("f4") for row in ([4.0, 3.0, 1.0], [2.0, 1.0, 1.0]))
    labels = np.array([[1.0, 0.0, 0.0]], "f4")
    weights = {"temperature": 1.0}
    np.testing.assert_allclose(
        decoupled(teacher, student, labels, alpha=1.0, beta=0.0, **weights).numpy(), [0.0], atol=1e-7
    )
    np.testing.assert_allclose(
        decoupled(teacher, student, labels, alpha=0.0, beta=8.0, **weights).numpy(),
        [8 * 0.1308120359],
        rtol=1e-6,
    )
    # Target 1: (3/8, 5/8) against (1/4, 3/4).
    expected = 3 / 8 * np.log(3 / 2) + 5 / 8 * np.log(5 / 6)
    got = decoupled(teacher, student, labels[:, [1, 0, 2]], alpha=1.0, beta=0.0, **weights).numpy()
    np.testing.assert_allclose(got, [expected], rtol=1e-5)


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_decoupled_is_the_papers_equation(temperature):
    from tinykd.distill.losses import decoupled

    rng = np.random.default_rng(0)
    teacher, student = rng.normal(0, 3, (2, 16, 7)).astype("f4")
    targets = rng.integers(0, 7, 16)
    expected = []
    for t, s, target in zip(teacher.astype("f8"), student.astype("f8"), targets, strict=True):
        p, q = softmax(t / temperature), softmax(s / temperature)
        rest = np.arange(7) != target
        tckd = entropy([p[target], p[rest].sum()], [q[target], q[rest].sum()])
        nckd = entropy(p[rest], q[rest])  # scipy scales both to sum 1
        expected.append(temperature**2 * (1.5 * tckd + 8 * nckd))
    got = decoupled(
        teacher, student, np.eye(7, dtype="f4")[targets], alpha=1.5, beta=8.0, temperature=temperature
    )
    np.testing.assert_allclose(got.numpy(), expected, rtol=1e-6)


def test_weighing_the_rest_by_what_the_teacher_leaves_it_gives_plain_soft_targets():
    from tinykd.distill.losses import decoupled, kd_kl

    # Equation 5 of the paper: KL = TCKD + (1 - p_target) NCKD.
    teacher, student = np.random.default_rng(1).normal(0, 2, (2, 9, 5)).astype("f4")
    labels = np.eye(5, dtype="f4")[np.arange(9) % 5]
    left = 1 - (softmax(teacher.astype("f8") / 2, axis=-1) * labels).sum(-1)
    target = decoupled(teacher, student, labels, alpha=1.0, beta=0.0, temperature=2.0).numpy()
    rest = decoupled(teacher, student, labels, alpha=0.0, beta=1.0, temperature=2.0).numpy()
    np.testing.assert_allclose(target + left * rest, kd_kl(teacher, student, temperature=2.0), rtol=1e-5)


def test_two_classes_leave_nothing_to_rank():
    from tinykd.distill.losses import decoupled

    teacher, student = np.random.default_rng(2).normal(0, 30, (2, 4, 2)).astype("f4")
    labels = np.eye(2, dtype="f4")[[0, 1, 0, 1]]
    got = decoupled(teacher, student, labels, alpha=0.0, beta=8.0, temperature=4.0).numpy()
    np.testing.assert_array_equal(got, 0)
