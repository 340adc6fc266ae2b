"""The last words of a wake-word run."""

from __future__ import annotations

from pathlib import Path

from tinykd.recipe_tasks import WakewordBudget
from tinykd.report.tables import plain_text
from tinykd.report.wakeword_table import wakeword_table

TEST = {
    "phrases": 50,
    "rejects": 0.04,
    "hours": 2.5,
    "accepts": 3,
    "accepts_per_hour": 1.2,
    "hours_by_kind": {"running speech": 2.0, "noise": 0.5},
    "near": {"phrases": 200, "accepts": 7},
    "accepts_by_kind": {"running speech": 3, "noise": 0},
}
METRICS = {
    "task": "wakeword",
    "phrase": "hey computer",
    "dataset": "synthetic_wake",
    "seed": 1,
    "wanted_accepts_per_hour": 0.5,
    "params": 1,
    "macs": 2,
    "model_bytes": 17_000,
    "arena_bytes": 24_000,
    "test": {
        "n": 50,
        "teacher": {"accuracy": 0.98},
        "no_kd": {"accuracy": 0.9},
        "student_float": {"accuracy": 0.94},
        "student_int8": {"accuracy": 0.92},
    },
    "detection": {"model": {"detector": {"hop_ms": 100, "smooth_hops": 3}, "test": TEST}},
}


def test_it_says_what_is_missed_and_what_wakes_it_wrongly():
    said = plain_text(
        wakeword_table(METRICS, {"bit_exact": True, "samples": 9}, WakewordBudget(), run=Path("runs/x")),
        width=200,
    )
    assert "'hey computer' on synthetic_wake, seed 1: 50 test phrases, 2.50 h without the phrase" in said
    # Wilson's interval of 4 missed of 50, from scipy.stats.binomtest: 3.2 to 18.8 %.
    (line,) = [line for line in said.splitlines() if "int8 in TFLite Micro" in line]
    assert line.split("Micro")[1].split() == ["8.0", "%", "3.2", "to", "18.8", "%"]
    assert "(300 ms) chosen on validation" in said
    assert "4.0 % false rejects, 3 false accepts (1.20 an hour)" in said
    assert "Of 200 near phrases and other words, apart from that: 7 woke it." in said
    assert "tinykd listen runs/x FILE.wav" in said
    (arena,) = [line for line in said.splitlines() if line.strip().startswith("arena")]
    assert "OVER" in arena  # 24,000 is not below 24,000
