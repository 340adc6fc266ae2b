"""Distillation methods side by side on one recipe: the same student, seeds and data, one thing changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinykd import storage
from tinykd.distill.methods import METHODS, Outputs
from tinykd.distill.ways import WAYS
from tinykd.errors import RecipeError, TinykdError
from tinykd.grid import Cell, cell_digest, teacher_key, train_grid
from tinykd.recipe import Recipe
from tinykd.recipe_tasks import with_settings
from tinykd.report.compare_report import write_report
from tinykd.report.compare_summary import ALONE as STUDENT_ALONE
from tinykd.report.progress import Reporter
from tinykd.tasks import task_of

if TYPE_CHECKING:
    from rich.console import Console

ALONE = "alone"
USUAL = {  # what every comparison shows, by what the model says
    "classes": (ALONE, "transfer", "logits", "time_axis", "logits+time_axis"),
    "score": (ALONE, "score", "time_axis", "score+time_axis"),
}


def run(
    recipe: Recipe,
    *,
    methods: Sequence[str],
    seeds: int,
    data_dir: Path | None,
    out: Path,
    console: Console,
) -> dict[str, Any]:
    """Train what is not there yet, then write compare.json, compare.md, plots and reports.

    Args:
      recipe: what all of them share.
      methods: names of losses and ways joined by "+"; `alone`, the student alone, is always there.
        Empty: those that every comparison shows. ("all",): every one that fits the recipe.
      seeds: 1, 2... up to this number.
      data_dir: where the data is; None for the data set's own place.
      out: the comparison's folder.
      console: where progress and the table go.

    Returns:
      The contents of compare.json.

    Raises:
      TinykdError: an unknown method, or one that cannot be on this recipe.
    """
    named = variants(recipe, methods)
    for name, one in named.items():
        _check(name, one)
    storage.require_writable(out)
    storage.require_writable(storage.cache_root())
    cells = [
        Cell(
            name=f"{name}-{seed}",
            recipe=one.model_copy(update={"seed": seed}),
            tags={"method": STUDENT_ALONE if name == ALONE else name, "seed": seed},
        )
        for seed in range(1, seeds + 1)
        for name, one in named.items()
    ]
    with Reporter(console) as reporter:
        said, taught = train_grid(
            cells, data_dir=data_dir, out=out, reporter=reporter, what="models of the comparison"
        )
    first = named[ALONE]
    keys = [teacher_key(first.model_copy(update={"seed": seed})) for seed in range(1, seeds + 1)]
    task = task_of(recipe)
    found = {
        "recipe": cell_digest(recipe),
        "figure": task.figure,
        "example": task.example,
        "judged": task.judged or task.example,
        "seeds": seeds,
        "labels_of": recipe.distill.labels_of,
        "teachers": [taught[key] for key in keys],
        "cells": said,
    }
    storage.write_json(out / "compare.json", found)
    console.print(write_report(found, out), soft_wrap=True, markup=False, highlight=False)
    return found


def variants(recipe: Recipe, methods: Sequence[str]) -> dict[str, Recipe]:
    """Return the recipe of each method, `alone` first.

    Raises:
      RecipeError: an unknown name, or two ways that set the same key.
    """
    usual, chosen = USUAL[outputs_of(recipe)], list(methods)
    if chosen == ["all"]:
        chosen = [name for name in (*usual, *METHODS, *WAYS) if _fits(recipe, name)]
    elif not chosen:
        chosen = [name for name in usual if _fits(recipe, name)]
    return {name: variant(recipe, name) for name in dict.fromkeys([ALONE, *chosen])}


def variant(recipe: Recipe, name: str) -> Recipe:
    """Return the recipe with one method: names of losses and ways joined by "+"."""
    losses: list[str] = []
    settings: dict[str, Any] = {}
    usual: tuple[str, ...] = ()
    for part in name.split("+"):
        if part in METHODS:
            losses.append(part)
        elif part in WAYS and (way := WAYS[part].settings) is not None:
            if both := sorted(set(way) & set(settings)):
                raise RecipeError("--methods", f"{name}: two of them set {both[0]}", "one of them")
            settings.update(way)
            usual = WAYS[part].methods
        elif part in WAYS:
            how = WAYS[part].command or f"tinykd compare {WAYS[part].recipe}"
            raise RecipeError("--methods", f"{part} is not a setting of one recipe", how)
        elif name != ALONE:
            known = [ALONE, *METHODS, *(key for key, row in WAYS.items() if row.settings is not None)]
            raise RecipeError("--methods", f"unknown method {part!r}", f"known: {', '.join(known)}, all")
    if usual == ("logits",) and outputs_of(recipe) == "score":
        usual = ("score",)
    return with_settings(recipe, {"distill.methods": tuple(losses) or usual, **settings})


def outputs_of(recipe: Recipe) -> Outputs:
    """Return what the recipe's model says."""
    return "score" if recipe.task == "anomaly" else "classes"


def _fits(recipe: Recipe, name: str) -> bool:
    if name in WAYS and (WAYS[name].settings is None or outputs_of(recipe) not in WAYS[name].outputs):
        return False
    try:
        _check(name, variant(recipe, name))
    except TinykdError:
        return False
    return True


def _check(name: str, recipe: Recipe) -> None:
    """Refuse what cannot be before hours of work, naming the method."""
    try:
        task_of(recipe).check(recipe)
    except TinykdError as error:
        raise RecipeError(f"--methods {name}", str(error), "leave it out, or another recipe") from None
