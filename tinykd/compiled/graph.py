"""The part of a .tflite file that a compiler needs: tensors with their data, operators with their options."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

from tinykd.errors import ModelError
from tinykd.flatbuffer import operator_name, shape_of, tensor_label, type_name

MAX_ELEMENTS = 1 << 22  # of one tensor; a microcontroller holds far less
MAX_OPERATORS = 1_000
DTYPES = {"INT8": "i1", "UINT8": "u1", "INT16": "<i2", "INT32": "<i4", "INT64": "<i8", "BOOL": "?"}
INT8_MODEL = "convert it with int8 input and output and a calibration set (tinykd convert)"


@dataclass(frozen=True, eq=False)
class Tensor:
    """A tensor; two are the same only if they are the same object.

    `data` is the constant's values in `shape`, None for activations. `scales` is empty where the file has
    none.
    """

    number: int
    label: str
    shape: tuple[int, ...]
    type: str
    scales: npt.NDArray[np.float32]
    zero_points: npt.NDArray[np.int64]
    axis: int
    data: npt.NDArray[Any] | None
    is_variable: bool

    @property
    def count(self) -> int:
        """Return the number of elements."""
        return math.prod(self.shape)


@dataclass(frozen=True, eq=False)
class Node:
    """An operator; an absent optional input is None."""

    position: int
    name: str
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]
    options: Any
    where: str

    def error(self, what: str, allowed: str) -> ModelError:
        """Return an error that names this operator."""
        return ModelError(self.where, f"operator {self.position}, {self.name}, {what}", allowed)

    def option(self, kind: str) -> Any:
        """Return the operator's options, which must be the schema's table `kind`."""
        if not isinstance(self.options, getattr(schema, f"{kind}T")):
            raise self.error("has no options of its kind", "give a whole int8 .tflite file")
        return self.options


@dataclass(frozen=True)
class Subgraph:
    """One graph of the file: operators in order of execution."""

    nodes: tuple[Node, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


@dataclass(frozen=True)
class Graph:
    """A whole model; `subgraphs[0]` is what an inference runs."""

    subgraphs: tuple[Subgraph, ...]
    where: str
    main: Subgraph = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "main", self.subgraphs[0])


def read_graph(model: Any, *, where: str) -> Graph:
    """Return the graph of `model`, from `tinykd.flatbuffer.read_model`.

    Raises:
      ModelError: a tensor's shape or type is not for this compiler, or there is not one input and one output.
    """
    graph = Graph(
        tuple(_subgraph(model, subgraph, where) for subgraph in model.subgraphs),
        where,
    )
    main = graph.main
    if len(main.inputs) != 1 or len(main.outputs) != 1:
        what = f"{len(main.inputs)} inputs and {len(main.outputs)} outputs"
        raise ModelError(where, what, "give a model with one of each")
    if main.inputs[0] is main.outputs[0]:
        raise ModelError(where, "its output is its input", "give a model that computes something")
    for kind, tensor in (("input", main.inputs[0]), ("output", main.outputs[0])):
        if tensor.type not in ("INT8", "UINT8"):
            raise ModelError(where, f"{kind} {tensor.label} is {tensor.type}, not INT8", INT8_MODEL)
        if tensor.data is not None or not tensor.count:
            raise ModelError(where, f"{kind} {tensor.label} is a constant or empty", "give a whole model")
        if len(tensor.scales) != 1:
            raise ModelError(where, f"{kind} {tensor.label} has no scale", INT8_MODEL)
    return graph


def _subgraph(model: Any, subgraph: Any, where: str) -> Subgraph:
    tensors = [_tensor(model, subgraph, index, where) for index in range(len(subgraph.tensors or []))]
    if len(subgraph.operators or []) > MAX_OPERATORS:
        raise ModelError(where, f"over {MAX_OPERATORS} operators", "give a model for a microcontroller")
    nodes = tuple(
        Node(
            position=position,
            name=operator_name(model, operator),
            inputs=tuple(tensors[index] if index >= 0 else None for index in _numbers(operator.inputs)),
            outputs=tuple(tensors[index] for index in _numbers(operator.outputs)),
            options=operator.builtinOptions,
            where=where,
        )
        for position, operator in enumerate(subgraph.operators or [])
    )
    return Subgraph(
        nodes,
        tuple(tensors[index] for index in _numbers(subgraph.inputs)),
        tuple(tensors[index] for index in _numbers(subgraph.outputs)),
    )


def _numbers(indices: Any) -> list[int]:
    return [] if indices is None else [int(index) for index in indices]


def _tensor(model: Any, subgraph: Any, index: int, where: str) -> Tensor:
    tensor = subgraph.tensors[index]
    label, kind, shape = tensor_label(subgraph, index), type_name(tensor), shape_of(tensor)
    if math.prod(shape) > MAX_ELEMENTS or len(shape) > 8:
        raise ModelError(where, f"{label} has shape {list(shape)}", f"at most {MAX_ELEMENTS} elements")
    quantization = tensor.quantization
    has_scales = quantization is not None and quantization.scale is not None and len(quantization.scale) > 0
    scales = quantization.scale if has_scales else []
    points = quantization.zeroPoint if has_scales else []
    return Tensor(
        number=index,
        label=label,
        shape=shape,
        type=kind,
        scales=np.asarray(scales, np.float32),
        zero_points=np.asarray(points, np.int64),
        axis=int(quantization.quantizedDimension) if has_scales else 0,
        data=_data(model.buffers[tensor.buffer].data, kind, shape),
        is_variable=bool(tensor.isVariable),
    )


def _data(stored: Any, kind: str, shape: tuple[int, ...]) -> npt.NDArray[Any] | None:
    """Return a constant's values; None where nothing is stored or the type is not of this compiler."""
    if stored is None or len(stored) == 0:
        return None
    if kind == "INT4":  # two to a byte, the first in the low half
        halves = np.stack([stored & 15, stored >> 4], axis=1).reshape(-1)[: math.prod(shape)]
        return ((halves.astype(np.int8) ^ 8) - 8).reshape(shape)
    if kind not in DTYPES:
        return None
    return np.frombuffer(stored.tobytes(), DTYPES[kind]).reshape(shape)
