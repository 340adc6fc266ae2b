"""Damaged models end in C that is sound, or in one line; never in a crash, a hang or a huge allocation."""

from __future__ import annotations

import resource
import subprocess
import sys
import time

import numpy as np
import pytest
from cases import CASES
from harness import CHECKED, c_outputs
from mutations import wrong_bytes, wrong_contents
from networks import network
from test_state import stream
from tflite_models import classifier

from tinykd.compiled.compiler import compile_model
from tinykd.compiled.graph import read_graph
from tinykd.errors import ModelError
from tinykd.flatbuffer import read_model

SECONDS = 5.0
RUNNABLE_BYTES = 200_000  # of memory and inputs, so that a hundred of them run at once


def seeds():
    rng = np.random.default_rng(0)
    models = [classifier(), stream(start=np.arange(10)), *(network(rng)[0] for _ in range(6))]
    return models + [make(rng)[0] for make in CASES.values()]


def tried(count: int, seed: int):
    """Compile `count` damaged models; return those that compile and how many did not."""
    models, rng = seeds(), np.random.default_rng(seed)
    sound, refused = [], 0
    while len(sound) + refused < count:
        data = models[int(rng.integers(len(models)))]
        damaged = wrong_bytes(data, rng) if rng.random() < 0.4 else wrong_contents(data, rng)
        if damaged is None:
            continue
        started = time.process_time()
        try:
            compile_model(damaged, name="m")
            sound.append(damaged)
        except ModelError as error:
            assert "\n" not in str(error)
            refused += 1
        assert time.process_time() - started < SECONDS
    return sound, refused


def runnable(data: bytes) -> bool:
    made, main = compile_model(data, name="m"), read_graph(read_model(data), where="m").main
    return made.arena_bytes + main.inputs[0].count + main.outputs[0].count < RUNNABLE_BYTES


def run(models, folder) -> None:
    """Build and run models with sanitizers, on random and extreme inputs."""
    cases = []
    for data in models:
        tensor = read_graph(read_model(data), where="m").main.inputs[0]
        inputs = np.random.default_rng(1).integers(-128, 128, (3, *tensor.shape)).astype(np.int8)
        inputs[1], inputs[2] = -128, 127
        cases.append((data, inputs))
    c_outputs(cases, folder, flags=CHECKED)


def test_damaged_models_compile_to_sound_c_or_are_refused(tmp_path):
    sound, refused = tried(200, 1)
    assert sound
    assert refused
    run([data for data in sound if runnable(data)][:8], tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_ten_thousand_damaged_models_compile_to_sound_c_or_are_refused(tmp_path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sound, refused = tried(10_000, 2)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000  # KB
    assert len(sound) > 500
    assert refused > 500
    able = [data for data in sound if runnable(data)]
    for start in range(0, 300, 50):
        run(able[start : start + 50], tmp_path / str(start))


def test_the_command_says_one_line(tmp_path):
    path = tmp_path / "cut.tflite"
    path.write_bytes(classifier()[:500])
    command = [sys.executable, "-m", "tinykd.cli", "compile", str(path), "--out", str(tmp_path / "out")]
    code = "import sys; from tinykd.cli import main; sys.exit(main(sys.argv[1:]))"
    command[1:3] = ["-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "the file is damaged" in done.stderr
    assert not (tmp_path / "out").exists()
