"""Attention transfer against values worked by hand and against numpy."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # imports TensorFlow


def test_attention_by_hand_for_two_positions():
    from tinykd.distill.losses import attention_transfer

    # Teacher energies: mean(9, 9) = 9 and mean(16, 8) = 12, so (0.6, 0.8).
    # Student, three channels: 0 and 3, so (0, 1). Differences 0.6, -0.2: (0.36 + 0.04) / 2.
    teacher = np.array([[[[3.0, -3.0]], [[4.0, 8**0.5]]]], "f4")
    student = np.array([[[[0.0, 0.0, 0.0]], [[3.0, 0.0, 0.0]]]], "f4")
    got = attention_transfer(teacher, student, power=2.0).numpy()
    np.testing.assert_allclose(got, [0.2], rtol=1e-6)


@pytest.mark.parametrize("power", [1.0, 2.0, 4.0])
def test_attention_is_the_papers_up_to_its_norm(power):
    from tinykd.distill.losses import attention_transfer

    # Q_j = sum over channels of |F|^p; the paper: |Q_S / |Q_S| - Q_T / |Q_T||, here squared, over positions.
    rng = np.random.default_rng(0)
    teacher, student = rng.normal(size=(4, 6, 3, 8)), rng.normal(size=(4, 6, 3, 5))
    maps = [(np.abs(x) ** power).sum(-1).reshape(4, -1) for x in (teacher, student)]
    t, s = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in maps)
    got = attention_transfer(teacher, student, power=power).numpy()
    np.testing.assert_allclose(got, np.linalg.norm(t - s, axis=1) ** 2 / 18, rtol=1e-6)


def test_the_scale_and_the_sign_of_activations_do_not_count():
    from tinykd.distill.losses import attention_transfer

    features = np.random.default_rng(1).normal(size=(2, 5, 4, 3)).astype("f4")
    got = attention_transfer(features, -0.01 * features, power=2.0).numpy()
    np.testing.assert_allclose(got, 0, atol=1e-12)
