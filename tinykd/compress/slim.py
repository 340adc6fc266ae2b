"""Making a .tflite file smaller without changing a bit of what it computes.

What is dropped: all but one of a convolution's scales where they are equal (a
kernel quantised per layer), names, descriptions, min and max, metadata, signatures, shape
signatures, fields at their default, unused tensors and operator codes, empty
and duplicate buffers, and the scales of biases (they are input scale times
weight scale, and the int8 kernels of TFLite Micro and TensorFlow Lite take them
from there). What is equal is stored once: the format lets any number of offsets
point at one object.

Zero points stay as many as the scales: TFLite Micro would take one for all,
TensorFlow Lite refuses that. Without bias scales TensorFlow Lite's XNNPACK
delegate leaves a convolution to the built-in kernel, which is the exact one.
Source: flatbuffers' internals document; TensorFlow Lite's schema.fbs, version 3.
"""

from __future__ import annotations

from typing import Any

import flatbuffers
import numpy as np
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as fb

from tinykd.errors import ModelError
from tinykd.flatbuffer import IDENTIFIER, builtin_code, read_model, shape_of, type_name

BUFFER_ALIGNMENT = 16  # TFLite's kernels may load constants as 16-byte vectors
CONVOLUTIONS = (fb.BuiltinOperator.CONV_2D, fb.BuiltinOperator.DEPTHWISE_CONV_2D)
CHANGES_MEANING = (b"COMPRESSION_METADATA",)  # metadata without which the constants read differently

# A table's field: (slot in the schema, kind, value); the kinds and their sizes in bytes.
Field = tuple[int, str, int]
SIZES = {"offset": 4, "u32": 4, "i32": 4, "i8": 1, "u8": 1, "bool": 1}


class _Packer:
    """A flatbuffer builder that stores equal objects once.

    A builder writes from the file's end to its start, and an offset points
    forward, so whatever is stored may be pointed at by all that follows.
    """

    def __init__(self) -> None:
        self.builder = flatbuffers.Builder(1024)
        self.stored: dict[Any, int] = {}

    def vector(self, data: bytes, element_bytes: int, alignment: int = 4) -> int:
        """Store a vector of scalars given as little-endian bytes; return its offset."""
        alignment = max(alignment, element_bytes)
        key = ("vector", data, element_bytes, alignment)
        if key not in self.stored:
            count = len(data) // element_bytes
            self.builder.StartVector(element_bytes, count, alignment)
            self.builder.head -= len(data)
            self.builder.Bytes[self.builder.head : self.builder.head + len(data)] = data
            self.stored[key] = self.builder.EndVector()
        return self.stored[key]

    def i32(self, values: Any) -> int:
        """Store a vector of int32."""
        return self.vector(np.asarray(values, "<i4").tobytes(), 4)

    def offsets(self, targets: list[int]) -> int:
        """Store a vector of offsets (unshared: each stands once in a model)."""
        self.builder.StartVector(4, len(targets), 4)
        for target in reversed(targets):
            self.builder.PrependUOffsetTRelative(target)
        return int(self.builder.EndVector())

    def table(self, *fields: Field) -> int:
        """Store a table; fields of value 0, every field's default here, are left out."""
        present = tuple(field for field in fields if field[2])
        key = ("table", present)
        if key not in self.stored:
            slots = 1 + max((slot for slot, _, _ in present), default=-1)
            self.builder.StartObject(slots)
            for slot, kind, value in sorted(present, key=lambda field: (-SIZES[field[1]], field[0])):
                self._prepend(kind, value)
                self.builder.Slot(slot)
            self.stored[key] = self.builder.EndObject()
        return self.stored[key]

    def _prepend(self, kind: str, value: int) -> None:
        if kind == "offset":
            self.builder.PrependUOffsetTRelative(value)
        elif kind == "u32":
            self.builder.PrependUint32(value)
        elif kind == "i32":
            self.builder.PrependInt32(value)
        elif kind == "i8":
            self.builder.PrependInt8(value)
        else:
            self.builder.PrependUint8(value)

    def options(self, options: Any) -> int:
        """Store an operator's option table; the generated code leaves defaults out."""
        values = {name: np.asarray(value).tolist() for name, value in vars(options).items()}
        key = ("options", type(options).__name__, repr(sorted(values.items())))
        if key not in self.stored:
            self.stored[key] = options.Pack(self.builder)
        return self.stored[key]


def slim(data: bytes, *, where: str = "model") -> bytes:
    """Return the same model in fewer bytes; equal input gives equal output.

    Args:
      data: a .tflite file.
      where: what to call it in errors.

    Returns:
      A .tflite file with bit-identical outputs and without names, to be loaded by
      TFLite Micro and TensorFlow Lite.

    Raises:
      ModelError: not a whole .tflite file, or its constants are compressed.
    """
    model = read_model(data, where=where)
    for entry in model.metadata or []:
        if entry.name in CHANGES_MEANING:
            raise ModelError(
                where, f"it has {entry.name.decode()}", "slim a model before compressing its weights"
            )
    packer = _Packer()
    buffers = _Buffers(packer, model.buffers)
    codes = _OperatorCodes(packer, model.operatorCodes or [])
    graphs = [_subgraph(packer, graph, buffers, codes, model.operatorCodes) for graph in model.subgraphs]
    root = packer.table(
        (0, "u32", model.version),
        (1, "offset", packer.offsets(codes.stored)),
        (2, "offset", packer.offsets(graphs)),
        (4, "offset", packer.offsets(buffers.stored)),
    )
    packer.builder.Finish(root, IDENTIFIER)
    return bytes(packer.builder.Output())


class _Buffers:
    """The buffers in use; number 0 is empty by the schema's rule."""

    def __init__(self, packer: _Packer, originals: list[Any]) -> None:
        self.packer = packer
        self.originals = originals
        self.stored = [packer.table()]

    def number(self, original: int) -> int:
        """Return the new number of an original buffer, which is stored at its first use."""
        data = self.originals[original].data
        if data is None or len(data) == 0:
            return 0
        vector = self.packer.vector(data.tobytes(), 1, BUFFER_ALIGNMENT)
        table = self.packer.table((0, "offset", vector))
        if table not in self.stored:
            self.stored.append(table)
        return self.stored.index(table)


class _OperatorCodes:
    """The operator codes in use."""

    def __init__(self, packer: _Packer, originals: list[Any]) -> None:
        self.packer = packer
        self.originals = originals
        self.stored: list[int] = []

    def number(self, original: int) -> int:
        """Return the new number of an original operator code, which is stored at its first use."""
        code = self.originals[original]
        custom = self.packer.builder.CreateSharedString(code.customCode) if code.customCode else 0
        table = self.packer.table(
            (0, "i8", int(code.deprecatedBuiltinCode)),
            (1, "offset", custom),
            (2, "i32", 0 if code.version == 1 else int(code.version)),
            (3, "i32", int(code.builtinCode)),
        )
        if table not in self.stored:
            self.stored.append(table)
        return self.stored.index(table)


def _subgraph(
    packer: _Packer, graph: Any, buffers: _Buffers, codes: _OperatorCodes, originals: list[Any]
) -> int:
    operators = graph.operators or []
    lists = [graph.inputs, graph.outputs]
    lists += [indices for op in operators for indices in (op.inputs, op.outputs, op.intermediates)]
    used = sorted({index for indices in lists for index in _numbers(indices) if index >= 0})
    numbers = {-1: -1} | {old: new for new, old in enumerate(used)}
    implied = _implied_scales(graph, operators, originals)
    kernels = _convolution_kernels(operators, originals)
    tensors = [
        _tensor(packer, graph.tensors[old], buffers, old in implied, one_scale=old in kernels) for old in used
    ]
    stored = [_operator(packer, operator, numbers, codes) for operator in operators]
    return packer.table(
        (0, "offset", packer.offsets(tensors)),
        (1, "offset", packer.i32([numbers[index] for index in _numbers(graph.inputs)])),
        (2, "offset", packer.i32([numbers[index] for index in _numbers(graph.outputs)])),
        (3, "offset", packer.offsets(stored)),
    )


def _numbers(indices: Any) -> list[int]:
    return [] if indices is None else [int(index) for index in indices]


def _implied_scales(graph: Any, operators: list[Any], originals: list[Any]) -> set[int]:
    """Return the tensors that are nothing but int32 biases whose kernel ignores their scale.

    A fully connected layer with one weight scale checks its bias's scale, so that one stays.
    """
    biases, others = set[int](), {*_numbers(graph.inputs), *_numbers(graph.outputs)}
    for operator in operators:
        inputs = _numbers(operator.inputs)
        code = builtin_code(originals[operator.opcodeIndex])
        ignores = code in CONVOLUTIONS or (
            code == fb.BuiltinOperator.FULLY_CONNECTED
            and len(inputs) == 3
            and _has_scale_per_channel(graph.tensors[inputs[1]])
        )
        for position, index in enumerate(inputs):
            (biases if ignores and position == 2 else others).add(index)
    return {index for index in biases - others - {-1} if type_name(graph.tensors[index]) == "INT32"}


def _convolution_kernels(operators: list[Any], originals: list[Any]) -> set[int]:
    """Return the tensors that are nothing but kernels of convolutions, which may have one scale."""
    kernels, others = set[int](), set[int]()
    for operator in operators:
        convolves = builtin_code(originals[operator.opcodeIndex]) in CONVOLUTIONS
        for position, index in enumerate(_numbers(operator.inputs)):
            (kernels if convolves and position == 1 else others).add(index)
    return kernels - others


def _has_scale_per_channel(tensor: Any) -> bool:
    quantization = tensor.quantization
    return quantization is not None and quantization.scale is not None and len(quantization.scale) > 1


def _tensor(
    packer: _Packer, tensor: Any, buffers: _Buffers, scale_is_implied: bool, *, one_scale: bool
) -> int:
    shape = shape_of(tensor)
    quantization = 0 if scale_is_implied else _quantization(packer, tensor.quantization, one_scale=one_scale)
    return packer.table(
        (0, "offset", packer.i32(shape) if shape or tensor.shape is not None else 0),
        (1, "i8", int(tensor.type)),
        (2, "u32", buffers.number(tensor.buffer)),
        (4, "offset", quantization),
        (5, "bool", int(tensor.isVariable)),
    )


def _quantization(packer: _Packer, quantization: Any, *, one_scale: bool) -> int:
    """Store scales and zero points; `one_scale` allows a single one where all channels' are equal."""
    if quantization is None or quantization.scale is None or len(quantization.scale) == 0:
        return 0
    scales = np.asarray(quantization.scale, "<f4")
    points = np.asarray(quantization.zeroPoint, "<i8")
    if one_scale and (scales == scales[0]).all() and (points == points[0]).all():
        scales, points = scales[:1], points[:1]
    return packer.table(
        (2, "offset", packer.vector(scales.tobytes(), 4)),
        (3, "offset", packer.vector(points.tobytes(), 8)),
        (6, "i32", int(quantization.quantizedDimension) if len(scales) > 1 else 0),
    )


def _operator(packer: _Packer, operator: Any, numbers: dict[int, int], codes: _OperatorCodes) -> int:
    def renumbered(indices: Any) -> int:
        new = [numbers[index] for index in _numbers(indices)]
        return packer.i32(new) if new else 0

    custom = operator.customOptions
    mutating = operator.mutatingVariableInputs
    return packer.table(
        (0, "u32", codes.number(operator.opcodeIndex)),
        (1, "offset", renumbered(operator.inputs)),
        (2, "offset", renumbered(operator.outputs)),
        (3, "u8", int(operator.builtinOptionsType)),
        (4, "offset", packer.options(operator.builtinOptions) if operator.builtinOptions else 0),
        (5, "offset", 0 if custom is None else packer.vector(custom.tobytes(), 1, BUFFER_ALIGNMENT)),
        (7, "offset", packer.vector(mutating.tobytes(), 1) if mutating is not None and mutating.any() else 0),
        (8, "offset", renumbered(operator.intermediates)),
    )
