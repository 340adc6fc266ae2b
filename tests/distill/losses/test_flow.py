"""Gram and flow matrices against values worked by hand and against numpy."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # imports TensorFlow


def test_gram_by_hand_for_two_channels():
    from tinykd.distill.losses import gram

    # Teacher positions (1, 2), (3, 0): G = [[10, 2], [2, 4]] / 2.
    # Student positions (0, 2), (0, 0): G = [[0, 0], [0, 4]] / 2.
    teacher = np.array([[[[1.0, 2.0]], [[3.0, 0.0]]]], "f4")
    student = np.array([[[[0.0, 2.0]], [[0.0, 0.0]]]], "f4")
    np.testing.assert_allclose(gram(teacher, student).numpy(), [(25 + 1 + 1 + 0) / 4], rtol=1e-6)


def test_gram_is_numpys():
    from tinykd.distill.losses import gram

    teacher, student = np.random.default_rng(0).normal(size=(2, 3, 5, 4, 6))
    expected = []
    for t, s in zip(teacher.reshape(3, 20, 6), student.reshape(3, 20, 6), strict=True):
        expected.append(np.mean((t.T @ t / 20 - s.T @ s / 20) ** 2))
    np.testing.assert_allclose(gram(teacher, student).numpy(), expected, rtol=1e-6)


def test_flow_between_layers_is_equation_one_and_two():
    from tinykd.distill.losses import fsp

    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(2, 3, 5, 4, 6)), rng.normal(size=(2, 3, 5, 4, 2))
    expected = np.zeros(3)
    for b in range(3):
        for i in range(6):
            for j in range(2):
                t, s = ((first[m, b, :, :, i] * second[m, b, :, :, j]).sum() / (5 * 4) for m in (0, 1))
                expected[b] += (t - s) ** 2 / (6 * 2)
    got = fsp(first[0], second[0], first[1], second[1]).numpy()
    np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_where_things_fire_does_not_count_only_what_fires_together():
    from tinykd.distill.losses import gram

    features = np.random.default_rng(2).normal(size=(2, 6, 3, 4)).astype("f4")
    np.testing.assert_allclose(gram(features, features[:, ::-1]).numpy(), 0, atol=1e-12)
