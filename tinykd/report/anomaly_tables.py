"""The last words of an anomaly run: how well it tells, beside detectors without a size limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinykd.recipe import BudgetSection
from tinykd.report.tables import next_steps, proof_line, sizes_table, table, teacher_line

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table

TOP_INT8 = 127

# Keys of metrics.json's `test`, the detectors without a limit first.
MODELS = {
    "gaussian": "Gaussian (Mahalanobis), float",
    "isolation_forest": "isolation forest, float",
    "teacher": "teacher: density, float",
    "no_kd": "autoencoder without a teacher, int8",
    "student_float": "student, distilled, float",
    "student_int8": "student, distilled, int8 in TFLite Micro",
}


def anomaly_table(
    metrics: Mapping[str, Any], verify: Mapping[str, Any], budget: BudgetSection, *, run: Path
) -> Group:
    """Return what a newcomer should read when a run is done.

    Args:
      metrics: the contents of metrics.json; `test` has n, anomalies, threshold and for
        each of MODELS what `anomaly.curves.judged` gives.
      verify: the contents of verify.json.
      budget: the limits.
      run: the run folder.
    """
    from rich.console import Group

    test, judged = metrics["test"], metrics["judged"]
    healthy = f" ({metrics['healthy']} setting healthy)" if metrics["healthy"] else ""
    parts: list[RenderableType] = [
        "",
        f"[bold]{metrics['task']}[/bold] on {metrics['dataset']}{healthy}, seed {metrics['seed']}: "
        f"{test['n']:,} test {judged}, {test['anomalies']:,} of them anomalous",
        _areas(test),
        *teacher_line(metrics),
        *_source(metrics),
        *_alarms(test["threshold"], judged, chosen_on="believed" if "source_test" in metrics else "normal"),
        "",
        sizes_table(metrics, verify, budget),
        *proof_line(verify, "window"),
        "",
        *next_steps(
            run,
            metrics["task"],
            {
                f"tinykd predict {run} FILE.csv": "how much of a recording is anomalous",
                f"tinykd evaluate {run} --data-dir DIR": "how it does on other recordings",
            },
        ),
    ]
    return Group(*parts)


def _areas(test: Mapping[str, Any]) -> Table:
    """Return one row a detector: ROC AUC, partial AUC, and the AUC of each machine."""
    machines = [name for name in test["student_int8"] if name != "all"]
    shown = machines if 1 < len(machines) <= 4 else []
    areas = table("detector", "ROC AUC", "AUC, FPR < 0.1", *shown)
    for key, name in MODELS.items():
        if key not in test:
            continue
        found = test[key]
        values = [found["all"]["auc"], found["all"]["partial_auc"], *(found[one]["auc"] for one in shown)]
        style = "bold" if key == "student_int8" else None
        areas.add_row(name, *(f"{value:.3f}" for value in values), style=style)
    return areas


def _source(metrics: Mapping[str, Any]) -> Iterator[str]:
    if "source_test" in metrics:
        yield (
            f"The density of the teacher's own machine, asked about this one: ROC AUC "
            f"{metrics['source_test']:.3f} on test."
        )


def _alarms(found: Mapping[str, float], judged: str, *, chosen_on: str) -> Iterator[str]:
    limit = found["threshold_int8"]
    yield (
        f"Above the threshold (int8 {limit:.0f}, chosen on {chosen_on} validation {judged}): "
        f"{100 * found['false_alarms']:.1f} % of normal and {100 * found['detected']:.1f} % of anomalous "
        f"test {judged}."
    )
    if limit >= TOP_INT8:
        yield (
            f"[yellow]No score lies above int8 {TOP_INT8}: this model never raises the alarm. "
            f"{chosen_on.capitalize()} validation {judged} reach the end of its scale; train longer, or "
            f"raise threshold.false_alarms.[/yellow]"
        )
