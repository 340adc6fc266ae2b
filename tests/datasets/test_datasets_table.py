import importlib.util
from pathlib import Path

import pytest

from tinykd.datasets import DATASETS, load_dataset
from tinykd.errors import RecipeError
from tinykd.recipe import AudioRecipe, DatasetSection


def test_every_row_has_a_description_of_one_line():
    for entry in DATASETS.values():
        assert entry.description
        assert "\n" not in entry.description


@pytest.mark.parametrize("name", DATASETS)
def test_every_row_names_a_module(name):
    assert importlib.util.find_spec(DATASETS[name].module) is not None


def test_an_unknown_name_is_answered_with_the_known_ones(tmp_path):
    recipe = AudioRecipe(dataset=DatasetSection(name="speach"))
    with pytest.raises(
        RecipeError, match=r"no data set 'speach'; one of synthetic_speech, speech_commands, fsdd"
    ):
        load_dataset(recipe, data_dir=None, cache_dir=tmp_path)


def test_the_table_hands_on_to_the_loader(tmp_path, packs, pack_cache):
    recipe = AudioRecipe(dataset=DatasetSection(name="speech_commands", words=("yes", "no")))
    data = load_dataset(
        recipe, data_dir=Path(packs / "kws_commands_12"), cache_dir=pack_cache, splits=("test",)
    )
    assert data.name == "speech_commands"
    assert data.classes == ("yes", "no", "_silence_", "_unknown_")
