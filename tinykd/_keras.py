"""The only door to TensorFlow and Keras 2 (tfmot refuses Keras 3).

Import it inside functions that run a command, never at the top of a module
that `tinykd --help` loads.
"""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@contextlib.contextmanager
def native_stderr_held() -> Iterator[None]:
    """Hold back what TensorFlow's C++ writes to file descriptor 2, and Python's warnings."""
    sys.stderr.flush()
    saved, sink = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, 2)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(sink)


with native_stderr_held():  # the import greets with log lines that no setting silences
    import tensorflow as tf
    import tf_keras as keras

tf.get_logger().setLevel("ERROR")  # its warnings are about our tracing, not about what a user did

__all__ = ["be_deterministic", "keras", "native_stderr_held", "tf"]


def be_deterministic() -> None:
    """Make every TensorFlow operation give the same bits each time, from now on."""
    tf.config.experimental.enable_op_determinism()
