"""Random models of one operator: a function takes a numpy generator, gives a model and its input shape."""

from __future__ import annotations

import numpy as np
from tflite_models import OP, OPTIONS, Graph, fb

SAME, VALID = 0, 1
INT16, INT32, UINT8 = fb.TensorType.INT16, fb.TensorType.INT32, fb.TensorType.UINT8


def _scale(rng) -> float:
    return float(np.exp(rng.uniform(np.log(0.003), np.log(0.3))))


def _zero(rng) -> int:
    return int(rng.choice([-128, 127, 0, rng.integers(-128, 128)]))


def _int8(rng, shape):
    return rng.integers(-128, 128, shape, dtype=np.int8)


def _ints(graph, values, shape=None):
    data = np.asarray(values, np.int32)
    return graph.tensor(list(data.shape) if shape is None else shape, kind=INT32, data=data)


def _tensor(graph, rng, shape, **changes):
    return graph.tensor(list(shape), **{"scale": _scale(rng), "zero": _zero(rng), **changes})


def _done(graph):
    return graph.pack(), tuple(graph.tensors[graph.inputs[0]].shape)


def _same_scale(graph, tensor):
    quantization = graph.tensors[tensor].quantization
    return {"scale": quantization.scale, "zero": quantization.zeroPoint[0]}


def _windows(rng, size, padding, *, dilated):
    """Return (window, stride, dilation, outputs) that fit `size` inputs."""
    while True:
        window, stride = int(rng.integers(1, 6)), int(rng.integers(1, 4))
        dilation = int(rng.integers(1, 4)) if dilated else 1
        reach = (window - 1) * dilation + 1
        if padding == SAME:
            return window, stride, dilation, -(-size // stride)
        if reach <= size:
            return window, stride, dilation, (size - reach) // stride + 1


def _weights(graph, rng, shape, axis, input_scale, *, per_channel, four_bits=False):
    """Add weights and bias; return their numbers and an output scale that uses the range."""
    channels = shape[axis]
    scales = np.exp(rng.uniform(np.log(0.001), np.log(0.03), channels if per_channel else 1))
    values = rng.integers(-127, 128, shape, dtype=np.int8)
    if four_bits:
        values = rng.integers(-8, 8, shape, dtype=np.int8)
        scales *= 16
        pairs = np.append(values.reshape(-1), np.zeros(values.size % 2, np.int8)).reshape(-1, 2)
        stored = ((pairs[:, 0] & 15) | (pairs[:, 1] << 4)).astype(np.uint8)  # the first in the low half
        weights = graph.tensor(list(shape), kind=fb.TensorType.INT4, scale=scales, axis=axis, data=stored)
    else:
        weights = graph.tensor(list(shape), scale=scales, axis=axis, data=values)
    bias = rng.integers(-3000, 3000, channels, dtype=np.int32)
    depth = values.size // channels
    spread = float(scales.mean() * input_scale * 74 * 100 * np.sqrt(depth))
    if rng.random() < 0.2:  # all outputs nearly alike, or all at the limits
        spread *= float(10 ** rng.uniform(-6, 4))
    if rng.random() < 0.1:  # accumulators that the shorter forms of requantising do not take
        bias = rng.integers(-(2**30) - 2**29, 2**30 + 2**29, channels, dtype=np.int32)
    tensor = graph.tensor([channels], kind=INT32, scale=scales * input_scale, data=bias)
    return [weights, tensor][: 2 if rng.random() < 0.8 else 1], spread / float(rng.uniform(60, 300))


def conv_2d(rng, *, pointwise=False):
    graph = Graph()
    padding = int(rng.integers(2))
    height, width = (int(value) for value in rng.integers(1, 10, 2))
    groups = int(rng.choice([1, 1, 2, 3]))
    inputs, outputs = groups * int(rng.integers(1, 7)), groups * int(rng.integers(1, 7))
    kh, sh, dh, out_height = _windows(rng, height, padding, dilated=True)
    kw, sw, dw, out_width = _windows(rng, width, padding, dilated=True)
    if pointwise:
        kh, sh, dh, kw, sw, dw, groups, out_height, out_width = 1, 1, 1, 1, 1, 1, 1, height, width
    graph.inputs = [_tensor(graph, rng, (1, height, width, inputs))]
    scale = graph.tensors[0].quantization.scale[0]
    shape = (outputs, kh, kw, inputs // groups)
    constants, out_scale = _weights(
        graph, rng, shape, 0, scale, per_channel=rng.random() < 0.8, four_bits=rng.random() < 0.2
    )
    graph.outputs = [_tensor(graph, rng, (1, out_height, out_width, outputs), scale=out_scale)]
    options = fb.Conv2DOptionsT(
        padding=padding, strideH=sh, strideW=sw, fusedActivationFunction=int(rng.integers(4))
    )
    options.dilationHFactor, options.dilationWFactor = dh, dw
    graph.op(OP.CONV_2D, [*graph.inputs, *constants], graph.outputs, OPTIONS.Conv2DOptions, options)
    return _done(graph)


def pointwise(rng):
    return conv_2d(rng, pointwise=True)


def depthwise(rng, *, multiplier=None):
    graph = Graph()
    padding = int(rng.integers(2))
    height, width = (int(value) for value in rng.integers(1, 12, 2))
    inputs = int(rng.integers(1, 11))
    multiplier = multiplier or int(rng.choice([1, 1, 2, 3]))
    kh, sh, dh, out_height = _windows(rng, height, padding, dilated=True)
    kw, sw, dw, out_width = _windows(rng, width, padding, dilated=True)
    graph.inputs = [_tensor(graph, rng, (1, height, width, inputs))]
    shape = (1, kh, kw, inputs * multiplier)
    scale = graph.tensors[0].quantization.scale[0]
    constants, out_scale = _weights(
        graph, rng, shape, 3, scale, per_channel=rng.random() < 0.8, four_bits=rng.random() < 0.2
    )
    graph.outputs = [_tensor(graph, rng, (1, out_height, out_width, shape[3]), scale=out_scale)]
    options = fb.DepthwiseConv2DOptionsT(padding=padding, strideH=sh, strideW=sw, depthMultiplier=multiplier)
    options.dilationHFactor, options.dilationWFactor = dh, dw
    options.fusedActivationFunction = int(rng.integers(4))
    graph.op(
        OP.DEPTHWISE_CONV_2D,
        [*graph.inputs, *constants],
        graph.outputs,
        OPTIONS.DepthwiseConv2DOptions,
        options,
    )
    return _done(graph)


def fully_connected(rng):
    graph = Graph()
    inputs, outputs = (int(value) for value in rng.integers(1, 70, 2))
    graph.inputs = [_tensor(graph, rng, (1, inputs))]
    scale = graph.tensors[0].quantization.scale[0]
    kind = int(rng.integers(3))
    constants, out_scale = _weights(
        graph, rng, (outputs, inputs), 0, scale, per_channel=outputs > 1 and kind == 1, four_bits=kind == 2
    )
    graph.outputs = [_tensor(graph, rng, (1, outputs), scale=out_scale)]
    options = fb.FullyConnectedOptionsT(fusedActivationFunction=int(rng.integers(4)))
    numbers = [*graph.inputs, *constants] if len(constants) == 2 else [*graph.inputs, *constants, -1]
    graph.op(OP.FULLY_CONNECTED, numbers, graph.outputs, OPTIONS.FullyConnectedOptions, options)
    return _done(graph)


def _two(rng, code, kind, options, out_scale):
    """Two operands of shapes that broadcast; the second is a constant, or the input again."""
    graph = Graph()
    shape = [1, *(int(value) for value in rng.integers(1, 7, int(rng.integers(1, 4))))]
    other = [size if rng.random() < 0.6 else 1 for size in shape][int(rng.integers(0, 2)) :]
    graph.inputs = [_tensor(graph, rng, shape)]
    second = graph.inputs[0]
    if rng.random() < 0.8:
        second = _tensor(graph, rng, other, data=_int8(rng, other))
    scales = [graph.tensors[index].quantization.scale[0] for index in (graph.inputs[0], second)]
    graph.outputs = [_tensor(graph, rng, shape, scale=out_scale(*scales) * float(rng.uniform(0.3, 3)))]
    options.fusedActivationFunction = int(rng.integers(4))
    pair = [graph.inputs[0], second]
    graph.op(code, pair if rng.random() < 0.5 else pair[::-1], graph.outputs, kind, options)
    return _done(graph)


def add(rng):
    return _two(rng, OP.ADD, OPTIONS.AddOptions, fb.AddOptionsT(), max)


def sub(rng):
    return _two(rng, OP.SUB, OPTIONS.SubOptions, fb.SubOptionsT(), max)


def mul(rng):
    return _two(rng, OP.MUL, OPTIONS.MulOptions, fb.MulOptionsT(), lambda a, b: a * b * 50)


def _pool(rng, code):
    graph = Graph()
    padding = int(rng.integers(2))
    height, width, channels = (int(value) for value in rng.integers(1, 10, 3))
    kh, sh, _, out_height = _windows(rng, height, padding, dilated=False)
    kw, sw, _, out_width = _windows(rng, width, padding, dilated=False)
    graph.inputs = [_tensor(graph, rng, (1, height, width, channels))]
    same = _same_scale(graph, 0)
    graph.outputs = [_tensor(graph, rng, (1, out_height, out_width, channels), **same)]
    options = fb.Pool2DOptionsT(padding=padding, strideH=sh, strideW=sw, filterHeight=kh, filterWidth=kw)
    options.fusedActivationFunction = int(rng.integers(4))
    graph.op(code, graph.inputs, graph.outputs, OPTIONS.Pool2DOptions, options)
    return _done(graph)


def average_pool(rng):
    return _pool(rng, OP.AVERAGE_POOL_2D)


def max_pool(rng):
    return _pool(rng, OP.MAX_POOL_2D)


def _reduce(rng, code, factor):
    graph = Graph()
    shape = [1, *(int(value) for value in rng.integers(1, 8, 3))]
    axes = [axis for axis in range(4) if rng.random() < 0.5] or [2]
    keep = bool(rng.integers(2))
    out = [1 if axis in axes else size for axis, size in enumerate(shape) if keep or axis not in axes]
    graph.inputs = [_tensor(graph, rng, shape)]
    scale = graph.tensors[0].quantization.scale[0]
    given = [axis - 4 if rng.random() < 0.3 else axis for axis in axes]
    numbers = [graph.inputs[0], _ints(graph, given)]
    graph.outputs = [_tensor(graph, rng, out, scale=scale * factor * float(rng.uniform(0.3, 2)))]
    graph.op(code, numbers, graph.outputs, OPTIONS.ReducerOptions, fb.ReducerOptionsT(keepDims=keep))
    return _done(graph)


def mean(rng):
    return _reduce(rng, OP.MEAN, 1)


def sum_(rng):
    return _reduce(rng, OP.SUM, 5)


def softmax(rng):
    graph = Graph()
    shape = [1, *(int(value) for value in rng.integers(1, 20, int(rng.integers(1, 3))))]
    graph.inputs = [_tensor(graph, rng, shape, scale=float(np.exp(rng.uniform(np.log(0.001), np.log(3)))))]
    graph.outputs = [graph.tensor(shape, scale=1 / 256, zero=-128)]
    options = fb.SoftmaxOptionsT(beta=float(rng.choice([1.0, 1.0, 0.5, 2.0])))
    graph.op(OP.SOFTMAX, graph.inputs, graph.outputs, OPTIONS.SoftmaxOptions, options)
    return _done(graph)


def _unary(rng, code, kind=0, options=None, *, source=None, target=None):
    """One function of 256 values, each of which stands in the input."""
    graph = Graph()
    graph.inputs = [_tensor(graph, rng, (1, 300), **(source or {}))]
    graph.outputs = [_tensor(graph, rng, (1, 300), **(target or {}))]
    graph.op(code, graph.inputs, graph.outputs, kind, options)
    return _done(graph)


def relu(rng):
    same = {"scale": _scale(rng), "zero": _zero(rng)} if rng.random() < 0.5 else None
    return _unary(rng, OP.RELU, source=same, target=same)


def relu6(rng):
    same = {"scale": _scale(rng), "zero": _zero(rng)}
    return _unary(rng, OP.RELU6, source=same, target=same)


def leaky_relu(rng):
    options = fb.LeakyReluOptionsT(alpha=float(rng.choice([0.1, 0.3, 1.5, 0.01])))
    return _unary(rng, OP.LEAKY_RELU, OPTIONS.LeakyReluOptions, options)


def hard_swish(rng):
    scale = _scale(rng)
    target = {"scale": scale * float(rng.uniform(0.3, 2)), "zero": _zero(rng)}
    return _unary(rng, OP.HARD_SWISH, source={"scale": scale, "zero": _zero(rng)}, target=target)


def logistic(rng):
    return _unary(rng, OP.LOGISTIC, target={"scale": 1 / 256, "zero": -128})


def tanh(rng):
    return _unary(rng, OP.TANH, target={"scale": 1 / 128, "zero": 0})


def quantize(rng):
    source, target = {}, {}
    kind = rng.integers(4)
    if kind == 1:
        target = {"kind": UINT8, "zero": int(rng.integers(256))}
    elif kind == 2:
        source = {"kind": UINT8, "zero": int(rng.integers(256))}
    elif kind == 3:
        source = {"scale": 0.05, "zero": -3}
        target = {"scale": 0.05, "zero": 125, "kind": UINT8}
    return _unary(
        rng, OP.QUANTIZE, OPTIONS.QuantizeOptions, fb.QuantizeOptionsT(), source=source, target=target
    )


def _shape(rng, rank, largest=6):
    return [1, *(int(value) for value in rng.integers(1, largest + 1, rank - 1))]


def reshape(rng):
    graph = Graph()
    graph.inputs = [_tensor(graph, rng, (1, 3, 4, 2))]
    out = [[1, 24], [1, 6, 4], [1, 2, 3, 4]][int(rng.integers(3))]
    graph.outputs = [_tensor(graph, rng, out, **_same_scale(graph, 0))]
    numbers = [graph.inputs[0], _ints(graph, out)]
    graph.op(OP.RESHAPE, numbers, graph.outputs, OPTIONS.ReshapeOptions, fb.ReshapeOptionsT(newShape=out))
    return _done(graph)


def expand_dims(rng):
    graph = Graph()
    shape, axis = [1, *_shape(rng, 3)[1:]], int(rng.integers(4))
    graph.inputs = [_tensor(graph, rng, shape)]
    out = [*shape[:axis], 1, *shape[axis:]]
    graph.outputs = [_tensor(graph, rng, out, **_same_scale(graph, 0))]
    numbers = [graph.inputs[0], _ints(graph, [int(rng.choice([axis, axis - 4]))])]
    graph.op(OP.EXPAND_DIMS, numbers, graph.outputs, OPTIONS.ExpandDimsOptions, fb.ExpandDimsOptionsT())
    return _done(graph)


def squeeze(rng):
    graph = Graph()
    shape = [1, *_shape(rng, 2)[:1], 1, *_shape(rng, 2)[1:]]
    graph.inputs = [_tensor(graph, rng, shape)]
    dims = [[], [0], [2], [0, 2], [-2]][int(rng.integers(5))]
    gone = {dim % 4 for dim in dims} or {axis for axis, size in enumerate(shape) if size == 1}
    out = [size for axis, size in enumerate(shape) if axis not in gone] or [1]
    graph.outputs = [_tensor(graph, rng, out, **_same_scale(graph, 0))]
    options = fb.SqueezeOptionsT(squeezeDims=dims)
    graph.op(OP.SQUEEZE, graph.inputs, graph.outputs, OPTIONS.SqueezeOptions, options)
    return _done(graph)


def pad(rng):
    return _padded(rng, OP.PAD, OPTIONS.PadOptions, fb.PadOptionsT())


def pad_v2(rng):
    return _padded(rng, OP.PADV2, OPTIONS.PadV2Options, fb.PadV2OptionsT())


def _padded(rng, code, kind, options):
    graph = Graph()
    shape = _shape(rng, int(rng.integers(2, 5)))
    amounts = rng.integers(0, 4, (len(shape), 2))
    amounts[0] = 0
    out = [size + int(before + after) for size, (before, after) in zip(shape, amounts, strict=True)]
    graph.inputs = [_tensor(graph, rng, shape)]
    same = _same_scale(graph, 0)
    numbers = [graph.inputs[0], _ints(graph, amounts)]
    if code == OP.PADV2:
        numbers.append(graph.tensor([1], data=_int8(rng, [1]), **same))
    graph.outputs = [_tensor(graph, rng, out, **same)]
    graph.op(code, numbers, graph.outputs, kind, options)
    return _done(graph)


def transpose(rng):
    graph = Graph()
    shape = _shape(rng, 4)
    order = [0, *(1 + rng.permutation(3)).tolist()]
    graph.inputs = [_tensor(graph, rng, shape)]
    graph.outputs = [_tensor(graph, rng, [shape[axis] for axis in order], **_same_scale(graph, 0))]
    numbers = [graph.inputs[0], _ints(graph, order)]
    graph.op(OP.TRANSPOSE, numbers, graph.outputs, OPTIONS.TransposeOptions, fb.TransposeOptionsT())
    return _done(graph)


def strided_slice(rng):
    graph = Graph()
    shape = _shape(rng, int(rng.integers(2, 5)), 8)
    begin, end, steps, out, shrink = [], [], [], [], 0
    begin_mask, end_mask = int(rng.integers(16)), int(rng.integers(16))
    for axis, size in enumerate(shape):
        if axis and rng.random() < 0.2:
            shrink |= 1 << axis
            begin_mask &= ~(1 << axis)
            begin.append(int(rng.integers(-size, size)))
            end.append(begin[-1] + 1)
            steps.append(1)
            continue
        while True:
            first, last = (int(value) for value in rng.integers(-size - 2, size + 3, 2))
            step = int(rng.choice([1, 1, 2, 3, -1, -2]))
            low = None if begin_mask & 1 << axis else first
            high = None if end_mask & 1 << axis else last
            if count := len(range(*slice(low, high, step).indices(size))):
                break
        begin.append(first)
        end.append(last)
        steps.append(step)
        out.append(count)
    graph.inputs = [_tensor(graph, rng, shape)]
    numbers = [graph.inputs[0], _ints(graph, begin), _ints(graph, end), _ints(graph, steps)]
    graph.outputs = [_tensor(graph, rng, out, **_same_scale(graph, 0))]
    options = fb.StridedSliceOptionsT(beginMask=begin_mask, endMask=end_mask, shrinkAxisMask=shrink)
    graph.op(OP.STRIDED_SLICE, numbers, graph.outputs, OPTIONS.StridedSliceOptions, options)
    return _done(graph)


def slice_(rng):
    graph = Graph()
    shape = _shape(rng, int(rng.integers(2, 5)), 8)
    begin = [int(rng.integers(0, size)) for size in shape]
    sizes = [int(rng.integers(1, size - start + 1)) for size, start in zip(shape, begin, strict=True)]
    graph.inputs = [_tensor(graph, rng, shape)]
    graph.outputs = [_tensor(graph, rng, sizes, **_same_scale(graph, 0))]
    pairs = zip(sizes, shape, begin, strict=True)
    given = [-1 if size == whole - start and rng.random() < 0.5 else size for size, whole, start in pairs]
    numbers = [graph.inputs[0], _ints(graph, begin), _ints(graph, given)]
    graph.op(OP.SLICE, numbers, graph.outputs, OPTIONS.SliceOptions, fb.SliceOptionsT())
    return _done(graph)


def concatenation(rng):
    """The input, a constant and the input again, side by side."""
    graph = Graph()
    shape = _shape(rng, int(rng.integers(2, 5)))
    axis = int(rng.integers(1, len(shape)))
    graph.inputs = [_tensor(graph, rng, shape)]
    same = _same_scale(graph, 0)
    other = [int(rng.integers(1, 5)) if number == axis else size for number, size in enumerate(shape)]
    constant = graph.tensor(other, data=_int8(rng, other), **same)
    out = [2 * size + other[axis] if number == axis else size for number, size in enumerate(shape)]
    graph.outputs = [_tensor(graph, rng, out, **same)]
    options = fb.ConcatenationOptionsT(axis=axis - len(shape) if rng.random() < 0.3 else axis)
    numbers = [graph.inputs[0], constant, graph.inputs[0]]
    graph.op(OP.CONCATENATION, numbers, graph.outputs, OPTIONS.ConcatenationOptions, options)
    return _done(graph)


def pack(rng):
    graph = Graph()
    shape = _shape(rng, int(rng.integers(2, 4)))
    axis = int(rng.integers(1, len(shape) + 1))
    graph.inputs = [_tensor(graph, rng, shape)]
    same = _same_scale(graph, 0)
    constant = graph.tensor(shape, data=_int8(rng, shape), **same)
    graph.outputs = [_tensor(graph, rng, [*shape[:axis], 2, *shape[axis:]], **same)]
    options = fb.PackOptionsT(valuesCount=2, axis=axis)
    graph.op(OP.PACK, [graph.inputs[0], constant], graph.outputs, OPTIONS.PackOptions, options)
    return _done(graph)


def _rejoin(graph, rng, parts, shapes, axis):
    """Put parts together in reverse order, so that each is looked at."""
    same = _same_scale(graph, 0)
    whole = sum(shape[axis] for shape in shapes)
    out = [whole if number == axis else size for number, size in enumerate(shapes[0])]
    graph.outputs = [_tensor(graph, rng, out, **same)]
    options = fb.ConcatenationOptionsT(axis=axis)
    graph.op(OP.CONCATENATION, parts[::-1], graph.outputs, OPTIONS.ConcatenationOptions, options)
    return _done(graph)


def split(rng):
    graph = Graph()
    shape = _shape(rng, int(rng.integers(2, 5)))
    axis, count = int(rng.integers(1, len(shape))), int(rng.integers(1, 4))
    part = list(shape)
    shape[axis] *= count
    graph.inputs = [_tensor(graph, rng, shape)]
    parts = [_tensor(graph, rng, part, **_same_scale(graph, 0)) for _ in range(count)]
    numbers = [_ints(graph, axis, shape=[]), graph.inputs[0]]
    graph.op(OP.SPLIT, numbers, parts, OPTIONS.SplitOptions, fb.SplitOptionsT(numSplits=count))
    return _rejoin(graph, rng, parts, [part] * count, axis)


def split_v(rng):
    graph = Graph()
    shape = _shape(rng, int(rng.integers(2, 5)))
    axis = int(rng.integers(1, len(shape)))
    sizes = [int(value) for value in rng.integers(1, 4, int(rng.integers(1, 4)))]
    shape[axis] = sum(sizes)
    graph.inputs = [_tensor(graph, rng, shape)]
    shapes = [[size if number == axis else count for number, count in enumerate(shape)] for size in sizes]
    parts = [_tensor(graph, rng, part, **_same_scale(graph, 0)) for part in shapes]
    numbers = [graph.inputs[0], _ints(graph, sizes), _ints(graph, axis, shape=[])]
    graph.op(OP.SPLIT_V, numbers, parts, OPTIONS.SplitVOptions, fb.SplitVOptionsT(numSplits=len(sizes)))
    return _rejoin(graph, rng, parts, shapes, axis)


def unpack(rng):
    graph = Graph()
    shape = _shape(rng, int(rng.integers(2, 4)), 4)
    axis = int(rng.integers(1, len(shape)))
    part = shape[:axis] + shape[axis + 1 :]
    graph.inputs = [_tensor(graph, rng, shape)]
    same = _same_scale(graph, 0)
    parts = [_tensor(graph, rng, part, **same) for _ in range(shape[axis])]
    options = fb.UnpackOptionsT(num=shape[axis], axis=axis)
    graph.op(OP.UNPACK, graph.inputs, parts, OPTIONS.UnpackOptions, options)
    graph.outputs = [_tensor(graph, rng, [*part[:1], len(parts), *part[1:]], **same)]
    stacked = fb.PackOptionsT(valuesCount=len(parts), axis=1)
    graph.op(OP.PACK, parts[::-1], graph.outputs, OPTIONS.PackOptions, stacked)
    return _done(graph)


def resize(rng):
    graph = Graph()
    shape = _shape(rng, 4, 7)
    sizes = [int(value) for value in rng.integers(1, 15, 2)]
    graph.inputs = [_tensor(graph, rng, shape)]
    graph.outputs = [_tensor(graph, rng, [1, *sizes, shape[3]], **_same_scale(graph, 0))]
    options = fb.ResizeNearestNeighborOptionsT(
        alignCorners=bool(rng.integers(2)), halfPixelCenters=bool(rng.integers(2))
    )
    numbers = [graph.inputs[0], _ints(graph, sizes)]
    graph.op(
        OP.RESIZE_NEAREST_NEIGHBOR, numbers, graph.outputs, OPTIONS.ResizeNearestNeighborOptions, options
    )
    return _done(graph)


def space_batch(rng):
    """Space to batch, a table on the batches, and back: as a converter writes a dilated convolution."""
    graph = Graph()
    blocks = [int(value) for value in rng.integers(1, 4, 2)]
    before = [int(value) for value in rng.integers(0, 4, 2)]
    sizes = [int(value) for value in rng.integers(1, 8, 2)]
    after = [
        -(size + pad) % block + block * int(rng.integers(2))
        for size, pad, block in zip(sizes, before, blocks, strict=True)
    ]
    rows = [(size + b + a) // block for size, b, a, block in zip(sizes, before, after, blocks, strict=True)]
    channels = int(rng.integers(1, 4))
    graph.inputs = [_tensor(graph, rng, [1, *sizes, channels], zero=0)]
    same = _same_scale(graph, 0)
    parts = _tensor(graph, rng, [blocks[0] * blocks[1], *rows, channels], **same)
    amounts = np.array([[before[0], after[0]], [before[1], after[1]]])
    numbers = [graph.inputs[0], _ints(graph, blocks), _ints(graph, amounts)]
    graph.op(
        OP.SPACE_TO_BATCH_ND, numbers, [parts], OPTIONS.SpaceToBatchNDOptions, fb.SpaceToBatchNDOptionsT()
    )
    changed = _tensor(graph, rng, [blocks[0] * blocks[1], *rows, channels])
    graph.op(OP.LEAKY_RELU, [parts], [changed], OPTIONS.LeakyReluOptions, fb.LeakyReluOptionsT(alpha=0.2))
    crops = np.array([[int(rng.integers(0, before[0] + 1)), 0], [0, int(rng.integers(0, after[1] + 1))]])
    out = [row * block - int(crop.sum()) for row, block, crop in zip(rows, blocks, crops, strict=True)]
    graph.outputs = [_tensor(graph, rng, [1, *out, channels], **_same_scale(graph, changed))]
    numbers = [changed, _ints(graph, blocks), _ints(graph, crops)]
    graph.op(
        OP.BATCH_TO_SPACE_ND,
        numbers,
        graph.outputs,
        OPTIONS.BatchToSpaceNDOptions,
        fb.BatchToSpaceNDOptionsT(),
    )
    return _done(graph)


def svdf(rng):
    graph = Graph()
    inputs, units, rank, memory = (int(value) for value in rng.integers(1, 7, 4))
    filters = units * rank
    wide = bool(rng.integers(2))
    graph.inputs = [_tensor(graph, rng, (1, inputs))]
    scale = graph.tensors[0].quantization.scale[0]
    features = graph.tensor([filters, inputs], scale=0.01, data=_int8(rng, [filters, inputs]))
    kind = {"kind": INT16} if wide else {}
    limit = 2000 if wide else 128
    values = rng.integers(-limit, limit, [filters, memory]).astype(np.int16 if wide else np.int8)
    times = graph.tensor([filters, memory], scale=0.02, data=values, **kind)
    state_scale = 0.01 * scale * 74 * 74 * np.sqrt(inputs) / (8000 if wide else 60)
    bias = graph.tensor(
        [units], kind=INT32, scale=state_scale * 0.02, data=rng.integers(-900, 900, units, dtype=np.int32)
    )
    state = graph.tensor([1, filters * memory], scale=state_scale, zero=0, **kind)
    graph.tensors[state].isVariable = True
    spread = state_scale * 0.02 * (8000 * 1000 if wide else 60 * 60) * np.sqrt(memory * rank)
    graph.outputs = [_tensor(graph, rng, (1, units), scale=spread / 60)]
    numbers = [graph.inputs[0], features, times, bias, state]
    graph.op(OP.SVDF, numbers, graph.outputs, OPTIONS.SVDFOptions, fb.SVDFOptionsT(rank=rank))
    return _done(graph)


def batches(rng):
    """Operators on images of more than one batch, as space to batch makes them."""
    graph = Graph()
    batch, height, width, channels = (int(value) for value in rng.integers(2, 5, 4))
    count = batch * height * width * channels
    graph.inputs = [_tensor(graph, rng, (1, count))]
    shape = [batch, height, width, channels]
    image = _tensor(graph, rng, shape, **_same_scale(graph, 0))
    numbers = [graph.inputs[0], _ints(graph, shape)]
    graph.op(OP.RESHAPE, numbers, [image], OPTIONS.ReshapeOptions, fb.ReshapeOptionsT(newShape=shape))
    scale = graph.tensors[image].quantization.scale[0]
    kind = int(rng.integers(4))
    if kind == 0:
        constants, out_scale = _weights(graph, rng, (3, 2, 2, channels), 0, scale, per_channel=True)
        graph.outputs = [_tensor(graph, rng, [batch, height - 1, width - 1, 3], scale=out_scale)]
        options = fb.Conv2DOptionsT(padding=VALID, strideH=1, strideW=1)
        graph.op(OP.CONV_2D, [image, *constants], graph.outputs, OPTIONS.Conv2DOptions, options)
    elif kind == 1:
        constants, out_scale = _weights(graph, rng, (1, 3, 3, channels), 3, scale, per_channel=True)
        graph.outputs = [_tensor(graph, rng, shape, scale=out_scale)]
        options = fb.DepthwiseConv2DOptionsT(padding=SAME, strideH=1, strideW=1, depthMultiplier=1)
        numbers = [image, *constants]
        graph.op(OP.DEPTHWISE_CONV_2D, numbers, graph.outputs, OPTIONS.DepthwiseConv2DOptions, options)
    elif kind == 2:
        constants, out_scale = _weights(graph, rng, (5, 1, 1, channels), 0, scale, per_channel=True)
        graph.outputs = [_tensor(graph, rng, [batch, height, width, 5], scale=out_scale)]
        options = fb.Conv2DOptionsT(padding=SAME, strideH=1, strideW=1)
        graph.op(OP.CONV_2D, [image, *constants], graph.outputs, OPTIONS.Conv2DOptions, options)
    else:
        same = _same_scale(graph, image)
        graph.outputs = [_tensor(graph, rng, [batch, height // 2, width // 2, channels], **same)]
        options = fb.Pool2DOptionsT(padding=VALID, strideH=2, strideW=2, filterHeight=2, filterWidth=2)
        graph.op(OP.MAX_POOL_2D, [image], graph.outputs, OPTIONS.Pool2DOptions, options)
    return _done(graph)


CASES = {
    "ADD": add,
    "AVERAGE_POOL_2D": average_pool,
    "BATCH_TO_SPACE_ND": space_batch,
    "batches": batches,
    "CONCATENATION": concatenation,
    "CONV_2D": conv_2d,
    "CONV_2D 1x1": pointwise,
    "DEPTHWISE_CONV_2D": depthwise,
    "EXPAND_DIMS": expand_dims,
    "FULLY_CONNECTED": fully_connected,
    "HARD_SWISH": hard_swish,
    "LEAKY_RELU": leaky_relu,
    "LOGISTIC": logistic,
    "MAX_POOL_2D": max_pool,
    "MEAN": mean,
    "MUL": mul,
    "PACK": pack,
    "PAD": pad,
    "PADV2": pad_v2,
    "QUANTIZE": quantize,
    "RELU": relu,
    "RELU6": relu6,
    "RESHAPE": reshape,
    "RESIZE_NEAREST_NEIGHBOR": resize,
    "SLICE": slice_,
    "SOFTMAX": softmax,
    "SPLIT": split,
    "SPLIT_V": split_v,
    "SQUEEZE": squeeze,
    "STRIDED_SLICE": strided_slice,
    "SUB": sub,
    "SUM": sum_,
    "SVDF": svdf,
    "TANH": tanh,
    "TRANSPOSE": transpose,
    "UNPACK": unpack,
}
