"""Whole programs: a recording streamed into emulated boards, heard as Python hears it."""

import gzip
import os
import wave
from pathlib import Path

import numpy as np
import pytest
from finished_runs import make_anomaly_run, make_gesture_run, make_kws_run

from tinykd.boards.table import board, boards
from tinykd.boards.tools import missing_tools
from tinykd.datasets.imu import SIX_AXES
from tinykd.device.app import build_app
from tinykd.device.emulation import hear
from tinykd.errors import DataError, ToolError
from tinykd.inference import listen

pytestmark = pytest.mark.skipif(
    bool(missing_tools()), reason="needs the Arm compiler and QEMU: tinykd doctor"
)

CLASSES = ["yes", "no", "_silence_", "_unknown_"]
LOOSE = ["detection.probability=0.6", "detection.smooth_hops=2", "detection.refractory_ms=300"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return make_kws_run(tmp_path_factory.mktemp("runs") / "kws", overrides=LOOSE, classes=CLASSES)


@pytest.fixture(scope="module")
def recording(clips, tmp_path_factory):
    """A dozen clips in a row and a bit, whose end is no whole hop."""
    path = tmp_path_factory.mktemp("recordings") / "clips.wav"
    samples = np.concatenate([clips[5::33].ravel(), clips[0, :3333]])
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16000)
        sound.writeframes(samples.astype("<i2").tobytes())
    return path


@pytest.fixture(scope="module")
def expected(run, recording):
    found = listen(run, recording)
    assert len(found) > 5
    assert {word for _, word in found} == {"yes", "no"}
    return found


@pytest.mark.parametrize(
    "name",
    [
        "mps2-an386",
        *(pytest.param(name, marks=pytest.mark.slow) for name in boards() if board(name).qemu),
    ],
)
def test_a_board_detects_what_python_detects_at_the_same_times(name, run, recording, expected, tmp_path):
    heard = hear(run, recording, board_name=name, out=tmp_path)
    assert heard.detections == expected
    if name == "mps2-an386":
        assert 20_000 < heard.front_end_instructions < 36_000
        assert 5_000 < heard.model_instructions < 60_000


@pytest.mark.slow
@pytest.mark.parametrize("overrides", [["features.kind=mfcc"], ["features.normalise=band"]])
def test_other_front_ends_are_heard_alike(overrides, recording, tmp_path):
    run = make_kws_run(
        tmp_path / "kws", overrides=[*LOOSE, *overrides], classes=CLASSES, mean=-1.0, deviation=9.0
    )
    heard = hear(run, recording, board_name="mps2-an386", out=tmp_path / "out")
    assert heard.detections == listen(run, recording)
    assert heard.detections


@pytest.fixture(scope="module")
def takes(tmp_path_factory):
    """Three digits drawn in the air with a phone, one after the other, as CSV with its uneven times."""
    root = Path(os.environ.get("TINYKD_DATA") or Path(__file__).parents[2] / "../shared/data")
    pack = root / "gesture" / "imu_digits.npz"
    if not pack.is_file():
        message = f"{pack} is not there: set TINYKD_DATA to the folder of the data packs"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    found = np.load(pack)
    rows = found["offsets"][3]
    times = np.cumsum(np.maximum(np.diff(found["time_ms"][:rows], prepend=0), 4))
    path = tmp_path_factory.mktemp("takes") / "digits.csv"
    head = ",".join(["time_ms", *SIX_AXES])
    np.savetxt(
        path,
        np.column_stack([times, found["signals"][:rows]]),
        delimiter=",",
        header=head,
        comments="",
        fmt="%.7g",
    )
    return path


@pytest.mark.parametrize(
    "name",
    ["mps2-an386", *(pytest.param(name, marks=pytest.mark.slow) for name in ("mps2-an385", "netduinoplus2"))],
)
def test_a_board_detects_the_gestures_that_python_detects(name, takes, tmp_path):
    run = make_gesture_run(
        tmp_path / "gesture",
        overrides=["detection.probability=0.6", "detection.smooth_hops=2", "detection.refractory_ms=400"],
        classes=["one", "two", "three", "none"],
        channels=list(SIX_AXES),
    )
    heard = hear(run, takes, board_name=name, out=tmp_path / "out")
    assert heard.detections == listen(run, takes)
    assert len(heard.detections) > 5
    assert {word for _, word in heard.detections} <= {"one", "two", "three"}


@pytest.fixture(scope="module")
def vibration(tmp_path_factory):
    """Half a minute of the fan, as CSV."""
    root = Path(os.environ.get("TINYKD_DATA") or Path(__file__).parents[2] / "../shared/data")
    archive = root / "anomaly" / "fan_vibration.csv.gz"
    if not archive.is_file():
        message = f"{archive} is not there: set TINYKD_DATA to the folder of the data packs"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    with gzip.open(archive, "rt") as file:
        head = file.readline().strip().split(",")
        columns = [head.index(axis) for axis in ("x", "y", "z")]
        rows = np.loadtxt(file, delimiter=",", usecols=columns, max_rows=1500)
    path = tmp_path_factory.mktemp("fan") / "fan.csv"
    np.savetxt(path, rows, delimiter=",", header="x,y,z", comments="", fmt="%.6g")
    return path


LEVELS = ["features.kind=levels", "features.settle_samples=40", 'features.ratio_channels=["x"]']


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("mps2-an386", []),
        pytest.param("mps2-an386", ["features.band_scale=mel"], marks=pytest.mark.slow),
        pytest.param("mps2-an386", LEVELS, marks=pytest.mark.slow),
        pytest.param("mps2-an385", [], marks=pytest.mark.slow),
    ],
)
def test_a_board_raises_the_alarm_when_python_does(name, kind, vibration, tmp_path):
    size = ["features.frame_samples=32", "features.hop_samples=16", "features.frames=5", "features.bands=4"]
    run = make_anomaly_run(
        tmp_path / "anomaly",
        overrides=[*size, "features.stride_frames=2", *kind],
        channels=["x", "y", "z"],
        rate_hz=50.0,
        recording=vibration,
    )
    heard = hear(run, vibration, board_name=name, out=tmp_path / "out")
    assert heard.detections == listen(run, vibration)
    assert len(heard.detections) > 2


@pytest.mark.slow
@pytest.mark.parametrize("name", boards())
def test_the_program_fits_every_board(name, run, tmp_path):
    image = build_app(run, board=board(name), out=tmp_path)
    assert image.elf.is_file()
    assert 8_000 < image.flash_bytes < 40_000
    assert 4_000 < image.ram_bytes < 16_000


def test_a_driver_of_one_s_own_takes_the_place_of_the_recording(run, tmp_path):
    driver = tmp_path / "microphone.c"
    driver.write_text(
        '#include "tinykd/source.h"\n'
        "int tkd_source_start(void) { return 0; }\n"
        "size_t tkd_source_read(void *samples, size_t bytes) { (void)samples; return bytes; }\n"
    )
    assert build_app(run, board=board("nrf52840"), out=tmp_path / "out", source=driver).elf.is_file()
    with pytest.raises(DataError, match=r"none\.c: is no file; a C file that defines tkd_source_start"):
        build_app(run, board=board("nrf52840"), out=tmp_path, source=tmp_path / "none.c")


def test_a_board_that_counts_nothing_is_no_board_to_measure_on():
    from tinykd.boards.table import counting_board

    with pytest.raises(ToolError, match=r"netduinoplus2.*no timer that counts instructions; machines: mps2"):
        counting_board("netduinoplus2")
