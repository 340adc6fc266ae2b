"""The embedded data set: classes, voices kept apart, times, levels, the cache, and repeatability."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tinykd.datasets import clip_maker, row_filler, synthetic_speech
from tinykd.datasets.clips import BENCHMARK_WORDS, AudioDataset
from tinykd.datasets.synthetic_speech import load
from tinykd.errors import DataError
from tinykd.recipe import AudioRecipe, DatasetSection, SyntheticSection

RATE_HZ = 16000


def recipe(*, words: tuple[str, ...] = ("yes", "stop"), clips: int = 6, **dataset: object) -> AudioRecipe:
    section = SyntheticSection(
        train_clips_per_word=clips, validation_clips_per_word=4, test_clips_per_word=4, unknown_factor=1.5
    )
    return AudioRecipe(dataset=DatasetSection.model_validate({"words": words, **dataset}), synthetic=section)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def data(cache: Path) -> AudioDataset:
    return load(recipe(), data_dir=None, cache_dir=cache)


def test_classes_and_counts_are_those_of_the_recipe(data: AudioDataset) -> None:
    assert data.classes == ("yes", "stop", "_silence_", "_unknown_")
    train = data.splits["train"]
    assert np.bincount(train.labels).tolist() == [6, 6, 6, 9]
    assert train.audio.shape == (27, RATE_HZ)
    assert train.audio.dtype == np.int16
    assert train.labels.dtype == np.int32
    assert len(train.sources) == len(train.speakers) == 27


def test_no_words_in_the_recipe_means_the_benchmark_words(tmp_path: Path) -> None:
    made = load(recipe(words=(), clips=1), data_dir=None, cache_dir=tmp_path, splits=("test",))
    assert made.classes == (*BENCHMARK_WORDS, "_silence_", "_unknown_")
    assert set(made.splits) == {"test"}
    assert made.noise == []


def test_nobody_speaks_in_two_splits() -> None:
    seen: dict[str, str] = {}
    for split in ("train", "validation", "test"):
        for index in range(300):
            speaker = clip_maker.draw_speaker(clip_maker.clip_rng(1, split, "who", index), split)
            assert seen.setdefault(f"{speaker.accent}+{speaker.variant}", split) == split
    assert len(seen) > 300


def test_sources_and_speakers_name_the_voice(data: AudioDataset) -> None:
    train = data.splits["train"]
    row = int(np.flatnonzero(train.labels == 0)[0])
    assert train.sources[row].startswith("synthetic:yes/")
    assert train.speakers[row] in train.sources[row]


def test_phonemes_stand_where_the_clip_is_loud(data: AudioDataset) -> None:
    train = data.splits["train"]
    assert train.phonemes is not None
    for row in np.flatnonzero(train.labels == 0):
        stamps = train.phonemes[row]
        assert len(stamps) >= 3  # y e s
        assert 0 <= stamps[0].start_s < stamps[-1].end_s <= 1.0
        first, last = int(stamps[0].start_s * RATE_HZ), int(stamps[-1].end_s * RATE_HZ)
        power = np.square(train.audio[row].astype(float))
        assert power[first:last].sum() > 0.85 * power.sum()  # the rest is the room's tail


def test_the_vowel_is_where_its_stamp_says() -> None:
    hits = 0
    for index in range(12):
        rng = clip_maker.clip_rng(2, "train", "stop", index)
        clip = clip_maker.word_clip(rng, "stop", split="train", rate_hz=RATE_HZ, count=RATE_HZ)
        power = np.square(clip.audio.astype(float))
        smooth = np.convolve(power, np.ones(800), "same")
        peak_s = int(np.argmax(smooth)) / RATE_HZ
        vowel = next(p for p in clip.phonemes if p.symbol.strip("ˈ")[0] not in "stp")
        hits += vowel.start_s - 0.03 <= peak_s <= vowel.end_s + 0.03
    assert hits >= 9  # a fricative of some breathy voices is louder than the vowel


def test_peak_levels_vary_and_stay_within_full_scale(data: AudioDataset) -> None:
    peaks_db = []
    for index in range(60):
        rng = clip_maker.clip_rng(3, "train", "go", index)
        clip = clip_maker.word_clip(rng, "go", split="train", rate_hz=RATE_HZ, count=RATE_HZ)
        peaks_db.append(20 * np.log10(np.abs(clip.audio.astype(float)).max() / 32768))
    assert max(peaks_db) <= 0
    assert max(peaks_db) - min(peaks_db) > 12


def test_a_long_phrase_is_sped_up_to_fit_rather_than_cut() -> None:
    rng = clip_maker.clip_rng(1, "train", "long", 0)
    phrase = "open the garden door"
    clip = clip_maker.word_clip(rng, phrase, split="train", rate_hz=RATE_HZ, count=RATE_HZ)
    symbols = "".join(p.symbol for p in clip.phonemes)
    assert clip.audio.shape == (RATE_HZ,)
    assert len(clip.phonemes) >= 10
    assert symbols.strip("ˈ")[0] in "oəɐʌɔ"  # the o of open, in some accent


def test_silence_has_no_words_and_runs_from_loud_to_nothing() -> None:
    levels = []
    for index in range(60):
        rng = clip_maker.clip_rng(1, "train", "_silence_", index)
        clip = clip_maker.silence_clip(rng, ("yes",), split="train", rate_hz=RATE_HZ, count=RATE_HZ)
        assert clip.phonemes == ()
        levels.append(np.sqrt(np.mean(np.square(clip.audio.astype(float)))))
    assert min(levels) < 33  # -60 dBFS
    assert max(levels) > 3000  # -21 dBFS


def test_noise_comes_with_the_training_split_in_long_pieces(data: AudioDataset) -> None:
    assert len(data.noise) >= 8
    assert all(piece.dtype == np.int16 and 20 * RATE_HZ <= len(piece) <= 60 * RATE_HZ for piece in data.noise)


def test_a_second_load_maps_the_same_clips_without_making_any(
    cache: Path, data: AudioDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthetic_speech, "_make", None)  # would fail if called
    again = load(recipe(), data_dir=None, cache_dir=cache)
    assert isinstance(again.splits["train"].audio, np.memmap)
    assert np.array_equal(again.splits["train"].audio, data.splits["train"].audio)
    assert again.splits["train"].phonemes == data.splits["train"].phonemes
    assert again.digest == data.digest


def test_the_same_recipe_makes_the_same_clips_whatever_else_is_asked(
    tmp_path: Path, data: AudioDataset
) -> None:
    other = load(recipe(clips=3), data_dir=None, cache_dir=tmp_path, splits=("train",)).splits["train"]
    train = data.splits["train"]
    for label in range(4):
        mine = other.audio[other.labels == label]
        assert np.array_equal(mine, train.audio[train.labels == label][: len(mine)])


def test_another_seed_makes_other_clips_and_another_digest(tmp_path: Path, data: AudioDataset) -> None:
    changed = recipe().model_copy(update={"synthetic": recipe().synthetic.model_copy(update={"seed": 8})})
    made = load(changed, data_dir=None, cache_dir=tmp_path, splits=("validation",))
    assert made.digest != data.digest
    assert not np.array_equal(made.splits["validation"].audio, data.splits["validation"].audio)


def test_train_fraction_takes_nested_parts_of_every_class(cache: Path, data: AudioDataset) -> None:
    parts = {
        fraction: load(recipe(train_fraction=fraction), data_dir=None, cache_dir=cache, splits=("train",))
        for fraction in (0.3, 0.6)
    }
    small, large = (parts[fraction].splits["train"] for fraction in (0.3, 0.6))
    assert np.bincount(small.labels).tolist() == [2, 2, 2, 3]
    assert set(small.sources) <= set(large.sources) <= set(data.splits["train"].sources)
    assert len({part.digest for part in parts.values()} | {data.digest}) == 3


def test_other_clip_lengths_rates_and_classes_are_made_as_asked(tmp_path: Path) -> None:
    asked = recipe(clips=1, unknown=False, silence=False, sample_rate_hz=8000, clip_ms=1500)
    made = load(asked, data_dir=None, cache_dir=tmp_path, splits=("validation",))
    assert made.classes == ("yes", "stop")
    assert made.splits["validation"].audio.shape == (8, 12000)


def test_a_failure_on_the_way_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("stop here")

    monkeypatch.setattr(synthetic_speech, "backgrounds", fail)
    with pytest.raises(RuntimeError, match="stop here"):
        load(recipe(clips=1), data_dir=None, cache_dir=tmp_path, splits=("train",))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert list((tmp_path / "synthetic_speech").glob("*/*")) == []


def test_progress_ends_at_the_total(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    load(
        recipe(clips=1),
        data_dir=None,
        cache_dir=tmp_path,
        splits=("test",),
        progress=lambda what, done, total: told.append((what, done, total)),
    )
    assert told[0][1] == 0
    assert told[-1][1] == told[-1][2] == 18


def test_a_data_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="makes its own clips"):
        load(recipe(), data_dir=tmp_path, cache_dir=tmp_path)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("right", "write"), "'write' sounds like 'right'"),
        (("yes", "yes"), "sounds like"),
        (("yes", " "), "an empty word"),
        (("日本",), "which English voices cannot say"),
        (("'-'",), "no pronunciation"),
    ],
)
def test_words_that_cannot_be_said_or_told_apart_are_refused(
    tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        load(recipe(words=words), data_dir=None, cache_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_many_processes_make_the_same_clips_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = recipe(clips=20)
    alone = load(asked, data_dir=None, cache_dir=tmp_path / "one", splits=("validation",))
    monkeypatch.setattr(row_filler, "_POOL_FROM", 1)
    monkeypatch.setattr(row_filler, "_TASKS_AT_ONCE", 5)
    monkeypatch.setattr(row_filler, "usable_cores", lambda: 2)
    together = load(asked, data_dir=None, cache_dir=tmp_path / "two", splits=("validation",))
    assert np.array_equal(alone.splits["validation"].audio, together.splits["validation"].audio)
    assert alone.splits["validation"].sources == together.splits["validation"].sources
