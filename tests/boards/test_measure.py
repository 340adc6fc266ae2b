"""`tinykd measure`, and what it says where something is missing."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tflite_models import classifier

from tinykd import measure as measuring
from tinykd.boards import tools
from tinykd.boards.table import boards
from tinykd.cli import main


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(classifier())
    return path


@pytest.mark.skipif(bool(tools.missing_tools()), reason="needs the Arm compiler and QEMU: tinykd doctor")
def test_the_command_prints_every_figure(model, capsys):
    assert main(["measure", str(model), "--machine", "mps2-an386", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["bit_exact"] is True
    assert found["core"] == "cortex-m4"
    assert (found["input_bytes"], found["output_bytes"]) == (32, 3)
    for name in ("instructions", "flash_bytes", "constant_bytes", "ram_bytes", "stack_bytes"):
        assert found[name] > 0
    assert [step["name"] for step in found["steps"]][:2] == ["CONV_2D", "DEPTHWISE_CONV_2D"]


@pytest.mark.skipif(bool(tools.missing_tools()), reason="needs the Arm compiler and QEMU: tinykd doctor")
def test_a_wrong_output_is_found(model, capsys, monkeypatch):
    def flipped(self, inputs):
        return ~np.zeros((len(inputs), 3), np.int8)

    monkeypatch.setattr(measuring.TflmModel, "run", flipped)
    assert main(["measure", str(model)]) == 1
    assert "differ from TFLite Micro's" in capsys.readouterr().err


def test_a_missing_tool_is_one_line_that_says_how_to_get_it(model, capsys, monkeypatch):
    monkeypatch.setattr(tools.shutil, "which", lambda name: None)
    assert main(["measure", str(model)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        "arm-none-eabi-gcc: is not installed; run: apt-get install --no-install-recommends "
        "gcc-arm-none-eabi libnewlib-arm-none-eabi"
    )
    assert measuring.on_chip(model.read_bytes()) is None


def test_an_unknown_machine_is_one_line(model, capsys):
    assert main(["measure", str(model), "--machine", "z80"]) == 2
    assert f"'z80': is not in the table; boards: {', '.join(boards())}" in capsys.readouterr().err


def test_the_inputs_hold_the_extremes(model):
    inputs = measuring._inputs(measuring.TflmModel(model.read_bytes()), 2)
    assert inputs.shape == (6, 8, 4, 1)
    assert (inputs[2] == -128).all()
    assert (inputs[3] == 127).all()
    assert (inputs[4] == -5).all()  # the model's zero point
    assert inputs[5].reshape(-1)[:4].tolist() == [-128, 127, -128, 127]
