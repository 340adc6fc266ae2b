"""The last words of a run say what was measured, by name and with its uncertainty."""

from __future__ import annotations

from pathlib import Path

import pytest

from tinykd.recipe import BudgetSection
from tinykd.report.tables import plain_text, results_table

METRICS = {
    "task": "kws",
    "dataset": "synthetic_speech",
    "seed": 1,
    "classes": ["yes", "no", "_silence_", "_unknown_"],
    "params": 17342,
    "macs": 1234567,
    "model_bytes": 21344,
    "arena_bytes": 31999,
    "test": {
        "n": 1000,
        "teacher": {"accuracy": 0.97},
        "no_kd": {"accuracy": 0.91},
        "student_float": {"accuracy": 0.931},
        "student_int8": {"accuracy": 0.95, "macro_recall": 0.9412},
    },
}
VERIFY = {"bit_exact": True, "samples": 1000, "host": "64-bit"}


@pytest.fixture
def said():
    def say(metrics=METRICS, verify=VERIFY, run="runs/kws", **limits):
        return plain_text(
            results_table(
                metrics, verify, BudgetSection(**limits), run=Path(run), example="clip", recording="FILE.wav"
            )
        )

    return say


def line_with(text: str, words: str) -> str:
    (line,) = [line for line in text.splitlines() if words in f" {line}"]
    return line


def test_every_model_has_its_accuracy_and_interval(said):
    text = said()
    # Wilson's interval for 950 of 1000, from scipy.stats.binomtest: 0.93466 to 0.96187.
    row = line_with(text, "int8 in TFLite Micro").split("Micro")[1].split()
    assert row == ["95.0", "%", "93.5", "to", "96.2", "%", "94.1", "%"]
    assert "97.0 %" in line_with(text, "  teacher ")
    assert "91.0 %" in line_with(text, "student without a teacher")
    assert "1,000 test clips" in text


def test_the_steps_between_the_models_are_named_in_points(said):
    text = said()
    assert "+2.1 points" in line_with(text, "teacher's part")
    assert "+1.9 points" in line_with(text, "From float to int8")


def test_a_model_that_was_not_trained_is_left_out(said):
    test = {key: value for key, value in METRICS["test"].items() if key != "no_kd"}
    text = said({**METRICS, "test": test})
    assert "without a teacher" not in text
    assert "teacher's part" not in text


def test_a_figure_that_touches_its_limit_is_over(said):
    assert line_with(said(model_bytes=21345), "model.tflite, flash").endswith("fits")
    assert line_with(said(model_bytes=21344), "model.tflite, flash").endswith("OVER")
    assert line_with(said(arena_bytes=31999), "arena").endswith("OVER")


def test_the_proof_is_said_only_where_it_was_made(said):
    assert "no output bit on 1,000 clips" in said()
    assert "do not use this model" in said(verify={**VERIFY, "bit_exact": False})
    assert "Slimming" not in said(verify={**VERIFY, "bit_exact": None})


def test_what_to_take_and_what_to_do_next_name_the_run(said):
    text = said(run="my [runs]/kws")
    for words in ("my [runs]/kws/model.tflite", "my [runs]/kws/c/", "tinykd predict my [runs]/kws FILE.wav"):
        assert words in text


def test_no_line_is_wider_than_a_terminal(said):
    assert max(map(len, said().splitlines())) <= 100


def test_the_rule_of_the_split_is_said_where_there_is_one(said):
    assert "Split " not in said()
    assert "Split by person: nobody is in two." in said(
        metrics={**METRICS, "split_rule": "by person: nobody is in two"}
    )


def test_figures_of_the_compiled_c_are_there_where_they_were_measured(said):
    chip = {
        **{"machine": "mps2-an386", "core": "cortex-m4", "instructions": 3519553, "bit_exact": True},
        **{"flash_bytes": 5056, "constant_bytes": 29072, "ram_bytes": 8512, "stack_bytes": 352},
        **{"input_bytes": 490, "output_bytes": 12},
    }
    text = said(verify={**VERIFY, "on_chip": chip})
    assert "3,519,553" in line_with(text, "cortex-m4: instructions")
    assert "34,128 B" in line_with(text, "compiled C: flash")  # 5056 + 29072
    assert "9,366 B" in line_with(text, "compiled C: RAM")  # 8512 + 352 + 490 + 12
    assert "bytes on mps2-an386" in text
    assert "compiled C" not in said(verify={**VERIFY, "on_chip": None})
