"""Soft targets and labels against values worked by hand and against scipy."""

import numpy as np
import pytest
from scipy.special import log_softmax
from scipy.stats import entropy

pytestmark = pytest.mark.slow  # imports TensorFlow


@pytest.mark.parametrize("temperature", [1.0, 4.0, 20.0, 100.0])
def test_kd_kl_is_t_squared_times_the_kl_divergence_to_a_millionth(temperature):
    from tinykd.distill.losses import kd_kl

    teacher, student = np.random.default_rng(0).normal(0, 3, (2, 64, 12)).astype("f4")
    p, q = (np.exp(log_softmax(x.astype("f8") / temperature, axis=-1)) for x in (teacher, student))
    got = kd_kl(teacher, student, temperature=temperature).numpy()
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, temperature**2 * entropy(p, q, axis=-1), rtol=1e-6)


def test_kd_kl_by_hand_for_two_classes():
    from tinykd.distill.losses import kd_kl

    # p = (3/4, 1/4), q = (1/2, 1/2): 3/4 ln(3/2) + 1/4 ln(1/2) = 0.1308120359
    teacher = np.log([[3.0, 1.0]]).astype("f4")
    got = kd_kl(teacher, np.zeros((1, 2), "f4"), temperature=1.0).numpy()
    np.testing.assert_allclose(got, [0.1308120359], rtol=1e-6)


def test_the_gradient_of_kd_kl_is_t_times_the_difference_of_the_softened_classes():
    from tinykd._keras import tf
    from tinykd.distill.losses import kd_kl

    # d/dz T^2 KL(p || softmax(z / T)) = T (q - p): Hinton et al. 2015, equation 2.
    teacher, logits = np.random.default_rng(1).normal(0, 3, (2, 8, 5)).astype("f4")
    student = tf.Variable(logits)
    with tf.GradientTape() as tape:
        loss = kd_kl(teacher, student, temperature=4.0)
    p, q = (np.exp(log_softmax(x.astype("f8") / 4, axis=-1)) for x in (teacher, logits))
    np.testing.assert_allclose(tape.gradient(loss, student).numpy(), 4 * (q - p), atol=1e-6)


def test_cross_entropy_by_hand_with_and_without_smoothing():
    from tinykd.distill.losses import cross_entropy

    labels, logits = np.array([[1.0, 0.0]], "f4"), np.log([[3.0, 1.0]]).astype("f4")
    plain = cross_entropy(labels, logits, label_smoothing=0.0).numpy()
    np.testing.assert_allclose(plain, [-np.log(0.75)], atol=1e-6)
    smooth = cross_entropy(labels, logits, label_smoothing=0.2).numpy()
    np.testing.assert_allclose(smooth, [-0.9 * np.log(0.75) - 0.1 * np.log(0.25)], atol=1e-6)
