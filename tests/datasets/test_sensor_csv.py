import numpy as np
import pytest

from tinykd.datasets.sensor_csv import load
from tinykd.errors import DataError
from tinykd.recipe_anomaly import AnomalyRecipe, SensorDatasetSection, SensorFeatureSection

FEATURES = SensorFeatureSection(frame_samples=8, hop_samples=4, frames=3)  # windows of 16


def recording(rows=200, *, step_s=0.01, label=None, header=None, condition=None):
    columns = (
        ["time_s", "x", "y"] + (["label"] if label is not None else []) + (["condition"] if condition else [])
    )
    lines = [",".join(header or columns)]
    for row in range(rows):
        values = [f"{row * step_s:.6f}", f"{row % 7}", f"{-row % 5}"]
        values += [str(label)] if label is not None else []
        lines.append(",".join(values + ([condition] if condition else [])))
    return "\n".join(lines) + "\n"


def loaded(folder, **section):
    recipe = AnomalyRecipe(dataset=SensorDatasetSection(name="sensor_csv", **section), features=FEATURES)
    return load(recipe, data_dir=folder, cache_dir=folder, splits=("train", "validation", "test"))


def test_healthy_recordings_are_cut_by_time_and_labelled_ones_are_test(tree):
    files = {"normal/a.csv": recording(condition="slow"), "labelled/b.csv": recording(100, label=1)}
    data = loaded(tree(files))
    assert data.channels == ("x", "y")
    assert data.sample_rate_hz == pytest.approx(100)
    # By hand: 70 and 85 % of 200 rows.
    spans = {split: [len(run) for run in found.runs] for split, found in data.splits.items()}
    assert spans == {"train": [140], "validation": [30], "test": [30, 100]}
    assert data.splits["train"].runs[0].condition == "slow"
    assert [run.labels.any() for run in data.splits["test"].runs] == [False, True]
    np.testing.assert_array_equal(data.splits["validation"].runs[0].values[0], [140 % 7, -140 % 5])


STATES = {
    "normal/a.csv": recording(condition="slow"),
    "unlabelled/u.csv": recording(condition="fast"),
    "labelled/b.csv": recording(100, label=1, condition="fast"),
}


def test_recordings_that_nobody_labelled_are_learnt_from_where_states_are_named_and_never_judged(tree):
    data = loaded(tree(STATES), states=("slow", "fast"))
    found = {split: [(run.condition, len(run)) for run in part.runs] for split, part in data.splits.items()}
    # By hand: 85 % of 200 rows, and the rest; of the healthy one 70 % and twice 15 %.
    assert found == {
        "train": [("slow", 140), ("fast", 170)],
        "validation": [("slow", 30), ("fast", 30)],
        "test": [("slow", 30), ("fast", 100)],
    }
    assert [run.condition for run in loaded(tree(STATES)).splits["train"].runs] == ["slow"]


def test_a_recording_that_nobody_labelled_is_of_a_state_of_its_own(tree):
    files = STATES | {"unlabelled/v.csv": recording(condition="slow")}
    with pytest.raises(DataError, match=r"v\.csv: condition 'slow', as in normal/; a state that nobody"):
        loaded(tree(files), states=("slow", "fast"))
    files = STATES | {"unlabelled/v.csv": recording()}
    with pytest.raises(DataError, match=r"v\.csv:1: no column 'condition'"):
        loaded(tree(files), states=("slow", "fast"))


def test_channels_can_be_chosen(tree):
    data = loaded(tree({"normal/a.csv": recording(), "labelled/b.csv": recording(label=1)}), channels=("y",))
    assert data.splits["train"].runs[0].values.shape == (140, 1)


def in_thousandths(text):
    head, *rows = text.splitlines()
    split = [row.split(",") for row in rows]
    return "\n".join([head, *(f"{t},{1000 * float(x):g},{1000 * float(y):g}" for t, x, y in split)]) + "\n"


STILL = "\n".join(["time_s,x,y", *(f"{row / 100},{row % 7},5" for row in range(200))]) + "\n"
GOOD, BAD = recording(), recording(100, label=1)
GAP = GOOD.replace("\n0.500000,", "\n0.506000,")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"labelled/b.csv": BAD}, "normal: no .csv files here"),
        ({"normal/a.csv": GOOD}, "labelled: no .csv files here"),
        ({"normal/a.csv": GOOD, "labelled/b.csv": GOOD}, "b.csv:1: no column 'label'"),
        (
            {
                "normal/a.csv": GOOD,
                "normal/b.csv": GOOD,
                "normal/c.csv": in_thousandths(GOOD),
                "labelled/b.csv": BAD,
            },
            "c.csv: its channels are 1e+03 times as large as in other healthy recordings; the same units",
        ),
        (
            {"normal/a.csv": STILL, "labelled/b.csv": BAD},
            "normal: column 'y' never changes in any recording; a sensor that works",
        ),
        ({"normal/a.csv": GOOD, "labelled/b.csv": recording(label=0)}, "no row is labelled 1"),
        ({"normal/a.csv": GOOD, "labelled/b.csv": recording(label=3)}, "b.csv:2: column 'label' holds '3'"),
        ({"normal/a.csv": recording(header=["t", "x", "y"]), "labelled/b.csv": BAD}, "no column 'time_s'"),
        (
            {
                "normal/a.csv": GOOD,
                "normal/c.csv": recording(header=["time_s", "x", "z"]),
                "labelled/b.csv": BAD,
            },
            "c.csv:1: no column 'y'",
        ),
        (
            {"normal/a.csv": GAP, "labelled/b.csv": BAD},
            "a gap of 0.016 s",
        ),
        ({"normal/a.csv": GOOD.replace(",1,", ",nan,", 1), "labelled/b.csv": BAD}, "column 'x' holds 'nan'"),
        ({"normal/a.csv": recording(60), "labelled/b.csv": BAD}, "60 rows are too few"),
        ({"normal/a.csv": recording(1), "labelled/b.csv": BAD}, "one row"),
        # Milliseconds in a column of seconds.
        (
            {"normal/a.csv": GOOD, "labelled/b.csv": recording(step_s=10, label=1)},
            "0.1 samples a second; 100",
        ),
    ],
)
def test_bad_recordings_are_one_line(tree, files, said):
    with pytest.raises(DataError) as caught:
        loaded(tree(files))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_a_folder_the_layout_is_told():
    recipe = AnomalyRecipe(dataset=SensorDatasetSection(name="sensor_csv"))
    with pytest.raises(DataError, match=r"pass --data-dir with a folder with normal/\*\.csv"):
        load(recipe, data_dir=None, cache_dir=None, splits=("train",))
