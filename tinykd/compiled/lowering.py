"""What a graph becomes before it has addresses: steps of C over tensors, constants, scratch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tinykd.compiled.constants import Constants
from tinykd.compiled.graph import Graph, Node, Tensor

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
