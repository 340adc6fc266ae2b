"""The knee and the gap, by hand."""

from tinykd.report.capacity import capacity_lines, knee
from tinykd.report.intervals import Interval


def test_the_knee_is_farthest_above_the_chord_over_the_logarithm_of_parameters():
    # 1, 10, 100, 1000: thirds of the logarithm; the chord from 0.6 to 0.9 is 0.7 and 0.8 there
    assert knee([1, 10, 100, 1000], [0.6, 0.84, 0.85, 0.9]) == 1
    assert knee([1, 10, 100, 1000], [0.6, 0.71, 0.89, 0.9]) == 2


def test_a_straight_line_a_hollow_and_two_sizes_have_none():
    assert knee([1, 10, 100], [0.1, 0.2, 0.3]) is None
    assert knee([1, 10, 100], [0.1, 0.15, 0.3]) is None
    assert knee([1, 10], [0.1, 0.2]) is None


def test_a_row_a_method_says_knee_and_gaps():
    def row(size, params, method, value):
        return {
            "fraction": 1.0,
            "size": size,
            "params": params,
            "method": method,
            "interval": Interval(value, value, value),
        }

    rows = [row("s", 1, "logits", 0.6), row("m", 10, "logits", 0.9), row("l", 100, "logits", 0.92)]
    rows.append(row("teacher", 1000, "teacher", 0.95))
    assert list(capacity_lines(rows, ["logits"]))[-1] == "| 100 % | logits | m | +5.00 | +35.00 | +3.00 |"
    assert list(capacity_lines(rows[:2], ["logits"])) == []
