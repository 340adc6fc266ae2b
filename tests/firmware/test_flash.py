"""`tinykd firmware --flash`: what pyOCD is asked, and what is said where it or a board is missing."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tinykd.boards.table import boards
from tinykd.boards.tools import SYMBOLS, missing_tools, run_tool
from tinykd.cli import main

pytestmark = pytest.mark.skipif(
    bool(missing_tools()), reason="needs the Arm compiler and QEMU: tinykd doctor"
)


@pytest.fixture
def pyocd(tmp_path, monkeypatch):
    """Puts a pyocd on the path that notes its words, prints `said`, leaves with `code`; gives the words."""

    def make(*, code=0, said=""):
        folder, noted = tmp_path / "bin", tmp_path / "words.json"
        folder.mkdir()
        lines = [
            f"#!{sys.executable}",
            "import json, sys",
            f"json.dump(sys.argv[1:], open({str(noted)!r}, 'w'))",
            f"print({said!r}, file=sys.stderr)",
            f"sys.exit({code})",
        ]
        (folder / "pyocd").write_text("\n".join(lines) + "\n")
        (folder / "pyocd").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return lambda: json.loads(noted.read_text())

    return make


def flash(run, board, out):
    return main(["firmware", str(run), "--board", board, "--out", str(out), "--flash"])


def test_the_program_goes_to_pyocd_with_the_board_s_target(kws_run, pyocd, tmp_path, capsys):
    words = pyocd()
    out = tmp_path / "a folder"
    assert flash(kws_run, "nrf52840", out) == 0
    # Source: pyocd load --help, of pyOCD 0.46.
    assert words() == ["load", "--target", "nrf52840", "--no-wait", "kws.elf"]
    assert (out / "kws.elf").read_bytes()[:4] == b"\x7fELF"
    said = capsys.readouterr()
    assert said.out.endswith("loaded onto nrf52840\n")
    assert said.err == ""


def test_a_program_in_ram_is_started_by_its_stack_vectors_and_entry(kws_run, pyocd, tmp_path):
    words = pyocd()
    assert flash(kws_run, "rp2040", tmp_path / "out") == 0
    symbols = run_tool(SYMBOLS, ["kws.elf"], folder=tmp_path / "out").splitlines()
    address = {line.split()[-1]: int(line.split()[0], 16) for line in symbols}
    # By hand: 192 KB of program from 0x20000000, then 72 KB of data, the stack from its end.
    assert words() == [
        *(
            "commander",
            "--target",
            "rp2040",
            "--no-wait",
            "--command",
            "reset halt",
            "--command",
            "load kws.elf",
        ),
        *("--command", "write32 0xe000ed08 0x20000000", "--command", "wreg sp 0x20042000"),
        *("--command", f"wreg pc {address['tkd_reset'] & ~1:#x}", "--command", "go"),
    ]
    assert address["tkd_stack_top"] == 0x20042000
    assert address["vectors"] == 0x20000000


def test_what_pyocd_complains_of_is_one_line(kws_run, pyocd, tmp_path, capsys):
    pyocd(code=1, said="0000765 E No target device available [load_cmd]\nNo connected debug probes")
    assert flash(kws_run, "stm32l475", tmp_path / "out") == 2
    remedy = "connect the board; for a new target: pyocd pack install stm32l475xg"
    assert capsys.readouterr().err == f"pyocd: No connected debug probes; {remedy}\n"
    assert (tmp_path / "out" / "kws.elf").is_file()


def test_a_missing_pyocd_is_said_before_anything_is_built(kws_run, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert flash(kws_run, "nrf52840", tmp_path / "out") == 2
    assert capsys.readouterr().err == "pyocd: is not installed; run: pip install pyocd\n"
    assert not (tmp_path / "out").exists()


def test_a_board_that_exists_in_qemu_alone_cannot_be_flashed(kws_run, tmp_path, capsys):
    assert flash(kws_run, "mps3-an547", tmp_path / "out") == 2
    real = ", ".join(name for name, board in boards().items() if board.pyocd)
    assert capsys.readouterr().err == f"board 'mps3-an547': has no probe; boards with one: {real}\n"


def test_make_flash_says_board_run_and_flash():
    root = Path(__file__).parents[2]
    words = ["make", "--dry-run", "--no-print-directory", "--old-file=.venv/.installed", "flash"]
    done = subprocess.run(
        [*words, "TASK=gesture", "BOARD=rp2040"], cwd=root, capture_output=True, text=True, check=True
    )
    command = shlex.split(done.stdout.splitlines()[-1])
    assert command[1:] == ["firmware", "runs/gesture", "--board", "rp2040", "--flash"]
