"""Teacher and student see the same events, each with its own eyes."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

from tinykd.datasets.clips import AudioDataset, AudioSplit
from tinykd.datasets.imu import SIX_AXES, ImuDataset, ImuSplit, Take
from tinykd.datasets.imu_windows import build_windows
from tinykd.datasets.sensor import SensorDataset, SensorSplit, only_channels, whole_run
from tinykd.datasets.wav import at_lower_rate
from tinykd.errors import DataError
from tinykd.feature_cache import cache_features
from tinykd.imu_cache import cache_imu_features
from tinykd.recipe_file import load_recipe
from tinykd.recipe_sees import recorded_recipe, teacher_recipe
from tinykd.report.progress import Reporter
from tinykd.sensor_features import cache_sensor_features
from tinykd.tasks import task_of
from tinykd.tasks.run import open_run

ACC = "dataset.channels=['acc_x', 'acc_y', 'acc_z']"
ALL_SIX = "teacher.sees.dataset.channels=[]"
RAW = "features.kind=raw"


def silent(what, done, total):
    """Take progress and say nothing."""


def motion(*, rate_hz=50, n=5, seconds=2.56):
    rng = np.random.default_rng(0)
    splits = {}
    for split in ("train", "validation", "test"):
        signals = rng.normal(size=(n, round(seconds * rate_hz), 6)).astype(np.float32)
        signals[:, :, 1] += 9.81
        names = tuple(f"{split} {at}" for at in range(n))
        splits[split] = ImuSplit(
            signals=signals, labels=np.arange(n, dtype=np.int32), sources=names, groups=names
        )
    return ImuDataset(
        name="m",
        classes=tuple("abcde"),
        channels=SIX_AXES,
        rate_hz=rate_hz,
        splits=splits,
        digest="m",
        split_rule="",
    )


def both(cache, dataset, recipe, tmp_path, **more):
    return [
        cache(dataset, recipe=one, cache_dir=tmp_path, **more) for one in (recipe, teacher_recipe(recipe))
    ]


def test_an_accelerometer_sees_the_very_motion_that_a_teacher_with_a_gyroscope_sees(tmp_path):
    recipe = load_recipe("gesture", [ACC, ALL_SIX, RAW, "features.gyro_scale=2.0"])
    student, teacher = both(cache_imu_features, motion(), recipe, tmp_path, progress=silent)
    assert (student.train.shape, teacher.train.shape) == ((4, 5, 64, 3), (4, 5, 64, 6))
    for split in ("train", "validation", "test"):
        assert np.array_equal(getattr(student, split), getattr(teacher, split)[..., :3])
    assert not np.array_equal(student.train[1], student.train[2])
    assert student.digest != teacher.digest


def test_the_same_sensor_at_half_the_rate_sees_the_mean_of_every_two_rows(tmp_path):
    quiet = [f"augment.{name}_noise=0.0" for name in ("acc", "gyro")]
    recipe = load_recipe("gesture", [RAW, "features.frame_ms=20", "teacher.sees.dataset.rate_hz=100", *quiet])
    recipe = recipe.model_copy(update={"teacher": recipe.teacher.model_copy(update={"sees": {
        "dataset": {"rate_hz": 100}, "features": {"frame_ms": 10}}})})  # fmt: skip
    student, teacher = both(cache_imu_features, motion(rate_hz=100), recipe, tmp_path, progress=silent)
    assert (student.train.shape[2], teacher.train.shape[2]) == (128, 256)
    expected = teacher.test.reshape(5, 128, 2, 6).mean(axis=2)
    np.testing.assert_allclose(student.test, expected, atol=1e-6)
    views = teacher.train.astype(np.float64).reshape(4, 5, 128, 2, 6).mean(axis=3)
    np.testing.assert_allclose(student.train, views, atol=2e-3)  # float16 of values up to 4


def test_the_one_window_is_where_the_students_own_channels_move_most():
    signals = np.zeros((1000, 6), np.float32)
    signals[:, 1] = 9.81
    signals[200:210, 0] = 3.0  # the accelerometer's moment
    signals[700:760, 3:] = np.sin(np.arange(60))[:, None] * 9.0  # the gyroscope's, much the larger
    takes = [
        Take(
            signals=signals,
            time_ms=np.arange(1000) * 10.0,
            labels=label,
            source=f"{label}",
            group="",
            split="train",
        )
        for label in (0, 1)
    ]
    recipe = load_recipe("gesture", [ACC, ALL_SIX, "dataset.window_ms=500"])

    def window(section):
        built = build_windows(
            takes,
            classes=("a", "b"),
            channels=SIX_AXES,
            section=section,
            splits=("train",),
            split_rule="",
            where="",
        )
        return built.splits["train"].signals[0]

    lone, wide = window(recipe.dataset), window(recorded_recipe(recipe).dataset)
    assert np.array_equal(wide[:, :3], lone)
    assert lone[:, 0].max() == pytest.approx(3.0)
    everything = recorded_recipe(recipe).dataset.model_copy(update={"moves_in": ()})
    assert window(everything)[:, 0].max() == 0.0


def test_a_lower_rate_keeps_what_it_can_hold_and_folds_nothing_down():
    def tone(hz, rate_hz):
        return 8000.0 * np.sin(2 * np.pi * hz * np.arange(rate_hz) / rate_hz + 0.3)

    high = np.stack([tone(440, 16000) + tone(2900, 16000), tone(1000, 16000) + tone(6000, 16000)])
    low = at_lower_rate(np.rint(high).astype(np.int16), from_hz=16000, to_hz=8000)
    assert (low.shape, low.dtype) == ((2, 8000), np.int16)
    expected = np.stack([tone(440, 8000) + tone(2900, 8000), tone(1000, 8000)])  # 6 kHz cannot be told
    inside = slice(200, -200)  # tones that start and stop have every frequency there
    assert np.abs(low - expected)[:, inside].max() < 4.0  # steps of int16, of 8000


def test_eight_kilohertz_hear_the_very_sounds_that_sixteen_hear(clips, tmp_path):
    noise = np.random.default_rng(1).normal(0, 2000, 48_000).astype(np.int16)
    split = AudioSplit(
        audio=clips[:12], labels=np.zeros(12, np.int32), sources=tuple("abcdefghijkl"), speakers=("",) * 12
    )
    dataset = AudioDataset(
        name="clips", classes=("a", "b"), sample_rate_hz=16000, digest="c", noise=[noise],
        splits=dict.fromkeys(("train", "validation", "test"), split),
    )  # fmt: skip
    # The same bands in Hz, and frames of the same length: what differs is the recording alone.
    same = ["features.low_hz=100", "features.high_hz=3400", "features.mel_bins=16", "features.fft_size=512",
            "augment.views=4", "augment.noise_chance=1.0", "augment.room_chance=0.0",
            "teacher.sees.features.fft_size=1024", "teacher.sees.dataset.sample_rate_hz=16000"]  # fmt: skip
    recipe = load_recipe("kws", ["dataset.sample_rate_hz=8000", *same])
    student, teacher = both(cache_features, dataset, recipe, tmp_path, progress=silent)
    assert student.train.shape == teacher.train.shape == (4, 12, 49, 16)
    own, its = (one.train.astype(np.float64).reshape(4 * 12, -1) for one in (student, teacher))
    alike = np.corrcoef(own, its)[: len(own), len(own) :]  # [student's view and clip, teacher's]
    assert np.array_equal(alike.argmax(axis=1), np.arange(len(own)))
    assert alike.diagonal().min() > 0.98  # the front ends' windows have other lengths in samples
    settings = student.settings["sample_rate_hz"], teacher.settings["sample_rate_hz"]
    assert settings == (8000, 16000)


def machine(*, channels=("x", "y", "z")):
    rng = np.random.default_rng(2)
    runs = tuple(
        whole_run(rng.normal(size=(600, 3)).astype(np.float32) * (1 + at), anomaly=False, machine="m",
                  condition=f"{at}", source=f"{at}")
        for at in range(2)
    )  # fmt: skip
    splits = dict.fromkeys(("train", "validation", "test"), SensorSplit(runs=runs))
    made = SensorDataset(
        name="m", channels=("x", "y", "z"), units=("g",) * 3, sample_rate_hz=50.0, splits=splits, digest="m"
    )
    return only_channels(made, channels)


def test_one_axis_sees_the_columns_of_the_windows_that_three_axes_see_perturbed_too(tmp_path):
    sets = ["features.frame_samples=32", "features.hop_samples=32", "features.bands=4", "features.frames=5",
            "augment.views=4", "dataset.channels=['z']", "teacher.sees.dataset.channels=[]"]  # fmt: skip
    recipe = load_recipe("anomaly", sets)
    student, teacher = both(cache_sensor_features, machine(), recipe, tmp_path)
    assert (student.train.shape[2:], teacher.train.shape[2:]) == ((5, 5), (5, 15))
    assert len({view.tobytes() for view in student.train}) == 4
    # Features stand channel by channel, four bands and the variance each: z is the last five.
    assert np.array_equal(student.train, teacher.train[..., 10:])
    np.testing.assert_array_equal(student.test, teacher.test[..., 10:])
    assert student.settings["mean"] == teacher.settings["mean"][10:]
    assert (student.settings["channels"], student.settings["channel_names"]) == (1, "z")
    # Without the wider teacher the plain windows are the same; what is perturbed is drawn for one axis.
    alone = cache_sensor_features(machine(channels=("z",)), recipe=recipe, cache_dir=tmp_path)
    assert np.array_equal(alone.train[0], student.train[0])
    assert np.array_equal(alone.test, student.test)


def test_a_channel_that_the_machine_does_not_have_is_refused_by_name():
    with pytest.raises(DataError, match=r"m: it has no channel 'w'; dataset.channels out of x, y, z"):
        machine(channels=("x", "w"))


class Stamps:
    """The stages' memory, for their digests alone."""

    def __init__(self):
        self.digests = {}

    def once(self, name, digest, outputs, make):
        """Note the digest; make nothing."""
        self.digests[name] = digest


def digests(tmp_path, monkeypatch, *settings):
    monkeypatch.setenv("TINYKD_CACHE", str(tmp_path / "cache"))
    few = [f"synthetic.{split}_takes_per_class=1" for split in ("train", "validation", "test")]
    few.append("dataset.classes=['circle', 'none']")
    recipe = load_recipe("gesture", [*few, ACC, "features.kind=aligned", "augment.views=2", *settings])
    reporter = Reporter(Console(file=io.StringIO()))
    run = open_run(task_of(recipe), recipe, data_dir=None, out=tmp_path / "run", reporter=reporter)
    run.__dict__["stages"] = stamps = Stamps()
    run.task.learn(run)
    return stamps.digests


def test_what_the_teacher_sees_shapes_the_teacher_and_its_pupil_but_not_the_lone_student(
    tmp_path, monkeypatch
):
    plain, wide, front, noise = (
        digests(tmp_path, monkeypatch, *settings)
        for settings in (
            (),
            (ALL_SIX,),
            (ALL_SIX, "teacher.sees.features.kind=motion"),
            (ALL_SIX, "teacher.sees.augment.gyro_noise=0.5"),
        )
    )
    assert wide["no_kd"] == front["no_kd"] == noise["no_kd"]
    for stage in ("teacher", "student", "int8"):
        assert len({one[stage] for one in (plain, wide, front, noise)}) == 4, stage
