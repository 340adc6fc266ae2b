"""Every app for every board of the table: sized from its ELF file, and run where QEMU has the board."""

import pytest

from tinykd.boards.table import board, boards
from tinykd.boards.tools import missing_tools
from tinykd.device.app import link_app, write_app
from tinykd.device.emulation import play
from tinykd.inference import open_finished

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing_tools()), reason="needs the Arm compiler and QEMU: tinykd doctor"),
]

# KB of flash and RAM that the runs of conftest.py may take, whatever the core.
MOST = {"kws": (40, 16), "wakeword": (40, 16), "gesture": (24, 12), "anomaly": (24, 8)}


@pytest.fixture(scope="module")
def app(heard_run, tmp_path_factory):
    """(task, the C of its program, a recording's samples, rows a second, what Python detects)."""
    name, run, recording = heard_run
    parts = write_app(run, out=tmp_path_factory.mktemp(name))
    task, finished = open_finished(run)
    expected = task.listen(finished, recording)
    assert len(expected) > 2
    rate = finished.settings.get("sample_rate_hz", 0.0)
    return name, parts, task.stream(finished, recording), rate, expected


@pytest.mark.parametrize("name", boards())
def test_an_app_fits_a_board_and_detects_what_python_detects(app, name, tmp_path, capsys):
    task, parts, samples, rate, expected = app
    image = link_app(parts, board=board(name), out=tmp_path)
    said = "built"
    if image.board.qemu:
        heard = play(image, samples, rows_per_second=rate, folder=tmp_path)
        assert heard.detections == expected
        said = f"ran, {len(expected)} detections as in Python"
    with capsys.disabled():
        print(f"\n{task:9}{name:15}{image.flash_bytes:7,} B flash {image.ram_bytes:6,} B RAM  {said}", end="")
    flash, ram = MOST[task]
    assert 4_000 < image.flash_bytes < flash * 1000
    assert 500 < image.ram_bytes < ram * 1000
