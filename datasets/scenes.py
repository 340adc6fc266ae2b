"""Stretches of made-up sound, seconds long, that a listening device might hear.

A scene is a function of its random numbers alone. Scenes of running speech, of
near phrases and of noise never hold the wake phrase; a wake scene holds it once.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tinykd.datasets.clip_maker import (
    BACKGROUNDS,
    background,
    record_speech,
    speak,
    speak_plainly,
    speak_within,
    speaker_of,
)
from tinykd.datasets.near_phrases import near_phrases_of
from tinykd.datasets.sentences import sentence_without
from tinykd.datasets.synthetic_noise import NOISES
from tinykd.datasets.voice_changes import Samples, add_room, coloured_noise
from tinykd.datasets.voices import draw_speaker
from tinykd.datasets.word_lists import other_words

SPEECH, NEAR, NOISE, WAKE = "running speech", "near phrases", "noise", "wake phrase"

_PLAIN_SHARE = 0.5  # of the scenes of running speech: voices of the synthesiser, vocal tract only
_SPICE_SHARE = 0.06  # of the sentences: a near phrase is said in them
_BED_SHARE = 0.4  # of the scenes: a background sounds on under the voices


@dataclass(frozen=True, kw_only=True)
class Sound:
    """What is heard from `start` to `end` (samples): a kind of scene, and where it comes from."""

    start: int
    end: int
    kind: str
    source: str


Scene = tuple[npt.NDArray[np.int16], list[Sound]]


def _dbfs(sound: Samples, level: float) -> Samples:
    return sound * np.float32(10 ** (level / 20))


def floor_of(rng: np.random.Generator, count: int) -> Samples:
    """Return [count] of a quiet room with a microphone: noise from -95 to -38 dB of full scale."""
    slope = rng.uniform(-1, 6)
    return _dbfs(
        coloured_noise(rng, count, slope_db_per_octave=slope), float(np.clip(rng.normal(-64, 11), -95, -38))
    )


def _bed(rng: np.random.Generator, count: int, rate_hz: int) -> Samples:
    """Return [count] of what is heard under the voices: a floor, and often some background."""
    bed = floor_of(rng, count)
    if rng.random() < _BED_SHARE:
        kind = str(rng.choice(tuple(NOISES)))
        bed = bed + _dbfs(NOISES[kind](rng, count, rate_hz), float(rng.uniform(-60, -28)))
    return bed


def _peak_dbfs(rng: np.random.Generator) -> float:
    return -float(np.clip(rng.exponential(6.5), 0.1, 25))


def _finish(out: Samples) -> npt.NDArray[np.int16]:
    return np.clip(np.round(out * 32767), -32768, 32767).astype(np.int16)


def speech_scene(rng: np.random.Generator, phrase: str, *, split: str, rate_hz: int, count: int) -> Scene:
    """Return [count] int16 in which one or two people talk, a sentence after the other."""
    out = _bed(rng, count, rate_hz)
    people = [draw_speaker(rng, split, english=True) for _ in range(int(rng.integers(1, 3)))]
    levels = [_peak_dbfs(rng) for _ in people]
    plain = rng.random() < _PLAIN_SHARE
    room = rng.random() < 0.6
    decay_s, direct_db = rng.uniform(0.06, 0.35), rng.uniform(4, 24)
    rate_wpm = rng.uniform(130, 230)
    near = tuple(text for text in near_phrases_of(phrase, split) if not text.startswith("[["))
    at, turn = int(rng.uniform(0, 0.5) * rate_hz), 0
    while at < count - rate_hz // 4:
        who = turn % len(people)
        text = sentence_without(rng, phrase, spice=near if rng.random() < _SPICE_SHARE else ())
        if plain:
            speech = speak_plainly(rng, text, people[who], rate_wpm, rate_hz)
        else:
            speech, _ = speak(rng, text, people[who], rate_wpm, rate_hz)
        if room:
            speech = add_room(speech, rate_hz, rng, decay_s=decay_s, direct_db=direct_db)
        peak = float(np.max(np.abs(speech))) or 1.0
        piece = _dbfs(speech / np.float32(peak), levels[who] + rng.normal(0, 1.5))[: count - at]
        out[at : at + len(piece)] += piece
        at += len(piece) + int((0.1 + rng.exponential(0.5)) * rate_hz)
        turn += int(rng.random() < 0.6)
    names = " and ".join(person.identity for person in people)
    return _finish(out), [Sound(start=0, end=count, kind=SPEECH, source=f"synthetic:speech/{names}")]


def near_scene(rng: np.random.Generator, phrase: str, *, split: str, rate_hz: int, count: int) -> Scene:
    """Return [count] int16 with near phrases and other words, each by another voice, with gaps."""
    out = _bed(rng, count, rate_hz)
    near, other = near_phrases_of(phrase, split), other_words((phrase,))
    sounds = []
    at = int(rng.uniform(0.1, 0.5) * rate_hz)
    while at < count - rate_hz // 4:
        text = str(rng.choice(near if near and rng.random() < 0.75 else other))
        speaker = speaker_of(rng, text, split)
        speech, _, _ = speak_within(rng, text, speaker, rate_hz=rate_hz, longest=2.0 * rate_hz)
        if rng.random() < 0.6:
            decay_s = rng.uniform(0.06, 0.35)
            speech = add_room(speech, rate_hz, rng, decay_s=decay_s, direct_db=rng.uniform(4, 24))
        peak = float(np.max(np.abs(speech))) or 1.0
        piece = _dbfs(speech / np.float32(peak), _peak_dbfs(rng))[: count - at]
        out[at : at + len(piece)] += piece
        source = f"synthetic:{text}/{speaker.identity}"
        sounds.append(Sound(start=at, end=at + len(piece), kind=NEAR, source=source))
        at += len(piece) + int(rng.uniform(0.2, 1.0) * rate_hz)
    return _finish(out), sounds


def noise_scene(rng: np.random.Generator, phrase: str, *, split: str, rate_hz: int, count: int) -> Scene:
    """Return [count] int16 without words: some background, changing once or twice, from loud to quiet."""
    out = floor_of(rng, count)
    edges = [0, *sorted(rng.integers(0, count, size=int(rng.integers(0, 3)))), count]
    sounds = []
    for start, end in pairwise(edges):
        if end <= start:
            continue
        kind = str(rng.choice(BACKGROUNDS))
        sound = background(rng, kind, (phrase,), split=split, rate_hz=rate_hz, count=end - start)
        out[start:end] += _dbfs(sound, float(rng.uniform(-60, -12)))
        sounds.append(Sound(start=int(start), end=int(end), kind=NOISE, source=f"synthetic:{kind}"))
    return _finish(out), sounds


def wake_scene(
    rng: np.random.Generator, phrase: str, *, split: str, rate_hz: int, count: int, longest: float
) -> Scene:
    """Return [count] int16 in which `phrase` is said once, near the middle.

    Args:
      rng: draws voice, place, room and background.
      phrase: what is said.
      split: whose voices.
      rate_hz: of the result.
      count: samples.
      longest: samples within which the phrase is said where it can be.
    """
    speaker = speaker_of(rng, phrase, split)
    speech, phonemes, rate_wpm = speak_within(rng, phrase, speaker, rate_hz=rate_hz, longest=longest)
    audio, phonemes = record_speech(rng, speech, phonemes, rate_hz, count)
    if rng.random() < _BED_SHARE:
        kind = str(rng.choice(tuple(NOISES)))
        peak_dbfs = 20 * np.log10(max(1, int(np.abs(audio.astype(np.int32)).max())) / 32767)
        level = float(peak_dbfs - rng.uniform(15, 40))  # below the peak, so some 5 to 30 dB below the voice
        plain = audio.astype(np.float32) / np.float32(32767)
        audio = _finish(plain + _dbfs(NOISES[kind](rng, count, rate_hz), level))
    start, end = (int(phonemes[0].start_s * rate_hz), int(phonemes[-1].end_s * rate_hz))
    source = f"synthetic:{phrase}/{speaker.identity}/{rate_wpm:.0f}wpm"
    return audio, [Sound(start=start, end=end, kind=WAKE, source=source)]
