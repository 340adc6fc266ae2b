"""Operators with a memory between inferences: SVDF, VAR_HANDLE, READ_VARIABLE and ASSIGN_VARIABLE."""

from __future__ import annotations

import numpy as np

from tinykd.compiled import checks
from tinykd.compiled.graph import Node, Tensor
from tinykd.compiled.lowering import Address, Lowering, State, call, copied, nested, offset
from tinykd.compiled.operators.movement import moved


def svdf(node: Node, lowering: Lowering) -> None:
    """Filter a stream: new features per time step, weighted over the last `memory` steps.

    Its fused activation has no effect, as in TFLite Micro.
    """
    checks.operands(node, 5)
    rank = int(node.option("SVDFOptions").rank)
    source = checks.activation(node, checks.required(node, 0))
    target = checks.activation(node, node.outputs[0])
    features = checks.constant(node, 1, ("INT8",))
    times = checks.constant(node, 2, ("INT8", "INT16"))
    bias = checks.constant(node, 3, ("INT32",))
    state = checks.activation(node, checks.required(node, 4), (times.type,))
    shapes = [list(tensor.shape) for tensor in (source, features, times, state, target)]
    if any(len(shape) != 2 for shape in shapes) or rank < 1 or not features.count or not times.count:
        raise node.error(f"has rank {rank} and shapes {shapes}", "use two axes each and a rank of 1 or more")
    (batch, inputs), (filters, memory) = source.shape, times.shape
    units, rest = divmod(filters, rank)
    if rest or shapes[1:] != [
        [filters, inputs],
        [filters, memory],
        [batch, filters * memory],
        [batch, units],
    ]:
        raise node.error(f"has rank {rank} and shapes {shapes}", "use filters = units * rank throughout")
    if bias.count != units or not state.is_variable or state.data is not None:
        raise node.error(
            f"has {bias.count} biases, state {state.label}", f"use {units} and a variable tensor"
        )
    for weights in (features, times):
        checks.weight_scales(node, weights, 0)
        if len(weights.scales) != 1:
            raise node.error(f"has {len(weights.scales)} scales of weights", "use one")
    wide = state.type == "INT16"
    if not wide and checks.zero_point(state) != 0:
        raise node.error("has int8 state with a zero point", "use zero point 0")
    feature_scale = float(source.scales[0] * features.scales[0] / state.scales[0])
    feature_factor = checks.multiplier(node, feature_scale)
    factor = checks.multiplier(node, float(state.scales[0] * times.scales[0] / target.scales[0]))
    lowering.states[state] = State(state, 0)
    features_name = lowering.constants.add("weights", np.asarray(features.data))
    times_name = lowering.constants.add("weights", np.asarray(times.data))
    bias_name = lowering.constants.add("bias", np.asarray(bias.data))

    def emit(address: Address, scratch: str) -> list[str]:
        return nested(
            [batch],
            lambda i: [
                call(
                    "tkd_svdf_s8",
                    offset(address(source), (i[0], inputs)),
                    offset(address(target), (i[0], units)),
                    offset(address(state), (i[0], filters * memory)),
                    *(inputs, units, rank, memory, int(wide), checks.zero_point(source), *feature_factor),
                    *(checks.zero_point(state), *factor, checks.zero_point(target)),
                    *(features_name, times_name, bias_name),
                )
            ],
        )

    lowering.step(node, [source, state], [target], emit)


def var_handle(node: Node, lowering: Lowering) -> None:
    """Name a variable."""
    checks.operands(node, 0)
    options = node.option("VarHandleOptions")
    lowering.handles[node.outputs[0]] = (options.container or b"", options.sharedName or b"")


def assign_variable(node: Node, lowering: Lowering) -> None:
    """Set a variable; the first assignment of the file gives it its size and what it holds at first."""
    checks.operands(node, 2, 0)
    key, value = _handle(node, lowering), checks.required(node, 1)
    state = lowering.states.get(key)
    if state is None or state.tensor.count != value.count or state.tensor.type != value.type:
        raise node.error(f"sets a variable to {value.label}", "keep its size and type")
    copied(lowering, node, (value, 0), state.tensor)


def read_variable(node: Node, lowering: Lowering) -> None:
    """Get what a variable holds now."""
    checks.operands(node, 1)
    target = node.outputs[0]
    state = lowering.states.get(_handle(node, lowering))
    if state is None or state.tensor.count != target.count:
        raise node.error("reads a variable that nothing sets to this size", "give a whole model")
    moved(node, target, target)
    copied(lowering, node, (state.tensor, 0), target)
    lowering.copies.append((lowering.steps[-1], state.tensor, target))


def declare(node: Node, lowering: Lowering) -> None:
    """Make the variable that an ASSIGN_VARIABLE sets, unless it is there."""
    checks.operands(node, 2, 0)
    key, value = _handle(node, lowering), checks.required(node, 1)
    if key not in lowering.states:
        checks.activation(node, value)
        held = Tensor(
            number=-1,
            label=f"variable {len(lowering.states)}",
            shape=value.shape,
            type=value.type,
            scales=value.scales,
            zero_points=value.zero_points,
            axis=0,
            data=None,
            is_variable=True,
        )
        lowering.states[key] = State(held, checks.zero_point(value))


def _handle(node: Node, lowering: Lowering) -> object:
    handle = checks.required(node, 0)
    if handle not in lowering.handles:
        raise node.error(f"uses {handle.label}, which is no variable's handle", "give a whole model")
    return lowering.handles[handle]
