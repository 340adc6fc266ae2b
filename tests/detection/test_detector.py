"""Detection in integers: against a loop that does what the device does, a hop at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tinykd.detection.detector import SCORE_MIN, Detector, detections, hop_scores, smoothed


class Device:
    """The C of a detector, written down in Python: a ring of scores, a sum, a countdown."""

    def __init__(self, detector: Detector) -> None:
        self.detector = detector
        self.ring = [SCORE_MIN] * detector.smooth_hops
        self.sum = SCORE_MIN * detector.smooth_hops
        self.at = 0
        self.countdown = 0

    def step(self, score: int) -> bool:
        self.sum += score - self.ring[self.at]
        self.ring[self.at] = score
        self.at = (self.at + 1) % self.detector.smooth_hops
        if self.countdown > 0:
            self.countdown -= 1
            return False
        if self.sum < self.detector.threshold:
            return False
        self.countdown = self.detector.refractory_hops
        return True


SCORES = arrays(np.int16, st.integers(0, 60), elements=st.integers(-255, 255))


@given(SCORES, st.integers(1, 6), st.integers(0, 12), st.integers(-600, 1500))
def test_a_whole_stream_at_once_detects_what_a_device_does_hop_by_hop(scores, smooth, refractory, threshold):
    detector = Detector(hop_ms=100, smooth_hops=smooth, threshold=threshold, refractory_hops=refractory)
    device = Device(detector)
    stepped = [hop for hop, score in enumerate(scores) if device.step(int(score))]
    assert detector.detections(scores).tolist() == stepped


def test_a_score_is_the_wake_output_minus_the_best_other_one():
    outputs = np.array([[127, -128, -128], [-128, 127, 0], [5, 3, 4]], np.int8)
    assert hop_scores(outputs).tolist() == [255, -255, 1]  # by hand
    assert hop_scores(outputs, wake=1).tolist() == [-255, 127, -2]


def test_sums_count_what_was_before_the_start_as_the_least_score():
    # By hand: 10 - 255, 10 + 20, 20 + 30.
    assert smoothed(np.array([10, 20, 30], np.int16), 2).tolist() == [-245, 30, 50]


def test_the_refractory_time_holds_back_for_exactly_its_hops():
    sums = np.array([9, 9, 9, 9, 9, 0, 9], np.int32)
    assert detections(sums, threshold=9, refractory_hops=0).tolist() == [0, 1, 2, 3, 4, 6]
    assert detections(sums, threshold=9, refractory_hops=2).tolist() == [0, 3, 6]


@pytest.mark.parametrize("smooth", [1, 3])
def test_an_empty_stream_has_no_detection(smooth):
    detector = Detector(hop_ms=100, smooth_hops=smooth, threshold=0, refractory_hops=1)
    assert detector.detections(np.zeros(0, np.int16)).tolist() == []


def test_settings_hold_every_number():
    detector = Detector(hop_ms=100, smooth_hops=3, threshold=40, refractory_hops=10)
    assert Detector(**detector.settings()) == detector
