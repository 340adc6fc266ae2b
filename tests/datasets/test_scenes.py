"""Scenes: the same for the same numbers, whole, and honest about what is in them."""

from __future__ import annotations

import numpy as np
import pytest

from tinykd.datasets.clip_maker import clip_rng
from tinykd.datasets.scenes import WAKE, near_scene, noise_scene, speech_scene, wake_scene
from tinykd.datasets.voices import split_of

RATE = 16000
MAKERS = (speech_scene, near_scene, noise_scene)


def scene(make, number=0, *, split="train", seconds=4, **more):
    rng = clip_rng(3, split, make.__name__, number)
    return make(rng, "hey computer", split=split, rate_hz=RATE, count=seconds * RATE, **more)


@pytest.mark.parametrize("make", MAKERS)
def test_a_scene_is_whole_and_the_same_again(make):
    audio, sounds = scene(make)
    again, _ = scene(make)
    assert audio.dtype == np.int16
    assert audio.shape == (4 * RATE,)
    assert np.array_equal(audio, again)
    assert all(0 <= sound.start < sound.end <= len(audio) for sound in sounds)


@pytest.mark.parametrize("split", ["train", "test"])
def test_only_voices_of_the_split_speak(split):
    for number in range(4):
        _, sounds = scene(speech_scene, number, split=split)
        people = sounds[0].source.removeprefix("synthetic:speech/").split(" and ")
        for person in people:
            accent, _, rest = person.partition("+")
            assert split_of(accent, rest.rsplit("x", 1)[0]) == split


def test_the_phrase_is_where_its_sound_says():
    for number in range(3):
        audio, (sound,) = scene(wake_scene, number, longest=1.0 * RATE)
        assert sound.kind == WAKE
        power = np.square(audio.astype(np.float64))
        inside = power[sound.start : sound.end].mean()
        before = power[: max(1, sound.start - RATE // 4)].mean()
        assert inside > 3 * before  # at least 5 dB over the background, by the ranges in wake_scene
        assert sound.end - sound.start <= 1.1 * RATE


def test_a_near_phrase_is_loud_where_its_sound_says():
    audio, sounds = scene(near_scene, seconds=8)
    assert len(sounds) > 2
    inside = np.concatenate([audio[s.start : s.end] for s in sounds]).astype(np.float64)
    assert np.square(inside).mean() > np.square(audio.astype(np.float64)).mean()
