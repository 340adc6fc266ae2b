"""What every operator asks of its tensors; each fault is one line that names the operator."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tinykd.compiled.fixed_point import quantize_multiplier, round_half_away
from tinykd.compiled.graph import Node, Tensor

SCALES = (1e-15, 1e15)  # no quotient or product of these leaves float32
WHOLE = "give an int8 model as its converter wrote it"
ACTIVATIONS = {0: "NONE", 1: "RELU", 2: "RELU_N1_TO_1", 3: "RELU6"}
RANGES = {"INT8": (-128, 127), "UINT8": (0, 255), "INT16": (-32768, 32767)}
RELU_LIMITS = {"RELU": (0.0, math.inf), "RELU_N1_TO_1": (-1.0, 1.0), "RELU6": (0.0, 6.0)}


def operands(node: Node, inputs: int | tuple[int, int], outputs: int = 1) -> None:
    """Raise ModelError unless the operator has so many inputs (or between two numbers) and outputs."""
    low, high = (inputs, inputs) if isinstance(inputs, int) else inputs
    if not low <= len(node.inputs) <= high or len(node.outputs) != outputs:
        raise node.error(f"has {len(node.inputs)} inputs and {len(node.outputs)} outputs", WHOLE)


def required(node: Node, index: int) -> Tensor:
    """Return input number `index`, which must be there."""
    tensor = node.inputs[index]
    if tensor is None:
        raise node.error(f"has no input {index}", WHOLE)
    return tensor


def activation(node: Node, tensor: Tensor, types: Sequence[str] = ("INT8",)) -> Tensor:
    """Return `tensor`, which must be of one of `types`, with one scale and at least one element."""
    if tensor.type not in types:
        raise node.error(f"has {tensor.label} of type {tensor.type}", f"use {' or '.join(types)}")
    if not tensor.count:
        raise node.error(f"has {tensor.label} of shape {list(tensor.shape)}", "use no empty tensor")
    if len(tensor.scales) != 1 or not SCALES[0] <= float(tensor.scales[0]) <= SCALES[1]:
        what = f"has {tensor.label} with scales {tensor.scales[:3].tolist()}"
        raise node.error(what, f"use one of {SCALES[0]:g} to {SCALES[1]:g}")
    low, high = RANGES[tensor.type]
    if not low <= int(tensor.zero_points[0]) <= high:
        raise node.error(f"has {tensor.label} with zero point {tensor.zero_points[0]}", f"use {low}..{high}")
    return tensor


def constant(node: Node, index: int, types: Sequence[str]) -> Tensor:
    """Return input number `index`, which must be a constant of one of `types`."""
    tensor = required(node, index)
    if tensor.data is None or tensor.type not in types:
        what = "is no constant" if tensor.data is None else f"is {tensor.type}"
        raise node.error(f"input {index}, {tensor.label}, {what}", f"use a constant {' or '.join(types)}")
    return tensor


def weight_scales(node: Node, weights: Tensor, axis: int) -> None:
    """Raise ModelError unless weights have one scale, or one an index of `axis`, and zero points 0."""
    count = weights.shape[axis]
    if len(weights.scales) not in (1, count) or (len(weights.scales) > 1 and weights.axis != axis):
        what = f"has {len(weights.scales)} weight scales on axis {weights.axis}"
        raise node.error(what, f"use one, or {count} on axis {axis}")
    if np.any(weights.zero_points != 0):
        raise node.error("has weights with a zero point", "use zero point 0")
    if not np.all(weights.scales <= SCALES[1]):
        raise node.error(f"has a weight scale of {weights.scales.max():g}", f"use at most {SCALES[1]:g}")


def integers(node: Node, index: int) -> list[int]:
    """Return the values of input number `index`, a constant list of integers."""
    data = constant(node, index, ("INT32", "INT64")).data
    return [int(value) for value in np.asarray(data).reshape(-1)]


def scale(tensor: Tensor) -> float:
    """Return a tensor's scale, a float32 as a double."""
    return float(tensor.scales[0])


def zero_point(tensor: Tensor) -> int:
    """Return a tensor's zero point."""
    return int(tensor.zero_points[0])


def same_quantisation(node: Node, *tensors: Tensor) -> None:
    """Raise ModelError unless all tensors have the scale and zero point of the first."""
    for tensor in tensors[1:]:
        if scale(tensor) != scale(tensors[0]) or zero_point(tensor) != zero_point(tensors[0]):
            what = f"changes the scale from {tensors[0].label} to {tensor.label}"
            raise node.error(what, "use equal scales and zero points (TFLite Micro does not convert here)")


def shaped(node: Node, tensor: Tensor, expected: Sequence[int]) -> None:
    """Raise ModelError unless `tensor` has the expected shape."""
    if tensor.shape != tuple(expected):
        what = f"has {tensor.label} of shape {list(tensor.shape)}"
        raise node.error(what, f"its other operands ask for {list(expected)}")


def multiplier(node: Node, real: float, *, below_one: bool = False) -> tuple[int, int]:
    """Return (multiplier, shift) for `real`; with `below_one` a number that TFLite Micro wants below 1."""
    if not 0 <= real < 2**30 or (below_one and not 0 < real < 1):
        raise node.error(f"scales by {real:.6g}", "use scales nearer to each other")
    return quantize_multiplier(real)


def output_range(node: Node, number: int, output: Tensor) -> tuple[int, int]:
    """Return the least and largest int8 that a fused activation, by the schema's number, leaves."""
    name = ACTIVATIONS.get(int(number))
    if name is None:
        raise node.error(f"has a fused activation of number {number}", "use RELU, RELU_N1_TO_1 or RELU6")
    if name == "NONE":
        return -128, 127
    low, high = (
        zero_point(output) + round_half_away(float(np.float32(limit) / output.scales[0]))
        if math.isfinite(limit)
        else 127
        for limit in RELU_LIMITS[name]
    )
    low, high = max(-128, low), min(127, high)
    if low > high:
        raise node.error(f"leaves no value between {low} and {high}", "use another zero point")
    return low, high
