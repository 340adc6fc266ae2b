"""Contrastive losses against values worked by hand and against numpy."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # imports TensorFlow


def _unit(x):
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def _paper(own, negatives, examples, temperature):
    """Equation of the critic, literally: h = e / (e + N / M)."""
    noise = len(negatives) / examples

    def h(cosine):
        e = np.exp(cosine / temperature)
        return e / (e + noise)

    return -np.log(h(own)) - sum(np.log(1 - h(n)) for n in negatives)


def test_crd_by_hand_for_two_orthogonal_examples():
    from tinykd.distill.losses import crd

    # Cosines 1 with its own, 0 with the other; N / M = 1 / 2, temperature 1:
    # -ln(e / (e + 1/2)) - ln(1 - 1 / (1 + 1/2)) = ln(1 + 1 / (2 e)) + ln 3
    embeddings = np.eye(2, dtype="f4")
    got = crd(embeddings, 3 * embeddings, temperature=1.0).numpy()
    np.testing.assert_allclose(got, [np.log(1 + 0.5 / np.e) + np.log(3)] * 2, rtol=1e-6)


@pytest.mark.parametrize("labels", [None, [0, 1, 0, 2, 1]])
def test_crd_is_the_papers_with_the_batch_as_the_data_set(labels):
    from tinykd.distill.losses import crd

    teacher, student = np.random.default_rng(0).normal(size=(2, 5, 8))
    cosines = _unit(student) @ _unit(teacher).T
    classes = range(5) if labels is None else labels
    expected = [
        _paper(cosines[i, i], [cosines[i, j] for j in range(5) if classes[i] != classes[j]], 5, 0.5)
        for i in range(5)
    ]
    given = None if labels is None else np.array(labels)
    np.testing.assert_allclose(crd(teacher, student, given, temperature=0.5).numpy(), expected, rtol=1e-6)


def test_a_batch_of_one_class_has_no_negatives_and_no_loss():
    from tinykd._keras import tf
    from tinykd.distill.losses import crd

    teacher, own = np.random.default_rng(1).normal(size=(2, 3, 4)).astype("f4")
    student = tf.Variable(own)
    with tf.GradientTape() as tape:
        loss = crd(teacher, student, np.array([4, 4, 4]), temperature=0.07)
    np.testing.assert_allclose(loss.numpy(), 0, atol=1e-20)
    np.testing.assert_allclose(tape.gradient(loss, student).numpy(), 0, atol=1e-20)
