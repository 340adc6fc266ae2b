from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tinykd.boards import emulator
from tinykd.boards.bench import Program, run_on_board, step_instructions
from tinykd.boards.build import build
from tinykd.boards.table import boards
from tinykd.boards.tools import missing_tools
from tinykd.errors import ToolError

pytestmark = pytest.mark.skipif(
    bool(missing_tools()), reason="needs the Arm compiler and QEMU: tinykd doctor"
)

HEADER = """
#include <stdint.h>
void toy_invoke(const int8_t *in, int8_t *out);
"""

# Adds one to each of four bytes; then a loop of exactly 2 * 1000 * in[0] instructions, for in[0] > 0.
SOURCE = """
#include "toy.h"
#ifndef TKD_STEP
#define TKD_STEP(step, name) ((void)0)
#endif
static const int8_t toy_const_one[40] = {1, 1, 1, 1};
static int8_t toy_arena[100];
void toy_invoke(const int8_t *in, int8_t *out) {
  TKD_STEP(0, "ADD");
  for (int i = 0; i < 4; ++i) out[i] = (int8_t)(in[i] + toy_const_one[i + 10 * (in[0] & 3)]);
  volatile int8_t *arena = toy_arena;
  arena[in[0]] = 1;
  TKD_STEP(1, "LOOP");
  uint32_t n = 1000u * (uint32_t)in[0];
  __asm volatile("1: subs %0, %0, #1\\n bne 1b" : "+r"(n) :: "cc");
  TKD_STEP(2, "");
}
"""

EMULATED = [name for name, board in boards().items() if board.qemu and board.qemu.timer]


@pytest.fixture(scope="module")
def toy(tmp_path_factory) -> Program:
    folder = tmp_path_factory.mktemp("toy")
    (folder / "toy.h").write_text(HEADER)
    (folder / "toy.c").write_text(SOURCE)
    return Program(
        sources=[folder / "toy.c"],
        header="toy.h",
        invoke="toy_invoke",
        input_bytes=4,
        output_bytes=4,
        constants=r"toy_const_\w+",
        steps=2,
    )


@pytest.mark.parametrize("board", EMULATED)
def test_a_loop_of_known_length_is_counted_to_the_instruction(toy, board):
    inputs = np.array([[4, 1, 2, 3], [8, 1, 2, 3], [100, 5, 6, 7]], np.int8)
    found = run_on_board(toy, board, inputs)
    steps = np.diff(found.instructions)
    assert list(steps) == [2 * 1000 * 4, 2 * 1000 * 92]
    assert found.instructions[0] < 2 * 1000 * 4 + 100
    assert found.outputs.tolist() == [[5, 2, 3, 4], [9, 2, 3, 4], [101, 6, 7, 8]]
    assert (run_on_board(toy, board, inputs).instructions == found.instructions).all()


def test_the_footprint_is_the_models_own(toy):
    found = run_on_board(toy, "mps2-an386", np.ones((1, 4), np.int8)).footprint
    assert found.constant_bytes == 40
    assert found.ram_bytes == 104  # 100, rounded up to a multiple of 8
    assert 40 < found.flash_bytes < 160


def test_steps_are_told_apart(toy):
    first, second = step_instructions(toy, "mps2-an386", np.array([50, 0, 0, 0], np.int8))
    assert 10 < first < 100
    assert abs(second - 2 * 1000 * 50) < 8


def test_a_program_that_fails_is_one_line(toy, tmp_path):
    machine = boards()["mps2-an386"].qemu
    assert machine is not None
    (tmp_path / "no.elf").write_bytes(b"no program")
    with pytest.raises(ToolError):
        emulator.run(machine, tmp_path / "no.elf", folder=tmp_path, seconds=20)


def test_c_that_does_not_compile_is_one_line(toy, tmp_path):
    (tmp_path / "toy.h").write_text(HEADER)
    (tmp_path / "toy.c").write_text(SOURCE + "#error not today")
    broken = Program(**{**vars(toy), "sources": [tmp_path / "toy.c"]})
    with pytest.raises(ToolError, match="not today"):
        run_on_board(broken, "mps2-an386", np.ones((1, 4), np.int8))


def test_an_unknown_board_names_those_there_are(toy):
    with pytest.raises(ToolError, match="mps2-an386"):
        run_on_board(toy, "mps2-an387", np.ones((1, 4), np.int8))


def test_counts_follow_from_ticks():
    machine = boards()["mps2-an386"].qemu
    assert machine is not None
    # 25 MHz and 128 ns an instruction: 3.2 ticks each, by hand; a reading may lack part of a tick.
    for ticks, count in ((0, 0), (3, 1), (4, 1), (6, 2), (7, 2), (16, 5), (32_000_000, 10_000_000)):
        assert emulator.instructions(ticks, machine) == count


def test_paths_from_here_are_paths_from_here(tmp_path, monkeypatch):
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "two.h").write_text("#define TWO 2\n")
    (tmp_path / "c" / "two.c").write_text('#include "two.h"\nint two(void);\nint two(void) { return TWO; }\n')
    monkeypatch.chdir(tmp_path)
    sources, elf = [Path("c/two.c")], Path("c/two.elf")
    assert build(boards()["mps2-an386"], sources, elf, include=[Path("c")], entry="two").is_file()
