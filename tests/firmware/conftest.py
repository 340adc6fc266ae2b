"""A finished run of each task, for the tests of whole programs."""

import pytest
from finished_runs import CLASSES, LOOSE, make_anomaly_run, make_gesture_run, make_kws_run, make_wakeword_run

from tinykd.datasets.imu import SIX_AXES


@pytest.fixture(scope="session")
def kws_run(tmp_path_factory):
    return make_kws_run(tmp_path_factory.mktemp("runs") / "kws", overrides=LOOSE, classes=CLASSES)


@pytest.fixture(scope="session")
def wakeword_run(tmp_path_factory, wake_wav):
    return make_wakeword_run(tmp_path_factory.mktemp("runs") / "wakeword", recording=wake_wav)


@pytest.fixture(scope="session")
def gesture_run(tmp_path_factory):
    return make_gesture_run(
        tmp_path_factory.mktemp("runs") / "gesture",
        overrides=["detection.probability=0.6", "detection.smooth_hops=2", "detection.refractory_ms=400"],
        classes=["one", "two", "three", "none"],
        channels=list(SIX_AXES),
    )


@pytest.fixture(scope="session")
def anomaly_run(tmp_path_factory, fan_csv):
    size = ["features.frame_samples=32", "features.hop_samples=16", "features.frames=5", "features.bands=4"]
    return make_anomaly_run(
        tmp_path_factory.mktemp("runs") / "anomaly",
        overrides=[*size, "features.stride_frames=2"],
        channels=["x", "y", "z"],
        rate_hz=50.0,
        recording=fan_csv,
    )


RECORDINGS = {"kws": "words_wav", "wakeword": "wake_wav", "gesture": "takes_csv", "anomaly": "fan_csv"}


@pytest.fixture(
    scope="session",
    params=["kws", *(pytest.param(task, marks=pytest.mark.slow) for task in RECORDINGS if task != "kws")],
)
def heard_run(request):
    """(task, a finished run of it, a real recording): each task in turn."""
    task = request.param
    return task, request.getfixturevalue(f"{task}_run"), request.getfixturevalue(RECORDINGS[task])
