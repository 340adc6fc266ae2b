"""Quantisation-aware training, and files without what no interpreter reads."""
