"""Kernels at the sizes where their scratch changes: the same bytes, and not one written behind the arena."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest
from many import board_outputs
from tflite_models import random_inputs

sys.path.append(str(Path(__file__).parents[1] / "compiled"))
from harness import tflm_outputs
from networks import Network

from tinykd.boards.tools import missing_tools
from tinykd.compiled import compiler, packing

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing_tools()), reason="needs the Arm compiler and QEMU: tinykd doctor"),
]

BOARDS = ("mps2-an385", "mps2-an386", "mps3-an547")  # no SIMD, SMLAD, MVE
GUARD = 64
GUARDED = """
/* Writes an answer that no comparison passes where something was written behind the arena. */
void {name}_guarded(const int8_t *in, int8_t *out) {{
  {name}_invoke(in, out);
  for (int32_t i = 0; i < {guard}; i++) {{
    if ({name}_arena[{NAME}_ARENA_BYTES + i] != 0) __builtin_trap();
  }}
}}
"""


def network(shape, seed):
    made = Network(np.random.default_rng(seed))
    made.graph.inputs = [made.tensor([1, *shape])]
    return made, made.graph.inputs[0]


def ended(made, target):
    """The layer between two others, so that its input, output and scratch are all in the arena."""
    made.graph.outputs = [made.conv(target, kernel=1, outputs=2)]
    return made.graph.pack()


def pointwise(depth, seed):
    made, source = network((2, 3, 5), seed)
    return ended(made, made.conv(made.conv(source, kernel=1, outputs=depth), kernel=1, outputs=5))


def convolution(channels, seed):
    made, source = network((5, 5, 3), seed)
    return ended(made, made.conv(made.conv(source, kernel=1, outputs=channels), kernel=4, outputs=5))


def depthwise(height, width, seed):
    made, source = network((height, width, 1), seed)
    return ended(made, made.depthwise(made.conv(source, kernel=1, outputs=3)))


def models():
    side = packing.BLOCK_LIMIT // 8  # int16 of four pixels, int8 of eight
    made = [pointwise(depth, depth) for depth in (side - 1, side, side + 1, side + 5)]
    made += [convolution(channels, channels) for channels in (side // 16 - 1, side // 16, side // 16 + 1)]
    # A plane of H by W takes about 2 * H * W bytes (DSP), H rounded up to 16 times W (MVE).
    shapes = [
        (28, 30),
        (30, 30),
        (31, 31),
        (32, 32),
        (33, 29),
        (34, 30),
        (44, 44),
        (46, 43),
        (48, 42),
        (50, 44),
    ]
    return made + [depthwise(*shape, seed) for seed, shape in enumerate(shapes)]


@pytest.mark.parametrize("board", BOARDS)
def test_around_the_limits_the_bytes_are_tflite_micros_and_the_arena_holds(board, tmp_path, monkeypatch):
    cases = []
    for data in models():
        graph = compiler.read_model(data).subgraphs[0]
        cases.append((data, random_inputs(graph.tensors[graph.inputs[0]].shape, 3)))
    write = compiler.write

    def guarded(made, folder):
        written = write(made, folder)
        path, name = folder / f"{made.name}.c", made.name
        text = path.read_text()
        widened, count = re.subn(r"(_arena\[\w+_ARENA_BYTES)\];", rf"\1 + {GUARD}];", text)
        assert count == 1
        path.write_text(widened + GUARDED.format(name=name, NAME=name.upper(), guard=GUARD))
        header = folder / f"{name}.h"
        declared = header.read_text().replace(
            f"void {name}_invoke(",
            f"void {name}_guarded(const int8_t *in, int8_t *out);\nvoid {name}_invoke(",
        )
        header.write_text(declared)
        return written

    monkeypatch.setattr("many.write", guarded)
    monkeypatch.setattr("many.BODY", __import__("many").BODY.replace("{name}_invoke(", "{name}_guarded("))
    found = zip(board_outputs(cases, board, tmp_path), tflm_outputs(cases), strict=True)
    assert [number for number, (ours, theirs) in enumerate(found) if (ours != theirs).any()] == []
