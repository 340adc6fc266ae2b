"""Keras to an int8 .tflite: int8 in, int8 out, per-channel weights, no float operator."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from tinykd._keras import native_stderr_held, tf
from tinykd.errors import ModelError

DenseScales = Literal["unit", "layer"]


def convert_int8(model: Any, calibration: npt.NDArray[Any], *, dense_scales: DenseScales = "unit") -> bytes:
    """Convert a deploy-form or quantisation-aware model.

    Args:
      model: keras.Model; the deploy form is quantised after training from the
        calibration set's ranges, a quantisation-aware model carries its own.
      calibration: [n, ...] real training features in the model's input shape.
      dense_scales: a weight scale for each unit of a dense layer, or one a layer: 12 bytes
        a unit fewer, where the units' weights are of one size.

    Returns:
      The flatbuffer as the converter writes it, not slimmed.

    Raises:
      ModelError: the calibration set is empty, or the model has an operator
        without an int8 form.
    """
    if len(calibration) == 0:
        raise ModelError("calibration set", "it is empty", "allowed: at least one real training clip")
    inputs = np.asarray(calibration, np.float32).reshape(-1, *model.input_shape[1:])
    # A fixed batch of 1: the device runs one window at a time, and free batch sizes cost bytes.
    graph = tf.function(lambda x: model(x, training=False)).get_concrete_function(
        tf.TensorSpec((1, *model.input_shape[1:]), tf.float32, name="features")
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions([graph], model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([clip[None]] for clip in inputs)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    converter._experimental_disable_per_channel_quantization_for_dense_layers = dense_scales == "layer"
    try:
        with native_stderr_held():
            data: bytes = converter.convert()
    except Exception as error:  # the converter raises bare RuntimeErrors and its own ConverterError
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        reason = next((line for line in lines if "error:" in line), lines[0] if lines else "no reason given")
        raise ModelError(
            model.name, f"cannot be converted to int8: {reason[:160]}", "allowed: operators with an int8 form"
        ) from error
    return data
