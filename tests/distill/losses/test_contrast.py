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


def test_the_bank_form_is_the_papers_with_m_rows_in_the_bank():
    from tinykd.distill.losses import crd_with_bank

    rng = np.random.default_rng(2)
    teacher, student = rng.normal(size=(2, 3, 8))
    bank = _unit(rng.normal(size=(20, 8)))
    negatives = np.array([[4, 5, 19, 0], [1, 1, 7, 8], [9, 10, 11, 12]])
    own = (_unit(student) * _unit(teacher)).sum(-1)
    expected = [
        _paper(own[i], [bank[n] @ _unit(student[i]) for n in negatives[i]], 20, 0.3) for i in range(3)
    ]
    got = crd_with_bank(teacher, student, bank, negatives, temperature=0.3).numpy()
    np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_a_bank_moves_only_the_rows_of_the_batch_and_keeps_their_length():
    from tinykd.distill.losses import bank_update

    bank = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]], "f4")
    got = bank_update(bank, np.array([2, 0]), np.array([[0.0, 5.0], [0.0, 2.0]], "f4"), momentum=0.5).numpy()
    half = 0.5**0.5  # half of (1, 0) and of (0, 1), at length 1
    up = np.array([0.3, 0.9]) / np.hypot(0.3, 0.9)
    np.testing.assert_allclose(got, [[half, half], [0, 1], up], rtol=1e-6)
