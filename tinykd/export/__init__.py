"""C for TFLite Micro, from a model and its settings."""
