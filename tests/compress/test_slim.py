import numpy as np
import pytest
from tflite_models import classifier, classifier_graph, random_inputs

from tinykd.compress.slim import slim
from tinykd.errors import ModelError
from tinykd.flatbuffer import operator_name, read_model
from tinykd.tflm import TflmModel


@pytest.mark.parametrize("per_channel_dense", [False, True])
def test_a_slim_model_gives_the_same_bits_in_tflm(per_channel_dense):
    data = classifier(per_channel_dense=per_channel_dense)
    small = slim(data)
    assert len(small) < 0.6 * len(data)
    before, after = TflmModel(data), TflmModel(small)
    inputs = random_inputs(before.input.shape, 60)
    outputs = before.run(inputs)
    assert len(np.unique(outputs)) > 20  # the model says something
    np.testing.assert_array_equal(after.run(inputs), outputs)
    assert after.arena().arena_head_bytes == before.arena().arena_head_bytes
    assert after.arena().arena_bytes <= before.arena().arena_bytes  # an unused tensor less


def test_slimming_is_deterministic_and_leaves_a_slim_file_alone():
    once = slim(classifier())
    assert slim(classifier()) == once
    assert slim(once) == once


def test_names_ranges_metadata_and_unused_parts_are_gone():
    small = slim(classifier())
    for gone in (b"layer/", b"main", b"1.14.0", b"min_runtime", b"made by hand", b"serving"):
        assert gone not in small
    model = read_model(small)
    graph = model.subgraphs[0]
    assert model.metadata is None
    assert model.signatureDefs is None
    assert len(graph.tensors) == 15  # the one that nothing uses is gone: 16 were built
    assert len(model.buffers) == 8  # the empty one, three weights, three biases, one shape
    for tensor in graph.tensors:
        assert tensor.quantization is None or tensor.quantization.min is None
    scaled = [tensor for tensor in graph.tensors if tensor.type == 2 and tensor.quantization is not None]
    assert len(scaled) == 1  # the dense layer's bias: TFLM compares its scale with the product


def test_unused_operator_codes_go_and_the_used_keep_their_operators():
    graph = classifier_graph()
    spare = classifier_graph().codes[0]
    spare.builtinCode = spare.deprecatedBuiltinCode = 14
    graph.codes.insert(0, spare)
    for operator in graph.operators:
        operator.opcodeIndex += 1
    model = read_model(slim(graph.pack()))
    assert len(model.operatorCodes) == 7
    assert [operator_name(model, op) for op in model.subgraphs[0].operators][:2] == [
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
    ]


def test_equal_constants_are_stored_once():
    graph = classifier_graph()
    first, second = graph.operators[0].inputs[2], graph.operators[1].inputs[2]
    graph.buffers[graph.tensors[second].buffer].data = graph.buffers[graph.tensors[first].buffer].data
    assert len(read_model(slim(graph.pack())).buffers) == 7


def test_constants_stay_aligned_to_16_bytes():
    small = slim(classifier())
    model = read_model(small)
    whole = np.frombuffer(small, np.uint8)
    for buffer in model.buffers[1:]:
        assert (buffer.data.ctypes.data - whole.ctypes.data) % 16 == 0


def test_compressed_constants_are_refused():
    graph = classifier_graph()
    data = graph.pack().replace(b"min_runtime_version\0", b"COMPRESSION_METADATA")
    assert b"COMPRESSION" in data
    with pytest.raises(ModelError):
        slim(data)


def test_a_damaged_file_is_refused():
    with pytest.raises(ModelError, match=r"a\.tflite: the file is damaged"):
        slim(classifier()[:-40], where="a.tflite")
