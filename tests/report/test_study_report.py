"""The study's table against sums worked by hand."""

import pytest

from tinykd.report.study_report import pooled_difference, summary, write_report


def _cell(size, method, seed, accuracy, params=1000):
    return {
        "size": size,
        "method": method,
        "seed": seed,
        "fraction": 1.0,
        "accuracy": accuracy,
        "params": params,
        "model_bytes": None if size == "teacher" else 3000,
        "n": 200,
        "train_clips": 500,
    }


@pytest.fixture
def study():
    cells = [_cell("teacher", "teacher", seed, 0.99, 9000) for seed in (1, 2)]
    for size, params, base in (("small", 1000, 0.80), ("large", 5000, 0.90)):
        for seed in (1, 2):
            cells.append(_cell(size, "student alone", seed, base + seed / 100, params))
            cells.append(_cell(size, "logits", seed, base + seed / 100 + 0.02, params))
    return {"seeds": 2, "figure": "accuracy", "example": "clip", "judged": "clip", "cells": cells}


def test_the_pooled_difference_pairs_size_and_seed(study):
    found = pooled_difference(study["cells"], fraction=1.0, base="student alone", method="logits")
    # every pair differs by exactly 0.02, so the interval is a point
    assert found.estimate == pytest.approx(0.02)
    assert found.low == pytest.approx(found.high)


def test_a_summary_row_is_the_mean_over_seeds(study):
    rows = summary(study["cells"], ["student alone", "logits"])
    row = next(r for r in rows if (r["size"], r["method"]) == ("small", "student alone"))
    assert row["interval"].estimate == pytest.approx(0.815)
    # t(1 degree, 97.5 %) = 12.706; s = 0.00707; half = 12.706 * 0.00707 / sqrt(2)
    assert row["interval"].high - row["interval"].estimate == pytest.approx(
        12.706 * 0.0070711 / 2**0.5, rel=1e-4
    )


def test_a_student_alone_of_other_parameters_stands_in_the_same_row(study, tmp_path):
    for cell in study["cells"]:
        if (cell["size"], cell["method"]) == ("small", "student alone"):
            cell["params"] = 900
    named = study | {"figure": "ROC AUC", "example": "window", "judged": "window"}
    write_report(named, tmp_path, names=["student alone", "logits"])
    text = (tmp_path / "study.md").read_text()
    assert text.startswith("ROC AUC in percent on 200 test windows, ")
    rows = [line for line in text.splitlines() if "| small |" in line]
    assert len(rows) == 1
    assert rows[0].startswith("| 100 % (500 windows) | small | 1,000 | 3,000 | 81.50 ±")


def test_the_report_has_a_row_a_size_and_a_picture(study, tmp_path):
    write_report(study, tmp_path, names=["student alone", "logits"])
    text = (tmp_path / "study.md").read_text()
    assert "| 100 % (500 clips) | small | 1,000 | 3,000 | 81.50 ±" in text
    assert "| 100 % | +2.00 (+2.00 to +2.00) |" in text
    assert (tmp_path / "study.png").stat().st_size > 1000
