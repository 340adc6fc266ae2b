"""The C files of a compiled model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2

from tinykd.compiled import checks, kernels
from tinykd.compiled.graph import Graph, Tensor
from tinykd.compiled.lowering import Constants, Lowering
from tinykd.compiled.plan import Plan
from tinykd.export.identifiers import c_float

TEMPLATES = Path(__file__).parent / "templates"
POINTERS = {"INT8": "int8_t", "UINT8": "uint8_t"}


@dataclass(frozen=True)
class Program:
    """All that the templates need."""

    graph: Graph
    lowering: Lowering
    constants: Constants
    plan: Plan
    name: str
    digest: str
    source: Tensor
    target: Tensor


def render(program: Program) -> dict[str, str]:
    """Return the text of `NAME.h` and `NAME.c` by file name."""
    steps = [
        {
            "name": step.node.name,
            "position": step.node.position,
            "lines": _lines(program, number),
        }
        for number, step in enumerate(program.lowering.steps)
    ]
    used = [kernel for step in program.lowering.steps for kernel in step.kernels]
    plan = program.plan
    values: Mapping[str, object] = {
        "name": program.name,
        "NAME": program.name.upper(),
        "digest": program.digest,
        "input": _end(program, program.source),
        "output": _end(program, program.target),
        "arena_bytes": plan.arena_bytes,
        "bound_bytes": plan.bound_bytes,
        "const_bytes": program.constants.bytes,
        "constants": program.constants.declarations,
        "kernels": kernels.sources(["target", *used]),
        "wide": program.lowering.wide,
        "steps": steps,
    }
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return {
        f"{program.name}.{kind}": environment.get_template(f"model.{kind}.jinja").render(values)
        for kind in ("h", "c")
    }


def _lines(program: Program, number: int) -> list[str]:
    """Return the C statements of one step."""
    step, plan = program.lowering.steps[number], program.plan

    def address(tensor: Tensor) -> str:
        root = program.lowering.root(tensor)
        if root.data is not None:
            return program.constants.add("operand", root.data)
        if root is program.source:
            return "in"
        if root is program.lowering.root(program.target):
            return "out"
        return _arena(program.name, plan.tensors[root])

    scratch = _arena(program.name, plan.scratch[number]) if number in plan.scratch else "0"
    return step.emit(address, scratch)


def _arena(name: str, offset: int) -> str:
    return f"{name}_arena + {offset}" if offset else f"{name}_arena"


def _end(program: Program, tensor: Tensor) -> dict[str, object]:
    where = program.graph.where
    return {
        "bytes": tensor.count,
        "shape": list(tensor.shape),
        "elements": math.prod(tensor.shape),
        "type": POINTERS[tensor.type],
        "scale": c_float(checks.scale(tensor), where=where),
        "zero_point": checks.zero_point(tensor),
    }
