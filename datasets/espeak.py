"""A thin binding of libespeak-ng: text in, samples and phoneme times out.

The library and its data come from the package espeakng-loader. Each call gives
the library a whole voice description of its own, so a voice is free to be one
that no file holds, and the result depends on the arguments alone: what the
library would carry from call to call (flutter, roughness, its noise) is turned
off, seeded anew, or settled by a short sound of one fixed voice before each call.

Source: espeak-ng 1.52, ``speak_lib.h`` (functions, event layout) and
``docs/voices.md`` (the lines of a voice description).
"""

from __future__ import annotations

import ctypes
import functools
import os
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd.datasets.clips import Phoneme
from tinykd.errors import DataError, ToolError

ESPEAK_RATE_HZ = 22050

_SYNCHRONOUS = 2  # espeak_AUDIO_OUTPUT
_PHONEME_EVENTS, _PHONEMES_AS_IPA, _DO_NOT_EXIT = 0x1, 0x2, 0x8000
_UTF8, _SSML, _PHONEMES_IN_TEXT = 0x1, 0x10, 0x100
_RATE, _VOLUME, _PITCH, _PITCH_RANGE = 1, 2, 3, 4  # espeak_PARAMETER
_END_OF_EVENTS, _PHONEME_EVENT = 0, 7  # espeak_EVENT_TYPE
_IPA_MODE = 0x2

# What a later call would inherit from an earlier one; every voice here goes without. Any roughness that the
# library knows, 0 to 7, lets a trill's beats go on from where the last one's ended; of 8 it has none.
_STATELESS = "flutter 0\nroughness 8\n"


class _Name(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("pointer", ctypes.c_char_p), ("text", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position_ms", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Name),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """What the synthesiser said.

    audio: [samples] int16 at 22050 Hz.
    phonemes: in order; times in seconds from the first sample, symbols in IPA.
    """

    audio: npt.NDArray[np.int16]
    phonemes: tuple[Phoneme, ...]


class _Library:
    """The loaded library with its callback and the buffers that the callback fills."""

    def __init__(self) -> None:
        try:
            import espeakng_loader

            data = Path(espeakng_loader.get_data_path())
            self.native: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        except (ImportError, OSError) as error:
            raise ToolError(
                "espeak-ng", f"the library does not load ({error})", "pip install espeakng-loader"
            ) from error
        self.data = data
        self.lock = threading.Lock()
        self.samples: list[npt.NDArray[np.int16]] = []
        self.events: list[tuple[int, str]] = []
        self._callback: Callable[..., int] = _Callback(self._collect)
        options = _PHONEME_EVENTS | _PHONEMES_AS_IPA | _DO_NOT_EXIT
        rate = self.native.espeak_Initialize(_SYNCHRONOUS, 200, str(data).encode(), options)
        if rate != ESPEAK_RATE_HZ:
            raise ToolError(
                "espeak-ng", f"it does not start with {data}", "a complete espeakng-loader package"
            )
        self.native.espeak_SetSynthCallback(self._callback)
        self.native.espeak_TextToPhonemes.restype = ctypes.c_char_p
        self.native.espeak_TextToPhonemes.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]
        self.native.espeak_Info.restype = ctypes.c_char_p
        self.random_seed: Any = ctypes.CDLL(None).srand if os.name == "posix" else lambda seed: None

    def _collect(self, wave: Any, count: int, events: Any) -> int:
        if count > 0:
            self.samples.append(np.ctypeslib.as_array(wave, (count,)).astype(np.int16))
        at = 0
        while events[at].type != _END_OF_EVENTS:
            if events[at].type == _PHONEME_EVENT:
                raw = ctypes.string_at(ctypes.addressof(events[at].id), 8).split(b"\0")[0]
                self.events.append((events[at].sample, raw.decode("utf-8", "ignore")))
            at += 1
        return 0

    def use_voice(self, description: str) -> None:
        """Make the voice that `description` (the lines of a voice file) describes the current one."""
        handle, name = tempfile.mkstemp(prefix="tinykd-voice-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(description)
            status = self.native.espeak_SetVoiceByFile(name.encode())
        finally:
            Path(name).unlink(missing_ok=True)
        if status != 0:
            raise DataError("espeak-ng", "a voice description it refuses", "the lines of docs/voices.md")

    def set_parameters(self, *, rate_wpm: int, pitch: int, pitch_range: int, seed: int) -> None:
        """Set the numbers that hold for the next text, and start the library's noise anew."""
        numbers = ((_RATE, rate_wpm), (_VOLUME, 100), (_PITCH, pitch), (_PITCH_RANGE, pitch_range))
        for parameter, value in numbers:
            self.native.espeak_SetParameter(parameter, int(value), 0)
        self.random_seed(seed)
        self.native.espeak_ng_SetRandSeed(ctypes.c_long(seed))


@functools.cache
def _library() -> _Library:
    return _Library()


def library_version() -> str:
    """Return the version of the loaded espeak-ng, such as ``1.52.0``."""
    return str(_library().native.espeak_Info(None).decode())


@functools.cache
def list_voices() -> dict[str, Path]:
    """Return the language voices by lower-case language tag, such as ``en-gb-scotland``."""
    voices: dict[str, Path] = {}
    for path in sorted((_library().data / "lang").rglob("*")):
        if path.is_file():
            for line in path.read_text(encoding="utf-8").splitlines():
                words = line.split()
                if len(words) > 1 and words[0] == "language":
                    voices.setdefault(words[1].lower(), path)
                    break
    return voices


@functools.cache
def list_variants() -> dict[str, Path]:
    """Return the voice variants (who speaks, in any language) by name."""
    return {path.name: path for path in sorted((_library().data / "voices" / "!v").iterdir())}


@functools.cache
def _voice_lines(voice: str, variant: str) -> str:
    voices, variants = list_voices(), list_variants()
    if voice not in voices:
        raise DataError("espeak-ng", f"no voice '{voice}'", "one of " + ", ".join(voices))
    if variant and variant not in variants:
        raise DataError("espeak-ng", f"no voice variant '{variant}'", "one of " + ", ".join(variants))
    lines = voices[voice].read_text(encoding="utf-8").splitlines()
    if variant:
        change = variants[variant].read_text(encoding="utf-8").splitlines()
        lines += [line for line in change if line.split()[:1] not in (["language"], ["name"])]
    return "\n".join(lines) + "\n"


def synthesise(
    text: str,
    *,
    voice: str = "en-us",
    variant: str = "",
    lines: tuple[str, ...] = (),
    rate_wpm: int = 175,
    pitch: int = 50,
    pitch_range: int = 50,
    phonemes: bool = False,
    ssml: bool = False,
    seed: int = 1,
) -> Utterance:
    """Say `text`.

    Args:
      text: what to say; with `phonemes`, parts in ``[[ ]]`` are espeak-ng's phoneme mnemonics.
      voice: a language tag of `list_voices`.
      variant: a name of `list_variants`, or empty.
      lines: further lines of a voice description, such as ``formant 1 110 100 90``; they win.
      rate_wpm: 80 to 450 words a minute.
      pitch: 0 to 99, of the voice's own range; 50 is its normal.
      pitch_range: 0 (monotone) to 99.
      phonemes: whether ``[[ ]]`` is phoneme input.
      ssml: whether `text` is SSML.
      seed: of the library's noise.
    Returns:
      The utterance; equal arguments give equal samples, whatever was said before.
    Raises:
      DataError: `text` is empty, or nothing in it can be said.
    """
    if not text.strip():
        raise DataError("espeak-ng", "an empty phrase", "a word or phrase of at least one letter")
    library = _library()
    with library.lock:
        library.use_voice(_voice_lines("en-us", "") + _STATELESS)
        library.set_parameters(rate_wpm=175, pitch=50, pitch_range=50, seed=1)
        library.native.espeak_Synth(b"a\0", 2, 0, 0, 0, _UTF8, None, None)
        library.use_voice(_voice_lines(voice, variant) + "\n".join(lines) + "\n" + _STATELESS)
        library.set_parameters(rate_wpm=rate_wpm, pitch=pitch, pitch_range=pitch_range, seed=seed)
        library.samples.clear()
        library.events.clear()
        encoded = text.encode("utf-8") + b"\0"
        flags = _UTF8 | (_PHONEMES_IN_TEXT if phonemes else 0) | (_SSML if ssml else 0)
        status = library.native.espeak_Synth(encoded, len(encoded), 0, 0, 0, flags, None, None)
        samples, events = list(library.samples), list(library.events)
    if status != 0 or not samples or not any(symbol for _, symbol in events):
        raise DataError("espeak-ng", f"it cannot say {text!r}", "a word or phrase of at least one letter")
    audio = np.concatenate(samples)
    ends = [sample for sample, _ in events[1:]] + [len(audio)]
    spoken = tuple(
        Phoneme(start_s=start / ESPEAK_RATE_HZ, end_s=end / ESPEAK_RATE_HZ, symbol=symbol)
        for (start, symbol), end in zip(events, ends, strict=True)
        if symbol and end > start
    )
    return Utterance(audio=audio, phonemes=spoken)


def _translate(text: str, voice: str, mode: int) -> str:
    library = _library()
    with library.lock:
        library.use_voice(_voice_lines(voice, "") + _STATELESS)
        buffer = ctypes.create_string_buffer(text.encode("utf-8"))
        position = ctypes.c_char_p(ctypes.addressof(buffer))
        parts: list[str] = []
        while position.value is not None:
            part = library.native.espeak_TextToPhonemes(ctypes.byref(position), _UTF8, mode)
            parts.append((part or b"").decode("utf-8", "ignore"))
    return " ".join(part for part in parts if part).strip()


def mnemonics(text: str, *, voice: str = "en-us") -> tuple[str, ...]:
    """Return `text` as espeak-ng's phoneme mnemonics, one entry a phoneme, stress marks included."""
    separated = _translate(text, voice, ord("|") << 8)
    return tuple(part for part in separated.replace(" ", "|").split("|") if part)


def ipa(text: str, *, voice: str = "en-us") -> str:
    """Return the pronunciation of `text` in IPA, as `voice` says it."""
    return _translate(text, voice, _IPA_MODE)
