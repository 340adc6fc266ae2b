"""The last words of a wake-word run: what it misses, what wakes it wrongly, how small it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinykd.recipe import BudgetSection
from tinykd.report.intervals import wilson
from tinykd.report.tables import MODELS, next_steps, proof_line, sizes_table, table, teacher_line

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table


def wakeword_table(
    metrics: Mapping[str, Any], verify: Mapping[str, Any], budget: BudgetSection, *, run: Path
) -> Group:
    """Return what a newcomer should read when a run is done.

    Args:
      metrics: the contents of metrics.json.
      verify: the contents of verify.json.
      budget: the limits.
      run: the run folder.
    """
    from rich.console import Group

    test = metrics["detection"]["model"]["test"]
    detector = metrics["detection"]["model"]["detector"]
    wanted = metrics["wanted_accepts_per_hour"]
    smooth_ms = detector["smooth_hops"] * detector["hop_ms"]
    parts: list[RenderableType] = [
        "",
        f"[bold]wake word[/bold] '{metrics['phrase']}' on {metrics['dataset']}, seed {metrics['seed']}: "
        f"{test['phrases']:,} test phrases, {test['hours']:.2f} h without the phrase",
        _rejects(metrics["test"], wanted),
        *teacher_line(metrics),
        f"Threshold and smoothing ({smooth_ms} ms) chosen on validation, int8 on the test streams: "
        f"[bold]{100 * test['rejects']:.1f} % false rejects, {test['accepts']} false accepts "
        f"({test['accepts_per_hour']:.2f} an hour)[/bold].",
        *_near(test),
        "",
        _kinds(test),
        sizes_table(metrics, verify, budget),
        *proof_line(verify, "clip"),
        "",
        *next_steps(
            run,
            metrics["task"],
            {
                f"tinykd listen {run} FILE.wav": "when the phrase is heard in a recording",
                f"tinykd evaluate {run} --data-dir DIR": "how it does on recordings of people",
            },
        ),
    ]
    return Group(*parts)


def _rejects(test: Mapping[str, Any], wanted: float) -> Table:
    found = table(f"model, at {wanted:g} false accepts an hour on test", "false rejects", "95 % interval")
    for key, name in MODELS.items():
        missed = 1.0 - test[key]["accuracy"]
        interval = wilson(round(missed * test["n"]), test["n"])
        ends = f"{100 * interval.low:.1f} to {100 * interval.high:.1f} %"
        found.add_row(name, f"{100 * missed:.1f} %", ends, style="bold" if key == "student_int8" else None)
    return found


def _near(test: Mapping[str, Any]) -> Iterator[str]:
    if near := test.get("near"):
        said = f"Of {near['phrases']} near phrases and other words, apart from that"
        yield f"{said}: {near['accepts']} woke it."


def _kinds(test: Mapping[str, Any]) -> Table:
    found = table("what it heard without the phrase", "hours", "false accepts")
    for kind, hours in test["hours_by_kind"].items():
        found.add_row(kind, f"{hours:.2f}", str(test["accepts_by_kind"].get(kind, 0)))
    return found
