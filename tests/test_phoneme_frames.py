"""Labels of frames stand where the sounds stand, in every view."""

import numpy as np
import pytest

from tinykd.augment import augment_audio
from tinykd.augment.chain import time_changes
from tinykd.datasets.clips import AudioDataset, AudioSplit, Phoneme
from tinykd.datasets.sounds import UNKNOWN, sound_of
from tinykd.errors import DataError
from tinykd.feature_cache import cache_features
from tinykd.phoneme_frames import cache_phonemes, frame_middles_s
from tinykd.recipe_file import load_recipe
from tinykd.recipe_sees import teacher_recipe

RATE = 16000
CLIPS = 24
MOVES = (
    "augment.views=4",
    "augment.speed=[0.8, 1.25]",
    "augment.shift_ms=150",
    "augment.gain_db=[0.0, 0.0]",
    "augment.noise_chance=0.0",
    "augment.room_chance=0.0",
    "augment.equaliser_db=0.0",
    "augment.band_limit_chance=0.0",
)


def beeps(*, known=True, n=CLIPS):
    """Clips of two loud tones in silence, and where they stand; the second is a vowel."""
    rng = np.random.default_rng(3)
    splits = {}
    for name in ("train", "validation", "test"):
        audio, stamps = np.zeros((n, RATE), np.int16), []
        for clip in range(n):
            first, second = rng.uniform(0.15, 0.3), rng.uniform(0.55, 0.7)
            rows = []
            for start, symbol, hz in ((first, "s", 2000), (second, "ˈɛ", 500)):
                at = np.arange(round(start * RATE), round((start + 0.15) * RATE))
                audio[clip, at] = 9000 * np.sin(2 * np.pi * hz * at / RATE)
                rows.append(Phoneme(start_s=start, end_s=start + 0.15, symbol=symbol))
            stamps.append(tuple(rows))
        splits[name] = AudioSplit(
            audio=audio,
            labels=np.zeros(n, np.int32),
            sources=("",) * n,
            speakers=("",) * n,
            phonemes=tuple(stamps) if known else None,
        )
    noise = [rng.normal(0, 300, 40000).astype(np.int16)]
    return AudioDataset(
        name="beeps",
        classes=("a", "b"),
        sample_rate_hz=RATE,
        splits=splits,
        digest=f"beeps {known}",
        noise=noise,
    )


def made(dataset, recipe, folder):
    features = cache_features(dataset, recipe=recipe, cache_dir=folder, progress=lambda *_: None)
    return features, cache_phonemes(dataset, recipe=recipe, features=features, cache_dir=folder)


@pytest.mark.parametrize("more", [(), ("augment.pitch_semitones=[-3.0, 3.0]",), ("features.hop_ms=10",)])
def test_labels_are_where_the_tones_are_after_speed_shift_and_pitch(tmp_path, more):
    recipe = load_recipe("kws", [*MOVES, *more])
    features, found = made(beeps(), recipe, tmp_path)
    assert found.train.shape == features.train.shape[:3]
    assert found.validation.shape == features.validation.shape[:2]
    assert set(np.unique(found.train)) == {0, sound_of("s"), sound_of("ɛ")}
    level = features.train.astype(np.float32).max(axis=-1)
    middle = (level.min(axis=-1, keepdims=True) + level.max(axis=-1, keepdims=True)) / 2
    # A frame's window is longer than its hop, so a tone is heard in a frame or two around it as well.
    for view in range(4):
        inside = _eroded(found.train[view] > 0)
        around = ~_eroded(found.train[view] == 0, by=3)
        assert (level[view] > middle[view])[inside].all(), view
        assert not (level[view] > middle[view])[~around].any(), view
    high = features.train.astype(np.float32).argmax(axis=-1)
    sibilant = np.stack([_eroded(view == sound_of("s")) for view in found.train])
    vowel = np.stack([_eroded(view == sound_of("ɛ")) for view in found.train])
    assert high[sibilant].min() > high[vowel].max() + 5
    assert not np.array_equal(found.train[1], found.train[0])
    assert not np.array_equal(found.train[1], found.train[2])


def test_speed_and_shift_are_those_of_the_view_whatever_noise_and_rooms_it_has():
    recipe = load_recipe("kws", [*MOVES, "augment.noise_chance=0.7", "augment.room_chance=0.5"])
    dataset = beeps()
    speed, shift = time_changes(
        recipe.augment, CLIPS, sample_rate_hz=RATE, rng=np.random.default_rng([1, 2, 0])
    )
    clicks = np.zeros((CLIPS, RATE), np.int16)
    clicks[:, 6000] = 20000
    moved = augment_audio(
        clicks,
        section=recipe.augment,
        sample_rate_hz=RATE,
        noise=[one // 50 for one in dataset.noise],
        rooms=np.array([[1.0, 0.2, 0.1]], np.float32),
        rng=np.random.default_rng([1, 2, 0]),
    )
    middle = (RATE - 1) / 2
    expected = middle + (6000 - middle) / speed + shift  # by hand: played `speed` times as fast, then moved
    np.testing.assert_allclose(np.abs(moved.astype(int)).argmax(axis=1), expected, atol=1.0)


def test_a_frame_is_as_old_as_the_middle_of_its_window():
    recipe = load_recipe("kws")  # windows of 30 ms each 20 ms
    np.testing.assert_allclose(frame_middles_s(recipe, frames=3) * RATE, [239.5, 559.5, 879.5], atol=1e-6)
    wave = load_recipe("kws-waveform")  # at 8 kHz, windows of 10 ms side by side
    np.testing.assert_allclose(frame_middles_s(wave, frames=2) * 8000, [39.5, 119.5], atol=1e-6)


def test_a_teacher_with_another_front_end_has_the_same_sounds_at_its_own_frames(tmp_path):
    recipe = load_recipe("kws-8khz", [*MOVES, "dataset.name=synthetic_speech", "dataset.synthetic_clips=0"])
    own, wide = (made(beeps(), one, tmp_path)[1].train for one in (recipe, teacher_recipe(recipe)))
    assert own.shape[2] < wide.shape[2]
    for view in range(4):
        shares = [(labels[view] > 0).mean(axis=1) for labels in (own, wide)]
        np.testing.assert_allclose(*shares, atol=3 / own.shape[2])  # four edges, each within a frame


def test_labels_are_computed_once(tmp_path):
    recipe = load_recipe("kws", MOVES)
    made(beeps(), recipe, tmp_path)
    (path,) = tmp_path.glob("phonemes/*/train.npy")
    before = path.stat().st_mtime_ns
    made(beeps(), recipe, tmp_path)
    assert path.stat().st_mtime_ns == before


def test_clips_that_nobody_stamped_are_unknown_and_all_of_them_are_refused(tmp_path):
    recipe = load_recipe("kws", [*MOVES, "augment.views=2"])
    some = beeps()
    train = some.splits["train"]
    mixed = AudioSplit(**{**vars(train), "phonemes": (None, *train.phonemes[1:])})
    none = AudioSplit(**{**vars(some.splits["validation"]), "phonemes": None})
    dataset = AudioDataset(**{**vars(some), "splits": {**some.splits, "train": mixed, "validation": none}})
    _, found = made(dataset, recipe, tmp_path)
    assert (found.train[:, 0] == UNKNOWN).all()
    assert (found.train[:, 1:] != UNKNOWN).all()
    assert (found.validation == UNKNOWN).all()
    with pytest.raises(DataError, match="beeps: nobody knows the phonemes of its training clips, and"):
        made(beeps(known=False), recipe, tmp_path)


def _eroded(rows, by=2):
    """Return [n, frames] that is True where all frames within `by` are."""
    wide = np.pad(rows, ((0, 0), (by, by)), constant_values=True)
    return np.all([wide[:, at : at + rows.shape[1]] for at in range(2 * by + 1)], axis=0)
