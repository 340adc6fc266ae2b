"""Interpreter-free C from an int8 .tflite file: reading, lowering, memory plan, emission."""
