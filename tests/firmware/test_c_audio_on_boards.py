"""The front end on emulated microcontrollers: the same bits as on the host, and how many instructions."""

from pathlib import Path

import numpy as np
import pytest
from front_ends import FIRMWARE, SOURCES, CFrontEnd

from tinykd.boards import emulator
from tinykd.boards.bench import port_sources
from tinykd.boards.build import PORT, build
from tinykd.boards.table import emulated_board
from tinykd.boards.tools import missing_tools
from tinykd.recipe import FeatureSection

pytestmark = pytest.mark.skipif(
    bool(missing_tools()), reason="needs the Arm compiler and QEMU: tinykd doctor"
)

KWS = FeatureSection()
KWS_40 = FeatureSection(window_ms=40, fft_size=1024)
MFCC = FeatureSection(kind="mfcc")


def heard_on_board(board_name, clip, folder):
    """(inputs [hops, frames, bins] int8, instructions [hops]) of a clip on a board; folder has the tables."""
    board, machine = emulated_board(board_name)
    main = Path(__file__).with_name("front_end_on_board.c")
    elf = build(
        board,
        [main, *SOURCES, folder / "kws_front_end.c", *port_sources(machine)],
        folder / "front_end.elf",
        include=[folder, PORT, FIRMWARE / "include"],
        defines={"TKD_TIMER": f"{machine.timer_address:#x}u"},
    )
    clip.astype("<i2").tofile(folder / "samples")
    emulator.run(machine, elf, folder=folder)
    ticks = np.fromfile(folder / "ticks", "<u4")
    inputs = np.fromfile(folder / "inputs", np.int8).reshape(len(ticks), -1)
    return inputs, np.array([emulator.instructions(int(one), machine) for one in ticks])


# Most instructions a hop, a little above those measured: float32 on the M4F, int32 on the M3.
@pytest.mark.parametrize(
    ("board", "body", "section", "most"),
    [
        ("mps2-an386", "float", KWS, 36_000),
        ("mps2-an386", "float", KWS_40, 67_000),
        ("mps2-an386", "float", MFCC, 36_000),
        ("mps2-an500", "float", KWS, 36_000),
        ("mps3-an547", "float", KWS, 36_000),
        ("mps2-an385", "integer", KWS, 57_000),
        ("mps2-an385", "integer", KWS_40, 96_000),
    ],
)
def test_a_board_hears_the_host_s_bits_in_few_instructions(board, body, section, most, clips, tmp_path):
    host = CFrontEnd(section, tmp_path, samples=16000, body=body, flags=("-O2",))
    inputs, instructions = heard_on_board(board, clips[3], tmp_path)
    np.testing.assert_array_equal(inputs[-1], host(clips[3:4]).ravel())
    assert 20_000 < instructions.max() <= most
