"""Whole programs: a recording streamed into emulated boards, heard as Python hears it."""

import pytest
from conftest import CLASSES, LOOSE
from finished_runs import make_anomaly_run, make_kws_run

from tinykd.boards.table import board, boards
from tinykd.boards.tools import missing_tools
from tinykd.device.app import build_app
from tinykd.device.emulation import hear
from tinykd.errors import DataError, ToolError
from tinykd.inference import listen

pytestmark = pytest.mark.skipif(
    bool(missing_tools()), reason="needs the Arm compiler and QEMU: tinykd doctor"
)


@pytest.fixture(scope="module")
def expected(kws_run, words_wav):
    found = listen(kws_run, words_wav)
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
def test_a_board_detects_what_python_detects_at_the_same_times(name, kws_run, words_wav, expected, tmp_path):
    heard = hear(kws_run, words_wav, board_name=name, out=tmp_path)
    assert heard.detections == expected
    if name == "mps2-an386":
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


@pytest.mark.parametrize(
    "name",
    ["mps2-an386", *(pytest.param(name, marks=pytest.mark.slow) for name in ("mps2-an385", "netduinoplus2"))],
)
def test_a_board_detects_the_gestures_that_python_detects(name, gesture_run, takes_csv, tmp_path):
    heard = hear(gesture_run, takes_csv, board_name=name, out=tmp_path)
    assert heard.detections == listen(gesture_run, takes_csv)
    assert len(heard.detections) > 5
    assert {word for _, word in heard.detections} <= {"one", "two", "three"}


def test_a_board_hears_the_wake_word_where_python_hears_it(wakeword_run, wake_wav, tmp_path):
    heard = hear(wakeword_run, wake_wav, board_name="mps2-an386", out=tmp_path)
    assert heard.detections == listen(wakeword_run, wake_wav)
    assert len(heard.detections) > 2


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
def test_a_board_raises_the_alarm_when_python_does(name, kind, fan_csv, tmp_path):
    size = ["features.frame_samples=32", "features.hop_samples=16", "features.frames=5", "features.bands=4"]
    run = make_anomaly_run(
        tmp_path / "anomaly",
        overrides=[*size, "features.stride_frames=2", *kind],
        channels=["x", "y", "z"],
        rate_hz=50.0,
        recording=fan_csv,
    )
    heard = hear(run, fan_csv, board_name=name, out=tmp_path / "out")
    assert heard.detections == listen(run, fan_csv)
    assert len(heard.detections) > 2


@pytest.mark.slow
@pytest.mark.parametrize("name", boards())
def test_the_program_fits_every_board(name, kws_run, tmp_path):
    image = build_app(kws_run, board=board(name), out=tmp_path)
    assert image.elf.is_file()
    assert 8_000 < image.flash_bytes < 40_000
    assert 4_000 < image.ram_bytes < 16_000


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
