"""The promised figures, on models of MLPerf Tiny's shapes."""

from __future__ import annotations

import pytest
from mlperf_tiny import autoencoder, ds_cnn

from tinykd.boards.tools import missing_tools
from tinykd.measure import measure

pytestmark = [
    pytest.mark.skipif(bool(missing_tools()), reason="needs the Arm compiler and QEMU: tinykd doctor"),
    pytest.mark.slow,
]

# Instructions; flash beside the constants; static RAM and the caller's input and output. Source: issue 4.
LIMITS = {
    (ds_cnn, "mps2-an386"): (6_000_000, 10_000, 11_000),
    (autoencoder, "mps2-an386"): (450_000, 4_000, 2_000),
    (ds_cnn, "mps3-an547"): (1_800_000, 10_000, 11_000),
    (autoencoder, "mps3-an547"): (150_000, 4_000, 2_000),
}


@pytest.mark.parametrize(("model", "machine"), LIMITS, ids=lambda one: getattr(one, "__name__", one))
def test_figures_keep_their_limits_and_repeat_exactly(model, machine):
    found = measure(model(), machine=machine)
    instructions, flash, ram = LIMITS[model, machine]
    assert found["bit_exact"]
    assert found["instructions"] <= instructions
    assert found["flash_bytes"] <= flash
    assert found["ram_bytes"] + found["input_bytes"] + found["output_bytes"] <= ram
    assert measure(model(), machine=machine) == found


@pytest.mark.parametrize("machine", ["mps2-an385", "mps2-an500", "mps2-an505"])
def test_other_cores_give_the_same_bytes(machine):
    assert measure(ds_cnn(), machine=machine, random_inputs=2)["bit_exact"]


def test_steps_make_up_the_whole():
    found = measure(ds_cnn(), machine="mps2-an386", random_inputs=1)
    steps = found["steps"]
    assert [step["name"] for step in steps].count("CONV_2D") == 5
    # The build with a timer reading after each step is another one: within a hundredth.
    assert (
        abs(sum(step["instructions"] for step in steps) - found["instructions"]) < found["instructions"] / 100
    )
    assert abs(sum(step["share"] for step in steps) - 1) < 0.001
