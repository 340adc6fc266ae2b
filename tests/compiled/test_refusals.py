"""What cannot be compiled is refused in one line that names the operator and what is allowed."""

from __future__ import annotations

import numpy as np
import pytest
from tflite_models import OP, OPTIONS, Graph, classifier_graph, fb

from tinykd.compiled.compiler import compile_model
from tinykd.compiled.lower import NAMES
from tinykd.errors import ModelError


def refused(graph: Graph, match: str) -> None:
    with pytest.raises(ModelError, match=match) as caught:
        compile_model(graph.pack(), name="m", where="model.tflite")
    assert str(caught.value).startswith("model.tflite: ")
    assert "\n" not in str(caught.value)


def conv_options(graph: Graph):
    return graph.operators[0].builtinOptions


def test_an_operator_outside_the_set_is_named_with_the_set():
    graph = Graph()
    graph.inputs = [graph.tensor([1, 4], scale=0.1)]
    graph.outputs = [graph.tensor([1, 4], scale=0.1)]
    graph.op(OP.CUMSUM, graph.inputs, graph.outputs)
    refused(graph, r"operator 0, CUMSUM, cannot be compiled; use only ADD, ASSIGN_VARIABLE,.* UNPACK")
    assert "VAR_HANDLE" in NAMES


def test_a_float_model_is_told_to_be_converted():
    graph = Graph()
    graph.inputs = [graph.tensor([1, 4], kind=fb.TensorType.FLOAT32)]
    graph.outputs = [graph.tensor([1, 4], scale=0.1)]
    graph.op(OP.QUANTIZE, graph.inputs, graph.outputs)
    refused(graph, r"input tensor 0 .* is FLOAT32, not INT8; convert it with int8 input and output")


def test_two_inputs_are_refused():
    graph = classifier_graph()
    graph.inputs = [1, 1]
    refused(graph, "2 inputs and 1 outputs; give a model with one of each")


def test_weights_that_are_computed_are_refused():
    graph = classifier_graph()
    graph.operators[0].inputs[1] = graph.inputs[0]
    refused(graph, r"operator 0, CONV_2D, input 1, .* is no constant; use a constant INT8 or INT4")


def test_a_stride_of_zero_is_refused():
    graph = classifier_graph()
    conv_options(graph).strideW = 0
    refused(graph, r"CONV_2D, has window 3, stride 0 and dilation 1; use numbers of 1..65536")


def test_an_output_of_another_shape_is_refused():
    graph = classifier_graph()
    conv_options(graph).strideW = 2
    refused(
        graph, r"CONV_2D, has tensor 3 .* of shape \[1, 8, 4, 4\]; its other operands ask for \[1, 8, 2, 4\]"
    )


def test_an_activation_that_tflite_micro_does_not_know_is_refused():
    graph = classifier_graph()
    conv_options(graph).fusedActivationFunction = 4  # TANH
    refused(graph, "CONV_2D, has a fused activation of number 4; use RELU, RELU_N1_TO_1 or RELU6")


def test_an_accumulator_that_overflows_is_refused():
    graph = classifier_graph()
    bias = graph.buffers[graph.tensors[graph.operators[0].inputs[2]].buffer]
    bias.data = np.full(4, 2**31 - 1, np.int32).tobytes()
    bias.data = np.frombuffer(bias.data, np.uint8)
    refused(graph, r"CONV_2D, can overflow 32 bits in channel \d; use smaller biases")


def test_a_softmax_of_another_output_scale_is_refused():
    graph = classifier_graph()
    graph.tensors[graph.outputs[0]].quantization.scale = [1 / 128]
    refused(graph, r"SOFTMAX, gives scale 0.0078125, zero point -128; use 1/256 and -128")


def test_scales_that_an_operator_does_not_convert_are_refused():
    graph = Graph()
    graph.inputs = [graph.tensor([1, 4, 4, 1], scale=0.1)]
    graph.outputs = [graph.tensor([1, 2, 2, 1], scale=0.2)]
    options = fb.Pool2DOptionsT(padding=1, strideW=2, strideH=2, filterWidth=2, filterHeight=2)
    graph.op(OP.MAX_POOL_2D, graph.inputs, graph.outputs, OPTIONS.Pool2DOptions, options)
    refused(graph, r"MAX_POOL_2D, changes the scale from tensor 0 .* to tensor 1")


def test_an_operator_before_its_input_is_refused():
    graph = classifier_graph()
    graph.operators = graph.operators[::-1]
    refused(graph, r"operator 0, SOFTMAX, reads tensor \d+ .*, which nothing has computed")


def test_a_tensor_of_a_billion_elements_is_refused_at_once():
    graph = classifier_graph()
    graph.tensors[3].shape = [1, 1000, 1000, 100]
    refused(graph, r"tensor 3 .* has shape \[1, 1000, 1000, 100\]; at most 4194304 elements")
