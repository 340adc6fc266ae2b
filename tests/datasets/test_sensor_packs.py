"""The real packs of machine sensors: what their README says, and how they are split."""

import numpy as np
import pytest

from tinykd.datasets import fan_vibration, nab_temperature, skab
from tinykd.errors import DataError, RecipeError
from tinykd.recipe_anomaly import AnomalyRecipe, SensorDatasetSection

FIRST = {"calm": [0.996, 0.098, -0.113], "labelled": [1.004, 0.09, -0.125]}
ALL = ("train", "validation", "test")


def loaded(module, data_dir, cache_dir, splits=ALL, **section):
    recipe = AnomalyRecipe(dataset=SensorDatasetSection(**section))
    return module.load(recipe, data_dir=data_dir, cache_dir=cache_dir, splits=splits)


@pytest.mark.slow  # 107,100 rows of text
@pytest.mark.parametrize(("healthy", "number"), [("calm", "3"), ("labelled", "1")])
def test_the_fan_has_17_healthy_speeds_to_train_on_and_all_51_runs_to_test(packs, tmp_path, healthy, number):
    data = loaded(fan_vibration, packs / "anomaly", tmp_path, healthy=healthy)
    train, test = data.splits["train"].runs, data.splits["test"].runs
    assert [len(run) for run in train] == [1500] * 17
    assert [len(run) for run in test] == [300] * 51
    assert all(f"configuration {number}" in run.source and not run.labels.any() for run in train)
    assert sum(bool(run.labels.all()) for run in test) == 34
    assert {run.condition for run in train} == {f"{speed} %" for speed in range(20, 101, 5)}
    # From the file's own text: the first sample of the run at 20 %.
    first = next(run for run in train if run.condition == "20 %")
    np.testing.assert_allclose(first.values[0], FIRST[healthy], atol=1e-6)


def test_the_fan_asks_which_setting_is_healthy(packs, tmp_path):
    with pytest.raises(
        RecipeError, match=r"dataset\.healthy: 'loud' is no arrangement of the fan; one of calm"
    ):
        loaded(fan_vibration, packs / "anomaly", tmp_path, healthy="loud")


@pytest.mark.slow  # unpacks
def test_skab_trains_on_anomaly_free_and_files_alternate(packs, tmp_path):
    data = loaded(skab, packs / "anomaly", tmp_path)
    assert not any(run.labels.any() for run in data.splits["train"].runs)
    assert all(run.machine == "anomaly-free" for run in data.splits["train"].runs)
    validation = [run.source for run in data.splits["validation"].runs]
    test = [run.source for run in data.splits["test"].runs]
    # By hand from the list of the pack's files, numbers in order, every second one.
    assert validation == [f"valve1/{n}.csv" for n in (0, 2, 5, 7, 10, 12, 15)] + [
        f"other/{n}.csv" for n in (1, 4, 6, 9, 12)
    ]
    assert test == [f"valve1/{n}.csv" for n in (1, 3, 6, 8, 11, 13)] + [
        f"other/{n}.csv" for n in (2, 5, 8, 10, 13)
    ]
    # 34,790 rows in all by the README, of which 9,405 are anomaly-free; 8,902 anomalous.
    rows = [run for split in ("validation", "test") for run in data.splits[split].runs]
    assert sum(map(len, rows)) == 34_790 - 9_405
    assert sum(int(run.labels.sum()) for run in rows) == 8_902


@pytest.mark.slow  # unpacks
def test_the_temperature_has_its_four_windows_two_in_each_judged_split(packs, tmp_path):
    data = loaded(nab_temperature, packs / "anomaly", tmp_path)
    (train,), (validation,), (test,) = (data.splits[split].runs for split in ALL)
    assert len(train) + len(validation) + len(test) == 22_695
    assert not train.labels.any()
    for run in (validation, test):
        assert int((np.diff(run.labels.astype(int)) == 1).sum()) == 2


@pytest.mark.parametrize("module", [fan_vibration, skab, nab_temperature])
def test_a_folder_without_the_pack_is_one_line(module, tmp_path, monkeypatch):
    with pytest.raises(DataError, match=r"no .*\.gz there"):
        loaded(module, tmp_path, tmp_path / "cache", healthy="calm")
    monkeypatch.delenv("TINYKD_DATA", raising=False)
    with pytest.raises(DataError, match="--data-dir"):
        loaded(module, None, tmp_path / "cache", healthy="calm")
