"""Models of MLPerf Tiny's shapes on emulated microcontrollers, against TFLite Micro's figures.

Run as ``python -m benchmarks.on_chip``. Needs the Arm compiler and QEMU (tinykd doctor).
Exits 1 when a figure is above its limit, or an output is not TFLite Micro's.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinykd.errors import TinykdError
from tinykd.measure import measure

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from mlperf_tiny import autoencoder, ds_cnn


@dataclass(frozen=True)
class Figures:
    """Instructions an inference, and bytes; None where nobody has measured it."""

    instructions: int
    flash_bytes: int | None = None
    ram_bytes: int | None = None
    stack_bytes: int | None = None


@dataclass(frozen=True)
class Row:
    """A model on a machine: the most that is allowed, and what TFLite Micro takes.

    TFLite Micro: a commit of 2026-08 with CMSIS-NN, compiled with -O2, only the int8 operators of the model,
    measured in the same QEMU on the trained models of the same shapes. Its flash is without the model file,
    its RAM is the arena.
    """

    model: str
    machine: str
    limit: Figures
    tflm: Figures


ROWS = (
    Row("ds_cnn", "mps2-an386", Figures(6_000_000, 10_000, 11_000), Figures(7_700_000, 56_970, 22_820, 956)),
    Row("autoencoder", "mps2-an386", Figures(450_000, 4_000, 2_000), Figures(583_000, 31_186, 2_580, 668)),
    Row("ds_cnn", "mps3-an547", Figures(1_800_000), Figures(1_820_000, 48_496, 27_348)),
    Row("autoencoder", "mps3-an547", Figures(150_000), Figures(150_000, 23_292, 9_268)),
)
MODELS = {"ds_cnn": ds_cnn, "autoencoder": autoencoder}


def figures_of(found: dict[str, Any]) -> Figures:
    """Return the figures to compare; RAM with the input and output, which are in TFLite Micro's arena too."""
    return Figures(
        found["instructions"],
        found["flash_bytes"],
        found["ram_bytes"] + found["input_bytes"] + found["output_bytes"],
        found["stack_bytes"],
    )


def over(ours: Figures, limit: Figures) -> list[str]:
    """Return the names of the figures above their limits."""
    return [
        name
        for name, most in vars(limit).items()
        if most is not None and (mine := getattr(ours, name)) is not None and mine > most
    ]


def main() -> int:
    """Print a line for each row; return the exit code."""
    print(
        f"{'':25}{'instructions':>12}{'flash':>8}{'RAM':>8}{'stack':>7}   "
        f"{'TFLM':>10}{'flash':>8}{'RAM':>8}{'stack':>7}   {'limit':>10}{'flash':>8}{'RAM':>8}"
    )
    failed = False
    for row in ROWS:
        try:
            found = measure(MODELS[row.model](), machine=row.machine, where=row.model)
        except TinykdError as error:
            print(error, file=sys.stderr)
            return error.exit_code
        ours = figures_of(found)
        faults = over(ours, row.limit) + ([] if found["bit_exact"] else ["outputs differ"])
        failed |= bool(faults)
        columns = ("instructions", "flash_bytes", "ram_bytes", "stack_bytes")
        print(
            f"{row.model:13}{row.machine:12}{_columns(ours, columns, 12)}   "
            f"{_columns(row.tflm, columns, 10)}   {_columns(row.limit, columns[:3], 10)}  "
            f"{'FAILED: ' + ', '.join(faults) if faults else 'ok'}"
        )
    return int(failed)


def _columns(figures: Figures, names: tuple[str, ...], width: int) -> str:
    widths = dict(zip(names, (width, 8, 8, 7), strict=False))
    values = {name: getattr(figures, name) for name in names}
    return "".join(
        f"{'' if value is None else f'{value:,}':>{widths[name]}}" for name, value in values.items()
    )


if __name__ == "__main__":
    sys.exit(main())
