"""The detector in C says what Python's says, hop by hop."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from front_ends import FIRMWARE, SANITIZE, STRICT
from hypothesis import given, settings
from hypothesis import strategies as st

from tinykd.detection.detector import Detector, hop_scores
from tinykd.detection.words import word_detections, word_scores


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    path = tmp_path_factory.mktemp("detector") / "detector"
    sources = [
        FIRMWARE / "src/status.c",
        FIRMWARE / "src/detect/detector.c",
        Path(__file__).with_name("detector_main.c"),
    ]
    include = f"-I{FIRMWARE / 'include'}"
    subprocess.run(["gcc", *STRICT, *SANITIZE, include, *sources, "-o", path], check=True)
    return path


def said(program, outputs, *, words, detector):
    """[(hop, word)] by the C program."""
    numbers = [outputs.shape[1], words, detector.smooth_hops, detector.refractory_hops, detector.threshold]
    done = subprocess.run(
        [program, *map(str, numbers)], input=outputs.tobytes(), capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    found = np.frombuffer(done.stdout, "<i4")
    assert len(found) == len(outputs)
    return [(int(hop), int(found[hop])) for hop in np.flatnonzero(found >= 0)]


def by_hand(outputs, *, words, detector):
    """The rule of the header, word for word."""
    ring = [[-255] * words for _ in range(detector.smooth_hops)]
    found, countdown = [], 0
    for hop, row in enumerate(outputs.astype(int).tolist()):
        scores = [row[word] - max(row[:word] + row[word + 1 :]) for word in range(words)]
        ring = [*ring[1:], scores]
        sums = [sum(column) for column in zip(*ring, strict=True)]
        if countdown > 0:
            countdown -= 1
        elif max(sums) >= detector.threshold:
            found.append((hop, sums.index(max(sums))))
            countdown = detector.refractory_hops
    return found


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_c_python_and_the_rule_agree_on_any_outputs(program, data):
    classes = data.draw(st.integers(2, 6))
    words = data.draw(st.integers(1, classes))
    detector = Detector(
        hop_ms=20,
        smooth_hops=data.draw(st.integers(1, 7)),
        threshold=data.draw(st.integers(-300, 900)),
        refractory_hops=data.draw(st.integers(0, 9)),
    )
    values = data.draw(st.sampled_from([[-128, 127], [0, 1, 2], list(range(-128, 128))]))
    seed = data.draw(st.integers(0, 2**32 - 1))
    outputs = np.random.default_rng(seed).choice(values, (80, classes)).astype(np.int8)
    expected = by_hand(outputs, words=words, detector=detector)
    assert word_detections(word_scores(outputs, words=words), detector) == expected
    assert said(program, outputs, words=words, detector=detector) == expected


def test_with_one_word_it_is_the_wake_word_s_detector(program):
    outputs = np.random.default_rng(1).integers(-128, 128, (500, 3)).astype(np.int8)
    detector = Detector(hop_ms=100, smooth_hops=3, threshold=120, refractory_hops=10)
    hops = detector.detections(hop_scores(outputs))
    assert len(hops) > 5
    assert said(program, outputs, words=1, detector=detector) == [(int(hop), 0) for hop in hops]


def test_a_long_smoothing_at_the_extremes_does_not_overflow(program):
    outputs = np.tile(np.array([127, -128], np.int8), (3000, 1))
    detector = Detector(hop_ms=20, smooth_hops=2000, threshold=2000 * 255, refractory_hops=65535)
    assert said(program, outputs, words=2, detector=detector) == [(1999, 0)]


@pytest.mark.parametrize("numbers", [(1, 1, 1, 0, 0), (3, 0, 1, 0, 0), (3, 4, 1, 0, 0), (3, 1, 0, 0, 0)])
def test_settings_out_of_range_are_refused(program, numbers):
    done = subprocess.run([program, *map(str, numbers)], input=b"", capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (4, b"a setting is out of its range\n")
