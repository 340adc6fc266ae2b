"""The models of anomaly scores: the density against numpy and scipy, the students against the density."""

import numpy as np
import pytest
from scipy.special import logsumexp

pytestmark = pytest.mark.slow  # imports TensorFlow

FRAMES, BINS = 5, 4


def windows(n=600, seed=0):
    """Windows of two operating points, and the point of each."""
    rng = np.random.default_rng(seed)
    mix = rng.standard_normal((BINS, BINS)) * 0.4 + np.eye(BINS)
    points = np.repeat(["slow", "fast"], n // 2)
    centres = np.where(points[:, None, None] == "slow", -1.5, 1.5)
    values = rng.standard_normal((n, FRAMES, BINS)) @ mix + centres
    return (values / values.std(axis=(0, 1))).astype(np.float32), points.tolist()


@pytest.fixture(scope="module")
def fitted():
    from tinykd.models.density import fit

    x, points = windows()
    return fit(x, points, power=0.0, moments=0.0, seed=0), x, points


def test_the_density_is_numpys_mixture_bent_by_asinh(fitted):
    from tinykd.anomaly.density import fit_mixture

    model, x, points = fitted
    mixture = fit_mixture(x.mean(axis=1).astype(float), points, components=1, seed=0)
    energy = mixture.energy(x.mean(axis=1).astype(float))
    low, centre, high = np.quantile(energy, [0.16, 0.5, 0.84])
    expected = np.arcsinh((energy - centre) / (high - low))
    np.testing.assert_allclose(model(x[:, :, None]).numpy()[:, 0], expected, atol=2e-3)


def test_scores_are_calibrated_on_what_the_fit_has_not_seen():
    from tinykd.anomaly.density import fit_mixture
    from tinykd.models.density import fit

    x, points = windows()
    later = windows(seed=5)[0] * 1.2
    model = fit(x, points, power=0.0, moments=0.0, seed=0, unseen=later)
    mixture = fit_mixture(x.mean(axis=1).astype(float), points, components=1, seed=0)
    energy = mixture.energy(later.mean(axis=1).astype(float))
    low, centre, high = np.quantile(energy, [0.16, 0.5, 0.84])
    expected = np.arcsinh((energy - centre) / (high - low))
    np.testing.assert_allclose(model(later[:, :, None]).numpy()[:, 0], expected, atol=2e-3)


def test_a_power_mean_of_time_is_scipys_log_sum_exp():
    from tinykd.models.density import Power

    x, _ = windows(20)
    expected = logsumexp(2.0 * x.astype(float), axis=1, b=1 / FRAMES) / 2.0
    np.testing.assert_allclose(Power(2.0)(x[:, :, None]).numpy(), expected, atol=1e-5)


def test_normal_windows_score_near_0_and_far_ones_high_after_saving(fitted, tmp_path):
    from tinykd._keras import keras

    model, x, _ = fitted
    model.save(tmp_path / "teacher.keras")
    loaded = keras.models.load_model(tmp_path / "teacher.keras", compile=False)
    np.testing.assert_array_equal(loaded(x[:9, :, None]), model(x[:9, :, None]))
    scores = loaded(x[:, :, None]).numpy()
    assert abs(np.median(scores)) < 0.05
    assert loaded(x[:9, :, None] * 0 + 3).numpy().min() > 2
    tap = keras.Model(loaded.inputs, loaded.get_layer("tap_0").output)(x[:9, :, None])
    assert tap.shape == (9, FRAMES, 1, 2)


def test_prototypes_start_as_their_teachers_mixture(fitted):
    from tinykd.models.prototypes import adopt, build, mixture_of

    model, x, _ = fitted
    student = build(frames=FRAMES, bins=BINS, classes=1, prototypes=3, axes=BINS, channels=(2,))
    adopt(student, mixture_of(model))
    other, _ = windows(seed=1)
    near = np.concatenate([x, 0.7 * other, x[:300] + 0.4])
    teacher, own = model(near[:, :, None]).numpy()[:, 0], student(near[:, :, None]).numpy()[:, 0]
    # The nearest Gaussian stands for the mixture, lines for asinh, and far scores end at a ceiling:
    # up to it the score is the teacher's, but for the bends.
    below = teacher < np.arcsinh(4.5)
    assert np.corrcoef(teacher[below], own[below])[0, 1] > 0.99
    assert np.abs(teacher[below] - own[below]).max() < 0.2


def test_prototypes_need_a_teacher_with_a_mean_and_few_enough_gaussians(fitted):
    from tinykd.errors import RecipeError
    from tinykd.models import density, prototypes

    model, x, points = fitted
    one = prototypes.build(frames=FRAMES, bins=BINS, classes=1, prototypes=1, axes=2)
    with pytest.raises(RecipeError, match="prototypes is 1; 2 or more"):
        prototypes.adopt(one, prototypes.mixture_of(model))
    with pytest.raises(RecipeError, match="mean is 0"):
        prototypes.mixture_of(density.fit(x, points, mean=0.0, power=0.0, seed=0))
    with pytest.raises(RecipeError, match="axes is 9; at most 4"):
        prototypes.build(frames=FRAMES, bins=BINS, classes=1, axes=9)


def test_an_autoencoders_score_is_its_mean_absolute_error():
    from tinykd._keras import keras
    from tinykd.models.autoencoder import build

    model = build(frames=FRAMES, bins=BINS, classes=1)
    x, _ = windows(10)
    rebuilt = keras.Model(model.inputs, model.get_layer("rebuilt").output)(x[:, :, None]).numpy()
    expected = np.abs(x[:, :, None] - rebuilt).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(model(x[:, :, None]).numpy()[:, 0], expected, rtol=1e-5)


@pytest.mark.parametrize("name", ["scorer", "prototypes", "autoencoder"])
def test_students_become_int8_that_tflite_micro_runs_close_to_float(name):
    from tinykd._keras import keras
    from tinykd.convert import convert_int8
    from tinykd.models import build_model
    from tinykd.tflm import TflmModel

    keras.utils.set_random_seed(1)
    params = {"axes": 3, "prototypes": 2} if name == "prototypes" else {}
    model = build_model(name, frames=FRAMES, bins=BINS, classes=1, params=params)
    x, _ = windows(200)
    found = TflmModel(convert_int8(model, x, dense_scales="layer"))
    real = found.dequantise_output(found.run(found.quantise_input(x)))[:, 0]
    expected = model(x[:, :, None]).numpy()[:, 0]
    # A hundredth of the range for every rounding on the way.
    assert np.abs(real - expected).max() < 0.1 * np.ptp(expected) + 0.02
