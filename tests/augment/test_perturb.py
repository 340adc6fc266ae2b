import numpy as np

from tinykd.augment.perturb import perturb
from tinykd.recipe_anomaly import PerturbSection


def moved(windows, seed=0, **section):
    rng = np.random.default_rng(seed)
    return perturb(windows, channels=3, section=PerturbSection(**section), rng=rng)


def test_the_same_state_gives_the_same_windows_and_the_input_stays():
    windows = np.random.default_rng(1).standard_normal((200, 5, 6)).astype(np.float32)
    before = windows.copy()
    np.testing.assert_array_equal(moved(windows), moved(windows))
    np.testing.assert_array_equal(windows, before)
    assert moved(windows).dtype == np.float32


def test_where_all_windows_are_one_only_shifts_remain_and_none_changes_over_time():
    windows = np.tile(np.arange(6, dtype=np.float32), (3000, 5, 1))
    change = moved(windows) - windows
    np.testing.assert_allclose(change - change[:, :1], 0, atol=1e-5)
    shifted = np.abs(change[:, 0]) > 1e-6
    # By hand: ways 1, 2 and 6 move nothing here, way 3 one channel of two features, way 4 one feature
    # of each of three channels, way 5 all six; each way a sixth of the windows.
    counts = np.bincount(shifted.sum(axis=1), minlength=7) / 3000
    np.testing.assert_allclose(counts[[0, 2, 3, 6]], [1 / 2, 1 / 6, 1 / 6, 1 / 6], atol=0.03)


def test_strength_bounds_how_far_windows_go():
    windows = np.tile(np.arange(6, dtype=np.float32), (3000, 5, 1))
    weak = np.abs(moved(windows, strength=(0.01, 0.02)) - windows).max()
    strong = np.abs(moved(windows, strength=(1.0, 2.0)) - windows).max()
    assert weak < 0.1 < 1.0 < strong
