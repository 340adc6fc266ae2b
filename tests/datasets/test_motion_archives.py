"""The magic wand's and UCI HAR's archives, small ones made by hand in their layouts."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tinykd.datasets import magic_wand, uci_har
from tinykd.datasets.cards import read_card
from tinykd.errors import DataError
from tinykd.recipe_gesture import GestureDataset, GestureRecipe

SPLITS = ("train", "validation", "test")
PEOPLE = {"train": "hyw", "validation": "lsj", "test": "liucx"}


def wand_archive(path: Path, *, text: str | None = None) -> None:
    lines = text or "\n".join(["", " -,-,-", *["1000.0,0.0,-2.0"] * 130, "-,-,-", *["0,500,0"] * 130])
    with tarfile.open(path, "w:gz") as tar:
        for name in magic_wand.CLASSES:
            people = ("1", "2", "3") if name == "negative" else PEOPLE.values()
            for person in people:
                for stem in (f"output_{name}_{person}.txt", f"._output_{name}_{person}.txt"):
                    data = lines.encode() if stem.startswith("output") else b"\x00\x05mac"
                    member = tarfile.TarInfo(f"data/{name}/{stem}")
                    member.size = len(data)
                    tar.addfile(member, io.BytesIO(data))


def load_wand(folder: Path, cache: Path):
    section = GestureDataset(name="magic_wand", rate_hz=25, window_ms=5000, max_gap_ms=200)
    recipe = GestureRecipe(dataset=section)
    return magic_wand.load(recipe, data_dir=folder, cache_dir=cache, splits=SPLITS)


def test_the_wands_recordings_are_in_metres_per_second_squared_and_split_by_person(tmp_path):
    wand_archive(tmp_path / "data.tar.gz")
    made = load_wand(tmp_path, tmp_path / "cache")
    assert (made.classes, made.channels) == (magic_wand.CLASSES, ("acc_x", "acc_y", "acc_z"))
    assert {name: len(split) for name, split in made.splits.items()} == dict.fromkeys(SPLITS, 8)
    for split, person in PEOPLE.items():
        numbers = {"train": "negative_3", "validation": "negative_2", "test": "negative_1"}
        assert set(made.splits[split].groups) == {person, numbers[split]}
    np.testing.assert_allclose(made.splits["train"].signals[0, 0], [9.80665, 0, -0.0196133], rtol=1e-5)


def test_a_line_that_is_no_sample_is_named(tmp_path):
    wand_archive(tmp_path / "data.tar.gz", text="-,-,-\n1,2,3\n1,2\n")
    with pytest.raises(DataError, match=r"output_wing_\w+\.txt:3: '1,2'; x,y,z in mg, or -,-,- before"):
        load_wand(tmp_path, tmp_path / "cache")
    with pytest.raises(DataError, match="no magic wand recordings there; <class>/output_<class>_<person>"):
        load_wand(tmp_path / "cache", tmp_path / "cache")


def test_the_wands_card_has_the_checksum_that_is_known():
    (archive,) = read_card("magic_wand").archives
    assert (archive.sha256, len(archive.sha1)) == ("", 40)


def har_archive(path: Path, *, leave_out: str = "", people: tuple[int, ...] = tuple(range(1, 9))) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for part, who in (("train", people), ("test", (20, 21))):
            windows = [(person, label) for person in who for label in range(1, 7)]
            for place, name in enumerate(uci_har._FILES):
                lines = [" ".join(["%e" % (place + 1)] * 128) for _ in windows]
                if name != leave_out:
                    archive.writestr(
                        f"UCI HAR Dataset/{part}/Inertial Signals/{name}_{part}.txt", "\n".join(lines)
                    )
            archive.writestr(f"UCI HAR Dataset/{part}/y_{part}.txt", "\n".join(str(w[1]) for w in windows))
            archive.writestr(
                f"UCI HAR Dataset/{part}/subject_{part}.txt", "\n".join(str(w[0]) for w in windows)
            )
            archive.writestr(f"__MACOSX/UCI HAR Dataset/{part}/y_{part}.txt", "no")


def load_har(folder: Path):
    recipe = GestureRecipe(dataset=GestureDataset(name="uci_har"))
    return uci_har.load(recipe, data_dir=folder, cache_dir=Path(), splits=SPLITS)


def test_uci_har_is_read_from_its_archive_in_our_units_and_split_by_person(tmp_path):
    har_archive(tmp_path / uci_har.ARCHIVE)
    made = load_har(tmp_path)
    assert made.classes[0] == "walking"
    assert made.splits["train"].signals.shape == (18, 128, 6)
    np.testing.assert_allclose(
        made.splits["test"].signals[0, 64], [9.80665, 19.6133, 29.41995, 4, 5, 6], rtol=1e-5
    )
    people = {name: set(split.groups) for name, split in made.splits.items()}
    assert people["train"] == {"person 1", "person 2", "person 3"}
    assert people["validation"] == {f"person {number}" for number in range(4, 9)}
    assert people["test"] == {"person 20", "person 21"}


def test_an_archive_without_a_file_or_none_at_all_is_one_line(tmp_path):
    har_archive(tmp_path / uci_har.ARCHIVE, leave_out="body_gyro_y")
    with pytest.raises(DataError, match=r"0 files 'train/Inertial Signals/body_gyro_y_train\.txt'"):
        load_har(tmp_path)
    with pytest.raises(DataError, match=r"no 'UCI HAR Dataset\.zip' there; pass --data-dir"):
        load_har(tmp_path / "nowhere")
    (tmp_path / uci_har.ARCHIVE).write_bytes(b"PK")
    with pytest.raises(DataError, match="not the UCI HAR archive"):
        load_har(tmp_path)
