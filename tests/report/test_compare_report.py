"""The report of a comparison against sums worked by hand and sklearn's own metrics."""

import numpy as np
import pytest
from sklearn.metrics import recall_score

from tinykd.errors import DataError
from tinykd.report.compare_report import write_report
from tinykd.report.compare_summary import summary

CLASSES = ["yes", "no", "_unknown_"]
# Right test clips of 100, by seed.
RIGHT = {
    "student alone": (80, 82, 84),
    "logits": (85, 87, 90),  # +5, +5, +6: mean 16/3, s 0.577, half 4.3027 * 0.577 / sqrt 3 = 1.434
    "gram": (70, 74, 73),  # -10, -8, -11
    "dist": (82, 80, 86),  # +2, -2, +2
}
SECONDS = {"student alone": 10.0, "logits": 15.0, "gram": 12.5, "dist": 10.0}


def _cell(method, seed, right, out):
    rng = np.random.default_rng(seed)
    labels = np.arange(100) % 3
    predicted = np.where(np.arange(100) < right, labels, (labels + 1) % 3)
    probabilities = 0.7 * np.eye(3)[predicted] + 0.3 * rng.dirichlet(np.ones(3), 100)
    path = out / "cells" / f"{method}-{seed}.npz"
    path.parent.mkdir(exist_ok=True)
    np.savez(path, probabilities=probabilities.astype("f4"), labels=labels)
    return {
        "method": method,
        "seed": seed,
        "accuracy": right / 100,
        "int8_validation": right / 100 - 0.01 * (method == "logits"),
        "n": 100,
        "model_bytes": 9_000,
        "params": 5_000,
        "seconds": SECONDS[method],
        "classes": CLASSES,
        "outputs": f"cells/{path.name}",
        "history": [
            {"epoch": e, "loss": 1 / (e + 1), "val_loss": 1.0, "val_accuracy": right / 100 - 0.3 / (e + 1)}
            for e in range(12)
        ],
    }


@pytest.fixture
def comparison(tmp_path):
    return {
        "recipe": "kws",
        "figure": "accuracy",
        "example": "clip",
        "judged": "clip",
        "seeds": 3,
        "cells": [
            _cell(method, seed, right, tmp_path)
            for method, by_seed in RIGHT.items()
            for seed, right in enumerate(by_seed, start=1)
        ],
    }


def _rows(comparison, out):
    return {row.method: row for row in summary(comparison["cells"], out, figure=comparison["figure"])}


def test_a_row_pairs_the_seeds_and_says_which_way_its_interval_lies(comparison, tmp_path):
    comparison["cells"].reverse()  # seeds and methods in any order
    rows = _rows(comparison, tmp_path)
    assert next(iter(rows)) == "student alone"
    logits = rows["logits"]
    assert logits.difference.estimate == pytest.approx(0.16 / 3)
    assert logits.difference.high - logits.difference.estimate == pytest.approx(0.01434, abs=1e-5)
    assert [rows[name].verdict for name in RIGHT] == ["", "better", "worse", "open"]
    assert (logits.cost, rows["gram"].cost) == (1.5, 1.25)
    assert rows["student alone"].difference is rows["student alone"].over_clips is None


def test_recall_is_sklearn_s_and_clips_are_paired_by_their_means(comparison, tmp_path):
    rows = _rows(comparison, tmp_path)
    labels = np.arange(100) % 3
    expected = [
        recall_score(labels, np.where(np.arange(100) < right, labels, (labels + 1) % 3), average="macro")
        for right in RIGHT["logits"]
    ]
    assert rows["logits"].recall == pytest.approx(np.mean(expected))
    assert rows["logits"].over_clips.estimate == pytest.approx(rows["logits"].difference.estimate)


def test_taken_together_only_what_survives_holm_s_correction_holds(comparison, tmp_path):
    rows = _rows(comparison, tmp_path)
    # p: logits t = 16 (2 degrees), 0.0039 < 0.05 / 3; gram t = -10.96, 0.0082 < 0.05 / 2; dist t = 0.5.
    assert rows["logits"].chance == pytest.approx(0.0039, abs=1e-4)
    assert rows["gram"].chance == pytest.approx(0.0082, abs=1e-4)
    assert [rows[name].holds for name in RIGHT] == [False, True, True, False]


def test_the_text_says_what_the_numbers_allow_and_no_more(comparison, tmp_path):
    write_report(comparison, tmp_path)
    text = (tmp_path / "compare.md").read_text()
    assert text.startswith("Accuracy in percent on 100 test clips, int8 in TFLite Micro;\n")
    assert "| logits | 3 | 86.33 | 87.33 ± 6.25 | 87.3" in text
    assert "| +5.33 (+3.90 to +6.77) | " in text
    assert "| 9,000 | 5,000 | 15 s | 1.50 × |" in text
    assert "the interval over seeds above zero: logits +5.33 (+3.90 to +6.77)." in text
    assert "below zero: gram -9.67 (-13.46 to -5.87)." in text
    assert "these runs show no difference: dist." in text
    assert "Of 3 comparisons at 95 % each, 0.15 exclude zero by chance on average" in text
    assert "(Holm, 5 %) these hold: logits; gram." in text
    assert (
        "Best int8 accuracy on the validation split: logits; on the test split, which did not choose it, +5"
        in text
    )


def test_where_the_teacher_alone_has_labels_the_learning_curves_have_another_title(comparison, tmp_path):
    write_report(comparison, tmp_path)
    before = (tmp_path / "learning.png").read_bytes()
    write_report(comparison | {"labels_of": "teacher"}, tmp_path)
    assert (tmp_path / "learning.png").read_bytes() != before


def test_what_validation_cannot_tell_from_the_best_is_named_the_quickest_first(comparison, tmp_path):
    # Below logits on validation by 2, -1 and 4 clips of 100: mean 1.667, s 2.517, standard error 1.453;
    # by 1, -1 and 2: mean 0.667, s 1.528, standard error 0.882.
    for method, values in (("student alone", (82, 87, 85)), ("dist", (83, 87, 87))):
        for cell, value in zip(
            [c for c in comparison["cells"] if c["method"] == method], values, strict=True
        ):
            cell["int8_validation"] = value / 100
    rows = _rows(comparison, tmp_path)
    assert [rows[name].level for name in RIGHT] == [False, True, False, True]
    text = write_report(comparison, tmp_path)
    assert (
        "Within one standard error of it there, the quickest to train first: dist (10 s); logits (15 s)."
        in text
    )


def test_equal_differences_of_few_clips_are_not_sold_as_certain(comparison, tmp_path):
    for cell, right in zip(comparison["cells"][3:6], (81, 83, 85), strict=True):  # +1 each: no spread at all
        cell |= _cell("logits", cell["seed"], right, tmp_path)
    assert _rows(comparison, tmp_path)["logits"].verdict == "better"
    write_report(comparison, tmp_path)
    text = (tmp_path / "compare.md").read_text()
    assert "logits +1.00 (+1.00 to +1.00), though not over clips" in text


def test_every_run_has_its_classification_report_and_every_kind_of_plot_is_there(comparison, tmp_path):
    write_report(comparison, tmp_path)
    reports = sorted(path.name for path in (tmp_path / "reports").iterdir())
    assert len(reports) == 12
    assert "student_alone-1.txt" in reports
    text = (tmp_path / "reports" / "logits-1.txt").read_text()
    assert "_unknown_" in text
    assert "accuracy                          0.850" in text
    for name in ("differences", "learning", "reliability"):
        assert (tmp_path / f"{name}.png").stat().st_size > 5000


def test_scores_have_no_classes_no_recall_and_no_reliability(comparison, tmp_path):
    for cell in comparison["cells"]:
        del cell["outputs"], cell["classes"]
    write_report(comparison | {"figure": "ROC AUC", "judged": "window"}, tmp_path)
    text = (tmp_path / "compare.md").read_text()
    assert text.startswith("ROC AUC in percent on 100 test windows")
    assert "| method | seeds | validation | ROC AUC | difference over seeds | bytes |" in text
    assert not (tmp_path / "reliability.png").exists()
    assert not (tmp_path / "reports").exists()
    assert (tmp_path / "learning.png").stat().st_size > 5000


def test_only_an_accuracy_has_an_interval_over_test_clips(comparison, tmp_path):
    comparison["figure"] = "phrases heard"
    row = _rows(comparison, tmp_path)["logits"]
    assert row.over_clips is None
    assert row.recall is not None


def test_a_comparison_under_way_reports_what_there_is(comparison, tmp_path):
    write_report(comparison | {"cells": []}, tmp_path)
    assert (tmp_path / "compare.md").read_text() == "No finished model yet.\n"
    first = [cell for cell in comparison["cells"] if cell["seed"] == 1 and cell["method"] != "student alone"]
    write_report(comparison | {"cells": first}, tmp_path)
    text = (tmp_path / "compare.md").read_text()
    assert "| logits | 1 | 84.00 | 85.00 | " in text
    assert "these numbers allow no comparison" in text
    assert not (tmp_path / "differences.png").exists()


def test_damaged_outputs_are_named_in_one_line(comparison, tmp_path):
    path = tmp_path / comparison["cells"][0]["outputs"]
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match=r"student alone-1.npz: cannot be read as outputs .*; the arrays"):
        write_report(comparison, tmp_path)
    path.unlink()
    with pytest.raises(DataError, match="cannot be read as outputs"):
        write_report(comparison, tmp_path)


def test_the_teacher_and_the_generations_together_are_named(comparison, tmp_path):
    teachers = [{"model": "tenet", "params": 1234, "accuracy": value} for value in (0.5, 0.75)]
    cells = [{**cell, "ensemble_test": 0.5} for cell in comparison["cells"][:1]]
    text = write_report(comparison | {"teachers": teachers, "cells": cells}, tmp_path)
    assert "- The teacher, tenet of 1,234 parameters, in float: 62.50 % (mean of 2)." in text
    assert f"- All generations of {cells[0]['method']} together, in float: 50.00 % (mean of 1)." in text


def test_the_phoneme_heads_are_named_with_what_saying_none_would_get(comparison, tmp_path):
    teachers = [
        {
            **{"model": "tenet", "params": 1234, "accuracy": 0.5},
            "phonemes": {"frames": 4900, "accuracy": accuracy, "presence": 0.9, "none": 0.6},
        }
        for accuracy in (0.7, 0.8)
    ]
    text = write_report(comparison | {"teachers": teachers}, tmp_path)
    assert "- Its phoneme head is right about the sound of 75.0 % of 4,900 validation frames" in text
    assert "whether there is one in 90.0 %; 60.0 % have none (mean of 2)." in text
