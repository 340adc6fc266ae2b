"""What an anomaly run says of its threshold and of the machine that its teacher comes from."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from tinykd.recipe_anomaly import AnomalyBudget
from tinykd.report.anomaly_tables import anomaly_table

FIGURE = {"all": {"n": 4, "anomalies": 2, "auc": 0.75, "partial_auc": 0.5}}
VERIFY = {
    "ok": True,
    "bit_exact": True,
    "samples": 4,
    "model_bytes": 900,
    "arena_bytes": 800,
    "unslimmed_bytes": 950,
}


def shown(threshold, **more):
    metrics = {
        "task": "anomaly",
        "dataset": "m",
        "healthy": "",
        "seed": 1,
        "judged": "windows",
        "model_bytes": 900,
        "arena_bytes": 800,
        "params": 10,
        "macs": 20,
        "test": {
            "n": 4,
            "anomalies": 2,
            "threshold": {"threshold_int8": threshold, "false_alarms": 0.0, "detected": 0.5},
            "student_int8": FIGURE,
        },
        **more,
    }
    file = io.StringIO()
    Console(file=file, width=300).print(anomaly_table(metrics, VERIFY, AnomalyBudget(), run=Path("runs/a")))
    return file.getvalue()


@pytest.mark.parametrize(("threshold", "said"), [(126.0, False), (127.0, True)])
def test_a_threshold_that_no_int8_score_can_pass_is_said(threshold, said):
    text = shown(threshold)
    assert f"(int8 {threshold:.0f}, chosen on normal validation windows)" in text
    assert ("this model never raises the alarm" in text) is said


def test_the_density_of_another_machine_is_named_beside_what_it_became():
    text = shown(3.0, source_test=0.8123)
    assert "asked about this one: ROC AUC 0.812 on test" in text
    assert "chosen on believed validation windows" in text
    assert "asked about this one" not in shown(3.0)
