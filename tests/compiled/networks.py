"""Random networks of many operators, for what one operator alone does not show: the memory plan."""

from __future__ import annotations

import numpy as np
from tflite_models import OP, OPTIONS, Graph, fb

INT32 = fb.TensorType.INT32


class Network:
    """A graph under construction whose tensors keep a useful range of values."""

    def __init__(self, rng):
        self.rng = rng
        self.graph = Graph()
        height, width = (int(value) for value in rng.integers(3, 11, 2))
        self.graph.inputs = [self.tensor([1, height, width, int(rng.integers(1, 9))])]
        self.made = list(self.graph.inputs)

    def tensor(self, shape, like=None):
        scale, zero = 0.05 * float(self.rng.uniform(0.5, 2)), int(self.rng.integers(-40, 41))
        if like is not None:
            quantization = self.graph.tensors[like].quantization
            scale, zero = quantization.scale, quantization.zeroPoint[0]
        return self.graph.tensor([int(size) for size in shape], scale=scale, zero=zero)

    def shape(self, tensor):
        return self.graph.tensors[tensor].shape

    def ints(self, values):
        data = np.asarray(values, np.int32)
        return self.graph.tensor(list(data.shape), kind=INT32, data=data)

    def weights(self, shape, axis):
        channels = shape[axis]
        depth = int(np.prod(shape)) // channels
        data = self.rng.integers(-127, 128, shape, dtype=np.int8)
        scale = self.rng.uniform(0.5, 1.5, channels) / 74 / np.sqrt(depth)
        bias = self.rng.integers(-1000, 1000, channels, dtype=np.int32)
        kernel = self.graph.tensor([int(size) for size in shape], scale=scale, axis=axis, data=data)
        return [kernel, self.graph.tensor([channels], kind=INT32, scale=scale * 0.05, data=bias)]

    def conv(self, source, *, kernel, stride=1, padding=0, outputs=None):
        _, height, width, inputs = self.shape(source)
        outputs = outputs or int(self.rng.integers(1, 12))
        if padding:
            kernel = min(kernel, height, width)
            height, width = height - kernel + 1, width - kernel + 1
        target = self.tensor([1, -(-height // stride), -(-width // stride), outputs])
        options = fb.Conv2DOptionsT(padding=padding, strideH=stride, strideW=stride)
        options.fusedActivationFunction = int(self.rng.integers(2))
        numbers = [source, *self.weights([outputs, kernel, kernel, inputs], 0)]
        self.graph.op(OP.CONV_2D, numbers, [target], OPTIONS.Conv2DOptions, options)
        return target

    def depthwise(self, source):
        _, height, width, channels = self.shape(source)
        kernel, stride = int(self.rng.choice([2, 3, 5])), int(self.rng.choice([1, 1, 2]))
        target = self.tensor([1, -(-height // stride), -(-width // stride), channels])
        options = fb.DepthwiseConv2DOptionsT(strideH=stride, strideW=stride, depthMultiplier=1)
        numbers = [source, *self.weights([1, kernel, kernel, channels], 3)]
        self.graph.op(OP.DEPTHWISE_CONV_2D, numbers, [target], OPTIONS.DepthwiseConv2DOptions, options)
        return target

    def padded_conv(self, source):
        shape = self.shape(source)
        amounts = np.zeros((4, 2), np.int32)
        amounts[1:3] = self.rng.integers(0, 3, (2, 2))
        out = [size + int(pair.sum()) for size, pair in zip(shape, amounts, strict=True)]
        padded = self.tensor(out, like=source)
        self.graph.op(OP.PAD, [source, self.ints(amounts)], [padded], OPTIONS.PadOptions, fb.PadOptionsT())
        if self.rng.random() < 0.3:
            self.made.append(padded)  # someone else reads it too
        return self.conv(padded, kernel=3, stride=int(self.rng.integers(1, 3)), padding=1)

    def add(self, source):
        same = [tensor for tensor in self.made if self.shape(tensor) == self.shape(source)]
        target = self.tensor(self.shape(source))
        pair = [source, int(self.rng.choice(same))]
        self.graph.op(OP.ADD, pair, [target], OPTIONS.AddOptions, fb.AddOptionsT())
        return target

    def table(self, source):
        target = self.tensor(self.shape(source))
        options = fb.LeakyReluOptionsT(alpha=0.25)
        self.graph.op(OP.LEAKY_RELU, [source], [target], OPTIONS.LeakyReluOptions, options)
        return target

    def pool(self, source):
        _, height, width, channels = self.shape(source)
        window = min(2, height, width)
        target = self.tensor([1, height // window, width // window, channels], like=source)
        options = fb.Pool2DOptionsT(
            padding=1, strideH=window, strideW=window, filterHeight=window, filterWidth=window
        )
        code = OP.AVERAGE_POOL_2D if self.rng.random() < 0.5 else OP.MAX_POOL_2D
        self.graph.op(code, [source], [target], OPTIONS.Pool2DOptions, options)
        return target

    def halves(self, source):
        """Split the channels, go on with the second part, and put both together again."""
        shape = self.shape(source)
        if shape[3] % 2:
            return self.table(source)
        parts = [self.tensor([*shape[:3], shape[3] // 2], like=source) for _ in range(2)]
        axis = self.graph.tensor([], kind=INT32, data=np.array(3, np.int32))
        self.graph.op(OP.SPLIT, [axis, source], parts, OPTIONS.SplitOptions, fb.SplitOptionsT(numSplits=2))
        target = self.tensor(shape, like=source)
        options = fb.ConcatenationOptionsT(axis=3)
        self.graph.op(OP.CONCATENATION, parts[::-1], [target], OPTIONS.ConcatenationOptions, options)
        return target

    def rows(self, source):
        """Take the rows from one on, which lie together, under another shape."""
        shape = self.shape(source)
        if shape[1] < 2:
            return self.table(source)
        target = self.tensor([1, shape[1] - 1, *shape[2:]], like=source)
        numbers = [source, self.ints([0, 1, 0, 0]), self.ints(shape), self.ints([1, 1, 1, 1])]
        options = fb.StridedSliceOptionsT(beginMask=13, endMask=15)
        self.graph.op(OP.STRIDED_SLICE, numbers, [target], OPTIONS.StridedSliceOptions, options)
        other = self.tensor([1, shape[2], shape[1] - 1, shape[3]], like=source)
        numbers = [target, self.ints(self.shape(other))]
        reshape = fb.ReshapeOptionsT(newShape=self.shape(other))
        self.graph.op(OP.RESHAPE, numbers, [other], OPTIONS.ReshapeOptions, reshape)
        return other


def network(rng):
    """Return a random network and its input shape."""
    made = Network(rng)
    steps = (
        lambda source: made.conv(source, kernel=1),
        lambda source: made.conv(source, kernel=3),
        lambda source: made.conv(source, kernel=3, outputs=made.shape(source)[3]),
        lambda source: made.conv(source, kernel=int(rng.integers(1, 4)), stride=2),
        made.depthwise,
        made.depthwise,
        made.padded_conv,
        made.add,
        made.add,
        made.table,
        made.pool,
        made.halves,
        made.rows,
    )
    for _ in range(int(rng.integers(3, 14))):
        source = made.made[-1] if rng.random() < 0.8 else int(rng.choice(made.made))
        made.made.append(steps[int(rng.integers(len(steps)))](source))
    made.graph.outputs = [made.made[-1]]
    return made.graph.pack(), tuple(made.shape(made.graph.inputs[0]))
