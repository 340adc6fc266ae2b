"""What is distillation worth: methods x student sizes x shares of data x seeds, one command.

Every cell is the test figure of an int8 model in TFLite Micro.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinykd import storage
from tinykd.errors import RecipeError
from tinykd.grid import Cell, cell_digest, teacher_key, train_grid
from tinykd.recipe import Recipe
from tinykd.report.progress import Reporter
from tinykd.report.study_report import TEACHER, write_report
from tinykd.tasks import task_of

if TYPE_CHECKING:
    from rich.console import Console

ALONE = "student alone"


def method_name(methods: tuple[str, ...]) -> str:
    """Return what tables call a set of methods."""
    return " + ".join(methods) or ALONE


def run(recipe: Recipe, *, data_dir: Path | None, out: Path, seeds: int, console: Console) -> dict[str, Any]:
    """Train every cell that is not there yet, then write study.json, study.md and study.png.

    Args:
      recipe: its [study] says what is crossed; all else is as in a run.
      data_dir: where the data is; None for the data set's own place.
      out: the study's folder.
      seeds: 1, 2... up to this number.
      console: where progress and the table go.

    Returns:
      The contents of study.json: `cells`, one a trained model.
    """
    _check_sizes(recipe)
    storage.require_writable(out)
    storage.require_writable(storage.cache_root())
    cells = list(_cells(recipe, seeds))
    with Reporter(console) as reporter:
        said, taught = train_grid(
            cells, data_dir=data_dir, out=out, reporter=reporter, what="models of the study"
        )
    found: list[dict[str, Any]] = []
    for cell, figures in zip(cells, said, strict=True):
        teacher = taught[teacher_key(cell.recipe)]
        shared = {key: figures[key] for key in ("fraction", "seed", "n", "train_clips")}
        row = {**teacher, **shared, "size": TEACHER, "method": TEACHER, "model_bytes": None}
        found += [row] if row not in found else []
        found.append(figures)
    task = task_of(recipe)
    study = {"recipe": cell_digest(recipe), "seeds": seeds, "cells": found}
    study |= {"figure": task.figure, "example": task.example, "judged": task.judged or task.example}
    storage.write_json(out / "study.json", study)
    console.print(write_report(study, out, names=[method_name(m) for m in recipe.study.methods]))
    return study


def _check_sizes(recipe: Recipe) -> None:
    if not recipe.study.sizes:
        raise RecipeError(
            "recipe [study]", "it has no sizes", "allowed: sizes.NAME = { params of the student }"
        )
    for size in recipe.study.sizes:
        if not re.fullmatch(r"[\w.-]+", size):
            raise RecipeError(
                f"recipe [study.sizes] {size!r}",
                "it cannot name a file",
                "letters, digits, dots, dashes, underscores",
            )
        student = recipe.student.model_copy(update={"params": recipe.study.sizes[size]})
        task_of(recipe).check(recipe.model_copy(update={"student": student}))


def _cells(recipe: Recipe, seeds: int) -> Iterator[Cell]:
    """Yield the students, those of few examples first: the table fills early."""
    for fraction in sorted(recipe.study.fractions):
        for seed in range(1, seeds + 1):
            scaled = _scaled(recipe, fraction, seed)
            for size, params in recipe.study.sizes.items():
                for methods in recipe.study.methods:
                    student = scaled.student.model_copy(update={"params": params})
                    distill = scaled.distill.model_copy(update={"methods": methods})
                    yield Cell(
                        name=f"{fraction:g}-{seed}-{size}-{'+'.join(methods) or 'alone'}",
                        recipe=scaled.model_copy(update={"student": student, "distill": distill}),
                        tags={
                            "fraction": fraction,
                            "seed": seed,
                            "size": size,
                            "method": method_name(methods),
                        },
                    )


def _scaled(recipe: Recipe, fraction: float, seed: int) -> Recipe:
    """Return the recipe of one share: fewer clips are gone through more often, all take as many steps."""

    def stretched(section: Any) -> Any:
        train = section.train
        more = {"passes": round(train.passes / fraction), "patience": train.epochs}
        return section.model_copy(update={"train": train.model_copy(update=more)})

    return recipe.model_copy(
        update={
            "seed": seed,
            "dataset": recipe.dataset.model_copy(update={"train_fraction": fraction}),
            "teacher": stretched(recipe.teacher).model_copy(update={"members": 1}),
            "student": stretched(recipe.student),
        }
    )
