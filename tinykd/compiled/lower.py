"""The operators this compiler knows, and the steps that a whole graph becomes."""

from __future__ import annotations

from collections.abc import Callable

from tinykd.compiled.graph import Graph, Node, Tensor
from tinykd.compiled.lowering import Constants, Lowering
from tinykd.compiled.operators import convolution, elementwise, movement, pooling, reduction, softmax, tables
from tinykd.errors import ModelError

LOWER: dict[str, Callable[[Node, Lowering], None]] = {
    "ADD": elementwise.add,
    "AVERAGE_POOL_2D": pooling.average_pool_2d,
    "CONV_2D": convolution.conv_2d,
    "DEPTHWISE_CONV_2D": convolution.depthwise_conv_2d,
    "EXPAND_DIMS": movement.reshape,
    "FULLY_CONNECTED": convolution.fully_connected,
    "HARD_SWISH": tables.hard_swish,
    "LEAKY_RELU": tables.leaky_relu,
    "LOGISTIC": tables.logistic,
    "MAX_POOL_2D": pooling.max_pool_2d,
    "MEAN": reduction.mean,
    "MUL": elementwise.mul,
    "PAD": movement.pad,
    "PADV2": movement.pad,
    "QUANTIZE": tables.quantize,
    "RELU": tables.relu,
    "RELU6": tables.relu6,
    "RESHAPE": movement.reshape,
    "SOFTMAX": softmax.softmax,
    "SQUEEZE": movement.reshape,
    "SUB": elementwise.sub,
    "SUM": reduction.sum_,
    "TANH": tables.tanh,
}


def lower_graph(graph: Graph, constants: Constants) -> Lowering:
    """Return the steps of `graph`.

    Raises:
      ModelError: an operator outside `LOWER`, or one that its function refuses.
    """
    for subgraph in graph.subgraphs:
        for node in subgraph.nodes:
            if node.name not in LOWER:
                what = f"operator {node.position}, {node.name}, cannot be compiled"
                raise ModelError(graph.where, what, f"use only {', '.join(sorted(LOWER))}")
    main = graph.main
    lowering = Lowering(constants, convolves=any(node.name == "CONV_2D" for node in main.nodes))
    known = {main.inputs[0]}
    for node in main.nodes:
        _check_order(node, known)
        LOWER[node.name](node, lowering)
        known.update(node.outputs)
    if main.outputs[0] not in known:
        raise ModelError(graph.where, f"nothing computes {main.outputs[0].label}", "give a whole model")
    return lowering


def _check_order(node: Node, known: set[Tensor]) -> None:
    """Raise ModelError where a node reads what is not there yet, or writes what is."""
    for tensor in node.inputs:
        if tensor is not None and tensor.data is None and tensor not in known and tensor.count:
            raise node.error(f"reads {tensor.label}, which nothing has computed", "give a whole model")
    for tensor in node.outputs:
        if tensor in known or tensor.data is not None:
            raise node.error(f"writes {tensor.label} a second time", "give a whole model")
