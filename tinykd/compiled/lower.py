"""The operators this compiler knows, and the steps that a whole graph becomes."""

from __future__ import annotations

from collections.abc import Callable

from tinykd.compiled import checks
from tinykd.compiled.constants import Constants
from tinykd.compiled.graph import Graph, Node, Subgraph, Tensor
from tinykd.compiled.lowering import Lowering
from tinykd.compiled.operators import (
    blocks,
    convolution,
    elementwise,
    movement,
    pooling,
    reduction,
    slicing,
    softmax,
    state,
    tables,
)
from tinykd.errors import ModelError

LOWER: dict[str, Callable[[Node, Lowering], None]] = {
    "ADD": elementwise.add,
    "ASSIGN_VARIABLE": state.assign_variable,
    "AVERAGE_POOL_2D": pooling.average_pool_2d,
    "BATCH_TO_SPACE_ND": blocks.batch_to_space_nd,
    "CONCATENATION": slicing.concatenation,
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
    "PACK": slicing.pack,
    "PAD": movement.pad,
    "PADV2": movement.pad,
    "QUANTIZE": tables.quantize,
    "READ_VARIABLE": state.read_variable,
    "RELU": tables.relu,
    "RELU6": tables.relu6,
    "RESHAPE": movement.reshape,
    "RESIZE_NEAREST_NEIGHBOR": blocks.resize_nearest_neighbor,
    "SLICE": slicing.slice_,
    "SOFTMAX": softmax.softmax,
    "SPACE_TO_BATCH_ND": blocks.space_to_batch_nd,
    "SPLIT": slicing.split,
    "SPLIT_V": slicing.split_v,
    "SQUEEZE": movement.reshape,
    "STRIDED_SLICE": slicing.strided_slice,
    "SUB": elementwise.sub,
    "SUM": reduction.sum_,
    "SVDF": state.svdf,
    "TANH": tables.tanh,
    "TRANSPOSE": slicing.transpose,
    "UNPACK": slicing.unpack,
    "VAR_HANDLE": state.var_handle,
}
CALL = "CALL_ONCE"
NAMES = tuple(sorted([*LOWER, CALL]))


def lower_graph(graph: Graph, constants: Constants) -> Lowering:
    """Return the steps of `graph`.

    Raises:
      ModelError: an operator outside `NAMES`, or one that its function refuses.
    """
    for subgraph in graph.subgraphs:
        for node in subgraph.nodes:
            if node.name not in NAMES:
                what = f"operator {node.position}, {node.name}, cannot be compiled"
                raise ModelError(graph.where, what, f"use only {', '.join(NAMES)}")
    main = graph.main
    lowering = Lowering(constants, graph)
    for subgraph in graph.subgraphs:
        _declare_variables(subgraph, lowering)
    known = _lower_subgraph(graph, main, lowering)
    if main.outputs[0] not in known:
        raise ModelError(graph.where, f"nothing computes {main.outputs[0].label}", "give a whole model")
    return lowering


def _declare_variables(subgraph: Subgraph, lowering: Lowering) -> None:
    for node in subgraph.nodes:
        if node.name == "VAR_HANDLE":
            state.var_handle(node, lowering)
        elif node.name == "ASSIGN_VARIABLE":
            state.declare(node, lowering)


def _lower_subgraph(graph: Graph, subgraph: Subgraph, lowering: Lowering) -> set[Tensor]:
    """Append the steps of a subgraph; return the tensors that they make."""
    known = set(subgraph.inputs)
    calls = 0
    for node in subgraph.nodes:
        _check_order(node, known)
        if node.name == CALL:
            lowering.once = calls
            calls += 1
            _call(node, graph, subgraph, lowering)
            lowering.once = None
        else:
            LOWER[node.name](node, lowering)
        known.update(node.outputs)
    return known


def _call(node: Node, graph: Graph, caller: Subgraph, lowering: Lowering) -> None:
    """Append the steps of the subgraph that a CALL_ONCE runs at the first inference."""
    checks.operands(node, 0, 0)
    number = int(node.option("CallOnceOptions").initSubgraphIndex)
    if caller is not graph.main or not 0 < number < len(graph.subgraphs):
        what = f"runs subgraph {number} of {len(graph.subgraphs)}"
        raise node.error(what, "run one of the others from the first")
    called = graph.subgraphs[number]
    if called.inputs or called.outputs:
        raise node.error(f"runs subgraph {number}, which has inputs or outputs", "give a whole model")
    _lower_subgraph(graph, called, lowering)


def _check_order(node: Node, known: set[Tensor]) -> None:
    """Raise ModelError where a node reads what is not there yet, or writes what is."""
    for tensor in node.inputs:
        if tensor is None or tensor.data is not None or tensor.is_variable or tensor in known:
            continue
        raise node.error(f"reads {tensor.label}, which nothing has computed", "give a whole model")
    for tensor in node.outputs:
        if tensor in known or tensor.data is not None or tensor.is_variable:
            raise node.error(f"writes {tensor.label} a second time", "give a whole model")
