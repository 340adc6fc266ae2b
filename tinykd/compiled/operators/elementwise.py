"""ADD, SUB and MUL, with broadcasting."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import NamedTuple

import numpy as np

from tinykd.compiled import checks
from tinykd.compiled.graph import Node, Tensor
from tinykd.compiled.lowering import Address, Lowering, nested, offset


class Loops(NamedTuple):
    """How two operands are walked: the loops outside, then one run with a step of 0 or 1 for each.

    `sizes` and the strides have one entry a loop; the last loop is the run.
    """

    sizes: list[int]
    a: list[int]
    b: list[int]


def add(node: Node, lowering: Lowering) -> None:
    """Add: a + b."""
    _sum(node, lowering, node.option("AddOptions").fusedActivationFunction, narrow=False)


def sub(node: Node, lowering: Lowering) -> None:
    """Subtract: a - b."""
    _sum(node, lowering, node.option("SubOptions").fusedActivationFunction, narrow=True)


def mul(node: Node, lowering: Lowering) -> None:
    """Multiply: a * b."""
    a, b, target = _operands(node)
    low, high = checks.output_range(node, node.option("MulOptions").fusedActivationFunction, target)
    factor = checks.multiplier(node, checks.scale(a) * checks.scale(b) / checks.scale(target))
    points = tuple(checks.zero_point(tensor) for tensor in (a, b, target))
    _walk(node, lowering, "mul", lambda: [*points, *factor, low, high])


def _sum(node: Node, lowering: Lowering, fused: int, *, narrow: bool) -> None:
    """Append a sum, or, where `narrow`, a difference, whose multipliers TFLite Micro makes in float32."""
    a, b, target = _operands(node)
    low, high = checks.output_range(node, fused, target)
    real = np.float32 if narrow else np.float64
    a_scale, b_scale, out_scale = (real(tensor.scales[0]) for tensor in (a, b, target))
    twice = real(2) * max(a_scale, b_scale)
    a_factor = checks.multiplier(node, float(a_scale / twice), below_one=True)
    b_factor = checks.multiplier(node, float(b_scale / twice), below_one=True)
    out_factor = checks.multiplier(node, float(twice / (real(1 << 20) * out_scale)), below_one=True)
    sign = -1 if narrow else 1
    row = [
        *(checks.zero_point(a), *a_factor),
        *(checks.zero_point(b), sign * b_factor[0], b_factor[1]),
        *(checks.zero_point(target), *out_factor),
        *(low, high),
    ]
    name = lowering.constants.struct("add", "tkd_add", [row])
    _walk(node, lowering, "add", lambda: [name])


def _operands(node: Node) -> tuple[Tensor, Tensor, Tensor]:
    checks.operands(node, 2)
    a, b = (checks.activation(node, checks.required(node, index)) for index in (0, 1))
    target = checks.activation(node, node.outputs[0])
    try:
        expected = np.broadcast_shapes(a.shape, b.shape)
    except ValueError:
        what = f"has inputs of shape {list(a.shape)} and {list(b.shape)}"
        raise node.error(what, "use shapes that broadcast") from None
    checks.shaped(node, target, expected)
    return a, b, target


def _walk(node: Node, lowering: Lowering, kernel: str, tail: Callable[[], list[object]]) -> None:
    """Append loops around a kernel (a, b, out, count, a_step, b_step, the numbers of `tail`)."""
    a, b, target = _operands(node)
    loops = broadcast_loops(a.shape, b.shape)

    def emit(address: Address, scratch: str) -> list[str]:
        strides = [prod(loops.sizes[number + 1 :]) for number in range(len(loops.sizes))]

        def statement(indices: list[str]) -> list[str]:
            arguments = [
                offset(address(a), *zip(indices, loops.a[:-1], strict=True)),
                offset(address(b), *zip(indices, loops.b[:-1], strict=True)),
                offset(address(target), *zip(indices, strides[:-1], strict=True)),
                *(loops.sizes[-1], loops.a[-1], loops.b[-1], *tail()),
            ]
            return [f"tkd_{kernel}_s8({', '.join(map(str, arguments))});"]

        return nested(loops.sizes[:-1], statement)

    in_place = [tensor for tensor in (a, b) if tensor.shape == target.shape]
    lowering.step(node, [a, b], [target], emit, in_place=in_place)


def broadcast_loops(a: tuple[int, ...], b: tuple[int, ...]) -> Loops:
    """Return the fewest loops that walk two shapes against each other; axes walked alike become one."""
    rank = max(len(a), len(b), 1)
    shapes = [(1,) * (rank - len(shape)) + shape for shape in (a, b)]
    merged: list[tuple[int, bool, bool]] = []  # size, whether each operand moves
    for sizes in zip(*shapes, strict=True):
        size, moves = max(sizes), (sizes[0] > 1, sizes[1] > 1)
        if size == 1:
            continue
        if merged and merged[-1][1:] == moves:
            merged[-1] = (merged[-1][0] * size, *moves)
        else:
            merged.append((size, *moves))
    merged = merged or [(1, True, True)]
    strides: list[list[int]] = [[], []]
    for operand in (0, 1):
        stride = 1
        for axis in reversed(merged):
            strides[operand].insert(0, stride if axis[1 + operand] else 0)
            stride *= axis[0] if axis[1 + operand] else 1
    return Loops([size for size, *_ in merged], strides[0], strides[1])
