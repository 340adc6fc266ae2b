"""The only door to TensorFlow and Keras 2 (tfmot refuses Keras 3).

Import it inside functions that run a command, never at the top of a module
that `tinykd --help` loads.
"""

from __future__ import annotations

import os

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf
import tf_keras as keras

__all__ = ["keras", "tf"]


def be_deterministic() -> None:
    """Make every TensorFlow operation give the same bits each time, from now on."""
    tf.config.experimental.enable_op_determinism()
