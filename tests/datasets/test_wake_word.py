"""The data set of a wake word: clips and streams of one phrase."""

from __future__ import annotations

import numpy as np
import pytest

from tinykd.datasets import load_dataset, streams, synthetic_speech
from tinykd.datasets.wake_word import check_phrase, with_mined
from tinykd.errors import DataError
from tinykd.recipe_tasks import WakewordDataset, WakewordRecipe, WakewordSynthetic

LITTLE = WakewordSynthetic(
    train_phrases=6,
    validation_phrases=2,
    test_phrases=2,
    train_hours=0.012,
    validation_hours=0.006,
    test_hours=0.006,
    near_hours=0.003,
)


def recipe(**changes):
    return WakewordRecipe(dataset=WakewordDataset(phrase="computer", **changes), synthetic=LITTLE)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:  # seconds of scenes and noise, for speed
        patch.setattr(streams, "SCENE_S", 5)
        patch.setattr(synthetic_speech, "_NOISE_S", 1)
        return load_dataset(recipe(), data_dir=None, cache_dir=tmp_path_factory.mktemp("cache"))


def test_the_classes_are_the_phrase_and_everything_else(made):
    assert made.classes == ("computer", "_unknown_")
    for split, phrases in (("train", 6), ("validation", 2), ("test", 2)):
        clips = made.splits[split]
        assert clips.audio.shape[1] == 1.2 * 16000
        assert np.count_nonzero(clips.labels == 0) == phrases * (3 if split == "train" else 1)
        assert len(clips) == len(clips.sources) == len(clips.audio)


def test_the_clips_are_cut_from_the_streams(made):
    clips = made.splits["train"]
    for row in (0, len(clips) - 1):
        kind, start = clips.sources[row].split("/")[1:]
        stream = made.positives["train"] if kind != "without" else made.negatives["train"]
        assert np.array_equal(clips.audio[row], stream.audio[int(start) : int(start) + clips.audio.shape[1]])


def test_no_voice_is_in_two_splits(made):
    voices = [
        {sound.source.split("/")[1] for sound in made.positives[split].sounds}
        for split in ("train", "validation", "test")
    ]
    names = [{voice.rsplit("x", 1)[0] for voice in split} for split in voices]
    assert not (names[0] & names[1])
    assert not (names[0] & names[2])
    assert not (names[1] & names[2])


def test_mined_clips_join_the_training_split_as_not_the_phrase(made):
    more = with_mined(made, np.array([0, 160]), samples=19200)
    assert len(more.splits["train"]) == len(made.splits["train"]) + 2
    assert more.splits["train"].labels[-2:].tolist() == [1, 1]
    assert np.array_equal(more.splits["train"].audio[-1], made.negatives["train"].audio[160:19360])
    assert more.digest != made.digest


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        ("", "dataset.phrase: an empty phrase; a word or phrase of at least one letter"),
        ("  ", "dataset.phrase: an empty phrase"),
        ("你好", "dataset.phrase: .*which English voices cannot say"),
        ("- '", "dataset.phrase: .*has no pronunciation"),
        ("hey computer please turn on the light in the kitchen", "takes .* ms to say, a window is 1200 ms"),
    ],
)
def test_a_phrase_that_cannot_be_is_refused_in_one_line(phrase, said):
    with pytest.raises(DataError, match=said):
        check_phrase(phrase, clip_ms=1200)


def test_made_up_sounds_take_no_folder(tmp_path):
    with pytest.raises(DataError, match="makes its own sounds"):
        load_dataset(recipe(), data_dir=tmp_path, cache_dir=tmp_path)
    with pytest.raises(DataError, match="negatives are folders beside recordings"):
        load_dataset(recipe(negatives=("x",)), data_dir=None, cache_dir=tmp_path)


def test_recordings_are_the_phrase_in_validation_and_test(packs, pack_cache):
    found = load_dataset(
        recipe(name="wake_recordings"),
        data_dir=packs / "wake_word",
        cache_dir=pack_cache,
        splits=("test",),
    )
    assert len(found.positives["test"].sounds) == 43  # the pack's README
    recorded = [sound.source for sound in found.negatives["test"].sounds if sound.kind == "recorded words"]
    assert len(recorded) == 50
    assert not any(source.startswith("computer") for source in recorded)
