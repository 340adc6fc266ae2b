"""CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd.compiled import checks, packing
from tinykd.compiled.graph import Node, Tensor
from tinykd.compiled.lowering import Address, Lowering, call, nested, offset
from tinykd.compiled.operators.windows import Axis, slide

WEIGHT_TYPES = ("INT8", "INT4")
SMALL_LAYER_OUTPUTS = 32  # 8 bytes of channel table an output cost less than a second kernel's 250


def conv_2d(node: Node, lowering: Lowering) -> None:
    """[batch, height, width, in] * [out, height, width, in / groups] -> [batch, height, width, out]."""
    checks.operands(node, (2, 3))
    options = node.option("Conv2DOptions")
    source, weights, target = _tensors(node)
    groups, rest = divmod(source.shape[3], weights.shape[3])
    if rest or not groups or weights.shape[0] % groups:
        what = f"has {source.shape[3]} channels, kernel {list(weights.shape)}"
        raise node.error(what, "use whole groups of channels")
    y, x = _slides(node, options, source, weights)
    checks.shaped(node, target, (source.shape[0], y.out, x.out, weights.shape[0]))
    values = np.asarray(weights.data, np.int8)
    _convolve(node, lowering, options.fusedActivationFunction, values, y, x, groups)


def depthwise_conv_2d(node: Node, lowering: Lowering) -> None:
    """[batch, height, width, in] * [1, height, width, out], out = in * multiplier, channel by channel."""
    checks.operands(node, (2, 3))
    options = node.option("DepthwiseConv2DOptions")
    source, weights, target = _tensors(node)
    if weights.shape[0] != 1 or weights.shape[3] % source.shape[3]:
        what = f"has {source.shape[3]} channels, kernel {list(weights.shape)}"
        raise node.error(what, "use a kernel [1, height, width, a multiple of the channels]")
    y, x = _slides(node, options, source, weights)
    checks.shaped(node, target, (source.shape[0], y.out, x.out, weights.shape[3]))
    values = np.asarray(weights.data, np.int8)[0]
    if weights.shape[3] == source.shape[3]:
        _convolve_depthwise(node, lowering, options.fusedActivationFunction, values, y, x)
    else:
        by_output = np.ascontiguousarray(values.transpose(2, 0, 1))[..., np.newaxis]
        _convolve(node, lowering, options.fusedActivationFunction, by_output, y, x, source.shape[3])


def fully_connected(node: Node, lowering: Lowering) -> None:
    """[rows, in] * [out, in] -> [rows, out]; the input may have any shape of as many elements."""
    checks.operands(node, (2, 3))
    options = node.option("FullyConnectedOptions")
    source = checks.activation(node, checks.required(node, 0))
    target = checks.activation(node, node.outputs[0])
    weights = checks.constant(node, 1, WEIGHT_TYPES)
    if options.weightsFormat != 0:
        raise node.error(f"has weights format {options.weightsFormat}", "use the default format")
    if len(weights.shape) != 2 or not weights.count or source.count % weights.shape[1]:
        what = f"has weights {list(weights.shape)} on an input of shape {list(source.shape)}"
        raise node.error(what, "use weights [outputs, inputs]")
    outputs, inputs = weights.shape
    rows = source.count // inputs
    if target.count != rows * outputs or target.shape[-1:] != (outputs,):
        raise node.error(f"has {target.label} of shape {list(target.shape)}", f"use {[rows, outputs]}")
    values = np.asarray(weights.data, np.int8)
    low, high = checks.output_range(node, options.fusedActivationFunction, target)
    checks.weight_scales(node, weights, 0)
    # TFLite Micro multiplies the two scales as float32 where the layer has one.
    product = float(source.scales[0] * weights.scales[0]) if len(weights.scales) == 1 else None
    factors = _multipliers(node, source, weights, target, axis=0, product=product)
    bias = _folded_bias(node, lowering, source, values.reshape(outputs, inputs), factors)
    small = lowering.convolves and outputs <= SMALL_LAYER_OUTPUTS
    if len(set(factors)) == 1 and not small:
        weights_name = lowering.constants.variants("weights", packing.pack_fully_connected(values))
        bias_name = lowering.constants.add("bias", np.asarray(bias, np.int32))

        def emit(address: Address, scratch: str) -> list[str]:
            return nested(
                [rows],
                lambda i: [
                    call(
                        "tkd_fully_connected_s8",
                        *(offset(address(source), (i[0], inputs)), offset(address(target), (i[0], outputs))),
                        *(inputs, outputs, *factors[0], checks.zero_point(target), low, high),
                        *(weights_name, bias_name),
                    )
                ],
            )

        lowering.step(node, [source], [target], emit)
    else:
        _multiply_pixels(node, lowering, (source, target), values, (low, high), (bias, factors))


def _tensors(node: Node) -> tuple[Tensor, Tensor, Tensor]:
    source = checks.activation(node, checks.required(node, 0))
    weights = checks.constant(node, 1, WEIGHT_TYPES)
    target = checks.activation(node, node.outputs[0])
    if not len(source.shape) == len(weights.shape) == len(target.shape) == 4 or not weights.count:
        what = f"has shapes {list(source.shape)}, {list(weights.shape)} and {list(target.shape)}"
        raise node.error(what, "use four axes each")
    return source, weights, target


def _slides(node: Node, options: Any, source: Tensor, weights: Tensor) -> tuple[Axis, Axis]:
    """Return how the kernel slides along height and width."""
    padding = int(options.padding)
    stride_y, stride_x = int(options.strideH), int(options.strideW)
    dilation_y, dilation_x = int(options.dilationHFactor), int(options.dilationWFactor)
    return (
        slide(node, padding, source.shape[1], weights.shape[1], stride_y, dilation_y),
        slide(node, padding, source.shape[2], weights.shape[2], stride_x, dilation_x),
    )


def _multipliers(
    node: Node, source: Tensor, weights: Tensor, target: Tensor, *, axis: int, product: float | None = None
) -> list[tuple[int, int]]:
    """Return (multiplier, shift) for each output channel, axis `axis` of the weights."""
    channels = weights.shape[axis]
    checks.weight_scales(node, weights, axis)
    if product is not None:
        return [checks.multiplier(node, product / checks.scale(target))] * channels
    scales = np.broadcast_to(weights.scales, channels).tolist()
    found: dict[float, tuple[int, int]] = {}
    for value in scales:
        if value not in found:
            found[value] = checks.multiplier(node, checks.scale(source) * value / checks.scale(target))
    return [found[value] for value in scales]


def _folded_bias(
    node: Node,
    lowering: Lowering,
    source: Tensor,
    weights: npt.NDArray[np.int8],
    factors: list[tuple[int, int]],
) -> list[int]:
    """Return each channel's bias with the input's zero point in it; weights [out, products].

    Raises:
      ModelError: an accumulator could leave int32; TFLite Micro's result is then undefined.
    """
    channels = weights.shape[0]
    bias = np.zeros(channels, np.int64)
    if len(node.inputs) == 3 and node.inputs[2] is not None:
        given = checks.constant(node, 2, ("INT32",))
        if given.count != channels:
            raise node.error(f"has a bias of shape {list(given.shape)}", f"use {channels} values")
        bias += np.asarray(given.data, np.int64).reshape(-1)
    wide = weights.astype(np.int64)
    bias -= checks.zero_point(source) * wide.sum(axis=1)
    reach = np.abs(bias) + 128 * np.abs(wide).sum(axis=1)
    if reach.max() >= 2**31:
        channel = int(reach.argmax())
        raise node.error(f"can overflow 32 bits in channel {channel}", "use smaller biases")
    shifts = np.array([max(shift, 0) for _, shift in factors])
    lowering.wide |= bool((reach >= 2.0 ** (30 - shifts)).any())
    return [int(value) for value in bias]


def _convolve(
    node: Node,
    lowering: Lowering,
    fused: int,
    weights: npt.NDArray[np.int8],
    y: Axis,
    x: Axis,
    groups: int,
) -> None:
    """Append a convolution with weights [out, height, width, in / groups]."""
    source, given, target = _tensors(node)
    low, high = checks.output_range(node, fused, target)
    axis = 0 if node.name == "CONV_2D" else 3
    factors = _multipliers(node, source, given, target, axis=axis)
    outputs, depth = weights.shape[0], math.prod(weights.shape[1:])
    matrix = weights.reshape(outputs, depth)
    bias = _folded_bias(node, lowering, source, matrix, factors)
    image, y, x = _unpadded(lowering, source, y, x)
    if all(a.window == a.stride == 1 and a.size == a.out for a in (y, x)) and groups == 1:
        _multiply_pixels(node, lowering, (image, target), matrix, (low, high), (bias, factors))
        return
    weights_name = lowering.constants.variants("weights", packing.pack_conv(matrix, groups))
    channels = lowering.constants.struct("channels", "tkd_channel", packing.pack_channels(bias, factors))
    batch, inputs = image.shape[0], image.shape[3]
    scratch_bytes = packing.conv_scratch(depth)
    numbers = [
        *(y.size, x.size, inputs, y.out, x.out, outputs, y.window, x.window),
        *(y.stride, x.stride, y.dilation, x.dilation, y.pad, x.pad, groups),
        *(checks.zero_point(source), checks.zero_point(target), low, high, weights_name, channels),
    ]

    def emit(address: Address, scratch: str) -> list[str]:
        return nested(
            [batch],
            lambda i: [
                call(
                    "tkd_conv_s8",
                    offset(address(image), (i[0], image.count // batch)),
                    offset(address(target), (i[0], target.count // batch)),
                    *(*numbers, scratch),
                )
            ],
        )

    window = ((y.window - 1) * y.dilation + 1) * x.size * inputs
    window_at = -(-scratch_bytes // 4) * 4

    def emit_in_place(address: Address, scratch: str) -> list[str]:
        ends = [address(image), address(target)]
        return [call("tkd_conv_in_place_s8", *ends, *numbers, scratch, f"{scratch} + {window_at}")]

    fits = batch == 1 and _ends_before_unread_rows(y, x.size * inputs, x.out * outputs)
    frugal = (emit_in_place, window_at + window) if fits else None
    lowering.step(node, [image], [target], emit, scratch=scratch_bytes, frugal=frugal)


def _unpadded(lowering: Lowering, source: Tensor, y: Axis, x: Axis) -> tuple[Tensor, Axis, Axis]:
    """Return the image behind `source`, whose padding may never be made, and how windows lie in it."""
    padded = lowering.padded.get(source)
    if padded is None:
        return source, y, x
    height, width = padded.image.shape[1:3]
    y = y._replace(size=height, pad=y.pad + padded.top)
    return padded.image, y, x._replace(size=width, pad=x.pad + padded.left)


def _ends_before_unread_rows(y: Axis, row_bytes: int, out_row_bytes: int) -> bool:
    """Return whether output rows may overwrite input rows once these stood in the window."""
    rows = (y.window - 1) * y.dilation + 1
    return all(
        (out_y + 1) * out_row_bytes <= (out_y * y.stride - y.pad + rows) * row_bytes
        for out_y in range(y.out)
        if out_y * y.stride - y.pad + rows < y.size
    )


def _multiply_pixels(
    node: Node,
    lowering: Lowering,
    ends: tuple[Tensor, Tensor],
    weights: npt.NDArray[np.int8],
    limits: tuple[int, int],
    scaling: tuple[list[int], list[tuple[int, int]]],
) -> None:
    """Append a 1x1 convolution with weights [out, in]; the batch is so many more pixels."""
    source, target = ends
    outputs, inputs = weights.shape
    weights_name = lowering.constants.variants("weights", packing.pack_conv(weights))
    channels = lowering.constants.struct("channels", "tkd_channel", packing.pack_channels(*scaling))

    def emit(address: Address, scratch: str) -> list[str]:
        return [
            call(
                "tkd_conv_1x1_s8",
                *(address(source), address(target), source.count // inputs, inputs, outputs),
                *(checks.zero_point(target), *limits, weights_name, channels, scratch),
            )
        ]

    scratch = packing.conv_1x1_scratch(inputs)
    lowering.step(node, [source], [target], emit, scratch=scratch, in_place=[source])


def _convolve_depthwise(
    node: Node, lowering: Lowering, fused: int, weights: npt.NDArray[np.int8], y: Axis, x: Axis
) -> None:
    """Append a depthwise convolution with weights [height, width, channels]."""
    source, given, target = _tensors(node)
    low, high = checks.output_range(node, fused, target)
    factors = _multipliers(node, source, given, target, axis=3)
    count = weights.shape[2]
    bias = _folded_bias(node, lowering, source, weights.reshape(-1, count).T, factors)
    weights_name = lowering.constants.variants("weights", packing.pack_depthwise(weights))
    channels = lowering.constants.struct("channels", "tkd_channel", packing.pack_channels(bias, factors))
    image, y, x = _unpadded(lowering, source, y, x)
    batch = image.shape[0]

    def emit(address: Address, scratch: str) -> list[str]:
        return nested(
            [batch],
            lambda i: [
                call(
                    "tkd_depthwise_s8",
                    offset(address(image), (i[0], image.count // batch)),
                    offset(address(target), (i[0], target.count // batch)),
                    *(y.size, x.size, count, y.out, x.out, y.window, x.window),
                    *(y.stride, x.stride, y.dilation, x.dilation, y.pad, x.pad),
                    *(checks.zero_point(source), checks.zero_point(target), low, high),
                    *(weights_name, channels, scratch),
                )
            ],
        )

    fits = batch == 1 and _ends_before_unread_rows(y, x.size, x.out)
    scratch = packing.depthwise_scratch(
        kernel=(y.window, x.window),
        stride=(y.stride, x.stride),
        dilation=(y.dilation, x.dilation),
        out=(y.out, x.out),
    )
    lowering.step(
        node,
        [image],
        [target],
        emit,
        scratch=scratch,
        in_place=[image] if fits else [],
    )
