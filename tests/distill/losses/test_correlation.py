"""DIST against values worked by hand and against numpy's correlations."""

import numpy as np
import pytest
from scipy.special import softmax

pytestmark = pytest.mark.slow  # imports TensorFlow


def test_rows_and_columns_by_hand():
    from tinykd.distill.losses import dist

    # Two examples of two classes: a correlation of two numbers is 1 or -1.
    # Teacher (0.9, 0.1), (0.2, 0.8); student (0.6, 0.4), (0.7, 0.3).
    # Rows: 1 and -1. Columns: class 0 falls for the teacher and rises for the student, -1; class 1 too.
    teacher = np.log([[0.9, 0.1], [0.2, 0.8]]).astype("f4")
    student = np.log([[0.6, 0.4], [0.7, 0.3]]).astype("f4")
    rows = dist(teacher, student, beta=1.0, gamma=0.0, temperature=1.0).numpy()
    np.testing.assert_allclose(rows, [0.0, 2.0], atol=1e-6)
    columns = dist(teacher, student, beta=0.0, gamma=1.0, temperature=1.0).numpy()
    np.testing.assert_allclose(columns, [2.0, 2.0], atol=1e-6)


@pytest.mark.parametrize("temperature", [1.0, 4.0])
def test_the_mean_over_the_batch_is_the_papers_value(temperature):
    from tinykd.distill.losses import dist

    teacher, student = np.random.default_rng(0).normal(0, 2, (2, 10, 6))
    p, q = softmax(teacher / temperature, axis=1), softmax(student / temperature, axis=1)
    inter = np.mean([1 - np.corrcoef(p[i], q[i])[0, 1] for i in range(10)])
    intra = np.mean([1 - np.corrcoef(p[:, j], q[:, j])[0, 1] for j in range(6)])
    got = dist(teacher, student, beta=2.0, gamma=3.0, temperature=temperature).numpy()
    np.testing.assert_allclose(got.mean(), temperature**2 * (2 * inter + 3 * intra), rtol=1e-6)


def test_a_less_sure_student_of_the_same_order_has_no_row_loss():
    from tinykd.distill.losses import dist

    teacher = softmax(np.random.default_rng(1).normal(0, 2, (5, 4)), axis=1)
    student = 0.5 * teacher + 0.5 / 4  # the teacher's probabilities, half as far from even
    got = dist(np.log(teacher), np.log(student), beta=1.0, gamma=1.0, temperature=1.0).numpy()
    np.testing.assert_allclose(got, 0, atol=1e-9)
