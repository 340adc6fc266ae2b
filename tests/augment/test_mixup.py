import numpy as np
import pytest

from tinykd.augment.mixup import mixup


class Chosen:
    """Stands for a generator that swaps two examples and draws 0.3."""

    def permutation(self, n):
        return np.arange(n)[::-1]

    def beta(self, a, b, size):
        assert a == b == 0.4
        return np.full(size, 0.3)


def test_two_one_hots_are_mixed_as_worked_by_hand():
    features = np.array([[[1.0]], [[11.0]]], np.float32)
    labels = np.eye(2, dtype=np.float32)
    soft = np.array([[4.0], [0.0]], np.float32)
    mixed, targets, extra = mixup(features, labels, soft, alpha=0.4, rng=Chosen())
    # A share of 0.3 is mirrored to 0.7.
    np.testing.assert_allclose(mixed, [[[4.0]], [[8.0]]])
    np.testing.assert_allclose(targets, [[0.7, 0.3], [0.3, 0.7]], rtol=1e-6)
    np.testing.assert_allclose(extra, [[2.8], [1.2]], rtol=1e-6)


def test_labels_stay_distributions_and_features_and_labels_agree():
    rng = np.random.default_rng(0)
    labels = np.eye(5, dtype=np.float32)[rng.integers(0, 5, 64)]
    mixed, targets = mixup(labels[:, None, :], labels, alpha=0.3, rng=rng)
    assert targets.dtype == np.float32
    np.testing.assert_allclose(targets.sum(axis=1), 1.0, rtol=1e-6)
    np.testing.assert_array_equal(mixed[:, 0], targets)
    assert (targets[labels == 1] >= 0.5 - 1e-6).all()


def test_an_alpha_of_zero_changes_and_draws_nothing():
    rng = np.random.default_rng(3)
    before = rng.bit_generator.state
    features = np.ones((4, 2), np.float32)
    (same,) = mixup(features, alpha=0.0, rng=rng)
    assert same is features
    assert rng.bit_generator.state == before


def test_small_alphas_give_finite_shares():
    (mixed,) = mixup(np.ones((1000, 1), np.float32), alpha=0.01, rng=np.random.default_rng(0))
    assert mixed == pytest.approx(np.ones((1000, 1)))
