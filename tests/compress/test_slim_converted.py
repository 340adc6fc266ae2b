"""Slimming what TensorFlow's converter writes; both interpreters must give the same bits as before."""

import numpy as np
import pytest
from tflite_models import random_inputs

from tinykd.compress.slim import slim
from tinykd.cost.macs import count
from tinykd.flatbuffer import read_model
from tinykd.tflm import TflmModel

pytestmark = pytest.mark.slow


@pytest.fixture(params=["ds_cnn_bytes", "temporal_bytes"])
def converted(request) -> bytes:
    return request.getfixturevalue(request.param)


def tensorflow_outputs(data, inputs, kernels):
    from tinykd._keras import tf

    resolver = getattr(tf.lite.experimental.OpResolverType, kernels)
    interpreter = tf.lite.Interpreter(model_content=data, experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    entry, result = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    outputs = []
    for number in range(len(inputs)):
        interpreter.set_tensor(entry, inputs[number : number + 1])
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(result))
    return np.concatenate(outputs)


def test_tflite_micro_gives_the_same_bits(converted):
    before, after = TflmModel(converted), TflmModel(slim(converted))
    inputs = random_inputs(before.input.shape, 200)
    outputs = before.run(inputs)
    assert len(np.unique(outputs, axis=0)) > 20  # the model tells inputs apart
    np.testing.assert_array_equal(after.run(inputs), outputs)
    assert after.arena().arena_head_bytes == before.arena().arena_head_bytes


@pytest.mark.parametrize("kernels", ["BUILTIN_REF", "BUILTIN_WITHOUT_DEFAULT_DELEGATES"])
def test_tensorflow_lites_own_kernels_give_the_same_bits(converted, kernels):
    inputs = random_inputs(tuple(read_shape(converted)), 50)
    before = tensorflow_outputs(converted, inputs, kernels)
    np.testing.assert_array_equal(tensorflow_outputs(slim(converted), inputs, kernels), before)


def test_with_tensorflow_lites_default_delegate_a_slim_file_is_no_less_exact(converted):
    # XNNPACK is not exact; without bias scales it leaves convolutions to the exact kernels.
    inputs = random_inputs(tuple(read_shape(converted)), 50)
    exact = tensorflow_outputs(converted, inputs, "BUILTIN_REF").astype(int)
    before = np.abs(tensorflow_outputs(converted, inputs, "AUTO") - exact).mean()
    after = np.abs(tensorflow_outputs(slim(converted), inputs, "AUTO") - exact).mean()
    print(f"mean difference from the exact kernels: {before:.4f} before, {after:.4f} slim")
    assert after <= before


def read_shape(data):
    return TflmModel(data).input.shape


def test_the_file_is_little_more_than_its_numbers(converted):
    small = slim(converted)
    model = read_model(small)
    scales = sum(
        4 * len(tensor.quantization.scale) for tensor in model.subgraphs[0].tensors if tensor.quantization
    )
    cost = count(model)
    rest = len(small) - cost.weight_bytes - scales
    print(f"{len(converted)} -> {len(small)}: {cost.weight_bytes} constants, {scales} scales, {rest} rest")
    assert rest < 3500  # of which the zero points of 64 channels take 516


def test_the_mlperf_sized_network_loses_a_third(ds_cnn_bytes):
    # 25 * 5 positions, 64 channels: kernel 10 x 4; four times 3 x 3 and 64 inputs; then 64 to 12.
    by_hand = 125 * 64 * 40 + 4 * (125 * 64 * 9 + 125 * 64 * 64) + 64 * 12
    assert count(read_model(ds_cnn_bytes)).macs == by_hand
    assert len(slim(ds_cnn_bytes)) < 0.67 * len(ds_cnn_bytes)
