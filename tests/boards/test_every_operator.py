"""Every operator and random networks give TFLite Micro's bytes here and on each kind of core, counted."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from many import board_outputs
from tflite_models import random_inputs

sys.path.append(str(Path(__file__).parents[1] / "compiled"))
from cases import CASES, UINT8
from harness import c_outputs, tflm_outputs
from networks import network
from test_state import stream

from tinykd.boards.tools import missing_tools
from tinykd.compiled.lower import NAMES
from tinykd.flatbuffer import operator_name, read_model

needs_tools = pytest.mark.skipif(
    bool(missing_tools()), reason="needs the Arm compiler and QEMU: tinykd doctor"
)
BOARDS = ("mps2-an385", "mps2-an386", "mps3-an547")  # no SIMD, SMLAD, MVE
AT_ONCE = 16  # models in one program, so that it fits the smallest flash
NETWORKS = 8
SAMPLES = 4


def signed(data: bytes) -> bool:
    graph = read_model(data).subgraphs[0]
    return all(graph.tensors[index].type != UINT8 for index in (*graph.inputs, *graph.outputs))


def drawn(make, rng):
    """A random model of a case, with ends of int8."""
    while not signed((found := make(rng))[0]):
        pass
    return found


def operators(data: bytes) -> set[str]:
    model = read_model(data)
    return {operator_name(model, node) for graph in model.subgraphs for node in graph.operators or []}


@pytest.mark.slow
@pytest.mark.parametrize("place", ["host", *(pytest.param(board, marks=needs_tools) for board in BOARDS)])
def test_every_operator_and_random_networks_give_tflite_micros_bytes(place, tmp_path, capsys):
    rng = np.random.default_rng(0)
    models = [(name, *drawn(make, rng)) for name, make in CASES.items()]
    models += [(f"network {number}", *network(rng)) for number in range(NETWORKS)]
    models.append(("a memory", stream(start=np.arange(10)), (1, 5)))
    models = [(name, data, random_inputs(shape, SAMPLES)) for name, data, shape in models]
    different, outputs = [], 0
    for start in range(0, len(models), AT_ONCE):
        part, folder = models[start : start + AT_ONCE], tmp_path / str(start)
        cases = [(data, inputs) for _, data, inputs in part]
        folder.mkdir()
        ours = c_outputs(cases, folder) if place == "host" else board_outputs(cases, place, folder)
        for (name, _, _), own, theirs in zip(part, ours, tflm_outputs(cases), strict=True):
            outputs += own.size
            if (own != theirs).any():
                different.append(name)
    found = set().union(*(operators(data) for _, data, _ in models))
    with capsys.disabled():
        print(
            f"\n{place}: {len(found)} operators in {len(models)} models, {outputs} output bytes, "
            f"{len(different)} models differ"
        )
    assert different == []
    assert found >= set(NAMES)
