"""A model on an emulated microcontroller: instructions, flash, RAM, stack, and the proof of its outputs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tinykd.boards.bench import Program, run_on_board, step_instructions
from tinykd.boards.tools import missing_tools
from tinykd.compiled.compiler import Compiled, compile_model, write
from tinykd.tflm import Int8, TflmModel

NAME = "model"
USUAL_MACHINE = "mps2-an386"  # a Cortex-M4F
RANDOM_INPUTS = 8
SEED = 1


def measure(
    model_bytes: bytes, *, machine: str, random_inputs: int = RANDOM_INPUTS, where: str = "model.tflite"
) -> dict[str, Any]:
    """Compile a model to C, run it on an emulated board, and compare it with TFLite Micro.

    Args:
      model_bytes: an int8 .tflite file with one input and one output.
      machine: a board that QEMU has.
      random_inputs: how many, besides the extreme ones.
      where: what to call the model in errors.

    Returns:
      `machine` and `core`; `instructions`, the most that one inference took, and `instructions_least`;
      `flash_bytes`, code and what it needs, without `constant_bytes`, the model's numbers; `ram_bytes`,
      static, without the caller's input and output (`input_bytes`, `output_bytes`); `stack_bytes`, the
      deepest below the caller; `bit_exact` over `samples` inputs; `steps`, [{name, instructions, share}]
      of one random input.

    Raises:
      ModelError: the compiler or TFLite Micro refuses the model.
      ToolError: the cross compiler or QEMU is missing, or there is no such board.
    """
    compiled = compile_model(model_bytes, name=NAME, where=where)
    reference = TflmModel(model_bytes, where=where)
    inputs = _inputs(reference, random_inputs)
    with tempfile.TemporaryDirectory(prefix="tinykd-") as folder:
        program = _program(compiled, reference, Path(folder))
        found = run_on_board(program, machine, inputs)
        steps = step_instructions(program, machine, inputs[0])
    expected = reference.run(inputs).reshape(len(inputs), -1)
    return {
        "machine": machine,
        "core": found.core,
        "instructions": int(found.instructions.max()),
        "instructions_least": int(found.instructions.min()),
        "flash_bytes": found.footprint.flash_bytes,
        "constant_bytes": found.footprint.constant_bytes,
        "ram_bytes": found.footprint.ram_bytes,
        "stack_bytes": found.stack_bytes,
        "input_bytes": program.input_bytes,
        "output_bytes": program.output_bytes,
        "bit_exact": bool(np.array_equal(found.outputs, expected)),
        "samples": len(inputs),
        "steps": _shares(compiled.operators, steps),
    }


def on_chip(model_bytes: bytes, *, where: str = "model.tflite") -> dict[str, Any] | None:
    """Return `measure` on the usual machine, for a run's records; None where this machine lacks the tools.

    A run is not for want of a cross compiler: `tinykd doctor` and `tinykd measure` say how to get one.
    """
    return None if missing_tools() else measure(model_bytes, machine=USUAL_MACHINE, where=where)


def _inputs(model: TflmModel, random_inputs: int) -> Int8:
    """Return random inputs, then every value at its least, its most, zero, and both extremes in turn."""
    shape = model.input.shape[1:]
    drawn = np.random.default_rng(SEED).integers(-128, 128, (random_inputs, *shape), np.int8)
    flat = [np.full(shape, value, np.int8) for value in (-128, 127, model.input.zero_point)]
    turns = np.resize(np.array([-128, 127], np.int8), shape)
    return np.stack([*drawn, *flat, turns])


def _program(compiled: Compiled, model: TflmModel, folder: Path) -> Program:
    write(compiled, folder)
    return Program(
        sources=[folder / f"{compiled.name}.c"],
        header=f"{compiled.name}.h",
        invoke=f"{compiled.name}_invoke",
        input_bytes=int(np.prod(model.input.shape)),
        output_bytes=int(np.prod(model.output.shape)),
        constants=rf"{compiled.name}_const_\w+",
        steps=len(compiled.operators),
    )


def _shares(names: tuple[str, ...], counts: list[int]) -> list[dict[str, Any]]:
    total = max(sum(counts), 1)
    return [
        {"name": name, "instructions": count, "share": round(count / total, 4)}
        for name, count in zip(names, counts, strict=True)
    ]
