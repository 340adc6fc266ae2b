import numpy as np
from scipy.spatial.distance import mahalanobis

from tinykd.anomaly.baselines import gaussian, isolation_forest, summaries


def test_the_gaussian_is_the_squared_mahalanobis_distance_of_scipy():
    rng = np.random.default_rng(0)
    train = rng.standard_normal((5000, 3)) * [1, 2, 3] + [5, 0, -5]
    at = np.array([5.0, 4.0, -8.0])
    expected = mahalanobis(at, train.mean(axis=0), np.linalg.inv(np.cov(train.T))) ** 2
    np.testing.assert_allclose(gaussian(train)(at[None]), [expected], rtol=0.02)


def test_the_isolation_forest_scores_what_is_far_higher():
    train = np.random.default_rng(0).standard_normal((500, 2))
    near, far = isolation_forest(train, seed=1)(np.array([[0.0, 0.0], [6.0, 6.0]]))
    assert far > near + 0.1


def test_summaries_are_means_over_time():
    windows = np.arange(12, dtype=np.float32).reshape(1, 4, 3)
    np.testing.assert_array_equal(summaries(windows), [[4.5, 5.5, 6.5]])
