"""Every body of the hot kernels, on the core that it is for, against TFLite Micro, byte by byte."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from many import board_outputs, random_layer

sys.path.append(str(Path(__file__).parents[1] / "compiled"))
from harness import tflm_outputs

from tinykd.boards.tools import missing_tools

pytestmark = pytest.mark.skipif(
    bool(missing_tools()), reason="needs the Arm compiler and QEMU: tinykd doctor"
)

KINDS = ("conv", "pointwise", "grouped", "depthwise", "depthwise_3x3", "dense", "dense_channels")
BOARDS = ("mps2-an385", "mps2-an386", "mps3-an547")  # no SIMD, SMLAD, MVE


LAYERS = 4  # of each kind; TINYKD_LAYERS asks for more
SEED = 0


@pytest.mark.slow
@pytest.mark.parametrize("board", BOARDS)
def test_random_layers_give_tflite_micros_bytes(board, tmp_path):
    first, count = int(os.environ.get("TINYKD_SEED", SEED)), int(os.environ.get("TINYKD_LAYERS", LAYERS))
    names = [(seed, kind) for kind in KINDS for seed in range(first, first + count)]
    cases = [random_layer(seed, kind) for seed, kind in names]
    found = zip(board_outputs(cases, board, tmp_path), tflm_outputs(cases), strict=True)
    different = [name for name, (ours, theirs) in zip(names, found, strict=True) if (ours != theirs).any()]
    assert different == []
