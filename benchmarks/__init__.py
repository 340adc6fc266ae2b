"""Measurements that a person or CI runs; each exits 1 when its promise does not hold."""
