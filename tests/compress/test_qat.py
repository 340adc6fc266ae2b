"""Quantisation-aware training on the deploy form, and the int8 file it becomes."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # imports TensorFlow


@pytest.fixture
def uneven():
    """A deploy-form student whose depthwise channels differ widely in range."""
    from tinykd._keras import keras
    from tinykd.models import build_model

    keras.utils.set_random_seed(1)
    model = build_model(
        "sparknet", frames=20, bins=8, classes=3, params={"stem": 8, "channels": 8, "depth": 3}, deploy=True
    )
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, keras.layers.DepthwiseConv2D):
            kernel, bias = layer.get_weights()
            spread = np.exp(rng.normal(0, 0.4, kernel.shape[2]))[None, None, :, None]
            layer.set_weights([kernel * spread, rng.normal(0, 0.1, bias.shape)])
    return model


@pytest.fixture
def clips():
    return np.random.default_rng(2).normal(size=(128, 20, 1, 8)).astype(np.float32)


def test_equalised_channels_have_one_range_and_the_function_stays(uneven, clips):
    from tinykd._keras import keras
    from tinykd.compress.qat import equalise_depthwise

    before = uneven(clips).numpy()
    equalise_depthwise(uneven)
    np.testing.assert_allclose(uneven(clips).numpy(), before, atol=1e-5 * np.abs(before).max())
    for layer in uneven.layers:
        if isinstance(layer, keras.layers.DepthwiseConv2D):
            ranges = np.abs(layer.get_weights()[0]).max(axis=(0, 1, 3))
            np.testing.assert_allclose(ranges, ranges[0], rtol=1e-5)


def test_ranges_start_at_what_the_float_model_shows(uneven, clips):
    from tinykd._keras import keras
    from tinykd.compress.qat import quantise_aware

    model = quantise_aware(uneven, clips)
    tapped = keras.Model(uneven.inputs, uneven.get_layer("tap_1").output)(clips).numpy()
    layer = model.get_layer("quant_tap_1")
    found = {w.name.split("/")[-1]: float(w) for w in layer.weights if "activation" in w.name}
    assert found["post_activation_max:0"] == pytest.approx(tapped.max(), rel=1e-5)
    assert found["post_activation_min:0"] == 0.0


@pytest.mark.parametrize("aware", [True, False])
def test_int8_in_tflite_micro_agrees_with_the_model_it_came_from(uneven, clips, aware):
    from tinykd.compress.qat import quantise_aware
    from tinykd.convert import convert_int8
    from tinykd.tflm import TflmModel

    source = quantise_aware(uneven, clips) if aware else uneven
    int8 = TflmModel(convert_int8(source, clips))
    expected = source(clips, training=False).numpy()
    got = int8.dequantise_output(int8.run(int8.quantise_input(clips))).reshape(expected.shape)
    steps = np.abs(got - expected) / int8.output.scale
    # Fake quantisation shows the very rounding of the kernels, but for sums that fall on the edge of
    # a step; after-training quantisation differs by the rounding of every layer.
    assert np.median(steps) <= (0.5 if aware else 2.0)
    assert steps.max() <= (2.5 if aware else 12)


def test_the_same_model_converts_to_the_same_bytes(uneven, clips):
    from tinykd.convert import convert_int8

    assert convert_int8(uneven, clips) == convert_int8(uneven, clips)


def test_conversion_without_a_calibration_set_is_refused(uneven):
    from tinykd.convert import convert_int8
    from tinykd.errors import ModelError

    with pytest.raises(ModelError, match="calibration set: it is empty"):
        convert_int8(uneven, np.zeros((0, 20, 1, 8), np.float32))
