"""Operators that take parts of tensors, put tensors together, or change the order of axes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from tinykd.compiled import checks
from tinykd.compiled.graph import Node, Tensor
from tinykd.compiled.lowering import Address, Lowering
from tinykd.compiled.operators.movement import copy, moved, strides_of


def strided_slice(node: Node, lowering: Lowering) -> None:
    """Take input[begin:end:stride] on every axis."""
    checks.operands(node, 4)
    options = node.option("StridedSliceOptions")
    source, target = checks.required(node, 0), node.outputs[0]
    moved(node, source, target)
    rank = len(source.shape)
    begin, end, steps = (checks.integers(node, index) for index in (1, 2, 3))
    if not len(begin) == len(end) == len(steps) == rank:
        raise node.error(f"slices {len(begin)} of {rank} axes", "give begin, end and stride of every axis")
    if options.ellipsisMask or options.newAxisMask or options.offset:
        raise node.error("uses an ellipsis, a new axis or an offset", "use begin, end and shrink masks")
    starts, sizes, shape = [], [], []
    for axis, size in enumerate(source.shape):
        bit = 1 << axis
        if steps[axis] == 0 or (options.shrinkAxisMask & bit and not -size <= begin[axis] < size):
            raise node.error(
                f"slices axis {axis} from {begin[axis]} by {steps[axis]}", "stay inside the axis"
            )
        low = None if options.beginMask & bit else begin[axis]
        high = None if options.endMask & bit else end[axis]
        walk = range(*slice(low, high, steps[axis]).indices(size))
        if options.shrinkAxisMask & bit:  # one value, whatever the end
            walk = range(walk.start, walk.start + 1)
        else:
            shape.append(len(walk))
        starts.append(walk.start)
        sizes.append(len(walk))
    checks.shaped(node, target, shape)
    _take(node, lowering, source, target, starts, sizes, steps)


def slice_(node: Node, lowering: Lowering) -> None:
    """Take `size` values from `begin` on, on every axis; size -1 takes all that are left."""
    checks.operands(node, 3)
    source, target = checks.required(node, 0), node.outputs[0]
    moved(node, source, target)
    begin, sizes = checks.integers(node, 1), checks.integers(node, 2)
    if not len(begin) == len(sizes) == len(source.shape):
        raise node.error(
            f"slices {len(begin)} of {len(source.shape)} axes", "give begin and size of every axis"
        )
    pairs = zip(source.shape, begin, sizes, strict=True)
    taken = [whole - start if size == -1 else size for whole, start, size in pairs]
    for axis, (whole, start, size) in enumerate(zip(source.shape, begin, taken, strict=True)):
        if start < 0 or size < 1 or start + size > whole:
            raise node.error(f"takes {size} from {start} of axis {axis}", f"stay inside its {whole} values")
    checks.shaped(node, target, taken)
    _take(node, lowering, source, target, begin, taken, [1] * len(begin))


def split(node: Node, lowering: Lowering) -> None:
    """Cut input 1 into equal parts along the axis in input 0."""
    if len(node.inputs) != 2:
        raise node.error(f"has {len(node.inputs)} inputs", checks.WHOLE)
    _cut(node, lowering, checks.required(node, 1), checks.integers(node, 0), None)


def split_v(node: Node, lowering: Lowering) -> None:
    """Cut input 0 into parts of the sizes in input 1 along the axis in input 2."""
    if len(node.inputs) != 3:
        raise node.error(f"has {len(node.inputs)} inputs", checks.WHOLE)
    _cut(node, lowering, checks.required(node, 0), checks.integers(node, 2), checks.integers(node, 1))


def concatenation(node: Node, lowering: Lowering) -> None:
    """Put the inputs one after the other along an axis."""
    options = node.option("ConcatenationOptions")
    if options.fusedActivationFunction != 0:
        raise node.error("has a fused activation", "use none")
    target = node.outputs[0] if len(node.outputs) == 1 else None
    if target is None or not node.inputs:
        raise node.error(f"has {len(node.inputs)} inputs and {len(node.outputs)} outputs", checks.WHOLE)
    sources = [checks.required(node, index) for index in range(len(node.inputs))]
    axis = _axis(node, int(options.axis), len(target.shape))
    for source in sources:
        moved(node, source, target)
        expected = [*target.shape[:axis], *source.shape[axis : axis + 1], *target.shape[axis + 1 :]]
        checks.shaped(node, source, expected)
    checks.same_quantisation(node, target, *sources)
    total = sum(source.shape[axis] for source in sources)
    if total != target.shape[axis]:
        raise node.error(f"makes {total} of axis {axis}", f"its output has {target.shape[axis]}")
    _join(node, lowering, sources, target, axis)


def pack(node: Node, lowering: Lowering) -> None:
    """Stack the inputs along a new axis."""
    options = node.option("PackOptions")
    target = node.outputs[0] if len(node.outputs) == 1 else None
    if target is None or not node.inputs:
        raise node.error(f"has {len(node.inputs)} inputs and {len(node.outputs)} outputs", checks.WHOLE)
    sources = [checks.required(node, index) for index in range(len(node.inputs))]
    axis = _axis(node, int(options.axis), len(target.shape))
    for source in sources:
        moved(node, source, target)
        checks.shaped(node, target, [*source.shape[:axis], len(sources), *source.shape[axis:]])
    _join(node, lowering, sources, target, axis)


def unpack(node: Node, lowering: Lowering) -> None:
    """Take the input apart along an axis, which goes."""
    if len(node.inputs) != 1:
        raise node.error(f"has {len(node.inputs)} inputs", checks.WHOLE)
    source = checks.required(node, 0)
    axis = _axis(node, int(node.option("UnpackOptions").axis), len(source.shape))
    if len(node.outputs) != source.shape[axis]:
        raise node.error(f"makes {len(node.outputs)} parts of {source.shape[axis]}", "make one a value")
    for number, target in enumerate(node.outputs):
        moved(node, source, target)
        checks.shaped(node, target, [*source.shape[:axis], *source.shape[axis + 1 :]])
        starts = [number if other == axis else 0 for other in range(len(source.shape))]
        sizes = [1 if other == axis else size for other, size in enumerate(source.shape)]
        _take(node, lowering, source, target, starts, sizes, [1] * len(sizes))


def transpose(node: Node, lowering: Lowering) -> None:
    """Reorder the axes: axis i of the output is axis perm[i] of the input."""
    checks.operands(node, 2)
    source, target = checks.required(node, 0), node.outputs[0]
    moved(node, source, target)
    order = checks.integers(node, 1)
    if sorted(order) != list(range(len(source.shape))):
        raise node.error(f"reorders axes {order}", f"name each of 0..{len(source.shape) - 1} once")
    checks.shaped(node, target, [source.shape[axis] for axis in order])
    steps = strides_of(source.shape)
    moving = [axis for axis in order if source.shape[axis] > 1]
    if moving == sorted(moving):
        lowering.alias(target, source)
        return

    def emit(address: Address, scratch: str) -> list[str]:
        from_strides = [steps[axis] for axis in order]
        return copy(address(source), address(target), target.shape, from_strides, strides_of(target.shape))

    lowering.step(node, [source], [target], emit)


def _axis(node: Node, axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        raise node.error(f"has axis {axis} of {rank}", f"use {-rank}..{rank - 1}")
    return axis % rank


def _cut(
    node: Node, lowering: Lowering, source: Tensor, axes: Sequence[int], sizes: Sequence[int] | None
) -> None:
    if len(axes) != 1 or not node.outputs:
        raise node.error(f"has {len(axes)} axes and {len(node.outputs)} outputs", checks.WHOLE)
    axis = _axis(node, axes[0], len(source.shape))
    whole, parts = source.shape[axis], len(node.outputs)
    if sizes is None:
        sizes = [whole // parts] * parts
    elif list(sizes).count(-1) == 1:
        sizes = [whole - sum(sizes) - 1 if size == -1 else size for size in sizes]
    if len(sizes) != parts or min(sizes) < 1 or sum(sizes) != whole:
        raise node.error(f"cuts {whole} values into {list(sizes)}", "cut without a rest")
    start = 0
    for target, size in zip(node.outputs, sizes, strict=True):
        moved(node, source, target)
        taken = [size if other == axis else count for other, count in enumerate(source.shape)]
        checks.shaped(node, target, taken)
        starts = [start if other == axis else 0 for other in range(len(taken))]
        _take(node, lowering, source, target, starts, taken, [1] * len(taken))
        start += size


def _take(
    node: Node,
    lowering: Lowering,
    source: Tensor,
    target: Tensor,
    starts: Sequence[int],
    sizes: Sequence[int],
    steps: Sequence[int],
) -> None:
    """Make `target` of some values of `source`: a part of its bytes where they lie together, else a copy."""
    strides = strides_of(source.shape)
    first = sum(start * stride for start, stride in zip(starts, strides, strict=True))
    walked = [step * stride for step, stride in zip(steps, strides, strict=True)]
    dense = strides_of(sizes)
    together = all(size == 1 or a == b for size, a, b in zip(sizes, walked, dense, strict=True))
    if together:
        lowering.alias(target, source, first)
        return

    def emit(address: Address, scratch: str) -> list[str]:
        at = address(source)
        return copy(f"{at} + {first}" if first else at, address(target), sizes, walked, dense)

    lowering.step(node, [source], [target], emit)


def _join(node: Node, lowering: Lowering, sources: Sequence[Tensor], target: Tensor, axis: int) -> None:
    """Append copies of `sources` side by side; each is a run of bytes for every index before `axis`."""
    rows = prod(target.shape[:axis])
    row = target.count // rows
    counts = [source.count for source in sources]
    if any(count % rows for count in counts) or sum(counts) != target.count:
        raise node.error("has inputs that do not fill its output", checks.WHOLE)

    def emit(address: Address, scratch: str) -> list[str]:
        lines, start = [], 0
        for source in sources:
            run = source.count // rows
            at = f"{address(target)} + {start}" if start else address(target)
            lines += copy(address(source), at, [rows, run], [run, 1], [row, 1])
            start += run
        return lines

    lowering.step(node, sources, [target], emit)
