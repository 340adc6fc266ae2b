"""The sensor front end in C against the same features by numpy and scipy, in float64."""

import gzip
import subprocess
from pathlib import Path

import numpy as np
import pytest
import scipy.signal
from front_ends import FIRMWARE, SANITIZE, STRICT, built
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view
from recordings import pack

from tinykd.export.sensor import render
from tinykd.features.mel import filter_bank, mel_edges_hz
from tinykd.tflm import Quantisation

BANDS = {
    "kind": "bands",
    "sample_rate_hz": 50.0,
    "frame_samples": 32,
    "hop_samples": 16,
    "frames": 7,
    "bands": 4,
    "band_scale": "linear",
    "floor": 1e-5,
    "channels": 3,
    "clip": 6.0,
}
MEL = {**BANDS, "frame_samples": 256, "hop_samples": 300, "frames": 2, "bands": 6, "band_scale": "mel"}
LEVELS = {
    "kind": "levels",
    "frame_samples": 20,
    "hop_samples": 5,
    "frames": 5,
    "settle_samples": 60,
    "ratio": [1.0, 0.0, 1.0],
    "floor": 1e-3,
    "channels": 3,
    "clip": 6.0,
}
QUANTISATION = Quantisation((1, 1, 1), 12 / 255, 3)


@pytest.fixture(scope="module")
def vibration():
    """[n, 3] float32: the fan of the anomaly pack."""
    with gzip.open(pack("anomaly", "fan_vibration.csv.gz"), "rt") as file:
        head = file.readline().strip().split(",")
        columns = [head.index(axis) for axis in ("x", "y", "z")]
        return np.loadtxt(file, delimiter=",", usecols=columns, max_rows=6000).astype(np.float32)


def frames_of(rows, numbers):
    """[frames, channels, samples] float64."""
    start = numbers.get("settle_samples", 0)
    cut = sliding_window_view(rows.astype(np.float64)[start:], numbers["frame_samples"], axis=0)
    return cut[:: numbers["hop_samples"]]


def by_scipy(rows, numbers):
    """[frames, features] float64, channel by channel."""
    frames = frames_of(rows, numbers)
    if numbers["kind"] == "levels":
        start = rows[: numbers["settle_samples"]].astype(np.float64)
        mean = start.mean(axis=0) if len(start) else np.zeros(rows.shape[1])
        divisor = np.where(np.array(numbers["ratio"]) > 0, np.maximum(np.abs(mean), 1e-6), 1.0)
        before = (
            np.log10(start.std(axis=0) / divisor + numbers["floor"]) if len(start) else np.zeros(len(mean))
        )
        values = (frames - mean[:, None]) / divisor[:, None]
        spread = np.log10(values.std(axis=2) + numbers["floor"]) - before
        return np.stack([values.mean(axis=2), spread], axis=2).reshape(len(frames), -1)
    size, bands = numbers["frame_samples"], numbers["bands"]
    centred = frames - frames.mean(axis=2, keepdims=True)
    window = scipy.signal.get_window("hann", size)
    power = np.abs(np.fft.rfft(centred * window)) ** 2 / size
    if numbers["band_scale"] == "mel":
        rate = numbers["sample_rate_hz"]
        edges = mel_edges_hz(bins=bands, low_hz=0.0, high_hz=rate / 2, scale="htk")
        bank = filter_bank(edges, fft_size=size, sample_rate_hz=round(rate), norm="none")
        bank[:, 0] = 0
        energies = power @ bank.T
    else:
        energies = power[:, :, 1:].reshape(*power.shape[:2], bands, -1).mean(axis=3)
    values = np.concatenate([energies, centred.var(axis=2)[:, :, None]], axis=2)
    return np.log10(values + numbers["floor"]).reshape(len(frames), -1)


class CSensor:
    def __init__(self, numbers, folder, *, mean, deviation):
        self.numbers, self.mean, self.deviation = numbers, mean, deviation
        full = {**numbers, "mean": mean.tolist(), "deviation": deviation.tolist()}
        for name, text in render(full, name="machine", quantisation=QUANTISATION, recipe_digest="0").items():
            (folder / name).write_text(text)
        self.program = folder / "sensor"
        sources = [folder / "machine_front_end.c", Path(__file__).with_name("sensor_main.c")]
        folders = [f"-I{FIRMWARE / 'include'}", f"-I{folder}"]
        objects = built("float", SANITIZE)
        subprocess.run(
            ["gcc", *STRICT, *SANITIZE, *folders, *sources, *objects, "-o", self.program], check=True
        )

    def expected(self, rows):
        standard = (by_scipy(rows, self.numbers) - self.mean) / self.deviation
        standard = np.clip(standard, -self.numbers["clip"], self.numbers["clip"])
        steps = np.clip(np.rint(standard / QUANTISATION.scale) + QUANTISATION.zero_point, -128, 127)
        windows = sliding_window_view(steps, self.numbers["frames"], axis=0)
        return windows.transpose(0, 2, 1).astype(np.int8)

    def __call__(self, rows):
        done = subprocess.run(
            [self.program], input=rows.astype("<f4").tobytes(), capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")
        features = len(self.mean)
        return np.frombuffer(done.stdout, np.int8).reshape(-1, self.numbers["frames"], features)


@pytest.mark.parametrize("numbers", [BANDS, MEL, LEVELS, {**LEVELS, "settle_samples": 0, "ratio": [0.0] * 3}])
def test_of_a_real_fan_999_in_1000_inputs_are_equal_and_none_is_two_steps_off(numbers, vibration, tmp_path):
    features = by_scipy(vibration, numbers)
    sensor = CSensor(numbers, tmp_path, mean=features.mean(axis=0), deviation=features.std(axis=0) + 1e-4)
    expected = sensor.expected(vibration)
    steps = np.abs(sensor(vibration).astype(int) - expected)
    assert steps.shape == expected.shape
    assert steps.size > 500
    assert steps.max() <= 1
    assert (steps == 0).mean() >= 0.999


@pytest.fixture(scope="module", params=[BANDS, LEVELS], ids=["bands", "levels"])
def any_sensor(request, tmp_path_factory):
    count = 3 * (request.param.get("bands", 1) + 1)
    folder = tmp_path_factory.mktemp("sensor")
    return CSensor(request.param, folder, mean=np.zeros(count), deviation=np.ones(count))


@given(
    kind=st.sampled_from(["constant", "noise", "huge", "tiny", "steps"]),
    seed=st.integers(0, 2**32 - 1),
    level=st.floats(-1e4, 1e4, width=32),
)
@examples(max_examples=30, deadline=None)
def test_no_row_leaves_the_int8_range_or_the_memory(any_sensor, kind, seed, level):
    rng = np.random.default_rng(seed)
    rows = {
        "constant": np.full((200, 3), level),
        "noise": rng.normal(level, 1.0, (200, 3)),
        "huge": rng.choice([-1e18, 1e18], (200, 3)),
        "tiny": rng.normal(0, 1e-30, (200, 3)),
        "steps": np.repeat(rng.normal(level, 10, (20, 3)), 10, axis=0),
    }[kind].astype(np.float32)
    found = any_sensor(rows)
    assert found.shape[0] > 0
    if kind in ("noise", "steps") and abs(level) < 100:
        assert np.abs(found.astype(int) - any_sensor.expected(rows)).max() <= 1
