"""The motion front end in C against the same features by numpy, in float64."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from front_ends import FIRMWARE, SANITIZE, STRICT, built
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from tinykd.export.imu import render
from tinykd.tflm import Quantisation

SIX = "acc_x acc_y acc_z gyro_x gyro_y gyro_z"
NUMBERS = {
    "rate_hz": 50,
    "frame_samples": 2,
    "acc_scale": 5.0,
    "gyro_scale": 1.0,
    "stroke_floor": 0.05,
    "step_scale": 10.0,
}
FRAMES = 40
CASES = [
    ("raw", SIX, 6),
    ("raw", "acc_x acc_y acc_z", 3),
    ("raw", "x y", 2),
    ("aligned", SIX, 6),
    ("aligned", "acc_x acc_y acc_z", 3),
    ("stroke", SIX, 4),
    ("stroke", "x y", 4),
    ("motion", SIX, 10),
]


@pytest.fixture(scope="module")
def takes():
    """[n, 6] float32: digits drawn in the air with a phone, take after take."""
    root = Path(os.environ.get("TINYKD_DATA") or Path(__file__).parents[2] / "../shared/data")
    pack = root / "gesture" / "imu_digits.npz"
    if not pack.is_file():
        message = f"{pack} is not there: set TINYKD_DATA to the folder of the data packs"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    return np.load(pack)["signals"][:6000]


def directions(acceleration):
    """(turn [3, 3] right, up, forward; length of gravity) of [frames, 3]."""
    mean = acceleration.mean(axis=0)
    length = np.linalg.norm(mean)
    up = mean / length if length > 1e-3 else np.array([0.0, 1.0, 0.0])
    axis = np.eye(3)[0 if abs(up[2]) > 0.95 else 2]
    forward = axis - up * (axis @ up)
    forward /= np.linalg.norm(forward)
    return np.stack([np.cross(up, forward), up, forward]), length


def by_numpy(rows, kind, *, frame_samples, rate_hz, acc_scale, gyro_scale, stroke_floor, step_scale):
    """[windows, frames, features] float64, a window for every frame from the first full one on."""
    channels = rows.shape[1]
    count = len(rows) // frame_samples
    means = (
        rows[: count * frame_samples].astype(np.float64).reshape(count, frame_samples, channels).mean(axis=1)
    )
    found = []
    for frames in sliding_window_view(means, FRAMES, axis=0).transpose(0, 2, 1):
        parts, path = [], frames
        if channels == 2:
            values = frames
        else:
            turn, gravity = directions(frames[:, :3])
            if kind == "raw":
                turn, gravity = np.eye(3), 0.0
            values = np.concatenate([frames[:, at : at + 3] @ turn.T for at in range(0, channels, 3)], axis=1)
            values[:, 1] -= gravity
            if channels == 6:
                rates = values[:, [4, 3]]
                path = np.cumsum(rates - rates.mean(axis=0), axis=0) * frame_samples / rate_hz
            values = values / ([acc_scale] * 3 + [gyro_scale] * (channels - 3))
        if kind != "stroke":
            parts.append(values)
        if kind in ("stroke", "motion"):
            centred = path - path.mean(axis=0)
            drawn = centred / (np.sqrt((centred**2).sum(axis=1).mean()) + stroke_floor)
            parts += [drawn, np.diff(drawn, axis=0, prepend=drawn[:1]) * step_scale]
        found.append(np.concatenate(parts, axis=1))
    return np.array(found)


class CImu:
    def __init__(self, kind, channels, features, folder):
        self.kind = kind
        self.quantisation = Quantisation((1, FRAMES, features, 1), 6 / 255, -4)
        settings = {**NUMBERS, "kind": kind, "channels": channels}
        texts = render(settings, name="motion", quantisation=self.quantisation, recipe_digest="0")
        for name, text in texts.items():
            (folder / name).write_text(text)
        self.program = folder / "imu"
        sources = [folder / "motion_front_end.c", Path(__file__).with_name("imu_main.c")]
        folders = [f"-I{FIRMWARE / 'include'}", f"-I{folder}"]
        objects = built("float", SANITIZE)
        subprocess.run(
            ["gcc", *STRICT, *SANITIZE, *folders, *sources, *objects, "-o", self.program], check=True
        )

    def expected(self, rows):
        steps = np.rint(by_numpy(rows, self.kind, **NUMBERS) / self.quantisation.scale)
        return np.clip(steps + self.quantisation.zero_point, -128, 127).astype(np.int8)

    def __call__(self, rows):
        done = subprocess.run(
            [self.program], input=rows.astype("<f4").tobytes(), capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")
        return np.frombuffer(done.stdout, np.int8).reshape(-1, *self.quantisation.shape[1:3])


@pytest.mark.parametrize(("kind", "channels", "features"), CASES)
def test_of_real_motion_999_in_1000_inputs_are_equal_and_none_is_two_steps_off(
    kind, channels, features, takes, tmp_path
):
    rows = takes[:, : len(channels.split())]
    imu = CImu(kind, channels, features, tmp_path)
    expected = imu.expected(rows)
    steps = np.abs(imu(rows).astype(int) - expected)
    assert steps.shape == expected.shape
    assert steps.max() <= 1
    assert (steps == 0).mean() >= 0.999


@pytest.fixture(scope="module")
def motion(tmp_path_factory):
    return CImu("motion", SIX, 10, tmp_path_factory.mktemp("motion"))


@given(kind=st.sampled_from(["still", "fall", "up", "noise", "huge"]), seed=st.integers(0, 2**32 - 1))
@examples(max_examples=25, deadline=None)
def test_a_sensor_that_falls_lies_or_is_shaken_leaves_nothing(motion, kind, seed):
    rng = np.random.default_rng(seed)
    rows = np.zeros((90, 6), np.float32)
    if kind == "still":
        rows[:, :3] = rng.normal(0, 6, 3)
    if kind == "up":
        rows[:, 2] = 9.81
    if kind == "noise":
        rows = rng.normal(0, 3, (90, 6)).astype(np.float32)
    if kind == "huge":
        rows = rng.choice([-1e18, 1e18], (90, 6)).astype(np.float32)
    found = motion(rows)
    assert found.shape == (6, FRAMES, 10)
    if kind in ("still", "fall", "up"):
        assert np.abs(found.astype(int) - motion.expected(rows)).max() <= 1
