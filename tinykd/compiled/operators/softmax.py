"""SOFTMAX."""

from __future__ import annotations

import math

from tinykd.compiled import checks
from tinykd.compiled import fixed_point as fp
from tinykd.compiled.graph import Node
from tinykd.compiled.lowering import Address, Lowering, call, nested, offset

INTEGER_BITS = 5  # of a scaled difference
MAX_CLASSES = 4095  # the sum of exponentials has 12 integer bits


def softmax(node: Node, lowering: Lowering) -> None:
    """exp(beta * x) over its sum along the last axis, to scale 1/256 and zero point -128."""
    checks.operands(node, 1)
    source = checks.activation(node, checks.required(node, 0))
    target = checks.activation(node, node.outputs[0])
    checks.shaped(node, target, source.shape)
    if checks.scale(target) != 1 / 256 or checks.zero_point(target) != -128:
        what = f"gives scale {checks.scale(target):.6g}, zero point {checks.zero_point(target)}"
        raise node.error(what, "use 1/256 and -128")
    beta = float(node.option("SoftmaxOptions").beta)
    classes = source.shape[-1] if source.shape else 1
    if classes > MAX_CLASSES:
        raise node.error(f"has {classes} classes", f"use at most {MAX_CLASSES}")
    real = min(beta * checks.scale(source) * (1 << (31 - INTEGER_BITS)), 2.0**31 - 1)
    if not math.isfinite(real) or real <= 1:
        raise node.error(f"has beta {beta:.6g} on scale {checks.scale(source):.6g}", "use larger ones")
    multiplier, shift = fp.quantize_multiplier(real)
    least = -fp.input_radius(INTEGER_BITS, shift, 31)
    rows = source.count // classes

    def emit(address: Address, scratch: str) -> list[str]:
        return nested(
            [rows],
            lambda i: [
                call(
                    "tkd_softmax_s8",
                    *(offset(address(tensor), (i[0], classes)) for tensor in (source, target)),
                    *(classes, multiplier, shift, max(least, -256)),
                )
            ],
        )

    lowering.step(node, [source], [target], emit, in_place=[source])
