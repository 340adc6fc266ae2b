"""What a graph becomes before it has addresses: steps of C over tensors, constants, scratch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from tinykd.compiled.graph import Graph, Node, Tensor

C_TYPES = {"int8": "int8_t", "int16": "int16_t", "uint16": "uint16_t", "int32": "int32_t"}
Address = Callable[[Tensor], str]


@dataclass(frozen=True)
class Step:
    """C that runs once an inference.

    Args:
      node: the operator it comes from.
      reads, writes: the tensors it touches; constants may be among those it reads.
      emit: the C statements, given each tensor's address and the address of the scratch.
      scratch: bytes that it uses only while it runs.
      in_place: the tensors read that the tensor written may stand on, at the same address.
      once: the number of the CALL_ONCE it belongs to; None outside.
      frugal: the same in place, for more code and time; None where there is no such way.
    """

    node: Node
    reads: tuple[Tensor, ...]
    writes: tuple[Tensor, ...]
    emit: Callable[[Address, str], list[str]]
    scratch: int = 0
    in_place: tuple[Tensor, ...] = ()
    once: int | None = None
    frugal: Step | None = None


@dataclass
class Constants:
    """Arrays of the model in the C file; equal ones stand once."""

    prefix: str
    declarations: list[str] = field(default_factory=list)
    known: dict[tuple[str, str], str] = field(default_factory=dict)
    bytes: int = 0

    def add(self, kind: str, values: npt.NDArray[np.generic]) -> str:
        """Return the C name, made from `kind`, of an array of the integers `values`."""
        flat = np.asarray(values).reshape(-1)
        return self.text(kind, C_TYPES[flat.dtype.name], f"[{flat.size}]", _rows(flat.tolist()), flat.nbytes)

    def variants(self, kind: str, arrays: dict[str, npt.NDArray[np.int8]]) -> str:
        """Return the name of an array whose bytes depend on the target.

        Args:
          kind: what it is called after.
          arrays: by target: `portable`, and `dsp` and `mve` where those differ.
        """
        portable = arrays["portable"].reshape(-1)
        others = {
            target: array.reshape(-1)
            for target, array in arrays.items()
            if target != "portable" and not np.array_equal(array.reshape(-1), portable)
        }
        if not others:
            return self.add(kind, portable)
        lines = []
        for word, target in (("#if", "mve"), ("#elif" if "mve" in others else "#if", "dsp")):
            if target in others:
                lines += [f"{word} TKD_{target.upper()}", _rows(others[target].tolist())]
        body = "\n".join([*lines, "#else", _rows(portable.tolist()), "#endif"])
        return self.text(kind, "int8_t", "[]", body, portable.nbytes)

    def struct(self, kind: str, type_name: str, rows: Sequence[Sequence[int]]) -> str:
        """Return the name of an array of structs of int32, one row of numbers each."""
        body = ",\n".join("  {" + ", ".join(_number(value) for value in row) + "}" for row in rows)
        return self.text(kind, type_name, f"[{len(rows)}]", body, 4 * sum(len(row) for row in rows))

    def text(self, kind: str, type_name: str, size: str, body: str, size_bytes: int) -> str:
        """Return the name of an array given as C; equal arrays of one type share it."""
        key = (type_name + size, body)
        if key not in self.known:
            self.known[key] = f"{self.prefix}_const_{kind}_{len(self.known)}"
            aligned = "" if type_name.startswith("tkd_") else "_Alignas(4) "
            self.declarations.append(
                f"{aligned}static const {type_name} {self.known[key]}{size} = {{\n{body}\n}};"
            )
            self.bytes += size_bytes
        return self.known[key]


def _number(value: int) -> str:
    return "INT32_MIN" if value == -(2**31) else str(value)


def _rows(values: list[int]) -> str:
    rows, row = [], " "
    for value in values:
        word = f" {_number(value)},"
        if len(row) + len(word) > 118:
            rows.append(row)
            row = " "
        row += word
    return "\n".join([*rows, row])


@dataclass(frozen=True)
class Padded:
    """A padded image that is never made: its `image` and the rows above and columns before it."""

    image: Tensor
    top: int
    left: int


@dataclass(eq=False)
class State:
    """Bytes that live from one inference to the next, all `fill` at first."""

    tensor: Tensor
    fill: int


class Lowering:
    """The steps so far, which tensors are parts of others' bytes, and the state between inferences."""

    def __init__(self, constants: Constants, graph: Graph) -> None:
        self.constants = constants
        self.outputs = graph.main.outputs
        nodes = [node for subgraph in graph.subgraphs for node in subgraph.nodes]
        self.convolves = any(node.name == "CONV_2D" for node in nodes)  # its kernels are there anyway
        self.users: dict[Tensor, list[Node]] = {}
        for node in nodes:
            for tensor in node.inputs:
                if tensor is not None:
                    self.users.setdefault(tensor, []).append(node)
        self.padded: dict[Tensor, Padded] = {}
        self.steps: list[Step] = []
        self.parts: dict[Tensor, tuple[Tensor, int]] = {}
        self.states: dict[object, State] = {}
        self.handles: dict[Tensor, object] = {}
        self.copies: list[tuple[Step, Tensor, Tensor]] = []  # of a variable to a tensor
        self.once: int | None = None
        self.wide = False  # some accumulator needs more than 31 bits once shifted left

    def alias(self, tensor: Tensor, source: Tensor, start: int = 0) -> None:
        """Say that `tensor` is the bytes of `source` from `start` on."""
        root, offset = self.locate(source)
        self.parts[tensor] = root, offset + start

    def locate(self, tensor: Tensor) -> tuple[Tensor, int]:
        """Return the tensor that holds the bytes of `tensor`, and where in it they start."""
        return self.parts.get(tensor, (tensor, 0))

    def root(self, tensor: Tensor) -> Tensor:
        """Return the tensor that holds the bytes of `tensor`."""
        return self.locate(tensor)[0]

    def step(
        self,
        node: Node,
        reads: Sequence[Tensor],
        writes: Sequence[Tensor],
        emit: Callable[[Address, str], list[str]],
        *,
        scratch: int = 0,
        in_place: Sequence[Tensor] = (),
        frugal: tuple[Callable[[Address, str], list[str]], int] | None = None,
    ) -> None:
        """Append a step; arguments as in `Step`, `frugal` as the C and scratch of the same in place."""
        made = Step(
            node,
            tuple(self.root(tensor) for tensor in reads),
            tuple(self.root(tensor) for tensor in writes),
            emit,
            scratch,
            tuple(self.root(tensor) for tensor in in_place if self.locate(tensor)[1] == 0),
            self.once,
        )
        if frugal and self.locate(reads[0])[1] == 0:
            in_place_emit, more_scratch = frugal
            other = replace(made, emit=in_place_emit, scratch=more_scratch, in_place=made.reads[:1])
            made = replace(made, frugal=other)
        self.steps.append(made)


def call(function: str, *arguments: object) -> str:
    """Return a C statement that calls `function`."""
    return f"{function}({', '.join(str(argument) for argument in arguments)});"


def offset(address: str, *terms: tuple[str, int]) -> str:
    """Return `address` plus index * stride for each (index, stride); zeros drop out."""
    kept = [(index, stride) for index, stride in terms if stride and index != "0"]
    parts = [index if stride == 1 else f"{index} * {stride}" for index, stride in kept]
    return " + ".join([address, *parts])


def nested(sizes: Sequence[int], statement: Callable[[list[str]], list[str]]) -> list[str]:
    """Return C loops around a statement, one for each size above 1.

    Args:
      sizes: how often each loop runs.
      statement: lines of C, given one index a size: a variable, or "0" where the loop runs once.
    """
    indices = [f"i{number}" if size > 1 else "0" for number, size in enumerate(sizes)]
    lines, depth = [], 0
    for index, size in zip(indices, sizes, strict=True):
        if size > 1:
            lines.append("  " * depth + f"for (int32_t {index} = 0; {index} < {size}; {index}++) {{")
            depth += 1
    lines += ["  " * depth + line for line in statement(indices)]
    return lines + ["  " * level + "}" for level in reversed(range(depth))]


def copied(lowering: Lowering, node: Node, source: tuple[Tensor, int], target: Tensor) -> None:
    """Append a copy to `target` of as many bytes of a tensor, from a start on."""
    tensor, start = source

    def emit(address: Address, scratch: str) -> list[str]:
        at = f"{address(tensor)} + {start}" if start else address(tensor)
        return [call("tkd_copy", address(target), at, target.count)]

    lowering.step(node, [tensor], [target], emit)
