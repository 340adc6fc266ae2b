"""Ever smaller students, each taught by the one before, as far as a floor and the limits let them go.

Each stage stands beside two students of its size: one taught by the teacher directly,
one taught by nobody.
"""

from __future__ import annotations

from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from tinykd import storage
from tinykd.boards.tools import missing_tools
from tinykd.errors import RecipeError
from tinykd.grid import Cell, teacher_key, train_grid
from tinykd.measure import USUAL_MACHINE, measure
from tinykd.recipe import Recipe
from tinykd.recipe_tasks import with_settings
from tinykd.report.progress import Reporter
from tinykd.report.progressive_report import write_report
from tinykd.tasks import task_of

if TYPE_CHECKING:
    from rich.console import Console

KINDS = ("alone", "direct", "progressive")
Said = dict[str, Any]


def run(recipe: Recipe, *, data_dir: Path | None, out: Path, seeds: int, console: Console) -> Said:
    """Train stage after stage until one falls below the floor; write progressive.json, .md and .png.

    Args:
      recipe: its [progressive] names the stages and the floor, its [budget] the limits.
      data_dir: where the data is; None for the data set's own place.
      out: the folder of it all.
      seeds: 1, 2... up to this number; a stage stands or falls by their mean.
      console: where progress and the table go.

    Returns:
      The contents of progressive.json: `stages`, and `stopped`, the reason.

    Raises:
      TinykdError: no stages, or one that cannot be.
    """
    stages = recipe.progressive.stages
    if not stages:
        what = "it has no stages"
        raise RecipeError("recipe [progressive]", what, "allowed: stages = [{ params of the student }, ...]")
    for params in stages:
        task_of(recipe).check(with_settings(recipe, {"student.params": params}))
    storage.require_writable(out)
    storage.require_writable(storage.cache_root())
    found: list[Said] = []
    stopped = "every stage was trained"
    taught: dict[str, Said] = {}
    with Reporter(console) as reporter:
        for place in range(len(stages)):
            name = f"stage {place + 1}"
            cells = _cells(recipe, place, seeds)
            what = f"models of {name}"
            said, taught = train_grid(cells, data_dir=data_dir, out=out, reporter=reporter, what=what)
            with reporter.busy(f"{name}: measuring"):
                found.append(_stage(recipe, name, cells, said, taught, out))
            if found[-1]["int8_validation"] < recipe.progressive.floor:
                stopped = (
                    f"{name}: {100 * found[-1]['int8_validation']:.1f} % on validation, "
                    f"below the floor of {100 * recipe.progressive.floor:g} %"
                )
                break
    task = task_of(recipe)
    standing = [stage for stage in found if stage["int8_validation"] >= recipe.progressive.floor]
    inside = [stage["name"] for stage in standing if not stage["over"]]
    sums = {
        "figure": task.figure,
        "judged": task.judged or task.example,
        "n": found[0]["n"],
        "seeds": seeds,
        "floor": recipe.progressive.floor,
        "teacher": [said["accuracy"] for said in taught.values()],
        "teacher_params": next(iter(taught.values()))["params"],
        "stages": found,
        "stopped": stopped,
        "chosen": inside[-1] if inside else None,
    }
    storage.write_json(out / "progressive.json", sums)
    console.print(write_report(sums, out), soft_wrap=True, markup=False, highlight=False)
    return sums


def _cells(recipe: Recipe, place: int, seeds: int) -> list[Cell]:
    """Return the three students of a stage, for every seed."""
    sizes = recipe.progressive.stages
    methods = recipe.distill.methods
    how: dict[str, Said] = {
        "alone": {"distill.methods": ()},
        "direct": {"distill.methods": methods},
        "progressive": {"distill.methods": methods, "distill.assistants": sizes[:place]},
    }
    if place == 0:  # the teacher itself is the stage before
        how.pop("progressive")
    return [
        Cell(
            name=f"{place + 1}-{kind}-{seed}",
            recipe=with_settings(recipe, {"seed": seed, "student.params": sizes[place], **how[kind]}),
            tags={"stage": place + 1, "method": kind, "seed": seed},
        )
        for seed in range(1, seeds + 1)
        for kind in how
    ]


def _stage(
    recipe: Recipe, name: str, cells: list[Cell], said: list[Said], taught: dict[str, Said], out: Path
) -> Said:
    """Return what is known of a stage: figures of its three students, and what the progressive one costs."""
    figures = {kind: [one["accuracy"] for one in said if one["method"] == kind] for kind in KINDS}
    figures["progressive"] = figures["progressive"] or figures["direct"]
    own = [one for one in said if one["method"] == cells[-1].tags["method"]]
    teacher = taught[teacher_key(cells[0].recipe)]["params"]
    cost: Said = {key: max(one[key] for one in own) for key in ("params", "model_bytes", "arena_bytes")}
    if not missing_tools():
        model = out / "cells" / f"{cells[-1].name}.tflite"
        counted = measure(model.read_bytes(), machine=USUAL_MACHINE, random_inputs=2, where=str(model))
        cost["instructions"] = counted["instructions"]
        cost["latency_ms"] = counted["instructions"] / recipe.progressive.clock_mhz / 1000
        cost["energy_uj"] = cost["latency_ms"] * recipe.progressive.active_mw
    return {
        "name": name,
        "n": own[0]["n"],
        "ratio": teacher / cost["params"],
        "int8_validation": fmean(one["int8_validation"] for one in own),
        "accuracy": figures,
        **cost,
        "over": _over(recipe, cost),
    }


def _over(recipe: Recipe, cost: Said) -> list[str]:
    """Return the limits that a stage does not keep."""
    section = recipe.progressive
    limits: list[tuple[str, float]] = [
        ("model_bytes", recipe.budget.model_bytes),
        ("arena_bytes", recipe.budget.arena_bytes),
        ("latency_ms", section.latency_ms),
        ("energy_uj", section.energy_uj),
    ]
    return [
        f"{key} {cost[key]:,.6g} of {limit:,.6g}"
        for key, limit in limits
        if limit and key in cost and cost[key] >= limit
    ]
