"""From an int8 .tflite file to C: the one function that the command and a run call."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tinykd import storage
from tinykd.compiled.constants import Constants
from tinykd.compiled.emit import Program, render
from tinykd.compiled.graph import Graph, read_graph
from tinykd.compiled.lower import lower_graph
from tinykd.compiled.lowering import Lowering, copied
from tinykd.compiled.plan import choose
from tinykd.compiled.variables import read_in_place
from tinykd.export.identifiers import c_identifier
from tinykd.flatbuffer import ELEMENT_BITS, read_model


@dataclass(frozen=True)
class Compiled:
    """A model as C.

    `files` holds the texts by name. `arena_bytes` is the static memory for activations and scratch,
    `bound_bytes` the most that whole activations between two operators take at one time, `const_bytes` the
    arrays of the model.
    """

    name: str
    files: dict[str, str]
    arena_bytes: int
    state_bytes: int
    bound_bytes: int
    const_bytes: int
    operators: tuple[str, ...]


def compile_model(data: bytes, *, name: str, where: str = "model") -> Compiled:
    """Compile an int8 model; the same bytes and name give the same texts.

    Args:
      data: a .tflite file with one input and one output.
      name: becomes the prefix of files, functions and macros.
      where: what to call the model in errors.

    Raises:
      ModelError: the file is damaged, or has an operator, a type or a shape that this compiler does not take.
    """
    prefix = c_identifier(name)
    graph = read_graph(read_model(data, where=where), where=where)
    constants = Constants(prefix)
    lowering = lower_graph(graph, constants)
    source, target = graph.main.inputs[0], graph.main.outputs[0]
    read_in_place(lowering, target)
    _end_in_output(graph, lowering)
    states = {state.tensor for state in lowering.states.values()}
    elsewhere = {source, lowering.root(target), *states}
    lowering.steps, plan = choose(lowering.steps, elsewhere)
    state_bytes = sum(tensor.count * ELEMENT_BITS[tensor.type] // 8 for tensor in states)
    digest = hashlib.sha256(data).hexdigest()
    program = Program(graph, lowering, constants, plan, prefix, digest, source, target, state_bytes)
    return Compiled(
        name=prefix,
        files=render(program),
        arena_bytes=plan.arena_bytes,
        state_bytes=state_bytes,
        bound_bytes=plan.bound_bytes,
        const_bytes=constants.bytes,
        operators=tuple(step.node.name for step in lowering.steps),
    )


def _end_in_output(graph: Graph, lowering: Lowering) -> None:
    """Append a copy where the output is only a name for other bytes: input, state, constant or a part."""
    target = graph.main.outputs[0]
    root, start = lowering.locate(target)
    states = [state.tensor for state in lowering.states.values()]
    if (
        root in (graph.main.inputs[0], *states)
        or root.data is not None
        or (start, root.count) != (0, target.count)
    ):
        del lowering.parts[target]
        copied(lowering, graph.main.nodes[-1], (root, start), target)


def write(compiled: Compiled, out_dir: Path) -> list[Path]:
    """Write the files into `out_dir`, which may hold others; each appears whole or not at all."""
    for file, text in compiled.files.items():
        storage.write_bytes(out_dir / file, text.encode("ascii"))
    return [out_dir / file for file in compiled.files]
