from collections import Counter

import pytest

from tinykd.datasets.fsdd import DIGITS, load, split_of
from tinykd.errors import DataError
from tinykd.recipe import AudioRecipe, DatasetSection


def loaded(data_dir, cache_dir, splits=("train", "validation", "test"), **section):
    section = {"unknown": False, "silence": False, **section}
    recipe = AudioRecipe(dataset=DatasetSection(name="fsdd", **section))
    return load(recipe, data_dir=data_dir, cache_dir=cache_dir, splits=splits)


def test_splits_are_by_speaker_and_theo_is_halved():
    assert [split_of("jackson", 0), split_of("theo", 24), split_of("theo", 25)] == [
        "train",
        "validation",
        "test",
    ]


@pytest.mark.slow  # unpacks and resamples 2500 clips
def test_the_pack_has_the_clips_its_readme_says(packs, pack_cache):
    data = loaded(packs / "kws_fsdd", pack_cache)
    assert data.classes == DIGITS
    for split, each, speakers in (("train", 200, 4), ("validation", 25, 1), ("test", 25, 1)):
        clips = data.splits[split]
        assert Counter(clips.labels.tolist()) == dict.fromkeys(range(10), each)
        assert len(set(clips.speakers)) == speakers
        assert clips.audio.shape == (10 * each, 16000)
        assert all(int(name[0]) == label for name, label in zip(clips.sources, clips.labels, strict=True))


@pytest.mark.slow  # unpacks and resamples 2500 clips
def test_other_digits_are_unknown(packs, pack_cache):
    data = loaded(packs / "kws_fsdd", pack_cache, splits=("test",), words=("one", "two"), unknown=True)
    # By hand: 50 keywords are 90 %, so 6 unknown (5.56).
    assert Counter(data.splits["test"].labels.tolist()) == {0: 25, 1: 25, 2: 6}


def test_a_folder_without_digits_or_none_at_all_is_one_line(tmp_path, tree, monkeypatch):
    with pytest.raises(DataError, match="no spoken digits in this folder"):
        loaded(tree({"x.wav": None}), tmp_path / "cache")
    with pytest.raises(DataError, match="no such folder"):
        loaded(tmp_path / "gone", tmp_path / "cache")
    with pytest.raises(DataError, match="not named like a digit's recording"):
        loaded(tree({"recordings/1_theo_1.wav": None, "recordings/x.wav": None}), tmp_path / "cache")
    monkeypatch.delenv("TINYKD_DATA", raising=False)
    with pytest.raises(DataError, match="--data-dir"):
        loaded(None, tmp_path / "cache")
