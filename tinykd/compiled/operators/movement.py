"""Operators that move values and change none: reshapes, PAD and what goes by strides."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from tinykd.compiled import checks
from tinykd.compiled.graph import Node, Tensor
from tinykd.compiled.lowering import Address, Lowering, Padded, call, nested, offset

CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")


def reshape(node: Node, lowering: Lowering) -> None:
    """Give the same bytes another shape."""
    if not 1 <= len(node.inputs) <= 2 or len(node.outputs) != 1:
        raise node.error(f"has {len(node.inputs)} inputs", checks.WHOLE)
    source, target = checks.required(node, 0), node.outputs[0]
    moved(node, source, target)
    if source.count != target.count:
        raise node.error(f"makes {list(target.shape)} of {list(source.shape)}", "keep the number of elements")
    lowering.alias(target, source)


def pad(node: Node, lowering: Lowering) -> None:
    """Values around the input: the output's zero point, or input 2."""
    checks.operands(node, (2, 3))
    source, target = checks.required(node, 0), node.outputs[0]
    moved(node, source, target)
    amounts = checks.integers(node, 1)
    rank = len(source.shape)
    if len(amounts) != 2 * rank or min(amounts, default=0) < 0:
        raise node.error(f"has paddings {amounts} for {rank} axes", "use two numbers of 0 or more an axis")
    before, after = amounts[::2], amounts[1::2]
    expected = [sum(sizes) for sizes in zip(before, source.shape, after, strict=True)]
    checks.shaped(node, target, expected)
    value = checks.zero_point(target)
    if len(node.inputs) == 3 and node.inputs[2] is not None:
        given = checks.constant(node, 2, ("INT8",))
        checks.same_quantisation(node, target, checks.activation(node, given))
        if given.count != 1 or given.data is None:
            raise node.error(f"pads with {given.count} values", "pad with one")
        value = int(given.data.reshape(-1)[0])
    if _into_windows(node, lowering, before, after, value):
        lowering.padded[target] = Padded(source, before[1], before[2])
        return
    strides = strides_of(target.shape)
    start = sum(amount * stride for amount, stride in zip(before, strides, strict=True))

    def emit(address: Address, scratch: str) -> list[str]:
        out = address(target)
        at = f"{out} + {start}" if start else out
        copies = copy(address(source), at, source.shape, strides_of(source.shape), strides)
        return [call("tkd_fill", out, value, target.count), *copies]

    lowering.step(node, [source], [target], emit)


def _into_windows(
    node: Node, lowering: Lowering, before: Sequence[int], after: Sequence[int], value: int
) -> bool:
    """Return whether only convolutions read the padded image, whose own padding does the same."""
    target = node.outputs[0]
    users = lowering.users.get(target, [])
    return (
        len(before) == 4
        and before[0] == after[0] == before[3] == after[3] == 0
        and value == checks.zero_point(target)
        and target not in lowering.outputs
        and all(user.name in CONVOLUTIONS and user.inputs[0] is target for user in users)
        and checks.required(node, 0) not in lowering.padded
    )


def moved(node: Node, source: Tensor, target: Tensor) -> None:
    """Raise ModelError unless values may go from `source` to `target` as they are."""
    for tensor in (source, target):
        if tensor.type != "INT8":
            raise node.error(f"has {tensor.label} of type {tensor.type}", "use INT8")
        checks.activation(node, tensor)


def copy(
    source: str,
    target: str,
    shape: Sequence[int],
    source_strides: Sequence[int],
    target_strides: Sequence[int],
) -> list[str]:
    """Return C that copies an array of `shape` between two addresses by strides, in the fewest loops."""
    axes = [axis for axis in zip(shape, source_strides, target_strides, strict=True) if axis[0] != 1] or [
        (1, 1, 1)
    ]
    merged = [axes[0]]
    for size, from_stride, to_stride in axes[1:]:
        outer_size, outer_from, outer_to = merged[-1]
        if outer_from == size * from_stride and outer_to == size * to_stride:
            merged[-1] = (outer_size * size, from_stride, to_stride)
        else:
            merged.append((size, from_stride, to_stride))
    contiguous = merged[-1][1:] == (1, 1)
    loops = merged[:-1] if contiguous else merged
    count = merged[-1][0] if contiguous else 1

    def statement(indices: list[str]) -> list[str]:
        at = offset(target, *zip(indices, (axis[2] for axis in loops), strict=True))
        start = offset(source, *zip(indices, (axis[1] for axis in loops), strict=True))
        return [call("tkd_copy", at, start, count)] if contiguous else [f"*({at}) = *({start});"]

    return nested([size for size, _, _ in loops], statement)


def strides_of(shape: Sequence[int]) -> list[int]:
    """Return how many elements apart neighbours on each axis stand in an array of `shape`."""
    return [prod(shape[axis + 1 :]) for axis in range(len(shape))]
