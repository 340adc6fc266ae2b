"""AVERAGE_POOL_2D and MAX_POOL_2D."""

from __future__ import annotations

from tinykd.compiled import checks
from tinykd.compiled.graph import Node
from tinykd.compiled.lowering import Address, Lowering, call, nested, offset
from tinykd.compiled.operators.windows import slide


def average_pool_2d(node: Node, lowering: Lowering) -> None:
    """Take the mean of each window, padding left out."""
    _pool(node, lowering, "average_pool")


def max_pool_2d(node: Node, lowering: Lowering) -> None:
    """Take the largest value of each window."""
    _pool(node, lowering, "max_pool")


def _pool(node: Node, lowering: Lowering, kernel: str) -> None:
    checks.operands(node, 1)
    options = node.option("Pool2DOptions")
    source = checks.activation(node, checks.required(node, 0))
    target = checks.activation(node, node.outputs[0])
    if len(source.shape) != 4:
        raise node.error(
            f"has an input of shape {list(source.shape)}", "use [batch, height, width, channels]"
        )
    same_scale = abs(source.scales[0] - target.scales[0]) <= 1e-6
    if not same_scale or checks.zero_point(source) != checks.zero_point(target):
        checks.same_quantisation(node, source, target)
    batch, height, width, channels = source.shape
    y = slide(node, int(options.padding), height, int(options.filterHeight), int(options.strideH))
    x = slide(node, int(options.padding), width, int(options.filterWidth), int(options.strideW))
    checks.shaped(node, target, (batch, y.out, x.out, channels))
    low, high = checks.output_range(node, options.fusedActivationFunction, target)

    def emit(address: Address, scratch: str) -> list[str]:
        return nested(
            [batch],
            lambda i: [
                call(
                    f"tkd_{kernel}_s8",
                    offset(address(source), (i[0], source.count // batch)),
                    offset(address(target), (i[0], target.count // batch)),
                    *(y.size, x.size, channels, y.out, x.out, y.window, x.window),
                    *(y.stride, x.stride, y.pad, x.pad, low, high),
                )
            ],
        )

    apart = batch == 1 and all(axis.stride >= axis.window and axis.pad == 0 for axis in (y, x))
    lowering.step(node, [source], [target], emit, in_place=[source] if apart else [])
