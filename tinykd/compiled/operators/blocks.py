"""SPACE_TO_BATCH_ND, BATCH_TO_SPACE_ND and RESIZE_NEAREST_NEIGHBOR."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tinykd.compiled import checks
from tinykd.compiled.graph import Node, Tensor
from tinykd.compiled.lowering import Address, Lowering, call, nested, offset
from tinykd.compiled.operators.movement import copy, moved, strides_of

FILL = 0  # TFLite Micro never sets the byte it pads with: 0 in a fresh arena, whatever the zero point


def space_to_batch_nd(node: Node, lowering: Lowering) -> None:
    """Pad, then put the values at every offset within a block into a batch of their own."""
    source, target, blocks, (top, bottom), (left, right) = _blocks(node)
    batch, height, width, channels = _four(source)
    expected = [
        batch * blocks[0] * blocks[1],
        *((height + top + bottom) // blocks[0], (width + left + right) // blocks[1], channels),
    ]
    if (height + top + bottom) % blocks[0] or (width + left + right) % blocks[1]:
        raise node.error(f"cuts {height} x {width} into blocks {blocks}", "pad to whole blocks")
    if list(_four(target)) != expected:
        raise node.error(f"has {target.label} of shape {list(target.shape)}", f"use {expected}")
    _regroup(node, lowering, (source, target), blocks, (top, left), spread=False)


def batch_to_space_nd(node: Node, lowering: Lowering) -> None:
    """Put batches back as the values at every offset within a block, then crop."""
    source, target, blocks, (top, bottom), (left, right) = _blocks(node)
    batch, height, width, channels = _four(source)
    expected = [
        batch // (blocks[0] * blocks[1]),
        *(height * blocks[0] - top - bottom, width * blocks[1] - left - right, channels),
    ]
    if batch % (blocks[0] * blocks[1]):
        raise node.error(f"spreads {batch} batches over blocks {blocks}", "use whole blocks")
    if list(_four(target)) != expected:
        raise node.error(f"has {target.label} of shape {list(target.shape)}", f"use {expected}")
    _regroup(node, lowering, (target, source), blocks, (top, left), spread=True)


def resize_nearest_neighbor(node: Node, lowering: Lowering) -> None:
    """Take for every output pixel the nearest input pixel."""
    checks.operands(node, 2)
    options = node.option("ResizeNearestNeighborOptions")
    source, target = checks.required(node, 0), node.outputs[0]
    moved(node, source, target)
    sizes = checks.integers(node, 1)
    if len(source.shape) != 4 or len(sizes) != 2:
        raise node.error(f"resizes shape {list(source.shape)} to {sizes}", "use four axes and two sizes")
    batch, height, width, channels = source.shape
    checks.shaped(node, target, (batch, *sizes, channels))
    corners, centers = bool(options.alignCorners), bool(options.halfPixelCenters)
    rows = nearest(height, sizes[0], align_corners=corners, half_pixel_centers=centers)
    columns = nearest(width, sizes[1], align_corners=corners, half_pixel_centers=centers)
    rows_name = lowering.constants.add("rows", rows)
    columns_name = lowering.constants.add("columns", columns)

    def emit(address: Address, scratch: str) -> list[str]:
        def statement(i: list[str]) -> list[str]:
            pixel = f"({rows_name}[{i[1]}] * {width} + {columns_name}[{i[2]}]) * {channels}"
            start = offset(address(source), (i[0], height * width * channels))
            to = zip(i, strides_of(target.shape)[:3], strict=True)
            return [call("tkd_copy", offset(address(target), *to), f"{start} + {pixel}", channels)]

        return nested([batch, *sizes], statement)

    lowering.step(node, [source], [target], emit)


def nearest(size: int, out: int, *, align_corners: bool, half_pixel_centers: bool) -> npt.NDArray[np.uint16]:
    """Return the input index for each of `out` outputs, as TFLite Micro's float32 arithmetic gives it."""
    stretched = align_corners and out > 1
    scale = np.float32(size - 1 if stretched else size) / np.float32(out - 1 if stretched else out)
    at = (np.arange(out, dtype=np.float32) + np.float32(0.5 if half_pixel_centers else 0)) * scale
    found = np.floor(at.astype(np.float64) + 0.5) if align_corners else np.floor(at)
    return np.clip(found, 0, size - 1).astype(np.uint16)


def _blocks(node: Node) -> tuple[Tensor, Tensor, tuple[int, int], tuple[int, int], tuple[int, int]]:
    """Return input, output, block (height, width) and the amounts (before, after) of both axes."""
    checks.operands(node, 3)
    source, target = checks.required(node, 0), node.outputs[0]
    moved(node, source, target)
    block, amounts = checks.integers(node, 1), checks.integers(node, 2)
    spatial = len(source.shape) - 2
    if spatial not in (1, 2) or len(target.shape) != len(source.shape):
        raise node.error(f"has shapes {list(source.shape)}, {list(target.shape)}", "use three or four axes")
    if len(block) != spatial or len(amounts) != 2 * spatial or min(block) < 1 or min(amounts) < 0:
        raise node.error(f"has blocks {block} and amounts {amounts}", "use one block and two amounts an axis")
    block, amounts = [*block, 1], [*amounts, 0, 0]
    return source, target, (block[0], block[1]), (amounts[0], amounts[1]), (amounts[2], amounts[3])


def _four(tensor: Tensor) -> tuple[int, int, int, int]:
    batch, height, *width, channels = tensor.shape
    return batch, height, width[0] if width else 1, channels


def _regroup(
    node: Node,
    lowering: Lowering,
    images: tuple[Tensor, Tensor],
    blocks: tuple[int, int],
    start: tuple[int, int],
    *,
    spread: bool,
) -> None:
    """Append the copies between an image and its batches, from batches to image where `spread`.

    `images` are the image with its values side by side and that with a batch for every offset in a block;
    row and column 0 of the image stand at `start` in the padded image.
    """
    whole, parts = images
    batch, height, width, channels = _four(whole)
    _, rows, columns, _ = _four(parts)
    strides, part_strides = strides_of(_four(whole)), strides_of(_four(parts))

    def emit(address: Address, scratch: str) -> list[str]:
        target = whole if spread else parts
        lines = [] if spread else [call("tkd_fill", address(target), FILL, target.count)]
        for shift_y in range(blocks[0]):
            for shift_x in range(blocks[1]):
                y0, y1 = _inside(rows, blocks[0], shift_y - start[0], height)
                x0, x1 = _inside(columns, blocks[1], shift_x - start[1], width)
                if y0 >= y1 or x0 >= x1:
                    continue
                part = (shift_y * blocks[1] + shift_x) * batch * part_strides[0]
                part += y0 * part_strides[1] + x0 * part_strides[2]
                at = (y0 * blocks[0] + shift_y - start[0]) * strides[1]
                at += (x0 * blocks[1] + shift_x - start[1]) * strides[2]
                steps = [strides[0], strides[1] * blocks[0], strides[2] * blocks[1], 1]
                ends = (f"{address(parts)} + {part}", part_strides), (f"{address(whole)} + {at}", steps)
                (source, source_steps), (out, out_steps) = ends if spread else ends[::-1]
                lines += copy(source, out, [batch, y1 - y0, x1 - x0, channels], source_steps, out_steps)
        return lines

    source, target = (parts, whole) if spread else (whole, parts)
    lowering.step(node, [source], [target], emit)


def _inside(count: int, block: int, shift: int, size: int) -> tuple[int, int]:
    """Return the range of indices i below `count` with 0 <= i * block + shift < size."""
    return max(0, -(shift // block)), min(count, -((shift - size) // block))
