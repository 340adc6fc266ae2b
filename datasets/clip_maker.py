"""One clip of synthetic speech or background, a function of its seed alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinykd.datasets import espeak
from tinykd.datasets.accents import FOREIGN_VOICES, foreign_form
from tinykd.datasets.clips import Phoneme
from tinykd.datasets.synthetic_noise import NOISES
from tinykd.datasets.timing import stretch, uneven_levels, uneven_map
from tinykd.datasets.voice_changes import (
    Samples,
    TimeMap,
    add_room,
    coloured_noise,
    disperse_phase,
    place,
    resample_varying,
    reshape_spectrum,
    trim,
)
from tinykd.datasets.voices import Speaker, draw_speaker
from tinykd.datasets.word_lists import near_words, other_words


@dataclass(frozen=True, kw_only=True)
class Clip:
    """One finished clip: [samples] int16, where it came from, who speaks, what is said when."""

    audio: npt.NDArray[np.int16]
    source: str
    speaker: str
    phonemes: tuple[Phoneme, ...]


def clip_rng(seed: int, split: str, kind: str, index: int) -> np.random.Generator:
    """Return the clip's own random numbers: independent of how many others are made, and in what order."""
    key = hashlib.sha256(f"{seed}/{split}/{kind}/{index}".encode()).digest()
    return np.random.default_rng(int.from_bytes(key[:16], "big"))


def is_phonemes(text: str) -> bool:
    """Return whether `text` is espeak-ng's phoneme input, ``[[ ]]``, which no foreign voice is given."""
    return text.startswith("[[")


def _say(rng: np.random.Generator, text: str, speaker: Speaker, rate_wpm: float) -> espeak.Utterance:
    """Say `text` as `speaker` does this once: a little off its usual formants, length and pitch."""
    stretch = np.exp(rng.normal(0, 0.12, size=2))
    long = (np.array((180, 150, 190, 190, 200, 220, 270, 290)) * stretch[0]).clip(80, 450).astype(int)
    lines = [*speaker.lines, "stressLength " + " ".join(str(value) for value in long)]
    ending = str(rng.choice((".", ".", ".", "?", "!", ",")))
    foreign = None
    if speaker.accent in FOREIGN_VOICES and not is_phonemes(text):
        foreign = foreign_form(text, speaker.accent)
    return espeak.synthesise(
        (foreign or text) + ending,
        phonemes=foreign is not None or is_phonemes(text),
        voice=speaker.accent,
        variant=speaker.base_variant,
        lines=tuple(lines),
        rate_wpm=int(np.clip(rate_wpm, 80, 450)),
        pitch=int(np.clip(rng.normal(50, 15), 5, 95)),
        pitch_range=int(rng.uniform(5, 99)),
        seed=int(rng.integers(1, 2**31)),
    )


def speak(
    rng: np.random.Generator, text: str, speaker: Speaker, rate_wpm: float, rate_hz: int
) -> tuple[Samples, tuple[Phoneme, ...]]:
    """Say `text`, change the voice, trim; phoneme times are from the first returned sample."""
    utterance = _say(rng, text, speaker, rate_wpm)
    raw = utterance.audio.astype(np.float32) / np.float32(32768)
    first, last = trim(raw, espeak.ESPEAK_RATE_HZ)
    moved, time_map = resample_varying(
        raw[first:last],
        espeak.ESPEAK_RATE_HZ,
        rate_hz,
        rng,
        factor=speaker.tract,
        drift=rng.uniform(0.0, 0.04),
        jitter=rng.uniform(0.0, 0.012),
    )
    phonemes = move_phonemes(
        utterance.phonemes, -first / espeak.ESPEAK_RATE_HZ, len(moved) / rate_hz, time_map
    )
    longer = uneven_map(phonemes, len(moved) / rate_hz, rng, spread=rng.uniform(0, 0.3))
    moved = stretch(moved, rate_hz, longer)
    phonemes = move_phonemes(phonemes, 0.0, len(moved) / rate_hz, longer)
    moved = uneven_levels(moved, rate_hz, phonemes, rng, spread_db=rng.uniform(0, 4))
    changed = reshape_spectrum(
        moved,
        rate_hz,
        rng,
        breath=float(np.clip(rng.beta(1.0, 3.0), 0, 0.9)),
        breath_from_hz=rng.uniform(1200, 5000),
        formant_wander=rng.uniform(0, 0.05),
        tilt_db_per_octave=rng.normal(-1.2, 2.0),
    )
    return disperse_phase(changed, rate_hz, rng, spread_ms=rng.uniform(0, 1.0)), phonemes


def speak_plainly(
    rng: np.random.Generator, text: str, speaker: Speaker, rate_wpm: float, rate_hz: int
) -> Samples:
    """Say `text` as one of a crowd: vocal tract only, no other change."""
    raw = _say(rng, text, speaker, rate_wpm).audio.astype(np.float32) / 32768
    step = espeak.ESPEAK_RATE_HZ / rate_hz * speaker.tract
    moved: Samples = np.interp(np.arange(0, len(raw), step), np.arange(len(raw)), raw).astype(np.float32)
    return moved


def move_phonemes(
    phonemes: tuple[Phoneme, ...], shift_s: float, end_s: float, time_map: TimeMap | None = None
) -> tuple[Phoneme, ...]:
    """Return `phonemes` shifted, then mapped, then cut to 0 to `end_s`; what lies outside is dropped."""
    found = []
    for phoneme in phonemes:
        start, end = phoneme.start_s + shift_s, phoneme.end_s + shift_s
        if time_map is not None:
            start, end = time_map(start), time_map(end)
        start, end = max(0.0, start), min(end_s, end)
        if end > start:
            found.append(Phoneme(start_s=start, end_s=end, symbol=phoneme.symbol))
    return tuple(found)


def record_speech(
    rng: np.random.Generator, speech: Samples, phonemes: tuple[Phoneme, ...], rate_hz: int, count: int
) -> tuple[npt.NDArray[np.int16], tuple[Phoneme, ...]]:
    """Put speech into a room, in front of a microphone, into a clip."""
    if rng.random() < 0.6:
        speech = add_room(speech, rate_hz, rng, decay_s=rng.uniform(0.06, 0.35), direct_db=rng.uniform(4, 24))
    first, last = trim(speech, rate_hz)
    floor = coloured_noise(rng, count, slope_db_per_octave=rng.uniform(-1, 6))
    audio, start = place(
        speech[first:last],
        count,
        rng,
        floor=floor,
        floor_dbfs=float(np.clip(rng.normal(-64, 11), -95, -38)),
        peak_dbfs=-float(np.clip(rng.exponential(6.5), 0.1, 25)),
    )
    return audio, move_phonemes(phonemes, (start - first) / rate_hz, count / rate_hz)


def speaker_of(rng: np.random.Generator, text: str, split: str) -> Speaker:
    """Draw a speaker who can say `text`; an English one always can."""
    if is_phonemes(text):
        return draw_speaker(rng, split, english=True)
    while True:
        speaker = draw_speaker(rng, split)
        if speaker.accent not in FOREIGN_VOICES or foreign_form(text, speaker.accent) is not None:
            return speaker


def speak_within(
    rng: np.random.Generator, text: str, speaker: Speaker, *, rate_hz: int, longest: float
) -> tuple[Samples, tuple[Phoneme, ...], float]:
    """Say `text` at a usual rate, or so fast that it is within `longest` samples where it can be.

    Returns:
      Speech, phonemes, and the rate in words a minute.
    """
    rate_wpm = float(np.clip(np.exp(rng.normal(np.log(165), 0.22)), 105, 280))
    state = rng.bit_generator.state
    for _ in range(4):
        rng.bit_generator.state = state
        speech, phonemes = speak(rng, text, speaker, rate_wpm, rate_hz)
        if len(speech) <= longest or rate_wpm >= 450:
            break
        rate_wpm = min(450.0, rate_wpm * len(speech) / longest * 1.1)
    return speech, phonemes, rate_wpm


def word_clip(rng: np.random.Generator, word: str, *, split: str, rate_hz: int, count: int) -> Clip:
    """Return one clip of `word`, said so fast that it fits where it can be."""
    speaker = speaker_of(rng, word, split)
    speech, phonemes, rate_wpm = speak_within(rng, word, speaker, rate_hz=rate_hz, longest=0.97 * count)
    audio, phonemes = record_speech(rng, speech, phonemes, rate_hz, count)
    source = f"synthetic:{word}/{speaker.identity}/{rate_wpm:.0f}wpm"
    return Clip(audio=audio, source=source, speaker=speaker.identity, phonemes=phonemes)


def running_clip(
    rng: np.random.Generator, words: tuple[str, ...], *, split: str, rate_hz: int, count: int
) -> Clip:
    """Return a clip cut from the middle of a run of other words."""
    speaker = draw_speaker(rng, split, english=True)
    text = " ".join(str(word) for word in rng.choice(words, size=6))
    speech, phonemes = speak(rng, text, speaker, rng.uniform(150, 260), rate_hz)
    at = int(rng.integers(0, max(1, len(speech) - count)))
    audio, phonemes = record_speech(
        rng,
        speech[at : at + count],
        move_phonemes(phonemes, -at / rate_hz, min(len(speech) - at, count) / rate_hz),
        rate_hz,
        count,
    )
    return Clip(
        audio=audio,
        source=f"synthetic:running/{speaker.identity}",
        speaker=speaker.identity,
        phonemes=phonemes,
    )


def unknown_clip(
    rng: np.random.Generator, keywords: tuple[str, ...], *, split: str, rate_hz: int, count: int
) -> Clip:
    """Return a clip of another word, of a near word, or of running speech."""
    words, near = other_words(keywords), near_words(keywords)
    draw = rng.random()
    if draw < 0.1:
        return running_clip(rng, words, split=split, rate_hz=rate_hz, count=count)
    if draw < 0.25 and near:
        words = near
    return word_clip(rng, str(rng.choice(words)), split=split, rate_hz=rate_hz, count=count)


def _babble(
    rng: np.random.Generator, keywords: tuple[str, ...], split: str, rate_hz: int, count: int
) -> Samples:
    """Return [count] of several people talking at once, RMS 1."""
    words = other_words(keywords)
    out = np.zeros(count, np.float32)
    for _ in range(int(rng.integers(4, 9))):
        speaker = draw_speaker(rng, split, english=True)
        text = " ".join(str(word) for word in rng.choice(words, size=4 + 3 * count // rate_hz))
        speech = speak_plainly(rng, text, speaker, rng.uniform(140, 220), rate_hz)
        speech = np.tile(speech, 1 + count // len(speech))
        at = int(rng.integers(0, len(speech) - count + 1))
        piece = speech[at : at + count]
        out += piece * np.float32(rng.uniform(0.5, 1) / (np.sqrt(np.mean(np.square(piece))) + 1e-6))
    unit: Samples = (out / (np.sqrt(np.mean(np.square(out))) + 1e-9)).astype(np.float32)
    return unit


def background(
    rng: np.random.Generator, kind: str, keywords: tuple[str, ...], *, split: str, rate_hz: int, count: int
) -> Samples:
    """Return [count] float32 of one kind of background (a row of NOISES, or babble), RMS 1."""
    if kind == "babble":
        return _babble(rng, keywords, split, rate_hz, count)
    return NOISES[kind](rng, count, rate_hz)


BACKGROUNDS = (*NOISES, "babble")


def silence_clip(
    rng: np.random.Generator, keywords: tuple[str, ...], *, split: str, rate_hz: int, count: int
) -> Clip:
    """Return a clip without words: some background, from loud to nothing at all."""
    if rng.random() < 0.05:
        audio = rng.integers(-1, 2, size=count).astype(np.int16) * int(rng.integers(0, 2))
        return Clip(audio=audio.astype(np.int16), source="synthetic:nothing", speaker="", phonemes=())
    kind = str(rng.choice(BACKGROUNDS))
    sound = background(rng, kind, keywords, split=split, rate_hz=rate_hz, count=count)
    if rng.random() < 0.4:
        other = str(rng.choice(tuple(NOISES)))
        sound = sound + np.float32(rng.uniform(0, 0.7)) * NOISES[other](rng, count, rate_hz)
    level_dbfs = rng.uniform(-55, -8) if kind != "babble" else rng.uniform(-60, -22)
    scaled = sound * np.float32(10 ** (level_dbfs / 20) * 32767)
    audio = np.clip(np.round(scaled), -32768, 32767).astype(np.int16)
    return Clip(audio=audio, source=f"synthetic:{kind}", speaker="", phonemes=())
