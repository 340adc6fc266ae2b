import struct
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tflite_models import OP, OPTIONS, Graph, classifier, classifier_graph, fb

from tinykd.errors import ModelError
from tinykd.flatbuffer import (
    TFLM_OPS,
    operator_name,
    read_model,
    require_int8,
    require_tflm_ops,
    shape_of,
    tensor_label,
    type_name,
)

MODEL = classifier()


def refused(data):
    with pytest.raises(ModelError) as caught:
        read_model(data, where="m.tflite")
    line = str(caught.value)
    assert line.startswith("m.tflite: ")
    assert "\n" not in line
    return line


def test_a_whole_model_is_read_as_it_was_built():
    model = read_model(MODEL, where="m.tflite")
    graph = model.subgraphs[0]
    assert [operator_name(model, op) for op in graph.operators] == [
        *("CONV_2D", "DEPTHWISE_CONV_2D", "ADD", "AVERAGE_POOL_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX")
    ]
    entry = graph.tensors[graph.inputs[0]]
    assert shape_of(entry) == (1, 8, 4, 1)
    assert type_name(entry) == "INT8"
    assert tensor_label(graph, graph.inputs[0]) == "tensor 1 'serving_default_input:0'"
    assert list(entry.quantization.zeroPoint) == [-5]


def test_a_path_is_read_and_named(tmp_path):
    path = tmp_path / "m.tflite"
    path.write_bytes(MODEL)
    assert read_model(path).version == 3
    with pytest.raises(ModelError, match=r"none\.tflite: cannot be read \(No such file"):
        read_model(tmp_path / "none.tflite")
    with pytest.raises(ModelError, match="cannot be read"):
        read_model(tmp_path)


def test_empty_and_foreign_files_are_refused_in_one_line():
    assert "the file is empty" in refused(b"")
    assert "no TFL3 mark" in refused(b"PK\x03\x04 a zip archive")
    assert "no TFL3 mark" in refused(b"TFL3")
    assert "damaged" in refused(b"\xff\xff\xff\xffTFL3")
    assert "damaged" in refused(b"\x08\0\0\0TFL3")


def test_every_truncation_is_refused_or_harmless():
    for length in range(0, len(MODEL), 61):
        refused(MODEL[:length])


def test_a_list_that_claims_billions_of_elements_is_refused_at_once():
    data = bytearray(MODEL)
    root = struct.unpack_from("<I", data, 0)[0]
    vtable = root - struct.unpack_from("<i", data, root)[0]
    at = root + struct.unpack_from("<H", data, vtable + 4 + 2 * 2)[0]  # slot 2: subgraphs
    struct.pack_into("<I", data, at + struct.unpack_from("<I", data, at)[0], 0xFFFFFFF0)
    assert "does not fit" in refused(bytes(data))


def test_a_small_file_whose_parts_are_shared_a_billion_times_is_refused_soon():
    # 3000 graphs that are one graph of 3000 tensors that are one tensor: nine million visits.
    builder = __import__("flatbuffers").Builder(1024)
    builder.StartObject(1)
    tensor = builder.EndObject()

    def many(target, count=3000):
        builder.StartVector(4, count, 4)
        for _ in range(count):
            builder.PrependUOffsetTRelative(target)
        return builder.EndVector()

    def table(slot, target, slots=5):
        builder.StartObject(slots)
        builder.PrependUOffsetTRelativeSlot(slot, target, 0)
        return builder.EndObject()

    builder.Finish(table(2, many(table(0, many(tensor)))), b"TFL3")
    start = time.monotonic()
    assert "more than" in refused(bytes(builder.Output()))
    assert time.monotonic() - start < 5


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_mutated_file_gives_a_model_or_a_model_error(data):
    changed = bytearray(MODEL)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed) - 4))
        word = data.draw(
            st.one_of(st.integers(0, 255).map(lambda v: bytes([v])), st.binary(min_size=4, max_size=4))
        )
        changed[at : at + len(word)] = word
    cut = data.draw(st.one_of(st.none(), st.integers(0, len(changed))))
    try:
        model = read_model(bytes(changed[:cut]), where="m.tflite")
        require_int8(model, where="m.tflite")
        require_tflm_ops(model, where="m.tflite")
    except ModelError as error:
        assert "\n" not in str(error)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_behind_the_mark_give_a_model_error(tail):
    refused(b"\x10\0\0\0TFL3" + tail)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: g.operators[0].inputs.__setitem__(1, 99), r"CONV_2D \(operator 0\) name number 99"),
        (lambda g: g.operators[0].outputs.__setitem__(0, -1), r"CONV_2D \(operator 0\) name number -1"),
        (lambda g: setattr(g.operators[0], "opcodeIndex", 40), "operator's code name number 40"),
        (lambda g: setattr(g.tensors[3], "buffer", 77), "tensor 3 .* name number 77"),
        (lambda g: setattr(g.tensors[2], "shape", [4, 3, 3, 2]), "needs 72 bytes and has 36"),
        (lambda g: setattr(g.tensors[1], "shape", [1, 8, -4, 1]), "impossible shape"),
        (lambda g: setattr(g.tensors[1], "shape", [1 << 20] * 4), "impossible shape"),
        (lambda g: g.tensors[2].quantization.scale.append(0.1), "5 scales and 4 zero points"),
        (lambda g: setattr(g.tensors[2].quantization, "quantizedDimension", 1), "4 scales on axis 1"),
        (lambda g: g.tensors[1].quantization.scale.__setitem__(0, float("nan")), "scale that is no"),
        (lambda g: g.outputs.__setitem__(0, 50), "inputs or outputs name number 50"),
    ],
)
def test_an_inconsistent_model_is_refused_with_its_place(change, message):
    graph = classifier_graph()
    change(graph)
    with pytest.raises(ModelError, match=message):
        read_model(graph.pack(), where="m.tflite")


def test_a_float_model_is_refused_by_tensor_and_operator():
    graph = Graph()
    graph.inputs = [graph.tensor([1, 4], kind=fb.TensorType.FLOAT32, name="x")]
    graph.outputs = [graph.tensor([1, 4], kind=fb.TensorType.FLOAT32)]
    graph.op(OP.SOFTMAX, graph.inputs, graph.outputs, OPTIONS.SoftmaxOptions, fb.SoftmaxOptionsT(beta=1.0))
    with pytest.raises(ModelError, match=r"float model: tensor 0 'x' is FLOAT32; convert it with int8"):
        require_int8(read_model(graph.pack(), where="m"), where="m")
    graph = classifier_graph()
    graph.tensors[graph.operators[2].outputs[0]].type = fb.TensorType.FLOAT32
    with pytest.raises(ModelError, match=r"tensor 8 'layer/8/tensor', made by ADD, is FLOAT32"):
        require_int8(read_model(graph.pack(), where="m"), where="m")


def test_an_unsigned_input_is_refused():
    graph = classifier_graph()
    graph.tensors[1].type = fb.TensorType.UINT8
    with pytest.raises(ModelError, match="input tensor 1 .* is UINT8, not INT8"):
        require_int8(read_model(graph.pack(), where="m"), where="m")


def test_an_operator_that_tflm_lacks_is_named():
    require_tflm_ops(read_model(MODEL, where="m"), where="m")
    graph = classifier_graph()
    graph.codes[-1].builtinCode = OP.BIDIRECTIONAL_SEQUENCE_RNN
    graph.codes[-1].deprecatedBuiltinCode = OP.BIDIRECTIONAL_SEQUENCE_RNN
    with pytest.raises(
        ModelError, match="operator 6, BIDIRECTIONAL_SEQUENCE_RNN, does not exist in TFLite Micro"
    ):
        require_tflm_ops(read_model(graph.pack(), where="m"), where="m")
    graph.codes[-1].builtinCode = graph.codes[-1].deprecatedBuiltinCode = OP.CUSTOM
    graph.codes[-1].customCode = "SOFTMAX"
    with pytest.raises(ModelError, match="operator 6, CUSTOM SOFTMAX, does not exist"):
        require_tflm_ops(read_model(graph.pack(), where="m"), where="m")


def test_the_operator_table_speaks_the_schemas_names():
    builtin = {name for name in vars(OP) if not name.startswith("_")}
    assert {name for name in TFLM_OPS if not name.startswith("CUSTOM ")} <= builtin
    assert TFLM_OPS["CONV_2D"] == "AddConv2D"


def test_int4_weights_count_two_to_a_byte():
    graph = Graph()
    graph.inputs = graph.outputs = [graph.tensor([1, 3], scale=0.1)]
    graph.tensor([3, 3], kind=fb.TensorType.INT4, scale=0.1, data=np.zeros(5, np.uint8))
    read_model(graph.pack(), where="m")
