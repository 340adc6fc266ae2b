"""Every operator and random networks give TFLite Micro's bytes on each kind of core."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from many import board_outputs
from tflite_models import random_inputs

sys.path.append(str(Path(__file__).parents[1] / "compiled"))
from cases import CASES, UINT8
from harness import tflm_outputs
from networks import network

from tinykd.boards.tools import missing_tools
from tinykd.flatbuffer import read_model

pytestmark = pytest.mark.skipif(
    bool(missing_tools()), reason="needs the Arm compiler and QEMU: tinykd doctor"
)

BOARDS = ("mps2-an385", "mps2-an386", "mps3-an547")  # no SIMD, SMLAD, MVE
AT_ONCE = 16  # models in one program, so that it fits the smallest flash
NETWORKS = 8
SAMPLES = 4


def signed(data: bytes) -> bool:
    graph = read_model(data).subgraphs[0]
    return all(graph.tensors[index].type != UINT8 for index in (*graph.inputs, *graph.outputs))


@pytest.mark.slow
@pytest.mark.parametrize("board", BOARDS)
def test_every_operator_and_random_networks_give_tflite_micros_bytes(board, tmp_path, capsys):
    rng = np.random.default_rng(0)
    models = [(name, *make(rng)) for name, make in CASES.items()]
    models += [(f"network {number}", *network(rng)) for number in range(NETWORKS)]
    models = [(name, data, random_inputs(shape, SAMPLES)) for name, data, shape in models if signed(data)]
    different, outputs = [], 0
    for start in range(0, len(models), AT_ONCE):
        part = models[start : start + AT_ONCE]
        cases = [(data, inputs) for _, data, inputs in part]
        (tmp_path / str(start)).mkdir()
        found = zip(board_outputs(cases, board, tmp_path / str(start)), tflm_outputs(cases), strict=True)
        for (name, _, _), (ours, theirs) in zip(part, found, strict=True):
            outputs += ours.size
            if (ours != theirs).any():
                different.append(name)
    with capsys.disabled():
        print(f"\n{board}: {len(models)} models, {outputs} output bytes, {len(different)} models differ")
    assert different == []
