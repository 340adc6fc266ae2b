"""Whole programs: a recording streamed into emulated boards, heard as Python hears it."""

import pytest
from finished_runs import CLASSES, LOOSE, make_anomaly_run, make_kws_run

from tinykd.boards.table import board
from tinykd.boards.tools import missing_tools
from tinykd.device.app import build_app
from tinykd.device.emulation import hear
from tinykd.errors import DataError, ToolError
from tinykd.inference import listen

pytestmark = pytest.mark.skipif(
    bool(missing_tools()), reason="needs the Arm compiler and QEMU: tinykd doctor"
)


def test_a_board_detects_what_python_detects_at_the_same_times(kws_run, words_wav, tmp_path):
    expected = listen(kws_run, words_wav)
    assert len(expected) > 5
    assert {word for _, word in expected} == {"yes", "no"}
    heard = hear(kws_run, words_wav, board_name="mps2-an386", out=tmp_path)
    assert heard.detections == expected
    assert 20_000 < heard.front_end_instructions < 36_000
    assert 5_000 < heard.model_instructions < 60_000


@pytest.mark.slow
@pytest.mark.parametrize("overrides", [["features.kind=mfcc"], ["features.normalise=band"]])
def test_other_front_ends_are_heard_alike(overrides, words_wav, tmp_path):
    run = make_kws_run(
        tmp_path / "kws", overrides=[*LOOSE, *overrides], classes=CLASSES, mean=-1.0, deviation=9.0
    )
    heard = hear(run, words_wav, board_name="mps2-an386", out=tmp_path / "out")
    assert heard.detections == listen(run, words_wav)
    assert heard.detections


def test_a_board_detects_the_gestures_that_python_detects(gesture_run, takes_csv, tmp_path):
    heard = hear(gesture_run, takes_csv, board_name="mps2-an386", out=tmp_path)
    assert heard.detections == listen(gesture_run, takes_csv)
    assert len(heard.detections) > 5
    assert {word for _, word in heard.detections} <= {"one", "two", "three"}


def test_a_board_hears_the_wake_word_where_python_hears_it(wakeword_run, wake_wav, tmp_path):
    heard = hear(wakeword_run, wake_wav, board_name="mps2-an386", out=tmp_path)
    assert heard.detections == listen(wakeword_run, wake_wav)
    assert len(heard.detections) > 2


LEVELS = ["features.kind=levels", "features.settle_samples=40", 'features.ratio_channels=["x"]']


@pytest.mark.parametrize(
    "kind",
    [
        [],
        pytest.param(["features.band_scale=mel"], marks=pytest.mark.slow),
        pytest.param(LEVELS, marks=pytest.mark.slow),
    ],
)
def test_a_board_raises_the_alarm_when_python_does(kind, fan_csv, tmp_path):
    size = ["features.frame_samples=32", "features.hop_samples=16", "features.frames=5", "features.bands=4"]
    run = make_anomaly_run(
        tmp_path / "anomaly",
        overrides=[*size, "features.stride_frames=2", *kind],
        channels=["x", "y", "z"],
        rate_hz=50.0,
        recording=fan_csv,
    )
    heard = hear(run, fan_csv, board_name="mps2-an386", out=tmp_path / "out")
    assert heard.detections == listen(run, fan_csv)
    assert len(heard.detections) > 2


def test_a_driver_of_one_s_own_takes_the_place_of_the_recording(kws_run, tmp_path):
    driver = tmp_path / "microphone.c"
    driver.write_text(
        '#include "tinykd/source.h"\n'
        "int tkd_source_start(void) { return 0; }\n"
        "size_t tkd_source_read(void *samples, size_t bytes) { (void)samples; return bytes; }\n"
    )
    assert build_app(kws_run, board=board("nrf52840"), out=tmp_path / "out", source=driver).elf.is_file()
    with pytest.raises(DataError, match=r"none\.c: is no file; a C file that defines tkd_source_start"):
        build_app(kws_run, board=board("nrf52840"), out=tmp_path, source=tmp_path / "none.c")


def test_a_board_that_counts_nothing_is_no_board_to_measure_on():
    from tinykd.boards.table import counting_board

    with pytest.raises(ToolError, match=r"netduinoplus2.*no timer that counts instructions; machines: mps2"):
        counting_board("netduinoplus2")
