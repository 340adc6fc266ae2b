"""Whole networks as C give the bytes of TFLite Micro: random ones, and that of MLPerf Tiny."""

from __future__ import annotations

import numpy as np
import pytest
from harness import CHECKED, assert_same
from networks import Network, network
from tflite_models import OP, OPTIONS, classifier, fb, random_inputs

from tinykd.compiled.compiler import compile_model
from tinykd.flatbuffer import read_model


def made(count, seed):
    rng = np.random.default_rng(seed)
    models = [network(rng) for _ in range(count)]
    return [(data, random_inputs(shape, 4, seed)) for data, shape in models]


def test_random_networks_give_the_bytes_of_tflite_micro(tmp_path):
    assert_same(made(12, 0), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 11))
def test_more_random_networks_give_the_bytes_of_tflite_micro_under_sanitizers(seed, tmp_path):
    assert_same(made(20, seed), tmp_path, flags=CHECKED)


@pytest.mark.parametrize("per_channel", [False, True])
def test_the_small_classifier_gives_the_bytes_of_tflite_micro(per_channel, tmp_path):
    data = classifier(3, per_channel_dense=per_channel)
    assert_same([(data, random_inputs((1, 8, 4, 1), 40))], tmp_path, flags=CHECKED)


@pytest.mark.parametrize("before", [0, 2])
def test_padding_before_a_pointwise_convolution_is_not_lost(before, tmp_path):
    made = Network(np.random.default_rng(5))
    source = made.graph.inputs[0]
    amounts = np.array([[0, 0], [before, 0], [0, before], [0, 0]], np.int32)
    out = [size + int(pair.sum()) for size, pair in zip(made.shape(source), amounts, strict=True)]
    padded = made.tensor(out, like=source)
    made.graph.op(OP.PAD, [source, made.ints(amounts)], [padded], OPTIONS.PadOptions, fb.PadOptionsT())
    made.graph.outputs = [made.conv(padded, kernel=1)]
    data = made.graph.pack()
    assert_same([(data, random_inputs(made.shape(source), 5))], tmp_path, flags=CHECKED)
    assert "tkd_fill(" not in compile_model(data, name="m").files["m.c"].split("m_invoke")[1]  # no copy


def test_a_model_that_does_not_read_its_input_compiles_without_a_warning(tmp_path):
    made = Network(np.random.default_rng(6))
    source = made.graph.inputs[0]
    fixed = made.tensor(made.shape(source), like=source)
    values = np.arange(np.prod(made.shape(source))) % 100 - 50
    made.graph.buffers[made.graph.tensors[fixed].buffer].data = values.astype(np.int8).view(np.uint8)
    made.graph.outputs = [made.conv(fixed, kernel=1)]
    data = made.graph.pack()
    assert_same([(data, random_inputs(made.shape(source), 5))], tmp_path, flags=CHECKED)


def whole(data, tmp_path, flags):
    shape = read_model(data).subgraphs[0].tensors[read_model(data).subgraphs[0].inputs[0]].shape
    inputs = random_inputs(shape, 10)
    inputs[0], inputs[1] = -128, 127
    assert_same([(data, inputs)], tmp_path, flags=flags)


@pytest.mark.slow
@pytest.mark.parametrize("flags", [("-O2",), CHECKED])
def test_the_keyword_network_of_mlperf_tiny_gives_the_bytes_of_tflite_micro(flags, ds_cnn_bytes, tmp_path):
    whole(ds_cnn_bytes, tmp_path, flags)
    made = compile_model(ds_cnn_bytes, name="kws")
    assert made.bound_bytes == 25 * 5 * 64  # one activation of the blocks
    assert made.arena_bytes <= 8000 + 1024  # in place: one activation, and a block of pixels


@pytest.mark.slow
def test_a_temporal_network_gives_the_bytes_of_tflite_micro(temporal_bytes, tmp_path):
    whole(temporal_bytes, tmp_path, CHECKED)
