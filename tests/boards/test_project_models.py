"""Every kind of model that the project makes gives TFLite Micro's bytes as C, here and on each core."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from many import board_outputs
from tflite_models import random_inputs

sys.path.append(str(Path(__file__).parents[1] / "compiled"))
from harness import CHECKED, c_outputs, tflm_outputs

from tinykd.boards.tools import missing_tools
from tinykd.compiled.compiler import compile_model
from tinykd.models import MODELS

pytestmark = pytest.mark.slow

STUDENTS = sorted(name for name, row in MODELS.items() if not row.teaches_only)
SOUND = {"frames": 49, "bins": 40, "classes": 12}
WINDOW = {"frames": 9, "bins": 15, "classes": 1}
SHAPES = {"autoencoder": WINDOW, "prototypes": WINDOW, "scorer": WINDOW}
BOARDS = ("mps2-an385", "mps2-an386", "mps3-an547")  # no SIMD, SMLAD, MVE


@pytest.fixture(scope="module", params=STUDENTS)
def case(request):
    """(name, int8 model of random weights and its inputs, TFLite Micro's outputs)."""
    from tinykd.convert import convert_int8
    from tinykd.models import build_model

    model = build_model(request.param, **SHAPES.get(request.param, SOUND), deploy=True)
    rng = np.random.default_rng(1)
    for weight in model.weights:
        spread = np.prod(weight.shape[:2] if "depthwise" in weight.name else weight.shape[:-1]) ** -0.5
        values = rng.normal(0, 1.5 * spread if len(weight.shape) > 1 else 0.2, weight.shape)
        weight.assign(np.abs(values) + 0.5 if "variance" in weight.name else values)
    data = convert_int8(model, rng.normal(size=(10, *model.input_shape[1:])).astype(np.float32))
    inputs = random_inputs((1, *model.input_shape[1:]), 72 // model.output_shape[-1])
    inputs[0], inputs[1] = -128, 127
    return request.param, (data, inputs), tflm_outputs([(data, inputs)])[0]


def compare(place, case, ours, capsys):
    name, _, theirs = case
    differ = int((ours != theirs).sum())
    with capsys.disabled():
        print(f"\n{name:12}{place:12}{ours.size:4} output bytes, {differ} differ", end="")
    assert len(np.unique(theirs)) > 1  # not all saturated
    np.testing.assert_array_equal(ours, theirs)


def test_on_this_machine_under_sanitizers_with_little_above_the_bound(case, tmp_path, capsys):
    name, model, _ = case
    compare("host", case, c_outputs([model], tmp_path, flags=CHECKED)[0], capsys)
    made = compile_model(model[0], name=name)
    assert made.arena_bytes < 1.1 * made.bound_bytes + 2048  # scratch: at most a block or a plane


@pytest.mark.skipif(bool(missing_tools()), reason="needs the Arm compiler and QEMU: tinykd doctor")
@pytest.mark.parametrize("board", BOARDS)
def test_on_a_board(board, case, tmp_path, capsys):
    compare(board, case, board_outputs([case[1]], board, tmp_path)[0], capsys)
