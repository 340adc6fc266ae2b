"""A person's own folder: how it is split, and the one line that each fault gets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tinykd.datasets.imu_folder import load
from tinykd.errors import DataError
from tinykd.recipe_gesture import GestureDataset, GestureRecipe

HEAD = "time_ms,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z\n"


def recording(path: Path, *, gyro: bool = True) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    head = HEAD if gyro else HEAD.replace(",gyro_x,gyro_y,gyro_z", "")
    rest = ",0.1,0,0" if gyro else ""
    path.write_text(head + "".join(f"{20 * row},0,9.8,{row % 3}{rest}\n" for row in range(60)))


def loaded(folder: Path | None, *, splits=("train", "validation", "test"), **section):
    recipe = GestureRecipe(dataset=GestureDataset(name="imu_folder", window_ms=1000, **section))
    return load(recipe, data_dir=folder, cache_dir=Path(), splits=splits)


def test_with_three_people_nobody_is_in_two_splits(tmp_path):
    for word in ("wave", "tap"):
        for person in ("ann", "bob", "cid", "dan", "eve"):
            for take in range(2):
                recording(tmp_path / word / f"{person}-{take}.csv")
    made = loaded(tmp_path)
    assert made.classes == ("tap", "wave")
    assert made.split_rule == "by person: no person is in two splits"
    people = {name: set(split.groups) for name, split in made.splits.items()}
    assert people == {"train": {"ann", "bob", "cid"}, "validation": {"dan"}, "test": {"eve"}}


def test_without_people_the_order_of_names_decides_and_the_report_says_so(tmp_path):
    for word in ("wave", "tap"):
        for take in range(10):
            recording(tmp_path / word / f"{take:02d}.csv")
    made = loaded(tmp_path)
    assert made.split_rule.startswith("by the order of the files' names: no figure says")
    assert {name: len(split) for name, split in made.splits.items()} == {
        "train": 12,
        "validation": 4,
        "test": 4,
    }
    assert set(made.splits["test"].sources) == {f"{w}/{n}.csv" for w in ("wave", "tap") for n in ("08", "09")}
    assert np.isclose(made.splits["train"].signals[0, :, 1], 9.8).all()


def test_all_recordings_need_the_channels_of_the_first(tmp_path):
    for take in range(5):
        recording(tmp_path / "a" / f"{take}.csv")
        recording(tmp_path / "b" / f"{take}.csv", gyro=take != 3)
    with pytest.raises(DataError, match=r"b/3\.csv: column 'gyro_x' is missing"):
        loaded(tmp_path)
    assert loaded(tmp_path, channels=("acc_x", "acc_y", "acc_z")).channels == ("acc_x", "acc_y", "acc_z")


def test_faults_of_a_folder_are_one_line(tmp_path):
    with pytest.raises(DataError, match=r"^imu_folder: no folder given; pass --data-dir with <class>"):
        loaded(None)
    with pytest.raises(DataError, match=r"nowhere: no such folder; a folder of <class>"):
        loaded(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"it has recordings of 0 classes; two classes or more"):
        loaded(tmp_path)
    for take in range(6):
        recording(tmp_path / "wave" / f"{take}.csv")
    with pytest.raises(DataError, match=r"it has recordings of 1 class; two classes or more"):
        loaded(tmp_path)
    for take in range(4):
        recording(tmp_path / "tap" / f"{take}.csv")
    with pytest.raises(DataError, match=r"tap: it has 4 recordings; 5 or more of each class"):
        loaded(tmp_path)
