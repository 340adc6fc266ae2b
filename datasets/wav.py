"""Read one recording into int16 mono at the wanted rate, or say what is wrong with it."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tinykd.errors import DataError

ALLOWED = "a whole WAV, FLAC or AIFF recording of 1 to 8 channels at 4000 to 384000 Hz"

_RATES_HZ = range(4_000, 384_001)
_CHANNELS = range(1, 9)
_MAX_SAMPLES = 1 << 26  # over all channels; more than an hour at 16 kHz
# Kinds of which a missing end can be told: libsndfile plays the rest of a cut Ogg as if it were all.
_MAGIC = (b"RIFF", b"fLaC", b"FORM")
_PCM = 1


class _Wav(NamedTuple):
    """What a RIFF header says, and the bytes of its data chunk."""

    encoding: int
    channels: int
    rate_hz: int
    frame_bytes: int
    bits: int
    data: memoryview


def read_clip(source: Path | bytes, *, sample_rate_hz: int, where: str = "") -> npt.NDArray[np.int16]:
    """Decode a recording.

    16-bit PCM at the wanted rate comes out sample for sample. Channels are
    averaged, other rates are resampled band-limited (soxr, high quality), and
    what is not 16-bit is rounded to the nearest int16, clipped at full scale.

    Args:
      source: a file, or its bytes.
      sample_rate_hz: of the result.
      where: how errors name the recording; the file's path if empty.

    Returns:
      [samples] int16, at least one sample.

    Raises:
      DataError: cannot be read, is empty, cut short, or not a recording.
    """
    where = where or (str(source) if isinstance(source, Path) else "recording")
    data = source if isinstance(source, bytes) else _bytes_of(source, where)
    if not data:
        raise DataError(where, "the file is empty", ALLOWED)
    if not data.startswith(_MAGIC):
        raise DataError(where, "not a recording of a known kind", ALLOWED)
    wav = _parse_riff(data, where) if data.startswith(b"RIFF") else None
    if wav is not None and wav.encoding == _PCM and wav.bits == 16 and wav.frame_bytes == 2 * wav.channels:
        frames = np.frombuffer(wav.data, dtype="<i2").reshape(-1, wav.channels)
        if wav.channels == 1 and wav.rate_hz == sample_rate_hz:
            return frames[:, 0].astype(np.int16)
        return _to_mono_int16(frames / 32768.0, wav.rate_hz, sample_rate_hz, where)
    if data.startswith(b"FORM") and int.from_bytes(data[4:8], "big") > len(data) - 8:
        raise DataError(where, "cut short: the AIFF header says more than there is", ALLOWED)
    decoded, rate_hz = _decode(data, where)
    return _to_mono_int16(decoded, rate_hz, sample_rate_hz, where)


def fit_length(audio: npt.NDArray[np.int16], samples: int) -> npt.NDArray[np.int16]:
    """Bring a recording to a fixed length.

    Shorter ones get zeros at the end, as is the custom for Speech Commands
    (Warden 2018, arXiv:1804.03209: clips are at most a second, the word anywhere
    in it). Of longer ones the window with the most energy is taken, the earliest
    of equals, so that the word stays in.

    Args:
      audio: [n] int16.
      samples: wanted, above 0.

    Returns:
      [samples] int16.
    """
    excess = len(audio) - samples
    if excess <= 0:
        return np.pad(audio, (0, -excess))
    energy = np.concatenate(([0], np.cumsum(np.square(audio, dtype=np.int64))))
    start = int(np.argmax(energy[samples:] - energy[:-samples]))
    return audio[start : start + samples]


def at_lower_rate(audio: npt.NDArray[np.int16], *, from_hz: int, to_hz: int) -> npt.NDArray[np.int16]:
    """Return clips as a recorder of a lower rate would have heard them, as `read_clip` resamples.

    Args:
      audio: [n, samples] int16.
      from_hz: its rate.
      to_hz: of the result; at most `from_hz`.

    Returns:
      [n, samples * to_hz // from_hz] int16.
    """
    samples = audio.shape[1] * to_hz // from_hz
    found = np.zeros((len(audio), samples), np.int16)
    for row, clip in zip(found, audio, strict=True):
        low = _to_mono_int16(clip[:, None] / 32768.0, from_hz, to_hz, "clip")[:samples]
        row[: len(low)] = low
    return found


def _bytes_of(path: Path, where: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(where, f"cannot be read ({error.strerror})", ALLOWED) from error


def _parse_riff(data: bytes, where: str) -> _Wav:
    """Walk the chunks up to "data", and hold the header to what is there.

    Source: Multimedia Programming Interface and Data Specifications 1.0 (IBM
    and Microsoft, 1991), chapters 2 and 3.
    """
    if data[8:12] != b"WAVE":
        raise DataError(where, "a RIFF file, but not a WAV", ALLOWED)
    position, form = 12, None
    while position + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, position)
        body = position + 8
        if name == b"fmt " and size >= 16 and body + 16 <= len(data):
            form = struct.unpack_from("<HHIIHH", data, body)
        if name == b"data":
            return _checked(form, size, memoryview(data)[body : body + size], where)
        position = body + size + (size & 1)
    raise DataError(where, "cut short: the WAV has no data chunk", ALLOWED)


def _checked(form: tuple[int, ...] | None, size: int, data: memoryview, where: str) -> _Wav:
    if form is None:
        raise DataError(where, "the WAV says nothing of its format before its data", ALLOWED)
    encoding, channels, rate_hz, _, frame_bytes, bits = form
    if size > len(data):
        raise DataError(
            where, f"cut short: the header says {size} bytes of sound, {len(data)} are there", ALLOWED
        )
    if size == 0:
        raise DataError(where, "holds no sound", ALLOWED)
    _check_shape(channels, rate_hz, where)
    if encoding == _PCM and (frame_bytes == 0 or size % frame_bytes):
        raise DataError(where, f"{size} bytes of sound are not whole frames of {frame_bytes} bytes", ALLOWED)
    return _Wav(encoding, channels, rate_hz, frame_bytes, bits, data)


def _check_shape(channels: int, rate_hz: int, where: str) -> None:
    if channels not in _CHANNELS:
        raise DataError(where, f"{channels} channels", ALLOWED)
    if rate_hz not in _RATES_HZ:
        raise DataError(where, f"a sample rate of {rate_hz} Hz", ALLOWED)


class _Bytes(io.BytesIO):
    """Stays where it is when a damaged header sends libsndfile to before the start."""

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        try:
            return super().seek(offset, whence)
        except ValueError:
            return self.tell()


def _decode(data: bytes, where: str) -> tuple[npt.NDArray[np.float64], int]:
    """Decode with libsndfile to ([frames, channels] float64, full scale 1.0; rate)."""
    import soundfile

    try:
        with soundfile.SoundFile(_Bytes(data)) as file:
            _check_shape(file.channels, file.samplerate, where)
            claimed = file.frames
            if claimed * file.channels > _MAX_SAMPLES:
                raise DataError(where, f"{claimed} samples are too long", f"at most {_MAX_SAMPLES} samples")
            frames: npt.NDArray[np.float64] = file.read(dtype="float64", always_2d=True)
            rate_hz = int(file.samplerate)
    except (soundfile.SoundFileError, RuntimeError, TypeError, ValueError) as error:
        raise DataError(where, f"cannot be decoded ({' '.join(str(error).split())})", ALLOWED) from error
    if len(frames) < claimed:
        raise DataError(where, f"cut short: {claimed} samples promised, {len(frames)} are there", ALLOWED)
    if not np.isfinite(frames).all():
        raise DataError(where, "holds samples that are not numbers", ALLOWED)
    return np.clip(frames, -1.0, 1.0), rate_hz


def _to_mono_int16(
    frames: npt.NDArray[np.float64], from_hz: int, to_hz: int, where: str
) -> npt.NDArray[np.int16]:
    """Average channels, resample, round: [frames, channels] float64 to [samples] int16."""
    mono = frames.mean(axis=1) if len(frames) else np.zeros(0)
    if from_hz != to_hz and len(mono):
        import soxr

        mono = np.asarray(soxr.resample(mono, from_hz, to_hz, quality="HQ"))
    if not len(mono):
        raise DataError(where, "holds no sound", ALLOWED)
    return np.clip(np.rint(mono * 32768.0), -32768, 32767).astype(np.int16)
