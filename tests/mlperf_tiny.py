"""Models of the shapes of MLPerf Tiny with random weights, written as int8 flatbuffers.

Source: Banbury et al. 2021, arXiv:2106.07597: keyword spotting (DS-CNN) and anomaly detection (autoencoder).
"""

from __future__ import annotations

import math

import numpy as np
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as fb
from tflite_models import OP, OPTIONS, Graph

RELU = fb.ActivationFunctionType.RELU
NONE = fb.ActivationFunctionType.NONE
SPREAD = 55.0  # standard deviation of a layer's output, in int8 steps, on random input


class Builder:
    """A chain of layers with random weights; `last` is the tensor that the next one reads."""

    def __init__(self, seed: int, shape: list[int]) -> None:
        self.rng = np.random.default_rng(seed)
        self.graph = Graph()
        self.scale = 0.1
        self.zero = 3
        self.shape = shape
        self.last = self.graph.tensor(shape, scale=self.scale, zero=self.zero)
        self.graph.inputs = [self.last]

    def _weights(self, shape, axis, *, per_channel=True):
        """Return the tensors of weights and bias and the scale of the output, for outputs on `axis`."""
        count, taps = shape[axis], math.prod(shape) // shape[axis]
        if axis == 3:
            taps = shape[1] * shape[2]
        data = self.rng.integers(-127, 128, shape, dtype=np.int8)
        scales = self.rng.uniform(0.005, 0.01, count if per_channel else 1)
        steps = SPREAD * math.sqrt(taps) * 74  # of the accumulator, for inputs and weights spread evenly
        bias = self.rng.normal(0, steps / 4, count).astype(np.int32)
        kernel = self.graph.tensor(shape, scale=scales, axis=axis, data=data)
        biases = self.graph.tensor([count], kind=fb.TensorType.INT32, scale=scales * self.scale, data=bias)
        return kernel, biases, float(scales.mean()) * self.scale * steps / SPREAD

    def _next(self, shape, scale, *, relu):
        # A rectified layer's zero is its least value, as the converter has it.
        self.shape, self.scale, self.zero = shape, scale, -128 if relu else 5
        self.last = self.graph.tensor(shape, scale=scale, zero=self.zero)
        return self.last

    def conv(self, out, kernel, stride=1):
        height, width = (-(-size // stride) for size in self.shape[1:3])
        weights, bias, scale = self._weights([out, *kernel, self.shape[3]], 0)
        source = self.last
        options = fb.Conv2DOptionsT(padding=0, strideH=stride, strideW=stride, fusedActivationFunction=RELU)
        target = self._next([1, height, width, out], scale, relu=True)
        self.graph.op(OP.CONV_2D, [source, weights, bias], [target], OPTIONS.Conv2DOptions, options)

    def depthwise(self, kernel):
        weights, bias, scale = self._weights([1, *kernel, self.shape[3]], 3)
        source = self.last
        options = fb.DepthwiseConv2DOptionsT(
            padding=0, strideH=1, strideW=1, depthMultiplier=1, fusedActivationFunction=RELU
        )
        target = self._next(self.shape, scale, relu=True)
        self.graph.op(
            OP.DEPTHWISE_CONV_2D, [source, weights, bias], [target], OPTIONS.DepthwiseConv2DOptions, options
        )

    def pool(self):
        source, (_, height, width, channels) = self.last, self.shape
        options = fb.Pool2DOptionsT(
            padding=1, strideH=height, strideW=width, filterHeight=height, filterWidth=width
        )
        target = self._next([1, 1, 1, channels], self.scale, relu=True)
        self.graph.op(OP.AVERAGE_POOL_2D, [source], [target], OPTIONS.Pool2DOptions, options)

    def flatten(self):
        source, count = self.last, math.prod(self.shape)
        shape = self.graph.tensor([2], kind=fb.TensorType.INT32, data=np.array([1, count], np.int32))
        self.shape = [1, count]
        self.last = self.graph.tensor(self.shape, scale=self.scale, zero=self.zero)
        options = fb.ReshapeOptionsT(newShape=self.shape)
        self.graph.op(OP.RESHAPE, [source, shape], [self.last], OPTIONS.ReshapeOptions, options)

    def dense(self, out, *, relu):
        weights, bias, scale = self._weights([out, self.shape[-1]], 0, per_channel=False)
        source = self.last
        options = fb.FullyConnectedOptionsT(fusedActivationFunction=RELU if relu else NONE)
        target = self._next([1, out], scale, relu=relu)
        self.graph.op(
            OP.FULLY_CONNECTED, [source, weights, bias], [target], OPTIONS.FullyConnectedOptions, options
        )

    def softmax(self):
        target = self.graph.tensor(self.shape, scale=1 / 256, zero=-128)
        options = fb.SoftmaxOptionsT(beta=1.0)
        self.graph.op(OP.SOFTMAX, [self.last], [target], OPTIONS.SoftmaxOptions, options)
        self.last = target

    def pack(self) -> bytes:
        self.graph.outputs = [self.last]
        return self.graph.pack()


def ds_cnn(seed: int = 0) -> bytes:
    """49x10 -> 10x4 convolution of stride 2, four depthwise separable blocks of 64, pool, 12 classes."""
    model = Builder(seed, [1, 49, 10, 1])
    model.conv(64, (10, 4), stride=2)
    for _ in range(4):
        model.depthwise((3, 3))
        model.conv(64, (1, 1))
    model.pool()
    model.flatten()
    model.dense(12, relu=False)
    model.softmax()
    return model.pack()


def autoencoder(seed: int = 0) -> bytes:
    """640-128-128-128-128-8-128-128-128-128-640, fully connected."""
    model = Builder(seed, [1, 640])
    for width in (128, 128, 128, 128, 8, 128, 128, 128, 128):
        model.dense(width, relu=True)
    model.dense(640, relu=False)
    return model.pack()
