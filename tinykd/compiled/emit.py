"""The C files of a compiled model."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2

from tinykd.compiled import checks, kernels
from tinykd.compiled.constants import Constants
from tinykd.compiled.graph import Graph, Tensor
from tinykd.compiled.lowering import Lowering, call
from tinykd.compiled.plan import Plan
from tinykd.export.identifiers import c_float

TEMPLATES = Path(__file__).parent / "templates"
STATE_TYPES = {"INT8": "int8_t", "INT16": "int16_t"}
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
    state_bytes: int


def render(program: Program) -> dict[str, str]:
    """Return the text of `NAME.h` and `NAME.c` by file name."""
    bodies = [_lines(program, number) for number in range(len(program.lowering.steps))]
    steps = [
        {"name": step.node.name, "position": step.node.position, "once": step.once, "lines": lines}
        for step, lines in zip(program.lowering.steps, bodies, strict=True)
    ]
    states = [
        {"type": STATE_TYPES[state.tensor.type], "count": state.tensor.count, "fill": state.fill}
        for state in program.lowering.states.values()
    ]
    calls = [line for lines in bodies for line in lines] + program.constants.declarations
    calls += [call("tkd_fill")] if states else []
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
        "kernels": kernels.sources(calls),
        "wide": program.lowering.wide,
        "states": states,
        "state_bytes": program.state_bytes,
        "onces": sorted({step.once for step in program.lowering.steps if step.once is not None}),
        "steps": steps,
        "reads_input": any(re.search(r"\bin\b", line) for lines in bodies for line in lines),
    }
    return {
        f"{program.name}.{kind}": _templates().get_template(f"model.{kind}.jinja").render(values)
        for kind in ("h", "c")
    }


@functools.cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _lines(program: Program, number: int) -> list[str]:
    """Return the C statements of one step."""
    step, plan = program.lowering.steps[number], program.plan
    states = [state.tensor for state in program.lowering.states.values()]

    def address(tensor: Tensor) -> str:
        root, start = program.lowering.locate(tensor)
        if root in plan.tensors:
            return _plus(f"{program.name}_arena", plan.tensors[root] + start)
        if root.data is not None:
            base = program.constants.add("operand", root.data)
        elif root in states:
            base = f"{program.name}_state_{states.index(root)}"
        else:
            base = "in" if root is program.source else "out"
        return _plus(base, start)

    scratch = _plus(f"{program.name}_arena", plan.scratch[number]) if number in plan.scratch else "0"
    return step.emit(address, scratch)


def _plus(base: str, offset: int) -> str:
    return f"{base} + {offset}" if offset else base


def _end(program: Program, tensor: Tensor) -> dict[str, object]:
    where = program.graph.where
    return {
        "bytes": tensor.count,
        "shape": list(tensor.shape),
        "type": POINTERS[tensor.type],
        "scale": c_float(checks.scale(tensor), where=where),
        "zero_point": checks.zero_point(tensor),
    }
