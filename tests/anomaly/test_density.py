import numpy as np
import pytest
from scipy.stats import multivariate_normal

from tinykd.anomaly.density import fit_mixture


def cloud(mean, n=4000, seed=0):
    rng = np.random.default_rng(seed)
    mix = np.array([[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [0.0, 0.5, 0.7]])
    return rng.standard_normal((n, 3)) @ mix.T + mean


def test_one_gaussian_has_the_log_density_of_scipy():
    x = cloud([1.0, -2.0, 0.5])
    found = fit_mixture(x, [""] * len(x), components=1, seed=0)
    at = cloud([1.0, -2.0, 0.5], n=50, seed=1) * 1.5
    expected = -multivariate_normal(x.mean(axis=0), np.cov(x.T)).logpdf(at) - 1.5 * np.log(2 * np.pi)
    # Shrinkage moves the covariance by a few parts in a thousand at n = 4000.
    np.testing.assert_allclose(found.energy(at), expected, rtol=0.03, atol=0.05)


def test_operating_points_weigh_the_same_however_many_windows_they_have():
    a, b = cloud([0, 0, 0]), cloud([20, 20, 20], n=400, seed=2)
    found = fit_mixture(np.concatenate([a, b]), ["a"] * len(a) + ["b"] * len(b), components=1, seed=0)
    assert len(found.offsets) == 2
    expected = -np.log(
        0.5 * multivariate_normal(a.mean(axis=0), np.cov(a.T)).pdf([0.3, 0, 0])
    ) - 1.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(found.energy(np.array([[0.3, 0.0, 0.0]])), [expected], rtol=0.05)


def test_more_components_split_an_operating_point_of_two_states():
    x = np.concatenate([cloud([0, 0, 0]), cloud([9, 9, 9], seed=3)])
    one, two = (fit_mixture(x, [""] * len(x), components=k, seed=0) for k in (1, 2))
    between = np.array([[4.5, 4.5, 4.5]])
    assert two.energy(between)[0] - two.energy(x).mean() > 10 > one.energy(between)[0] - one.energy(x).mean()


def test_constant_features_and_few_windows_give_finite_energies():
    x = np.tile(np.array([[1.0, 2.0, 3.0]]), (3, 1))
    found = fit_mixture(x, [""] * 3, components=8, seed=0)
    assert np.isfinite(found.energy(np.array([[1.0, 2.0, 3.0], [50.0, 0.0, 0.0]]))).all()
    assert found.energy(x)[0] == pytest.approx(found.energy(x)[1])
