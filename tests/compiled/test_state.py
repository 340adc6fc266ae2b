"""Models with a memory between inferences: what TFLite Micro remembers, the C remembers."""

from __future__ import annotations

import numpy as np
import pytest
from harness import CHECKED, assert_same, c_outputs
from tflite_models import OP, OPTIONS, Graph, fb, random_inputs

from tinykd.compiled.compiler import compile_model
from tinykd.errors import ModelError

INT32, RESOURCE = fb.TensorType.INT32, fb.TensorType.RESOURCE
SCALE = {"scale": 0.1, "zero": -7}


def handle(graph: Graph, name: str) -> int:
    made = graph.tensor([], kind=RESOURCE)
    graph.op(OP.VAR_HANDLE, [], [made], OPTIONS.VarHandleOptions, fb.VarHandleOptionsT(sharedName=name))
    return made


def ints(graph: Graph, values) -> int:
    data = np.asarray(values, np.int32)
    return graph.tensor(list(data.shape), kind=INT32, data=data)


def read(graph: Graph, name: str, shape) -> int:
    value = graph.tensor(shape, **SCALE)
    graph.op(OP.READ_VARIABLE, [handle(graph, name)], [value], OPTIONS.ReadVariableOptions, None)
    return value


def assign(graph: Graph, name: str, value: int) -> None:
    graph.op(OP.ASSIGN_VARIABLE, [handle(graph, name), value], [], OPTIONS.AssignVariableOptions, None)


def stream(*, start) -> bytes:
    """Return a model that gives the last three frames of five values; `start` is what it holds at first."""
    graph = Graph()
    graph.inputs = [graph.tensor([1, 5], **SCALE)]
    others = []
    if start is not None:
        once = graph.beside()
        assign(once, "frames", once.tensor([1, 10], data=np.asarray(start, np.int8), **SCALE))
        others = [once]
        options = fb.CallOnceOptionsT(initSubgraphIndex=1)
        graph.op(OP.CALL_ONCE, [], [], OPTIONS.CallOnceOptions, options)
    old = read(graph, "frames", [1, 10])
    whole = graph.tensor([1, 15], **SCALE)
    options = fb.ConcatenationOptionsT(axis=1)
    graph.op(OP.CONCATENATION, [old, *graph.inputs], [whole], OPTIONS.ConcatenationOptions, options)
    new = graph.tensor([1, 10], **SCALE)
    numbers = [whole, ints(graph, [0, 5]), ints(graph, [1, 15]), ints(graph, [1, 1])]
    graph.op(OP.STRIDED_SLICE, numbers, [new], OPTIONS.StridedSliceOptions, fb.StridedSliceOptionsT())
    assign(graph, "frames", new)
    graph.outputs = [graph.tensor([1, 15], **SCALE)]
    options = fb.LeakyReluOptionsT(alpha=0.5)
    graph.op(OP.LEAKY_RELU, [whole], graph.outputs, OPTIONS.LeakyReluOptions, options)
    return graph.pack(*others)


@pytest.mark.parametrize("start", [None, np.arange(10)])
def test_a_stream_remembers_what_tflite_micro_remembers(start, tmp_path):
    assert_same([(stream(start=start), random_inputs((1, 5), 8))], tmp_path, flags=CHECKED)


def test_a_stream_starts_with_zeros_and_then_holds_the_last_frames(tmp_path):
    # By hand: alpha and scales leave what is above the zero point as it is.
    inputs = np.array([[0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11, 12, 13, 14], [20, 21, 22, 23, 24]], np.int8)
    [found] = c_outputs([(stream(start=None), inputs)], tmp_path)
    assert found[0].tolist() == [-7] * 10 + [0, 1, 2, 3, 4]
    assert found[2].tolist() == list(range(15))
    assert found[3].tolist() == [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 20, 21, 22, 23, 24]


def test_a_variable_read_before_and_after_it_is_set_gives_both_values(tmp_path):
    graph = Graph()
    graph.inputs = [graph.tensor([1, 4], **SCALE)]
    before = read(graph, "v", [1, 4])
    assign(graph, "v", graph.inputs[0])
    after = read(graph, "v", [1, 4])
    graph.outputs = [graph.tensor([1, 8], **SCALE)]
    options = fb.ConcatenationOptionsT(axis=1)
    graph.op(OP.CONCATENATION, [before, after], graph.outputs, OPTIONS.ConcatenationOptions, options)
    inputs = random_inputs((1, 4), 5)
    assert_same([(graph.pack(), inputs)], tmp_path / "a")
    [found] = c_outputs([(graph.pack(), inputs)], tmp_path / "b")
    np.testing.assert_array_equal(found[:, 4:], inputs)
    np.testing.assert_array_equal(found[1:, :4], inputs[:-1])


def test_a_variable_is_read_where_it_stands_unless_it_is_set_before_the_last_use():
    text = compile_model(stream(start=None), name="s").files["s.c"].split("void s_invoke")[1]
    assert "tkd_copy(s_arena, s_state_0, 10);" in text  # into the three frames, not into a tensor of its own
    assert text.count("s_state_0") == 2
    assert compile_model(stream(start=None), name="s").arena_bytes == 16


def test_a_variable_set_from_its_own_value_gives_what_tflite_micro_gives(tmp_path):
    graph = Graph()
    graph.inputs = [graph.tensor([1, 4], **SCALE)]
    old = read(graph, "v", [1, 4])
    total = graph.tensor([1, 4], **SCALE)
    graph.op(OP.ADD, [old, *graph.inputs], [total], OPTIONS.AddOptions, fb.AddOptionsT())
    assign(graph, "v", total)
    graph.outputs = [graph.tensor([1, 4], **SCALE)]
    graph.op(OP.RELU6, [total], graph.outputs)
    other = Graph()
    other.inputs = [other.tensor([1, 4], **SCALE)]
    old = read(other, "v", [1, 4])
    assign(other, "v", other.inputs[0])  # set before the old value is used
    other.outputs = [other.tensor([1, 4], **SCALE)]
    other.op(OP.SUB, [old, *other.inputs], other.outputs, OPTIONS.SubOptions, fb.SubOptionsT())
    inputs = random_inputs((1, 4), 6)
    assert_same([(graph.pack(), inputs), (other.pack(), inputs)], tmp_path, flags=CHECKED)
    text = compile_model(other.pack(), name="s").files["s.c"].split("void s_invoke")[1]
    assert "tkd_copy(s_arena, s_state_0, 4);" in text


def test_state_is_counted_and_can_be_reset():
    made = compile_model(stream(start=np.arange(10)), name="s")
    assert made.state_bytes == 10
    assert "void s_reset(void);" in made.files["s.h"]


def test_faults_are_one_line_each():
    graph = Graph()
    graph.inputs = [graph.tensor([1, 4], **SCALE)]
    graph.outputs = [read(graph, "never set", [1, 4])]
    with pytest.raises(ModelError, match=r"READ_VARIABLE, reads a variable that nothing sets"):
        compile_model(graph.pack(), name="s")
    graph = Graph()
    graph.inputs = [graph.tensor([1, 4], **SCALE)]
    graph.outputs = [graph.tensor([1, 4], **SCALE)]
    options = fb.CallOnceOptionsT(initSubgraphIndex=0)
    graph.op(OP.CALL_ONCE, [], [], OPTIONS.CallOnceOptions, options)
    graph.op(OP.RELU6, graph.inputs, graph.outputs)
    with pytest.raises(ModelError, match="CALL_ONCE, runs subgraph 0 of 1"):
        compile_model(graph.pack(), name="s")
