"""What every task's proof leaves in the run folder: verify.json and budget.json."""

from __future__ import annotations

from typing import Any

from tinykd import storage
from tinykd.budget import check
from tinykd.tasks.run import Run


def write_proof(run: Run[Any, Any], model_bytes: bytes, found: dict[str, Any]) -> None:
    """Write verify.json and budget.json, both with the figures of an emulated board as `on_chip`.

    Args:
      run: whose model it is.
      model_bytes: the .tflite file.
      found: what `tinykd.verify.verify` found.
    """
    from tinykd.measure import on_chip

    with run.reporter.busy("the compiled model runs on an emulated microcontroller"):
        chip = on_chip(model_bytes)
    budget = check(run.recipe.budget, model_bytes=len(model_bytes), arena_bytes=found["arena_bytes"])
    storage.write_json(run.out / "budget.json", {**budget, "on_chip": chip})
    storage.write_json(run.out / "verify.json", {**found, "on_chip": chip})
