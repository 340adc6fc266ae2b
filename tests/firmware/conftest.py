"""Real recordings for the tests of C front ends and whole programs, and a finished run of each task."""

import gzip
import io
import os
import tarfile
import wave
from pathlib import Path

import numpy as np
import pytest
from finished_runs import make_anomaly_run, make_gesture_run, make_kws_run, make_wakeword_run

from tinykd.datasets.imu import SIX_AXES

CLASSES = ["yes", "no", "_silence_", "_unknown_"]
LOOSE = ["detection.probability=0.6", "detection.smooth_hops=2", "detection.refractory_ms=300"]


def pack(*parts):
    """The path of a file of the data packs."""
    path = Path(os.environ.get("TINYKD_DATA") or Path(__file__).parents[2] / "../shared/data").joinpath(
        *parts
    )
    if not path.is_file():
        message = f"{path} is not there: set TINYKD_DATA to the folder of the data packs"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    return path


def read_wav(data):
    """int16 samples of the bytes of a .wav file."""
    with wave.open(io.BytesIO(data)) as sound:
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2")


def write_wav(path, samples, rate=16000):
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(samples.astype("<i2").tobytes())
    return path


@pytest.fixture(scope="session")
def clips(named_clips):
    """[399, 16000] int16: the keyword pack's clips, shorter ones followed by silence."""
    return named_clips[0]


@pytest.fixture(scope="session")
def named_clips():
    """(clips, [399] the folder that each lies in, its word)."""
    found, words = [], []
    with tarfile.open(pack("kws_commands_12", "sc_kws12_eval.tar.xz")) as tar:
        for member in tar:
            if member.name.endswith(".wav"):
                found.append(np.pad(read_wav(tar.extractfile(member).read()), (0, 16000))[:16000])
                words.append(Path(member.name).parent.name)
    return np.stack(found), np.array(words)


@pytest.fixture(scope="session")
def words_wav(clips, tmp_path_factory):
    """A dozen clips of words in a row and a bit, whose end is no whole hop."""
    samples = np.concatenate([clips[5::33].ravel(), clips[0, :3333]])
    return write_wav(tmp_path_factory.mktemp("words") / "clips.wav", samples)


@pytest.fixture(scope="session")
def wake_wav(tmp_path_factory):
    """People saying "computer", then other wake words: the first clips of the pack, some 20 s."""
    found = {"computer": [], "alexa": [], "jarvis": []}
    with tarfile.open(pack("wake_word", "wake_word_clips.tar.gz")) as tar:
        for member in tar:
            word = Path(member.name).parent.name
            if member.name.endswith(".wav") and len(found.get(word, [0] * 3)) < 3:
                found[word].append(read_wav(tar.extractfile(member).read()))
            if min(map(len, found.values())) == 3:
                break
    samples = np.concatenate([clip for clips in found.values() for clip in clips])
    return write_wav(tmp_path_factory.mktemp("wake") / "computer.wav", samples)


@pytest.fixture(scope="session")
def takes_csv(tmp_path_factory):
    """Three digits drawn in the air with a phone, one after the other, as CSV with its uneven times."""
    found = np.load(pack("gesture", "imu_digits.npz"))
    rows = found["offsets"][3]
    times = np.cumsum(np.maximum(np.diff(found["time_ms"][:rows], prepend=0), 4))
    path = tmp_path_factory.mktemp("takes") / "digits.csv"
    columns = np.column_stack([times, found["signals"][:rows]])
    head = ",".join(["time_ms", *SIX_AXES])
    np.savetxt(path, columns, delimiter=",", header=head, comments="", fmt="%.7g")
    return path


@pytest.fixture(scope="session")
def fan_csv(tmp_path_factory):
    """Half a minute of the fan, as CSV."""
    with gzip.open(pack("anomaly", "fan_vibration.csv.gz"), "rt") as file:
        head = file.readline().strip().split(",")
        columns = [head.index(axis) for axis in ("x", "y", "z")]
        rows = np.loadtxt(file, delimiter=",", usecols=columns, max_rows=1500)
    path = tmp_path_factory.mktemp("fan") / "fan.csv"
    np.savetxt(path, rows, delimiter=",", header="x,y,z", comments="", fmt="%.6g")
    return path


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
