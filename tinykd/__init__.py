"""tinykd: distil Keras teachers into int8 students that fit a microcontroller."""

__version__ = "0.1.0"
