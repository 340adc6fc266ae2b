"""What a model costs: multiply-accumulates, parameters and constant bytes, an operator at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tinykd.flatbuffer import operator_name, shape_of

# Products that make one output element, from the weights' shape. TensorFlow Lite stores weights as
# [out, height, width, in], [1, height, width, out] and [out, in].
PRODUCTS_PER_OUTPUT: dict[str, Callable[[tuple[int, ...]], int]] = {
    "CONV_2D": lambda shape: math.prod(shape[1:]),
    "DEPTHWISE_CONV_2D": lambda shape: math.prod(shape[1:3]),
    "FULLY_CONNECTED": lambda shape: math.prod(shape[1:]),
}


@dataclass(frozen=True)
class OperatorCost:
    """One operator's share; `weight_bytes` counts all its constants, shapes and axes too."""

    name: str
    output_shape: tuple[int, ...]
    macs: int
    params: int
    weight_bytes: int


@dataclass(frozen=True)
class Cost:
    """A whole model's cost; a constant that several operators read counts once."""

    macs: int
    params: int
    weight_bytes: int
    operators: tuple[OperatorCost, ...]


def count(model: Any) -> Cost:
    """Count a model's cost for one inference.

    A multiply-accumulate is one product of a weight and an activation, padding
    included as is customary; biases and operators other than convolution,
    depthwise convolution and fully connected count 0. Parameters are the elements
    of those operators' weights and biases.

    Args:
      model: from `tinykd.flatbuffer.read_model`.

    Returns:
      `Cost`, with one row an operator, in order.
    """
    seen: set[tuple[int, int]] = set()
    rows = []
    for number, graph in enumerate(model.subgraphs):
        for operator in graph.operators or []:
            inputs = [] if operator.inputs is None else [int(index) for index in operator.inputs]
            fresh = [index for index in inputs if index >= 0 and (number, index) not in seen]
            seen |= {(number, index) for index in fresh}
            constants = {index: model.buffers[graph.tensors[index].buffer].data for index in fresh}
            sizes = {index: len(data) for index, data in constants.items() if data is not None}
            name = operator_name(model, operator)
            outputs = [] if operator.outputs is None else [int(index) for index in operator.outputs]
            rows.append(
                OperatorCost(
                    name=name,
                    output_shape=shape_of(graph.tensors[outputs[0]]) if outputs else (),
                    macs=_macs(name, graph, inputs, outputs),
                    params=_params(name, graph, list(sizes)),
                    weight_bytes=sum(sizes.values()),
                )
            )
    return Cost(
        macs=sum(row.macs for row in rows),
        params=sum(row.params for row in rows),
        weight_bytes=sum(row.weight_bytes for row in rows),
        operators=tuple(rows),
    )


def _macs(name: str, graph: Any, inputs: list[int], outputs: list[int]) -> int:
    if name not in PRODUCTS_PER_OUTPUT or len(inputs) < 2 or inputs[1] < 0 or not outputs:
        return 0
    weights = shape_of(graph.tensors[inputs[1]])
    return math.prod(shape_of(graph.tensors[outputs[0]])) * PRODUCTS_PER_OUTPUT[name](weights)


def _params(name: str, graph: Any, constants: list[int]) -> int:
    if name not in PRODUCTS_PER_OUTPUT:
        return 0
    return sum(math.prod(shape_of(graph.tensors[index])) for index in constants)
