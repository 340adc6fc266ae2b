"""Functions of one int8 value: a table of 256 bytes made here, or limits alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinykd.compiled import checks
from tinykd.compiled import fixed_point as fp
from tinykd.compiled.graph import Node, Tensor
from tinykd.compiled.lowering import Address, Lowering, call

MAX_ALPHA = 1000


def relu(node: Node, lowering: Lowering) -> None:
    """max(0, x), to the output's scale."""
    source, target = _ends(node)
    zero = checks.zero_point(target)
    if checks.scale(source) == checks.scale(target) and checks.zero_point(source) == zero:
        _limit(node, lowering, zero, 127)
        return
    factor = checks.multiplier(node, _float_ratio(source, target))

    def value(number: int) -> int:
        return max(zero, zero + fp.requantise(number - checks.zero_point(source), *factor))

    _tabulate(node, lowering, value)


def relu6(node: Node, lowering: Lowering) -> None:
    """min(max(0, x), 6) on the input's scale; TFLite Micro does not look at the output's."""
    source, _ = _ends(node)
    six = fp.round_half_away(float(np.float32(6.0) / source.scales[0])) + checks.zero_point(source)
    _limit(node, lowering, checks.zero_point(source), min(127, six))


def leaky_relu(node: Node, lowering: Lowering) -> None:
    """x, or alpha * x below 0."""
    source, target = _ends(node)
    alpha = np.float32(node.option("LeakyReluOptions").alpha)
    if not abs(alpha) <= MAX_ALPHA:
        raise node.error(f"has alpha {alpha}", f"use at most {MAX_ALPHA} in size")
    scaled = float(source.scales[0] * alpha / target.scales[0])
    sign = -1 if scaled < 0 else 1
    below, above = checks.multiplier(node, abs(scaled)), checks.multiplier(node, _float_ratio(source, target))

    def value(number: int) -> int:
        number -= checks.zero_point(source)
        scaled = fp.requantise(number, *above) if number >= 0 else sign * fp.requantise(number, *below)
        return scaled + checks.zero_point(target)

    _tabulate(node, lowering, value)


def hard_swish(node: Node, lowering: Lowering) -> None:
    """X * min(max(x + 3, 0), 6) / 6 in 16-bit fixed point."""
    source, target = _ends(node)
    fine = np.float32(1 / 128) * source.scales[0]
    out_multiplier, out_shift = _short_multiplier(node, float(fine / target.scales[0]))
    gate_multiplier, gate_shift = _short_multiplier(node, float(fine / np.float32(3 / 32768)))
    if not -15 <= out_shift <= 0 or gate_shift < -15:
        what = f"scales {checks.scale(source):.6g} to {checks.scale(target):.6g}"
        raise node.error(what, "use scales nearer to each other")

    def value(number: int) -> int:
        shifted = (number - checks.zero_point(source)) * 128
        scaled = _short_product(shifted, out_multiplier)
        gate = _saturate_short(shifted << max(gate_shift - 1, 0))
        gate = _short_product(gate, gate_multiplier)
        gate = _saturate_short(gate << 1) if gate_shift > 0 else fp.shift_right(gate, -gate_shift)
        gate = (gate + (1 << 15)) >> 1
        product = abs(gate * scaled) >> 15  # towards zero
        signed = product if gate * scaled >= 0 else -product
        return fp.shift_right(signed, -out_shift) + checks.zero_point(target)

    _tabulate(node, lowering, value)


def logistic(node: Node, lowering: Lowering) -> None:
    """1 / (1 + exp(-x)), to scale 1/256 and zero point -128."""
    source, target = _ends(node)
    _require_output(node, target, 1 / 256, -128)
    multiplier, shift = _sigmoid_multiplier(node, source)
    radius = fp.input_radius(4, shift, 31)

    def value(number: int) -> int:
        number -= checks.zero_point(source)
        if abs(number) >= radius:
            return 127 if number > 0 else -128
        return fp.shift_right(fp.logistic(fp.requantise(number, multiplier, shift), 4), 23) - 128

    _tabulate(node, lowering, value)


def tanh(node: Node, lowering: Lowering) -> None:
    """Take the hyperbolic tangent, to scale 1/128 and zero point 0."""
    source, target = _ends(node)
    _require_output(node, target, 1 / 128, 0)
    multiplier, shift = _sigmoid_multiplier(node, source)
    radius = fp.input_radius(4, shift, 31)

    def value(number: int) -> int:
        number -= checks.zero_point(source)
        if abs(number) >= radius:
            return 127 if number > 0 else -128
        return fp.shift_right(fp.tanh(fp.requantise(number, multiplier, shift), 4), 24)

    _tabulate(node, lowering, value)


def quantize(node: Node, lowering: Lowering) -> None:
    """Int8 or uint8 to int8 or uint8 of another scale or zero point."""
    checks.operands(node, 1)
    source = checks.activation(node, checks.required(node, 0), ("INT8", "UINT8"))
    target = checks.activation(node, node.outputs[0], ("INT8", "UINT8"))
    if source.type == target.type == "UINT8":
        raise node.error("goes from UINT8 to UINT8", "use INT8 on one side")
    factor = checks.multiplier(node, checks.scale(source) / checks.scale(target))
    low, high = (0, 255) if target.type == "UINT8" else (-128, 127)

    def value(byte: int) -> int:
        number = byte % 256 if source.type == "UINT8" else byte
        scaled = fp.requantise(number - checks.zero_point(source), *factor)
        found = max(low, min(high, scaled + checks.zero_point(target)))
        return found - 256 if found > 127 else found

    _tabulate(node, lowering, value)


def _ends(node: Node) -> tuple[Tensor, Tensor]:
    checks.operands(node, 1)
    source = checks.activation(node, checks.required(node, 0))
    target = checks.activation(node, node.outputs[0])
    checks.shaped(node, target, source.shape)
    return source, target


def _float_ratio(source: Tensor, target: Tensor) -> float:
    """Return the quotient of two scales, which these operators take in float32."""
    return float(source.scales[0] / target.scales[0])


def _require_output(node: Node, target: Tensor, scale: float, zero_point: int) -> None:
    if checks.scale(target) != scale or checks.zero_point(target) != zero_point:
        what = f"gives scale {checks.scale(target):.6g}, zero point {checks.zero_point(target)}"
        raise node.error(what, f"use 1/{round(1 / scale)} and {zero_point}")


def _sigmoid_multiplier(node: Node, source: Tensor) -> tuple[int, int]:
    """Return (multiplier, shift) to 27 fractional bits."""
    real = checks.scale(source) * 2.0**27
    if not 2**-4 <= real < 2.0**30:
        raise node.error(f"has an input of scale {checks.scale(source):.6g}", "use a scale of 1e-9 to 7")
    multiplier, shift = fp.quantize_multiplier(real)
    return multiplier, shift


def _short_multiplier(node: Node, real: float) -> tuple[int, int]:
    multiplier, shift = checks.multiplier(node, real)
    return min(32767, (multiplier + (1 << 15)) >> 16), shift


def _short_product(a: int, b: int) -> int:
    return _saturate_short((a * b + (1 << 14)) >> 15)


def _saturate_short(value: int) -> int:
    return max(-32768, min(32767, value))


def _tabulate(node: Node, lowering: Lowering, value: Callable[[int], int]) -> None:
    """Append a look-up in a table of `value` at every byte, limited to int8."""
    source, target = checks.required(node, 0), node.outputs[0]
    numbers = [fp.clamp_int8(value(number)) for number in range(-128, 128)]
    table = lowering.constants.add("table", np.array(numbers, np.int8))

    def emit(address: Address, scratch: str) -> list[str]:
        return [call("tkd_table_s8", address(source), address(target), source.count, table)]

    lowering.step(node, [source], [target], emit, in_place=[source])


def _limit(node: Node, lowering: Lowering, low: int, high: int) -> None:
    """Append the limits `low` and `high`."""
    source, target = checks.required(node, 0), node.outputs[0]

    def emit(address: Address, scratch: str) -> list[str]:
        return [call("tkd_clamp_s8", address(source), address(target), source.count, low, high)]

    lowering.step(node, [source], [target], emit, in_place=[source])
