"""What a model costs: parameters and multiply-accumulates of a .tflite file."""
