"""Windows of recordings: where they are cut, what they are called, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from tinykd.datasets.imu import SIX_AXES, Take
from tinykd.datasets.imu_windows import build_windows, busiest_window
from tinykd.errors import DataError
from tinykd.recipe_gesture import GestureDataset


def take(labels, *, split="train", rows=201, source="a", group=""):
    signals = np.repeat(np.arange(rows, dtype=np.float32)[:, None], 6, axis=1)
    return Take(
        signals=signals,
        time_ms=np.arange(rows) * 10.0,
        labels=labels,
        source=source,
        group=group,
        split=split,
    )


def built(takes, splits=("train",), names=("rest", "move"), **section):
    return build_windows(
        takes,
        classes=names,
        channels=SIX_AXES,
        section=GestureDataset(rate_hz=100, window_ms=500, hop_ms=250, **section),
        splits=splits,
        split_rule="by hand",
        where="here",
    )


def test_sliding_windows_start_every_hop_and_have_the_label_of_most_rows():
    labels = np.repeat(np.array([0, 1], np.int32), [90, 111])  # rest for 0.9 s, then move
    made = built([take(labels)], windows="sliding").splits["train"]
    # Row r of the new rate is the mean of rows r and r + 1; windows start at rows 0, 25, 50...
    np.testing.assert_allclose(made.signals[:, 0, 0], [0.5, 25.5, 50.5, 75.5, 100.5, 125.5, 150.5])
    # Rest ends at row 90: the window from 50 has 40 of 50 rows of rest, the one from 75 has 15.
    assert made.labels.tolist() == [0, 0, 0, 1, 1, 1, 1]


def test_the_middle_label_is_that_of_the_middle_row():
    labels = np.repeat(np.array([0, 1, 0], np.int32), [70, 12, 119])
    made = built([take(labels), take(1)], windows="sliding", label="middle").splits["train"]
    assert made.labels.tolist()[:7] == [0, 0, 1, 0, 0, 0, 0]  # 75, in 70 to 82, is the middle of 50 to 100
    most = built([take(labels), take(1)], windows="sliding").splits["train"]
    assert most.labels.tolist()[:7] == [0] * 7


def test_one_window_is_where_the_signal_varies_most_and_a_short_one_keeps_its_last_row():
    signals = np.zeros((100, 2), np.float32)
    signals[60:70, 0] = np.tile([3.0, -3.0], 5)
    assert np.array_equal(busiest_window(signals, 10), signals[60:70])
    held = busiest_window(signals[:3] + 7, 5)
    assert held.shape == (5, 2)
    assert (held == 7).all()


def test_classes_and_channels_are_chosen_by_the_recipe_in_its_order():
    takes = [take(0), take(1), take(2)]
    section = GestureDataset(
        rate_hz=100, window_ms=500, classes=("c", "a"), channels=("acc_x", "acc_y", "acc_z")
    )
    made = build_windows(
        takes,
        classes=("a", "b", "c"),
        channels=SIX_AXES,
        section=section,
        splits=("train",),
        split_rule="",
        where="here",
    )
    assert (made.classes, made.channels) == (("c", "a"), ("acc_x", "acc_y", "acc_z"))
    assert made.splits["train"].labels.tolist() == [1, 0]
    assert made.splits["train"].signals.shape == (2, 50, 3)


def test_equal_data_gives_an_equal_digest_and_other_labels_another():
    one, two = (built([take(0), take(1)], names=("a", "b")) for _ in range(2))
    assert one.digest == two.digest
    other = built([take(1), take(0)], names=("a", "b"))
    assert other.digest != one.digest


def test_a_smaller_share_of_the_training_takes_lies_inside_a_larger_one():
    takes = [take(label, source=f"{label} {n}") for label in (0, 1) for n in range(40)]
    few, more = (set(built(takes, train_fraction=f).splits["train"].sources) for f in (0.25, 0.5))
    assert few < more < {one.source for one in takes}


@pytest.mark.parametrize(
    ("takes", "section", "line"),
    [
        (
            [take(0), take(1, split="test")],
            {},
            "here: class 'move' has no window in the train split; "
            "recordings of every class in every split; more recordings",
        ),
        (
            [take(0), take(1)],
            {"classes": ("rest",)},
            "here: there is one class, 'rest'; two classes or more",
        ),
        (
            [take(0), take(1)],
            {"classes": ("rest", "run")},
            "here: no recordings of 'run'; the words there are 'move', 'rest'",
        ),
        (
            [take(np.zeros(201, np.int32)), take(1)],
            {},
            'a: its label changes inside the recording; dataset.windows = "sliding" for recordings with a '
            "label a row",
        ),
        (
            [take(0), take(1)],
            {"channels": ("mag_x",)},
            f"here: it has no channel 'mag_x'; dataset.channels out of {', '.join(SIX_AXES)}",
        ),
    ],
)
def test_what_cannot_be_learnt_from_is_one_line(takes, section, line):
    with pytest.raises(DataError) as caught:
        built(takes, **section)
    assert str(caught.value) == line
