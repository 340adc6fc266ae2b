"""The loss of a score against values worked by hand."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # imports TensorFlow


def test_score_huber_by_hand_inside_and_beyond_the_bend_and_above_the_ceiling():
    from tinykd.distill.losses import score_huber

    teacher, student = np.array([[1.0], [3.0], [90.0]], "f4"), np.array([[1.25], [1.0], [8.0]], "f4")
    got = score_huber(teacher, student, bend=0.5, ceiling=8.0).numpy()
    np.testing.assert_allclose(got, [0.25**2 / 2, 0.5 * (2 - 0.25), 0.0], rtol=1e-6)
