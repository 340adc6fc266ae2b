"""Small int8 .tflite files for tests, built by hand from the schema, without TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import flatbuffers
import numpy as np
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as fb

OP = fb.BuiltinOperator
OPTIONS = fb.BuiltinOptions


@dataclass
class Graph:
    """A model under construction; `tensor` and `op` return indices and append."""

    tensors: list[Any] = field(default_factory=list)
    buffers: list[Any] = field(default_factory=lambda: [fb.BufferT()])
    operators: list[Any] = field(default_factory=list)
    codes: list[Any] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    outputs: list[int] = field(default_factory=list)

    def tensor(self, shape, *, kind=fb.TensorType.INT8, scale=(), zero=0, axis=0, data=None, name="") -> int:
        tensor = fb.TensorT(shape=list(shape), type=kind, name=name or f"layer/{len(self.tensors)}/tensor")
        scales = [float(value) for value in np.atleast_1d(scale)]
        if scales:
            tensor.quantization = fb.QuantizationParametersT(
                scale=scales,
                zeroPoint=[zero] * len(scales),
                quantizedDimension=axis,
                min=[-1.0] * len(scales),
                max=[1.0] * len(scales),
            )
        self.buffers.append(
            fb.BufferT(data=None if data is None else np.frombuffer(data.tobytes(), np.uint8))
        )
        tensor.buffer = len(self.buffers) - 1
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def op(self, code, inputs, outputs, options_type=0, options=None) -> None:
        numbers = [known.builtinCode for known in self.codes]
        if code not in numbers:
            self.codes.append(
                fb.OperatorCodeT(builtinCode=code, deprecatedBuiltinCode=min(code, 127), version=1)
            )
            numbers.append(code)
        self.operators.append(
            fb.OperatorT(
                opcodeIndex=numbers.index(code),
                inputs=list(inputs),
                outputs=list(outputs),
                builtinOptionsType=options_type,
                builtinOptions=options,
            )
        )

    def beside(self) -> Graph:
        """Return another graph of the same file, to be given to `pack`."""
        return Graph(buffers=self.buffers, codes=self.codes)

    def subgraph(self, name: str) -> Any:
        return fb.SubGraphT(
            tensors=self.tensors,
            inputs=self.inputs,
            outputs=self.outputs,
            operators=self.operators,
            name=name,
        )

    def pack(self, *others: Graph) -> bytes:
        graphs = [self.subgraph("main"), *(other.subgraph("other") for other in others)]
        self.buffers.append(fb.BufferT(data=np.frombuffer(b"1.14.0\0\0", np.uint8)))
        model = fb.ModelT(
            version=3,
            operatorCodes=self.codes,
            subgraphs=graphs,
            buffers=self.buffers,
            description="made by hand",
            metadata=[fb.MetadataT(name="min_runtime_version", buffer=len(self.buffers) - 1)],
        )
        builder = flatbuffers.Builder(1024)
        builder.ForceDefaults(True)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def classifier_graph(seed: int = 0, *, per_channel_dense: bool = False) -> Graph:
    """[1, 8, 4, 1] -> conv 3x3, depthwise 3x1, add, pool, reshape, dense to 3, softmax."""
    rng = np.random.default_rng(seed)
    graph = Graph()

    def weights(shape, axis, count):
        data = rng.integers(-127, 128, shape, dtype=np.int8)
        scale = rng.uniform(0.002, 0.01, count) if count > 1 else [0.005]
        return graph.tensor(shape, scale=scale, axis=axis, data=data), np.asarray(scale)

    def bias(count, scale):
        data = rng.integers(-500, 500, count, dtype=np.int32)
        return graph.tensor([count], kind=fb.TensorType.INT32, scale=scale, data=data)

    graph.tensor([7], name="unused", data=np.arange(7, dtype=np.int8))
    graph.inputs = [graph.tensor([1, 8, 4, 1], scale=0.03, zero=-5, name="serving_default_input:0")]
    kernel, scale = weights([4, 3, 3, 1], 0, 4)
    first = graph.tensor([1, 8, 4, 4], scale=0.05, zero=-128)
    conv = fb.Conv2DOptionsT(padding=0, strideW=1, strideH=1, fusedActivationFunction=1)
    graph.op(OP.CONV_2D, [*graph.inputs, kernel, bias(4, 0.03 * scale)], [first], OPTIONS.Conv2DOptions, conv)
    kernel, scale = weights([1, 3, 1, 4], 3, 4)
    second = graph.tensor([1, 8, 4, 4], scale=0.04, zero=3)
    depthwise = fb.DepthwiseConv2DOptionsT(padding=0, strideW=1, strideH=1, depthMultiplier=1)
    graph.op(
        OP.DEPTHWISE_CONV_2D,
        [first, kernel, bias(4, 0.05 * scale)],
        [second],
        OPTIONS.DepthwiseConv2DOptions,
        depthwise,
    )
    third = graph.tensor([1, 8, 4, 4], scale=0.06, zero=-20)
    graph.op(OP.ADD, [first, second], [third], OPTIONS.AddOptions, fb.AddOptionsT())
    pooled = graph.tensor([1, 2, 1, 4], scale=0.06, zero=-20)
    pool = fb.Pool2DOptionsT(padding=1, strideW=4, strideH=4, filterWidth=4, filterHeight=4)
    graph.op(OP.AVERAGE_POOL_2D, [third], [pooled], OPTIONS.Pool2DOptions, pool)
    shape = graph.tensor([2], kind=fb.TensorType.INT32, data=np.array([1, 8], np.int32))
    flat = graph.tensor([1, 8], scale=0.06, zero=-20)
    reshape = fb.ReshapeOptionsT(newShape=[1, 8])
    graph.op(OP.RESHAPE, [pooled, shape], [flat], OPTIONS.ReshapeOptions, reshape)
    kernel, scale = weights([3, 8], 0, 3 if per_channel_dense else 1)
    logits = graph.tensor([1, 3], scale=0.1, zero=4)
    graph.op(
        OP.FULLY_CONNECTED,
        [flat, kernel, bias(3, 0.06 * scale)],
        [logits],
        OPTIONS.FullyConnectedOptions,
        fb.FullyConnectedOptionsT(),
    )
    graph.outputs = [graph.tensor([1, 3], scale=1 / 256, zero=-128, name="StatefulPartitionedCall:0")]
    graph.op(OP.SOFTMAX, [logits], graph.outputs, OPTIONS.SoftmaxOptions, fb.SoftmaxOptionsT(beta=1.0))
    return graph


def classifier(seed: int = 0, *, per_channel_dense: bool = False) -> bytes:
    """Return the bytes of `classifier_graph`."""
    return classifier_graph(seed, per_channel_dense=per_channel_dense).pack()


def random_inputs(shape, count: int, seed: int = 0):
    """Return [count, ...] int8 for a model whose input shape, batch included, is `shape`."""
    return np.random.default_rng(seed).integers(-128, 128, (count, *shape[1:]), dtype=np.int8)
