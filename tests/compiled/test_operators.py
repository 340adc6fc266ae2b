"""Every operator as C gives the bytes that TFLite Micro gives, over random shapes, scales and zero points."""

from __future__ import annotations

import numpy as np
import pytest
from cases import CASES, UINT8
from harness import CHECKED, assert_same

from tinykd.flatbuffer import read_model

SAMPLES = 6


def made(name, count, seed):
    """Return `count` random models of an operator, each with random and extreme inputs."""
    rng = np.random.default_rng([seed, *name.encode()])
    found = []
    for _ in range(count):
        data, shape = CASES[name](rng)
        graph = read_model(data).subgraphs[0]
        unsigned = graph.tensors[graph.inputs[0]].type == UINT8
        inputs = rng.integers(-128, 128, (SAMPLES, *shape[1:])).astype(np.int8)
        inputs[0], inputs[1] = -128, 127
        every = np.arange(-128, 128, dtype=np.int8)[: inputs[2].size]
        inputs[2].reshape(-1)[: every.size] = every
        found.append((data, inputs.view(np.uint8) if unsigned else inputs))
    return found


@pytest.mark.parametrize("name", CASES)
def test_an_operator_gives_the_bytes_of_tflite_micro(name, tmp_path):
    assert_same(made(name, 5, 0), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_an_operator_gives_the_bytes_of_tflite_micro_under_sanitizers(name, tmp_path):
    for seed in range(1, 6):
        assert_same(made(name, 20, seed), tmp_path / str(seed), flags=CHECKED)
