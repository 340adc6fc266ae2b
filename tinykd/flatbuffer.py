"""Reading .tflite files that nobody vouches for.

A .tflite file is a flatbuffer: tables of optional fields that point at each
other by offset. The generated reader trusts every offset, so the structure is
walked first, field by field, within the bytes and with a limit on its size.
Source: flatbuffers' internals document (binary format) and TensorFlow Lite's
schema.fbs, version 3.
"""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

from tinykd.errors import ModelError

IDENTIFIER = b"TFL3"
MAX_FILE_BYTES = 64_000_000
MAX_TABLES = 50_000  # a student has some hundreds
MAX_TENSOR_BYTES = 2**31 - 1
WHOLE_MODEL = "a whole int8 .tflite file (tinykd convert writes one)"

# Field kinds: an int is a scalar's size in bytes, "v4" a vector of 4-byte scalars, "string" a
# string, "table" a table whose fields are not walked, "Name" a table, "[Name]" a vector of tables.
TABLES: dict[str, tuple[int | str, ...]] = {
    "Model": (
        *(4, "[OperatorCode]", "[SubGraph]", "string", "[Buffer]", "v4", "[Metadata]", "[SignatureDef]"),
        *("refused", "refused"),
    ),
    "OperatorCode": (1, "string", 4, 4),
    "SubGraph": ("[Tensor]", "v4", "v4", "[Operator]", "string", 4),
    "Tensor": ("v4", 1, 4, "string", "Quantization", 1, "refused", "v4", 1, "refused", 4),
    "Quantization": ("v4", "v4", "v4", "v8", 1, "refused", 4),
    "Operator": (4, "v4", "v4", 1, "table", "v1", 1, "v1", "v4", 8, 8, 1, "refused", 4),
    "Buffer": ("v1", 8, 8),
    "Metadata": ("string", 4),
    "SignatureDef": ("[TensorMap]", "[TensorMap]", "string", "string", 4),
    "TensorMap": ("string", 4),
}

# Bits an element takes in a constant buffer; strings, resources and variants have no fixed size.
ELEMENT_BITS = {
    **{"FLOAT32": 32, "FLOAT16": 16, "FLOAT64": 64, "BFLOAT16": 16, "COMPLEX64": 64, "COMPLEX128": 128},
    **{"INT4": 4, "INT8": 8, "INT16": 16, "INT32": 32, "INT64": 64},
    **{"UINT8": 8, "UINT16": 16, "UINT32": 32, "UINT64": 64, "BOOL": 8},
}
TENSOR_TYPES: dict[int, str] = {
    value: name for name, value in vars(schema.TensorType).items() if not name.startswith("_")
}
OPERATOR_NAMES: dict[int, str] = {
    value: name for name, value in vars(schema.BuiltinOperator).items() if not name.startswith("_")
}

# Operators that TFLite Micro has, with the method of its MicroMutableOpResolver that links each.
# Source: the header of that class in the pinned tflite-micro.
# fmt: off
TFLM_OPS: dict[str, str] = {
    "ABS": "AddAbs", "ADD": "AddAdd", "ADD_N": "AddAddN", "ARG_MAX": "AddArgMax", "ARG_MIN": "AddArgMin",
    "ASSIGN_VARIABLE": "AddAssignVariable", "AVERAGE_POOL_2D": "AddAveragePool2D",
    "BATCH_MATMUL": "AddBatchMatMul", "BATCH_TO_SPACE_ND": "AddBatchToSpaceNd",
    "BROADCAST_ARGS": "AddBroadcastArgs", "BROADCAST_TO": "AddBroadcastTo", "CALL_ONCE": "AddCallOnce",
    "CAST": "AddCast", "CEIL": "AddCeil", "CONCATENATION": "AddConcatenation", "CONV_2D": "AddConv2D",
    "COS": "AddCos", "CUMSUM": "AddCumSum", "CUSTOM CIRCULAR_BUFFER": "AddCircularBuffer",
    "CUSTOM TFLite_Detection_PostProcess": "AddDetectionPostprocess",
    "DEPTHWISE_CONV_2D": "AddDepthwiseConv2D", "DEPTH_TO_SPACE": "AddDepthToSpace",
    "DEQUANTIZE": "AddDequantize", "DIV": "AddDiv", "DYNAMIC_UPDATE_SLICE": "AddDynamicUpdateSlice",
    "ELU": "AddElu", "EMBEDDING_LOOKUP": "AddEmbeddingLookup", "EQUAL": "AddEqual", "EXP": "AddExp",
    "EXPAND_DIMS": "AddExpandDims", "FILL": "AddFill", "FLOOR": "AddFloor", "FLOOR_DIV": "AddFloorDiv",
    "FLOOR_MOD": "AddFloorMod", "FULLY_CONNECTED": "AddFullyConnected", "GATHER": "AddGather",
    "GATHER_ND": "AddGatherNd", "GREATER": "AddGreater", "GREATER_EQUAL": "AddGreaterEqual",
    "HARD_SWISH": "AddHardSwish", "IF": "AddIf", "L2_NORMALIZATION": "AddL2Normalization",
    "L2_POOL_2D": "AddL2Pool2D", "LEAKY_RELU": "AddLeakyRelu", "LESS": "AddLess",
    "LESS_EQUAL": "AddLessEqual", "LOG": "AddLog", "LOGICAL_AND": "AddLogicalAnd",
    "LOGICAL_NOT": "AddLogicalNot", "LOGICAL_OR": "AddLogicalOr", "LOGISTIC": "AddLogistic",
    "LOG_SOFTMAX": "AddLogSoftmax", "MAXIMUM": "AddMaximum", "MAX_POOL_2D": "AddMaxPool2D",
    "MEAN": "AddMean", "MINIMUM": "AddMinimum", "MIRROR_PAD": "AddMirrorPad", "MUL": "AddMul",
    "NEG": "AddNeg", "NOT_EQUAL": "AddNotEqual", "PACK": "AddPack", "PAD": "AddPad", "PADV2": "AddPadV2",
    "PRELU": "AddPrelu", "QUANTIZE": "AddQuantize", "READ_VARIABLE": "AddReadVariable",
    "REDUCE_ALL": "AddReduceAll", "REDUCE_MAX": "AddReduceMax", "REDUCE_MIN": "AddReduceMin",
    "RELU": "AddRelu", "RELU6": "AddRelu6", "RESHAPE": "AddReshape", "RESIZE_BILINEAR": "AddResizeBilinear",
    "RESIZE_NEAREST_NEIGHBOR": "AddResizeNearestNeighbor", "REVERSE_V2": "AddReverseV2", "ROUND": "AddRound",
    "RSQRT": "AddRsqrt", "SELECT_V2": "AddSelectV2", "SHAPE": "AddShape", "SIN": "AddSin",
    "SLICE": "AddSlice", "SOFTMAX": "AddSoftmax", "SPACE_TO_BATCH_ND": "AddSpaceToBatchNd",
    "SPACE_TO_DEPTH": "AddSpaceToDepth", "SPLIT": "AddSplit", "SPLIT_V": "AddSplitV", "SQRT": "AddSqrt",
    "SQUARE": "AddSquare", "SQUARED_DIFFERENCE": "AddSquaredDifference", "SQUEEZE": "AddSqueeze",
    "STRIDED_SLICE": "AddStridedSlice", "SUB": "AddSub", "SUM": "AddSum", "SVDF": "AddSvdf",
    "TANH": "AddTanh", "TRANSPOSE": "AddTranspose", "TRANSPOSE_CONV": "AddTransposeConv",
    "UNIDIRECTIONAL_SEQUENCE_LSTM": "AddUnidirectionalSequenceLSTM", "UNPACK": "AddUnpack",
    "VAR_HANDLE": "AddVarHandle", "WHILE": "AddWhile", "ZEROS_LIKE": "AddZerosLike",
}
# fmt: on


class _Walker:
    """Follows every offset of the tables above; raises ValueError where one leads astray."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.tables = 0

    def unpack(self, form: str, at: int) -> int:
        """Return the number of struct form `form` at `at`, which must lie inside the file."""
        if at < 0 or at + struct.calcsize(form) > len(self.data):
            raise ValueError(f"an offset points outside the file, at byte {at}")
        return int(struct.unpack_from("<" + form, self.data, at)[0])

    def follow(self, at: int) -> int:
        """Return where the offset at `at` points."""
        target = at + self.unpack("I", at)
        if target % 4:
            raise ValueError(f"an offset points between words, at byte {at}")
        return target

    def vector(self, at: int, element_bytes: int) -> tuple[int, int]:
        """Return (first byte, length) of the vector whose offset stands at `at`."""
        start = self.follow(at)
        length = self.unpack("I", start)
        if start + 4 + length * element_bytes > len(self.data):
            raise ValueError(f"a list of {length} elements does not fit in the file, at byte {start}")
        if element_bytes == 8 and length and start % 8 != 4:
            raise ValueError(f"a list of 8-byte numbers is not aligned, at byte {start}")
        return start + 4, length

    def fields(self, table: int) -> list[int]:
        """Return the position of each field of a table, 0 where it is absent."""
        self.tables += 1
        if self.tables > MAX_TABLES:
            raise ValueError(f"it holds more than {MAX_TABLES} parts")
        vtable = table - self.unpack("i", table)
        vtable_bytes, table_bytes = self.unpack("H", vtable), self.unpack("H", vtable + 2)
        if vtable_bytes < 4 or vtable_bytes % 2 or vtable % 2:
            raise ValueError(f"a table's header is damaged, at byte {vtable}")
        if vtable + vtable_bytes > len(self.data) or table + table_bytes > len(self.data):
            raise ValueError(f"a table reaches outside the file, at byte {table}")
        offsets = struct.unpack_from(f"<{vtable_bytes // 2 - 2}H", self.data, vtable + 4)
        if any(offset and not 4 <= offset < table_bytes for offset in offsets):
            raise ValueError(f"a field lies outside its table, at byte {table}")
        return [table + offset if offset else 0 for offset in offsets]

    def table(self, name: str, table: int) -> None:
        """Walk the table of kind `name` at `table` and everything it points at."""
        for kind, at in zip(TABLES[name], self.fields(table), strict=False):
            if at == 0:
                continue
            if isinstance(kind, int):
                if at + kind > len(self.data):
                    raise ValueError(f"a number lies outside the file, at byte {at}")
            elif kind == "refused":
                raise ValueError(f"a {name} has a field that TFLite Micro does not know")
            elif kind == "string":
                start, length = self.vector(at, 1)
                if self.unpack("B", start + length) != 0:
                    raise ValueError(f"a text does not end, at byte {start}")
            elif kind[0] == "v":
                self.vector(at, int(kind[1:]))
            elif kind[0] == "[":
                start, length = self.vector(at, 4)
                for index in range(length):
                    self.table(kind[1:-1], self.follow(start + 4 * index))
            elif kind == "table":
                self.fields(self.follow(at))
            else:
                self.table(kind, self.follow(at))


def read_model(source: Path | bytes, *, where: str = "") -> Any:
    """Read a .tflite file into schema objects, whole and consistent or not at all.

    Args:
      source: a path, or the file's bytes.
      where: what to call it in errors; a path's default is the path.

    Returns:
      `schema.ModelT`; its number lists are numpy arrays (views of the bytes) or None.

    Raises:
      ModelError: the file is absent, foreign, truncated, damaged or inconsistent.
    """
    where = where or ("model" if isinstance(source, bytes) else str(source))
    data = source if isinstance(source, bytes) else _read_file(source, where)
    if len(data) < 8 or data[4:8] != IDENTIFIER:
        what = "the file is empty" if not data else "this is not a .tflite file (no TFL3 mark)"
        raise ModelError(where, what, f"give {WHOLE_MODEL}")
    try:
        walker = _Walker(data)
        walker.table("Model", walker.follow(0))
        model = schema.ModelT.InitFromPackedBuf(data)
        _check_consistent(model)
    except (
        ValueError,
        IndexError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
        struct.error,
    ) as error:
        raise ModelError(where, f"the file is damaged: {error}", f"give {WHOLE_MODEL}") from error
    return model


def _read_file(path: Path, where: str) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ModelError(where, f"over {MAX_FILE_BYTES} bytes", "give a model for a microcontroller")
        return path.read_bytes()
    except OSError as error:
        what = f"cannot be read ({error.strerror or error})"
        raise ModelError(where, what, f"give {WHOLE_MODEL}") from error


def _check_consistent(model: Any) -> None:
    """Raise ValueError where an index or a size in `model` does not fit its target."""
    if model.version != 3:
        raise ValueError(f"schema version {model.version}, not 3")
    if not model.subgraphs or not model.buffers:
        raise ValueError("it has no graph or no buffers")
    for buffer in model.buffers:
        if buffer.offset > 1 or buffer.size > 1:
            raise ValueError("a buffer lies outside the flatbuffer")
    for graph in model.subgraphs:
        tensors = graph.tensors or []
        for index, tensor in enumerate(tensors):
            _check_tensor(tensor, tensor_label(graph, index), model.buffers)
        for indices in (graph.inputs, graph.outputs):
            _check_indices(indices, 0, len(tensors), "the graph's inputs or outputs")
        for position, operator in enumerate(graph.operators or []):
            _check_indices([operator.opcodeIndex], 0, len(model.operatorCodes or []), "an operator's code")
            name = f"{operator_name(model, operator)} (operator {position})"
            _check_indices(operator.inputs, -1, len(tensors), name)
            _check_indices(operator.outputs, 0, len(tensors), name)
            _check_indices(operator.intermediates, -1, len(tensors), name)


def _check_indices(indices: Any, low: int, high: int, what: str) -> None:
    for index in [] if indices is None else indices:
        if not low <= index < high:
            raise ValueError(f"{what} name number {index}, of {high}")


def _check_tensor(tensor: Any, label: str, buffers: list[Any]) -> None:
    if tensor.type not in TENSOR_TYPES:
        raise ValueError(f"{label} has unknown type {tensor.type}")
    _check_indices([tensor.buffer], 0, len(buffers), label)
    shape = shape_of(tensor)
    if any(size < 0 for size in shape) or math.prod(shape) * 16 > MAX_TENSOR_BYTES:
        raise ValueError(f"{label} has impossible shape {list(shape)}")
    data = buffers[tensor.buffer].data
    bits = ELEMENT_BITS.get(TENSOR_TYPES[tensor.type])
    if data is not None and len(data) and bits:
        expected = (math.prod(shape) * bits + 7) // 8
        if len(data) != expected:
            raise ValueError(f"{label} needs {expected} bytes and has {len(data)}")
    quantization = tensor.quantization
    if quantization is None or quantization.scale is None or len(quantization.scale) == 0:
        return
    scales = quantization.scale
    points = 0 if quantization.zeroPoint is None else len(quantization.zeroPoint)
    if not (np.isfinite(scales).all() and (scales >= 0).all()):
        raise ValueError(f"{label} has a scale that is no positive number")
    if points not in (1, len(scales)):
        raise ValueError(f"{label} has {len(scales)} scales and {points} zero points")
    if len(scales) > 1:
        axis = quantization.quantizedDimension
        if not 0 <= axis < len(shape) or shape[axis] != len(scales):
            raise ValueError(f"{label} has {len(scales)} scales on axis {axis} of shape {list(shape)}")


def shape_of(tensor: Any) -> tuple[int, ...]:
    """Return a tensor's shape; () for a scalar."""
    return () if tensor.shape is None else tuple(int(size) for size in tensor.shape)


def type_name(tensor: Any) -> str:
    """Return a tensor's type as the schema writes it, e.g. INT8."""
    return TENSOR_TYPES[int(tensor.type)]


def _text(value: bytes | str | None) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else (value or "")


def tensor_label(graph: Any, index: int) -> str:
    """Return what to call a tensor in an error: its name if it still has one, and its number."""
    text = _text(graph.tensors[index].name)
    return f"tensor {index} {text!r}" if text else f"tensor {index}"


def builtin_code(opcode: Any) -> int:
    """Return an operator code's builtin number (codes below 127 may stand in the old field only)."""
    return max(int(opcode.builtinCode), int(opcode.deprecatedBuiltinCode))


def operator_name(model: Any, operator: Any) -> str:
    """Return an operator's name as the schema writes it, e.g. CONV_2D; "CUSTOM name" for a custom one."""
    opcode = model.operatorCodes[operator.opcodeIndex]
    name = OPERATOR_NAMES.get(builtin_code(opcode), f"operator code {builtin_code(opcode)}")
    if name == "CUSTOM" and opcode.customCode:
        return f"CUSTOM {_text(opcode.customCode)}"
    return name


def require_int8(model: Any, *, where: str) -> None:
    """Raise ModelError unless `model` is int8 from input to output, with no float tensor."""
    convert = "convert it with int8 input and output and a calibration set (tinykd convert)"
    for graph in model.subgraphs:
        makers = {
            int(index): operator_name(model, operator)
            for operator in graph.operators or []
            for index in ([] if operator.outputs is None else operator.outputs)
        }
        for index, tensor in enumerate(graph.tensors or []):
            if "FLOAT" in type_name(tensor) or "COMPLEX" in type_name(tensor):
                made = f", made by {makers[index]}," if index in makers else ""
                what = f"float model: {tensor_label(graph, index)}{made} is {type_name(tensor)}"
                raise ModelError(where, what, convert)
    graph = model.subgraphs[0]
    for kind, indices in (("input", graph.inputs), ("output", graph.outputs)):
        if indices is None or len(indices) == 0:
            raise ModelError(where, f"the graph has no {kind}", convert)
        for index in indices:
            if type_name(graph.tensors[index]) != "INT8":
                what = f"{kind} {tensor_label(graph, index)} is {type_name(graph.tensors[index])}, not INT8"
                raise ModelError(where, what, convert)


def require_tflm_ops(model: Any, *, where: str) -> None:
    """Raise ModelError unless TFLite Micro has every operator of `model`."""
    for graph in model.subgraphs:
        for position, operator in enumerate(graph.operators or []):
            name = operator_name(model, operator)
            if name not in TFLM_OPS:
                what = f"operator {position}, {name}, does not exist in TFLite Micro"
                raise ModelError(where, what, f"use only {', '.join(sorted(TFLM_OPS))}")
