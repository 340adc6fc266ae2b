"""Scores of a stream: every window, in order, whatever the batches."""

from __future__ import annotations

import numpy as np

from tinykd.detection import scoring
from tinykd.detection.scoring import float_scores, int8_scores


class Echo:
    """Stands for a TFLite Micro model of two outputs: the first and the last value of a window."""

    def quantise_input(self, features):
        return np.clip(np.rint(features / 0.5), -128, 127).astype(np.int8)

    def run(self, inputs):
        return np.stack([inputs[:, 0, 0], inputs[:, -1, -1]], axis=1)[:, None]


def frames(count=40):
    return np.random.default_rng(1).uniform(-50, 50, (count, 3)).astype(np.float32)


def test_int8_scores_are_of_every_hop(monkeypatch):
    monkeypatch.setattr(scoring, "_BATCH", 4)
    values = frames()
    found = int8_scores(Echo(), values, length=10, hop=2)
    steps = np.rint(values.astype(np.float64) * 2).astype(int)
    assert found.tolist() == [steps[at, 0] - steps[at + 9, 2] for at in range(0, 31, 2)]
    assert found.dtype == np.int16


def test_float_scores_are_log_odds_in_steps_of_a_tenth_within_the_range_of_int8_ones():
    values = frames()

    def predict(windows):
        return np.stack([windows[:, 0, 0], np.zeros(len(windows)), np.full(len(windows), -9.0)], axis=1)

    found = float_scores(predict, values, length=10, hop=1)
    expected = np.clip(np.rint(10 * values[:31, 0]), -255, 255)  # the best other class is 0
    assert found.tolist() == expected.astype(int).tolist()


def test_a_stream_shorter_than_a_window_has_no_score():
    assert len(int8_scores(Echo(), frames(9), length=10, hop=1)) == 0
    assert len(float_scores(lambda x: x, frames(9), length=10, hop=1)) == 0
