"""Damaged models: files with wrong bytes, and well-formed files with wrong contents."""

from __future__ import annotations

import copy

import flatbuffers
import numpy as np
from tflite_models import fb

from tinykd.flatbuffer import read_model

NUMBERS = (0, 1, -1, 2, 3, 4, 7, 127, 128, -128, 255, 65535, 65536, 2**31 - 1, -(2**31), 2**24, 100_000)
SCALES = (0.0, 1.0, 1e-30, 1e30, float("inf"), float("nan"), -1.0, 1 / 256, 1 / 128, 0.05)
OPTION_TABLES = [name for name in vars(fb) if name.endswith("OptionsT")]


def wrong_bytes(data: bytes, rng) -> bytes:
    """Change some bytes or words, or cut the file."""
    changed = bytearray(data)
    kind = rng.integers(4)
    if kind == 0:
        return bytes(changed[: int(rng.integers(len(changed)))])
    for _ in range(int(rng.integers(1, 6))):
        at = int(rng.integers(len(changed) - 4))
        if kind == 1:
            changed[at] = int(rng.integers(256))
        elif kind == 2:
            changed[at] ^= 1 << int(rng.integers(8))
        else:
            at -= at % 4
            changed[at : at + 4] = (int(rng.choice(NUMBERS)) % 2**32).to_bytes(4, "little")
    return bytes(changed)


def wrong_contents(data: bytes, rng) -> bytes | None:
    """Change some fields and write the file anew; None where the writer does not take the change."""
    model = copy.deepcopy(read_model(data))
    for _ in range(int(rng.integers(1, 4))):
        _change(model, model.subgraphs[int(rng.integers(len(model.subgraphs)))], rng)
    builder = flatbuffers.Builder(1024)
    try:
        builder.Finish(model.Pack(builder), b"TFL3")
    except (TypeError, ValueError, OverflowError, AttributeError, IndexError):
        return None
    except Exception as error:  # the writer checks ranges with exceptions of its own
        if "struct" in type(error).__module__ or "Number" in str(error):
            return None
        raise
    return bytes(builder.Output())


def _pick(rng, values):
    return values[int(rng.integers(len(values)))]


def _change(model, graph, rng) -> None:
    tensor = _pick(rng, graph.tensors)
    operator = _pick(rng, graph.operators)
    kind = int(rng.integers(11))
    if kind == 0 and tensor.shape is not None and len(tensor.shape):
        tensor.shape = np.array(tensor.shape)
        tensor.shape[int(rng.integers(len(tensor.shape)))] = int(_pick(rng, NUMBERS))
    elif kind == 1:
        other = _pick(rng, graph.tensors)
        tensor.shape, tensor.type = other.shape, other.type
    elif kind == 2 and tensor.quantization is not None and tensor.quantization.scale is not None:
        scale = np.array(tensor.quantization.scale)
        scale[int(rng.integers(len(scale)))] = _pick(rng, SCALES)
        tensor.quantization.scale = scale
    elif kind == 3 and tensor.quantization is not None and tensor.quantization.zeroPoint is not None:
        tensor.quantization.zeroPoint = np.array(tensor.quantization.zeroPoint)
        tensor.quantization.zeroPoint[0] = int(_pick(rng, NUMBERS))
    elif kind == 4 and operator.inputs is not None and len(operator.inputs):
        operator.inputs = np.array(operator.inputs)
        operator.inputs[int(rng.integers(len(operator.inputs)))] = int(rng.integers(-1, len(graph.tensors)))
    elif kind == 5 and operator.outputs is not None and len(operator.outputs):
        operator.outputs = np.array(operator.outputs)
        operator.outputs[int(rng.integers(len(operator.outputs)))] = int(rng.integers(len(graph.tensors)))
    elif kind == 6:
        operator.opcodeIndex = int(rng.integers(len(model.operatorCodes)))
    elif kind == 7 and operator.builtinOptions is not None:
        fields = list(vars(operator.builtinOptions))
        if fields:
            setattr(operator.builtinOptions, _pick(rng, fields), int(_pick(rng, NUMBERS)))
    elif kind == 8:
        buffer = model.buffers[tensor.buffer]
        if buffer.data is not None and len(buffer.data):
            buffer.data = np.array(buffer.data)
            for _ in range(int(rng.integers(1, 9))):
                buffer.data[int(rng.integers(len(buffer.data)))] = int(rng.integers(256))
    elif kind == 9:
        order = rng.permutation(len(graph.operators))
        graph.operators = [graph.operators[int(index)] for index in order]
    elif kind == 10:
        ends = [int(rng.integers(len(graph.tensors))) for _ in range(int(rng.integers(0, 3)))]
        if rng.random() < 0.5:
            graph.inputs = np.array(ends, np.int32)
        else:
            graph.outputs = np.array(ends, np.int32)
