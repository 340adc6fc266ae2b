"""The espeak-ng binding: what is said, when, and that nothing leaks from call to call."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinykd.datasets import espeak
from tinykd.errors import DataError

VARIANTS_WITH_STATE = ("croak", "whisper", "f2", "klatt", "m3")  # flutter, noise, roughness


def test_the_phonemes_of_a_word_come_out_in_order_and_inside_the_audio() -> None:
    said = espeak.synthesise("stop", voice="en-gb")
    # s t ɒ p is the British pronunciation in any dictionary.
    assert "".join(phoneme.symbol.strip("ˈ") for phoneme in said.phonemes) == "stɒp"
    times = [time for phoneme in said.phonemes for time in (phoneme.start_s, phoneme.end_s)]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= len(said.audio) / espeak.ESPEAK_RATE_HZ


def test_the_s_of_stop_is_high_and_its_vowel_is_low_where_the_stamps_say() -> None:
    said = espeak.synthesise("stop", voice="en-gb")

    def centroid_hz(symbol: str) -> float:
        phoneme = next(phoneme for phoneme in said.phonemes if symbol in phoneme.symbol)
        first, last = (int(time * espeak.ESPEAK_RATE_HZ) for time in (phoneme.start_s, phoneme.end_s))
        power = np.square(np.abs(np.fft.rfft(said.audio[first:last].astype(float))))
        return float(np.sum(power * np.fft.rfftfreq(last - first, 1 / espeak.ESPEAK_RATE_HZ)) / power.sum())

    assert centroid_hz("s") > 3500
    assert centroid_hz("ɒ") < 1500


@pytest.mark.parametrize("variant", VARIANTS_WITH_STATE)
def test_equal_arguments_give_equal_samples_whatever_was_said_before(variant: str) -> None:
    first = espeak.synthesise("stop left", variant=variant, seed=3)
    espeak.synthesise("something else", voice="de", variant="f1", seed=4)
    again = espeak.synthesise("stop left", variant=variant, seed=3)
    assert np.array_equal(first.audio, again.audio)
    assert first.phonemes == again.phonemes


def test_the_order_of_many_unlike_voices_changes_no_sample() -> None:
    variants = ("", "f1", "klatt2", "m5", "pedro", "whisper", "Gene2", "croak")
    words = ("seven", "right", "three red rovers")  # Scots, Finns and Spaniards trill theirs
    accents = ("en-us", "en-gb-scotland", "ta", "sv", "fi", "es")
    said = [(word, voice, variant) for word in words for voice in accents for variant in variants]
    forward = {who: espeak.synthesise(who[0], voice=who[1], variant=who[2]).audio for who in said}
    for word, voice, variant in reversed(said):
        again = espeak.synthesise(word, voice=voice, variant=variant).audio
        assert np.array_equal(again, forward[word, voice, variant]), (word, voice, variant)


def test_a_higher_rate_is_shorter_and_lines_of_a_voice_are_heard() -> None:
    slow, fast = (espeak.synthesise("yellow", rate_wpm=rate) for rate in (110, 260))
    assert len(fast.audio) < 0.8 * len(slow.audio)
    plain = espeak.synthesise("yellow")
    shifted = espeak.synthesise("yellow", lines=("formant 1 130 100 100",))
    assert not np.array_equal(plain.audio, shifted.audio)


def test_a_pitch_line_sets_the_pitch() -> None:
    said = espeak.synthesise("[[a::::]]", phonemes=True, lines=("pitch 200 200", "formant 0 100 100 100"))
    middle = said.audio[len(said.audio) // 3 : 2 * len(said.audio) // 3].astype(float)
    likeness = np.correlate(middle, middle, "full")[len(middle) - 1 :]
    lags = np.arange(60, 260)  # 367 down to 85 Hz
    pitch_hz = espeak.ESPEAK_RATE_HZ / lags[np.argmax(likeness[lags])]
    assert 150 < pitch_hz < 260


def test_mnemonics_and_ipa_agree_on_a_known_word() -> None:
    assert espeak.mnemonics("left") == ("l", "'E", "f", "t")
    assert espeak.ipa("left") == "lˈɛft"
    assert espeak.ipa("right") == espeak.ipa("write")


@pytest.mark.parametrize("text", ["", "  \n", "???", "..."])
def test_what_cannot_be_said_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(DataError) as caught:
        espeak.synthesise(text)
    assert "\n" not in str(caught.value).replace(repr(text), "")
    assert str(caught.value).endswith("at least one letter")


def test_an_unknown_voice_names_the_known_ones() -> None:
    with pytest.raises(DataError, match=r"no voice 'klingon'.*en-gb-scotland"):
        espeak.synthesise("yes", voice="klingon")
    with pytest.raises(DataError, match=r"no voice variant 'nobody'.*whisper"):
        espeak.synthesise("yes", variant="nobody")


def test_english_accents_and_variants_are_listed() -> None:
    assert {"en-us", "en-gb-scotland", "en-gb-x-rp", "en-029", "de"} <= set(espeak.list_voices())
    assert {"f1", "m1", "klatt4", "whisper"} <= set(espeak.list_variants())


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=12))
def test_any_text_is_said_or_refused_and_never_anything_else(text: str) -> None:
    try:
        said = espeak.synthesise(text)
    except DataError:
        return
    assert said.audio.dtype == np.int16
    assert said.phonemes
