"""The last words of a run: how good, how small, what to take, what next."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinykd.recipe import BudgetSection
from tinykd.report.intervals import wilson

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table

# Keys of metrics.json's `test`, in the order in which the models are made.
MODELS = {
    "teacher": "teacher",
    "no_kd": "student without a teacher",
    "student_float": "student, distilled",
    "student_int8": "student, distilled, int8 in TFLite Micro",
}


def results_table(
    metrics: Mapping[str, Any],
    verify: Mapping[str, Any],
    budget: BudgetSection,
    *,
    run: Path,
    example: str,
    recording: str,
) -> Group:
    """Return what a newcomer should read when a run is done.

    Args:
      metrics: the contents of metrics.json: task, dataset, seed, classes, params,
        macs, model_bytes, arena_bytes, split_rule where the task has one, test (n, and
        accuracy 0..1 a model; a model that was not trained is left out).
      verify: the contents of verify.json (`bit_exact`, `host`, `version`, `on_chip`).
      budget: the limits.
      run: the run folder.
      example: what one example is called, like "clip".
      recording: a file for `tinykd predict`, like "FILE.wav".
    """
    from rich.console import Group

    parts: list[RenderableType] = [
        "",
        f"[bold]{metrics['task']}[/bold] on {metrics['dataset']}, seed {metrics['seed']}: "
        f"{len(metrics['classes'])} classes, {metrics['test']['n']:,} test {example}s",
        *([f"Split {metrics['split_rule']}."] if "split_rule" in metrics else []),
        _accuracy(metrics["test"]),
        *teacher_line(metrics),
        *_changes(metrics["test"]),
        "",
        sizes_table(metrics, verify, budget),
        *proof_line(verify, example),
        "",
        *next_steps(
            run,
            metrics["task"],
            {
                f"tinykd predict {run} {recording}": "what the model finds in a recording",
                f"tinykd evaluate {run} --data-dir DIR": "how it does on other recordings",
            },
        ),
    ]
    return Group(*parts)


def plain_text(renderable: RenderableType, *, width: int = 100) -> str:
    """Return what `renderable` shows, without colours, lines without spaces at their ends."""
    from rich.console import Console

    page = io.StringIO()
    Console(file=page, width=width, color_system=None, highlight=False).print(renderable)
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines()).strip("\n") + "\n"


def table(*columns: str) -> Table:
    """Return an empty table: the first column for words, the others for figures."""
    from rich import box
    from rich.table import Table

    found = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    found.add_column(columns[0], min_width=40)
    for column in columns[1:]:
        found.add_column(column, justify="right", no_wrap=True)
    return found


def _accuracy(test: Mapping[str, Any]) -> Table:
    shown = table("model", "accuracy", "95 % interval", "mean recall")
    for key, name in MODELS.items():
        if key not in test:
            continue
        found = test[key]
        interval = wilson(round(found["accuracy"] * test["n"]), test["n"])
        recall = f"{100 * found['macro_recall']:.1f} %" if "macro_recall" in found else ""
        ends = f"{100 * interval.low:.1f} to {100 * interval.high:.1f} %"
        style = "bold" if key == "student_int8" else None
        shown.add_row(name, f"{100 * found['accuracy']:.1f} %", ends, recall, style=style)
    return shown


def teacher_line(metrics: Mapping[str, Any]) -> Iterator[str]:
    """Yield where the teacher's figures come from, where it is not in the run."""
    if found := metrics.get("teacher_cache"):
        yield f"The teacher is elsewhere: its figures are those of its cache (weights {found['weights']})."


def _changes(test: Mapping[str, Any]) -> Iterator[str]:
    def step(before: str, after: str) -> str:
        return f"{100 * (test[after]['accuracy'] - test[before]['accuracy']):+z.1f} points"

    if "no_kd" in test and "student_float" in test:
        yield f"The teacher's part: {step('no_kd', 'student_float')} (one seed; tinykd study takes several)."
    if "student_float" in test and "student_int8" in test:
        yield f"From float to int8: {step('student_float', 'student_int8')}."


def sizes_table(metrics: Mapping[str, Any], verify: Mapping[str, Any], budget: BudgetSection) -> Table:
    """Return what the model takes on a device, against its limits."""
    shown = table("on the device", "measured", "limit", "")
    for name, measured, limit in (
        ("model.tflite, flash", metrics["model_bytes"], budget.model_bytes),
        (f"arena, RAM ({verify.get('host', 'this')} host)", metrics["arena_bytes"], budget.arena_bytes),
    ):
        verdict = "[green]fits[/green]" if measured < limit else "[bold red]OVER[/bold red]"
        shown.add_row(name, f"{measured:,} B", f"below {limit:,} B", verdict)
    shown.add_row("parameters", f"{metrics['params']:,}", "", "")
    shown.add_row("multiply-accumulates an inference", f"{metrics['macs']:,}", "", "")
    if chip := verify.get("on_chip"):
        ram_bytes = chip["ram_bytes"] + chip["input_bytes"] + chip["output_bytes"] + chip["stack_bytes"]
        shown.add_row(f"compiled C, {chip['core']}: instructions", f"{chip['instructions']:,}", "", "")
        shown.add_row("compiled C: flash", f"{chip['flash_bytes'] + chip['constant_bytes']:,} B", "", "")
        shown.add_row("compiled C: RAM with input, output, stack", f"{ram_bytes:,} B", "", "")
    return shown


def proof_line(verify: Mapping[str, Any], example: str) -> Iterator[str]:
    """Yield whether C and slimming kept every output, where that was looked at."""
    if (chip := verify.get("on_chip")) and chip["bit_exact"]:
        yield f"The compiled C gives TFLite Micro's bytes on {chip['machine']} in QEMU."
    if verify.get("bit_exact") is True:
        yield f"Slimming changed no output bit on {verify['samples']:,} {example}s in TFLite Micro."
    elif verify.get("bit_exact") is False:
        yield "[bold red]Slimming changed outputs: do not use this model.[/bold red]"


def next_steps(run: Path, task: str, verbs: Mapping[str, str]) -> Iterator[str]:
    """Yield what there is to take and what to do next; `verbs` are commands and what they tell."""
    from rich.markup import escape

    what = {
        "Take": {
            f"{run}/model.tflite": "the model, int8 in and out",
            f"{run}/c/": "the same as C, with front end settings and labels",
        },
        "Next": {
            **verbs,
            f"tinykd study {task}": "which distillation method suits, over several seeds",
        },
    }
    width = max(len(thing) for things in what.values() for thing in things)
    for title, things in what.items():
        yield f"[bold]{title}[/bold]"
        yield from (f"  {escape(f'{thing:<{width}}')}  {use}" for thing, use in things.items())
