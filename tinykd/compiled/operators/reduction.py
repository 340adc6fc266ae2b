"""MEAN and SUM over any axes."""

from __future__ import annotations

import math

from tinykd.compiled import checks
from tinykd.compiled.graph import Node
from tinykd.compiled.lowering import Address, Lowering, call, nested, offset


def mean(node: Node, lowering: Lowering) -> None:
    """Take the mean over the axes of input 1."""
    _reduce(node, lowering, divide=True)


def sum_(node: Node, lowering: Lowering) -> None:
    """Take the sum over the axes of input 1."""
    _reduce(node, lowering, divide=False)


def _reduce(node: Node, lowering: Lowering, *, divide: bool) -> None:
    checks.operands(node, 2)
    keeps = bool(node.option("ReducerOptions").keepDims)
    source = checks.activation(node, checks.required(node, 0))
    target = checks.activation(node, node.outputs[0])
    rank = len(source.shape)
    given = checks.integers(node, 1)
    if any(not -rank <= axis < rank for axis in given):
        raise node.error(f"reduces axes {given} of shape {list(source.shape)}", f"use {-rank}..{rank - 1}")
    axes = {axis % rank for axis in given}
    expected = [
        1 if axis in axes else size for axis, size in enumerate(source.shape) if keeps or axis not in axes
    ]
    checks.shaped(node, target, expected)
    total = math.prod(source.shape[axis] for axis in axes)
    multiplier, shift = checks.multiplier(node, checks.scale(source) / checks.scale(target))
    if divide:  # the mean's division goes into the multiplier
        bits = min(total.bit_length() - 1, 32, 31 + shift)
        multiplier, shift = (multiplier << bits) // total, shift - bits
    kept, reduced = _runs(source.shape, axes)
    if len(reduced) > 2:
        raise node.error(f"reduces {len(reduced)} separate runs of axes", "reduce at most two")
    (outer, outer_step), (inner, inner_step) = [(1, 0)] * (2 - len(reduced)) + reduced
    *loops, (count, step) = kept or [(1, 0)]
    sizes = [size for size, _ in loops]
    strides = [count * math.prod(sizes[number + 1 :]) for number in range(len(sizes))]

    def emit(address: Address, scratch: str) -> list[str]:
        return nested(
            sizes,
            lambda i: [
                call(
                    "tkd_reduce_s8",
                    offset(address(source), *zip(i, (stride for _, stride in loops), strict=True)),
                    offset(address(target), *zip(i, strides, strict=True)),
                    *(count, step, outer, outer_step, inner, inner_step),
                    *(-checks.zero_point(source) * total, multiplier, shift, checks.zero_point(target)),
                )
            ],
        )

    lowering.step(node, [source], [target], emit)


def _runs(shape: tuple[int, ...], axes: set[int]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return (size, stride) of the runs of neighbouring axes that are kept, and of those reduced."""
    runs: list[tuple[bool, int, int]] = []  # reduced, size, stride
    stride = 1
    for axis in reversed(range(len(shape))):
        if shape[axis] > 1:
            reduced = axis in axes
            if runs and runs[0][0] == reduced:
                runs[0] = (reduced, runs[0][1] * shape[axis], runs[0][2])
            else:
                runs.insert(0, (reduced, shape[axis], stride))
        stride *= shape[axis]
    kept = [(size, step) for reduced, size, step in runs if not reduced]
    return kept, [(size, step) for reduced, size, step in runs if reduced]
