"""Recordings of a phrase: found, split, and where the word is in each."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinykd.datasets.wake_recordings import (
    folder_name,
    list_folder,
    of_phrase,
    other_sounds,
    without_phrase,
    word_span,
)
from tinykd.errors import DataError

ALL = ("train", "validation", "test")


def files(word, count, *, start=0):
    return {f"{word}/{number}.wav": None for number in range(start, start + count)}


def manifest(rows):
    return "path,word,split,num_samples\n" + "".join(f"{path},x,{split},1\n" for path, split in rows)


def test_a_manifest_says_the_splits(tree, tmp_path):
    rows = [(f"hey_you/{n}.wav", ALL[n % 3]) for n in range(60)] + [("other/0.wav", "test")]
    root = tree({**files("hey_you", 60), **files("other", 1), "manifest.csv": manifest(rows)})
    found = list_folder(root, cache_dir=tmp_path / "cache", progress=None)
    assert {one.source: one.split for one in found} == dict(rows)
    wake = of_phrase(found, "Hey you", splits=ALL, where="here")
    assert len(wake) == 60
    assert {one.word for one in wake} == {"hey_you"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("path,split\nlamp/0.wav,train\n", r"'lamp/1\.wav' is not in it; a row for every recording"),
        ("path,split\nlamp/0.wav,tset\n", "line 2 has the split 'tset'; one of train, validation, test"),
        ("file,part\nlamp/0.wav,train\n", "line 2 has no path or no split; the columns path and split"),
    ],
)
def test_a_manifest_that_does_not_fit_is_named_in_one_line(tree, tmp_path, text, said):
    root = tree({**files("lamp", 2), "manifest.csv": text})
    with pytest.raises(DataError, match=said):
        list_folder(root, cache_dir=tmp_path / "cache", progress=None)


def test_without_a_manifest_a_hash_of_the_name_splits(tree, tmp_path):
    root = tree(files("lamp", 200))
    found = list_folder(root, cache_dir=tmp_path / "cache", progress=None)
    counts = [sum(one.split == split for one in found) for split in ALL]
    assert counts[0] > 130  # 80 % expected; 130 of 200 is 5 standard deviations below
    assert min(counts[1:]) > 4


def test_too_few_recordings_are_counted(tree, tmp_path):
    root = tree({**files("lamp", 12), **files("music", 3)})
    found = list_folder(root, cache_dir=tmp_path / "cache", progress=None)
    with pytest.raises(
        DataError, match=r"here: \d+ recordings of 'lamp' for train, of 12 in all; 20 or more"
    ):
        of_phrase(found, "lamp", splits=ALL, where="here")
    with pytest.raises(DataError, match=r"no folder 'hey_lamp' with recordings.*the folders are lamp, music"):
        of_phrase(found, "hey lamp", splits=ALL, where="here")


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        list_folder(tmp_path / "nowhere", cache_dir=tmp_path, progress=None)


def test_clips_of_any_word_are_no_negatives_of_one_that_may_be_among_them(tree, tmp_path):
    root = tree({"happy/0.wav": None, "bed/0.wav": None, "_unknown_/0.wav": None})
    found = list_folder(root, cache_dir=tmp_path / "cache", progress=None)
    assert [one.source for one in without_phrase(found, "Happy")] == ["bed/0.wav"]
    assert {one.word for one in without_phrase(found, "computer")} == {"happy", "bed", "_unknown_"}


def test_noise_is_cut_to_the_split_s_own_stretch(tree, tmp_path):
    root = tree({"lamp/0.wav": None, "_background_noise_/hum.wav": np.arange(10_000)})
    found = list_folder(root, cache_dir=tmp_path / "cache", progress=None)
    noise = [one for one in found if one.word.startswith("_")]
    pieces = {split: other_sounds(noise, split=split, rate_hz=16000)[0] for split in ALL}
    # 80, 10 and 10 %: no sample is in two of them.
    assert [len(pieces[split].audio) for split in ALL] == [8000, 1000, 1000]
    assert pieces["test"].audio[0] == 9000
    assert {piece.kind for piece in pieces.values()} == {"recorded noise"}


@given(st.integers(0, 30_000), st.integers(1600, 12_000))
def test_a_word_is_found_where_it_is_loud(start, length):
    rng = np.random.default_rng(1)
    audio = rng.integers(-20, 20, 48_000)
    audio[start : start + length] = rng.integers(-8000, 8000, length)
    first, end = word_span(audio.astype(np.int16), 16000, 1000)
    frame = 320
    assert start - frame <= first <= start + frame
    assert start + length - frame <= end <= start + length + frame


def test_digital_silence_has_a_span_all_the_same():
    first, end = word_span(np.zeros(5000, np.int16), 16000, 1000)
    assert 0 <= first < end <= 5000


def test_spaces_become_underscores():
    assert folder_name(" Hey  Computer") == "hey_computer"
