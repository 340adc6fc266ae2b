"""Losses of batch structure against values worked by hand and against numpy."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # imports TensorFlow


def _maps(rows):
    """Rows of numbers as [batch, 1, 1, channels] maps."""
    return np.array(rows, "f4")[:, None, None, :]


def _huber(x):
    return np.where(np.abs(x) <= 1, x * x / 2, np.abs(x) - 0.5)


def test_similarity_by_hand_for_two_examples():
    from tinykd.distill.losses import similarity

    # Teacher: orthogonal, G = identity. Student: equal, both rows (1, 1) / sqrt 2.
    # A row differs by (1 - 0.7071, 0.7071): squares 0.0858 + 0.5 = 2 - sqrt 2, over batch 2.
    got = similarity(_maps([[2, 0], [0, 3]]), _maps([[1, 1, 1], [1, 1, 1]])).numpy()
    np.testing.assert_allclose(got, [(2 - 2**0.5) / 2] * 2, rtol=1e-6)


def test_the_mean_of_similarity_is_the_papers_value():
    from tinykd.distill.losses import similarity

    rng = np.random.default_rng(0)
    teacher, student = rng.normal(size=(6, 5, 3, 4)), rng.normal(size=(6, 4, 2, 7))
    normed = []
    for features in (teacher, student):
        rows = features.reshape(6, -1)
        likeness = rows @ rows.T
        normed.append(likeness / np.linalg.norm(likeness, axis=1, keepdims=True))
    expected = np.linalg.norm(normed[0] - normed[1], "fro") ** 2 / 36
    np.testing.assert_allclose(similarity(teacher, student).numpy().mean(), expected, rtol=1e-6)


def test_relational_distances_by_hand():
    from tinykd.distill.losses import relational

    # Teacher on a line at 0, 1, 3: distances 1, 3, 2, mean 2: 0.5, 1.5, 1.
    # Student, the corners of an equilateral triangle: 1, 1, 1. Differences 0.5, 0.5, 0: Huber 1/8, 1/8, 0.
    teacher = _maps([[0, 0], [1, 0], [3, 0]])
    student = _maps([[0, 0], [5, 0], [2.5, 5 * 0.75**0.5]])
    got = relational(teacher, student, distance=1.0, angle=0.0).numpy()
    np.testing.assert_allclose(got, [(1 / 8 + 1 / 8) / 2, 1 / 16, 1 / 16], rtol=1e-5)


def test_relational_angles_by_hand():
    from tinykd.distill.losses import relational

    # Teacher: cosines on the line 1 at 0 and at 3, -1 at 1. Student: 1/2 everywhere.
    # Differences 0.5, -1.5, 0.5; Huber 1/8, 1, 1/8; two ordered triplets at each, mean over two.
    teacher = _maps([[0, 0], [1, 0], [3, 0]])
    student = _maps([[0, 0], [5, 0], [2.5, 5 * 0.75**0.5]])
    got = relational(teacher, student, distance=0.0, angle=1.0).numpy()
    np.testing.assert_allclose(got, [1 / 8, 1.0, 1 / 8], rtol=1e-5)


def test_the_mean_of_relational_is_the_mean_over_pairs_and_triplets():
    from tinykd.distill.losses import relational

    rng = np.random.default_rng(1)
    batch = 5
    teacher, student = 3 + rng.normal(size=(batch, 4, 2, 3)), rng.normal(size=(batch, 3, 1, 6))
    found = []
    for features in (teacher, student):
        rows = features.reshape(batch, -1)
        gaps = rows[:, None] - rows[None]  # [i, j]: from j to i
        lengths = np.linalg.norm(gaps, axis=-1)
        mean = lengths.sum() / (batch * (batch - 1))
        unit = gaps / np.where(lengths > 0, lengths, 1)[..., None]
        found.append((lengths / mean, np.einsum("ijd,kjd->ijk", unit, unit)))
    pairs = [(i, j) for i in range(batch) for j in range(batch) if i != j]
    triplets = [(i, j, k) for i, j in pairs for k in range(batch) if k not in (i, j)]
    (apart, seen), (apart_student, seen_student) = found
    expected = 25 * np.mean([_huber(apart[p] - apart_student[p]) for p in pairs])
    expected += 50 * np.mean([_huber(seen[t] - seen_student[t]) for t in triplets])
    got = relational(teacher, student, distance=25.0, angle=50.0).numpy()
    np.testing.assert_allclose(got.mean(), expected, rtol=1e-6)


def test_a_turned_scaled_and_moved_batch_has_the_same_relations():
    from tinykd.distill.losses import relational

    rng = np.random.default_rng(2)
    rows = rng.normal(size=(8, 5))
    turn = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    got = relational(_maps(rows), _maps(7 * rows @ turn + 100), distance=25.0, angle=50.0).numpy()
    np.testing.assert_allclose(got, 0, atol=1e-7)  # float32 rounding around an offset of 100, squared


@pytest.mark.parametrize("batch", [1, 2])
def test_a_batch_too_small_for_a_relation_has_none(batch):
    from tinykd.distill.losses import relational

    teacher, student = np.random.default_rng(3).normal(size=(2, batch, 2, 2, 3)).astype("f4")
    got = relational(teacher, student, distance=25.0, angle=50.0).numpy()
    np.testing.assert_allclose(
        got, np.zeros(batch), atol=1e-10
    )  # two examples: one distance, itself the mean


def test_a_large_batch_is_looked_at_in_groups():
    from tinykd.distill import losses

    rng = np.random.default_rng(3)
    teacher, student = (rng.normal(size=(128, 2, 1, 3)).astype("f4") for _ in range(2))
    whole = losses.relational(teacher, student, distance=25.0, angle=50.0).numpy()
    halves = [
        losses.relational(teacher[part], student[part], distance=25.0, angle=50.0).numpy()
        for part in (slice(64), slice(64, 128))
    ]
    np.testing.assert_allclose(whole, np.concatenate(halves), rtol=1e-6)
