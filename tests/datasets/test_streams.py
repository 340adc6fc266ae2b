"""Streams: made once, the same again, and what they say they hold."""

from __future__ import annotations

import numpy as np
import pytest

from tinykd.datasets.scenes import NEAR, NOISE, SPEECH, WAKE
from tinykd.datasets.streams import SCENE_S, WAKE_SCENE_MS, RealSound, Stream, negative_stream, wake_stream

RATE = 8000


def quiet(what, done, total):
    pass


def recording(value, samples, name):
    audio = np.full(samples, value, np.int16)
    return RealSound(audio=audio, kind="recorded words", source=name, key=name, span=(10, samples - 5))


@pytest.fixture(scope="module")
def negatives(tmp_path_factory) -> tuple[Stream, dict]:
    arguments = {
        "split": "test",
        "hours": 3 * SCENE_S / 3600,
        "shares": {SPEECH: 1, NEAR: 1, NOISE: 1},
        "real": [recording(7000, 900, "a.wav"), recording(-7000, 50, "b.wav")],
        "seed": 1,
        "rate_hz": RATE,
        "cache_dir": tmp_path_factory.mktemp("streams"),
        "progress": quiet,
    }
    return negative_stream("hey computer", **arguments), arguments


def test_every_recording_is_in_it_once_whole_behind_the_scenes(negatives):
    stream, _ = negatives
    sounds = [sound for sound in stream.sounds if sound.kind == "recorded words"]
    assert [sound.source for sound in sounds] == ["a.wav", "b.wav"]
    assert np.count_nonzero(stream.audio == 7000) >= 900
    first = sounds[0]
    assert first.end - first.start == 900 - 15  # the span within the recording
    assert (stream.audio[first.start - 10 : first.end + 5] == 7000).all()
    assert first.start > 3 * SCENE_S * RATE
    assert len(stream.audio) > sounds[1].end


def test_hours_are_counted_by_kind(negatives):
    stream, _ = negatives
    hours = stream.hours_by_kind()
    assert set(hours) == {SPEECH, NEAR, NOISE, "recorded words"}
    assert hours[SPEECH] == pytest.approx(SCENE_S / 3600)
    assert stream.hours == pytest.approx(len(stream.audio) / RATE / 3600)


def test_a_second_call_maps_the_same_stream_and_makes_nothing(negatives, monkeypatch):
    stream, arguments = negatives
    monkeypatch.setattr("tinykd.datasets.streams.fill_rows", None)
    again = negative_stream("hey computer", **arguments)
    assert again.digest == stream.digest
    assert np.array_equal(again.audio, stream.audio)
    assert again.sounds == stream.sounds


def test_a_moment_is_blamed_on_the_last_sound_before_it():
    from tinykd.datasets.scenes import Sound

    sounds = tuple(Sound(start=at, end=at + 5, kind=str(at), source="") for at in (10, 20))
    stream = Stream(audio=np.zeros(40, np.int16), sounds=sounds, rate_hz=10, digest="")
    assert stream.sound_before(0.5) is None
    assert [stream.sound_before(s).kind for s in (1.5, 1.99, 2.1, 3.9)] == ["10", "10", "20", "20"]


def test_each_phrase_has_its_scene_and_recordings_have_room_around_them(tmp_path):
    real = RealSound(
        audio=np.full(RATE, 9000, np.int16), kind=WAKE, source="me.wav", key="k", span=(100, 700)
    )
    stream = wake_stream(
        "computer",
        split="validation",
        count=2,
        longest_ms=900,
        real=[real],
        seed=1,
        rate_hz=RATE,
        cache_dir=tmp_path,
        progress=quiet,
    )
    assert [sound.kind for sound in stream.sounds] == [WAKE] * 3
    row = WAKE_SCENE_MS * RATE // 1000
    for place, sound in enumerate(stream.sounds[:2]):
        assert place * row <= sound.start < sound.end <= (place + 1) * row
    last = stream.sounds[2]
    assert last.start == 2 * row + RATE + 100  # a second of room before it
    assert len(stream.audio) == 2 * row + 3 * RATE
