"""Models that several slow tests share; its place puts tests/ on the import path."""

from __future__ import annotations

import numpy as np
import pytest


def _int8(model, seed: int) -> bytes:
    """Give `model` random weights and statistics and convert it on random calibration data."""
    from tinykd._keras import tf

    rng = np.random.default_rng(seed)
    for weight in model.weights:
        if "moving_variance" in weight.name:
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
        elif any(kind in weight.name for kind in ("beta", "moving_mean", "bias")):
            weight.assign(rng.normal(0, 0.2, weight.shape))
        else:
            fan_in = np.prod(weight.shape[:2] if "depthwise" in weight.name else weight.shape[:-1])
            weight.assign(rng.normal(0, 1.5 * fan_in**-0.5, weight.shape))
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    shape = (1, *model.input_shape[1:])
    converter.representative_dataset = lambda: (
        [rng.normal(size=shape).astype(np.float32)] for _ in range(20)
    )
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    return converter.convert()


@pytest.fixture(scope="session")
def ds_cnn_bytes() -> bytes:
    """The keyword-spotting network of MLPerf Tiny (Banbury et al. 2021), random weights, as int8."""
    from tinykd._keras import keras

    layers = keras.layers
    entry = x = layers.Input((49, 10, 1), batch_size=1)
    x = layers.Conv2D(64, (10, 4), strides=2, padding="same", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    for _ in range(4):
        x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
        x = layers.Conv2D(64, 1, use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Flatten()(layers.AveragePooling2D((25, 5))(x))
    return _int8(keras.Model(entry, layers.Softmax()(layers.Dense(12)(x))), 1)


@pytest.fixture(scope="session")
def temporal_bytes() -> bytes:
    """A temporal network: (k, 1) kernels over mel bands as channels, a shortcut, a mean, a dense layer."""
    from tinykd._keras import keras

    layers = keras.layers
    entry = layers.Input((49, 40, 1), batch_size=1)
    x = layers.Conv2D(16, (9, 1), padding="same", use_bias=False)(layers.Reshape((49, 1, 40))(entry))
    shortcut = x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.DepthwiseConv2D((9, 1), padding="same", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.BatchNormalization()(layers.Conv2D(16, 1, use_bias=False)(x))
    x = layers.ReLU()(layers.Add()([x, shortcut]))
    x = layers.ReLU()(layers.Conv2D(24, (9, 1), strides=(2, 1), padding="same")(x))
    return _int8(keras.Model(entry, layers.Dense(12)(layers.GlobalAveragePooling2D()(x))), 2)
