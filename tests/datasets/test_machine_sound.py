import numpy as np
import pytest

from tinykd.datasets.machine_sound import load
from tinykd.errors import DataError
from tinykd.recipe_anomaly import AnomalyRecipe, SensorDatasetSection


def files():
    """Two ids: 12 and 3 healthy training files, a healthy and a broken test file each."""
    names = [f"ToyCar/train/normal_id_01_{n:08d}.wav" for n in range(12)]
    names += [f"ToyCar/train/normal_id_02_{n:08d}.wav" for n in range(3)]
    names += [f"ToyCar/test/{kind}_id_{n:02d}_00000000.wav" for kind in ("normal", "anomaly") for n in (1, 2)]
    return dict.fromkeys(names)


def loaded(data_dir, **section):
    recipe = AnomalyRecipe(dataset=SensorDatasetSection(name="machine_sound", **section))
    return load(recipe, data_dir=data_dir, cache_dir=data_dir, splits=("train", "validation", "test"))


def test_every_tenth_training_file_of_an_id_is_validation(tree):
    data = loaded(tree(files()))
    # By hand: of 12 the first and the eleventh, of 3 the first.
    counts = {split: len(found.runs) for split, found in data.splits.items()}
    assert counts == {"train": 12, "validation": 3, "test": 4}
    assert {run.machine for run in data.splits["test"].runs} == {"ToyCar id_01", "ToyCar id_02"}
    assert [bool(run.labels.all()) for run in data.splits["test"].runs] == [True, False, True, False]
    assert data.whole_runs
    assert not any(run.labels.any() for run in data.splits["train"].runs)


def test_sound_is_in_full_scale_and_one_id_can_be_chosen(tree):
    made = files() | {"ToyCar/test/anomaly_id_02_00000000.wav": np.full(160, -16384)}
    data = loaded(tree(made) / "ToyCar", machine="id_02")
    assert {run.condition for run in data.splits["train"].runs} == {"id_02"}
    np.testing.assert_array_equal(data.splits["test"].runs[0].values, np.full((160, 1), -0.5))


@pytest.mark.parametrize(
    ("change", "section", "said"),
    [
        ({"ToyCar/train/anomaly_id_01_00000000.wav": None}, {}, "not named like a recording"),
        ({"ToyCar/test/x.wav": None}, {}, "not named like a recording"),
        ({}, {"machine": "id_09"}, "no training files of id_09; one of id_01, id_02"),
    ],
)
def test_a_folder_that_is_not_the_benchmarks_is_one_line(tree, change, section, said):
    with pytest.raises(DataError) as caught:
        loaded(tree(files() | change), **section)
    assert said in str(caught.value)


def test_a_missing_folder_names_the_command_that_gets_it(tmp_path):
    with pytest.raises(DataError, match="curl -LO"):
        loaded(tmp_path)
