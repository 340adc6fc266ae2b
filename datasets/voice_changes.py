"""What makes a formant synthesiser's voice less alike from clip to clip.

All of it belongs to the voice or to the recording, not to training-time
augmentation: vocal tract and pitch by resampling, breath, vocal-tract detail and
phase by the short-time spectrum, room and microphone, placement in the clip.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class TimeMap:
    """Where an instant of one recording is in another: piecewise linear, in seconds."""

    before_s: npt.NDArray[np.float64]
    after_s: npt.NDArray[np.float64]

    def __call__(self, instant_s: float) -> float:
        """Return where `instant_s` went."""
        return float(np.interp(instant_s, self.before_s, self.after_s))


def trim(audio: Samples, rate_hz: int, *, below_peak_db: float = 40.0) -> tuple[int, int]:
    """Return first and last (exclusive) sample of the sounding part of [samples] audio."""
    window = max(1, rate_hz // 200)
    usable = len(audio) // window * window
    if usable == 0:
        return 0, len(audio)
    levels = np.sqrt(np.mean(np.square(audio[:usable].reshape(-1, window)), axis=1))
    loud = np.flatnonzero(levels > levels.max() * 10 ** (-below_peak_db / 20))
    if len(loud) == 0 or levels.max() == 0:
        return 0, len(audio)
    return int(loud[0]) * window, min(len(audio), int(loud[-1] + 1) * window)


def smooth_noise(rng: np.random.Generator, count: int, points: int) -> npt.NDArray[np.float64]:
    """Return [count] values: `points` normal draws joined by straight lines."""
    return np.interp(np.linspace(0, points - 1, count), np.arange(points), rng.standard_normal(points))


def resample_varying(
    audio: Samples,
    rate_hz: int,
    new_rate_hz: int,
    rng: np.random.Generator,
    *,
    factor: float,
    drift: float,
    jitter: float,
) -> tuple[Samples, TimeMap]:
    """Resample [samples] audio while its pitch and formants wander.

    Args:
      audio: [samples] float32 at `rate_hz`.
      rate_hz: of `audio`.
      new_rate_hz: of the result.
      rng: draws the wandering.
      factor: on all frequencies; above 1 is a smaller speaker (and a shorter clip).
      drift: standard deviation of the slow change, as a fraction.
      jitter: standard deviation of the change from one glottal period to the next.
    Returns:
      The audio at `new_rate_hz`, and where each instant went.
    """
    oversampled_by = 4
    size = len(audio)
    spectrum = np.fft.rfft(audio, 2 * size)  # zero-padded: no wrap-around
    fine = np.fft.irfft(spectrum, 2 * size * oversampled_by)[: size * oversampled_by] * oversampled_by
    seconds = size / rate_hz
    knots = max(8, int(seconds * 200))
    speed = 1 + drift * smooth_noise(rng, knots, max(3, int(seconds * 6)))
    speed += jitter * rng.standard_normal(knots)
    speed = np.clip(speed, 0.8, 1.2) * factor
    before = np.linspace(0, seconds, knots)
    after = np.concatenate(([0.0], np.cumsum(np.diff(before) / (0.5 * (speed[1:] + speed[:-1])))))
    count = int(after[-1] * new_rate_hz)
    wanted_s = np.interp(np.arange(count) / new_rate_hz, after, before)
    if rate_hz * factor > new_rate_hz:
        fine = _low_pass(fine, 0.47 * new_rate_hz / factor / (rate_hz * oversampled_by))
    moved = np.interp(wanted_s * rate_hz * oversampled_by, np.arange(len(fine)), fine)
    return moved.astype(np.float32), TimeMap(before_s=before, after_s=after)


def _low_pass(audio: npt.NDArray[np.float64], cutoff: float) -> npt.NDArray[np.float64]:
    """Cut [samples] audio above `cutoff` cycles a sample, with a soft edge of a tenth."""
    spectrum = np.fft.rfft(audio)
    frequencies = np.fft.rfftfreq(len(audio))
    spectrum *= np.clip((cutoff * 1.05 - frequencies) / (cutoff * 0.1), 0, 1)
    return np.fft.irfft(spectrum, len(audio))


def reshape_spectrum(
    audio: Samples,
    rate_hz: int,
    rng: np.random.Generator,
    *,
    breath: float,
    breath_from_hz: float,
    formant_wander: float,
    tilt_db_per_octave: float,
    smoothing_ms: float = 1.6,
) -> Samples:
    """Give [samples] audio breath, another vocal-tract detail and another tilt; same length.

    The short-time spectrum is split into a smooth envelope (low cepstrum) and what
    rides on it. The envelope's frequency axis is bent a little, differently for each
    clip; noise with the same envelope replaces part of the voice, more of it above
    `breath_from_hz`, where real voices are noisy too.

    Args:
      audio: [samples] float32 at `rate_hz`.
      rate_hz: of `audio`, in and out.
      rng: draws the bend and the noise.
      breath_from_hz: middle of the passage from voice to noise.
      smoothing_ms: of the cepstrum, what counts as envelope; below one pitch period.
      breath: 0 to 1, the part of the energy far above `breath_from_hz` that becomes noise.
      formant_wander: standard deviation of the bend, as a fraction of frequency.
      tilt_db_per_octave: added slope around 1 kHz.
    Source: cepstral envelope: Oppenheim and Schafer 2010, chapter 13.
    """
    size = 1 << int(np.ceil(np.log2(rate_hz * 0.025)))
    hop = size // 4
    window = np.hanning(size + 1)[:-1]
    padded = np.concatenate((np.zeros(size), audio, np.zeros(2 * size)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop] * window
    spectrum = np.fft.rfft(frames)
    log_magnitude = np.log(np.abs(spectrum) + 1e-7)
    cepstrum = np.fft.irfft(log_magnitude)
    keep = int(rate_hz * smoothing_ms / 1000)
    cepstrum[:, keep : size - keep + 1] = 0
    envelope = np.fft.rfft(cepstrum).real

    bins = size // 2 + 1
    frequency = np.arange(bins) * rate_hz / size
    bend = 1 + formant_wander * smooth_noise(rng, bins, 9)
    from_bin = np.clip(np.arange(bins) * bend, 0, bins - 1.001)
    low = from_bin.astype(int)
    part = from_bin - low
    bent = envelope[:, low] * (1 - part) + envelope[:, low + 1] * part
    octaves = np.log2(np.maximum(frequency, 80) / 1000)
    colour = tilt_db_per_octave * octaves + 1.5 * smooth_noise(rng, bins, 12)
    bent_magnitude = np.exp(bent + colour * np.log(10) / 20)

    noisy = breath / (1 + np.exp(-(frequency - breath_from_hz) / (0.25 * breath_from_hz)))
    carrier = spectrum / np.exp(envelope)
    noise = (rng.standard_normal(spectrum.shape) + 1j * rng.standard_normal(spectrum.shape)) * np.sqrt(0.25)
    mixed = bent_magnitude * (np.sqrt(1 - noisy) * carrier + np.sqrt(noisy) * noise)
    pieces = np.fft.irfft(mixed, size) * window
    out = np.zeros(len(padded) + size)
    for phase in range(4):
        rows = pieces[phase::4]
        start = phase * hop
        out[start : start + rows.size] += rows.ravel()
    return (out[size : size + len(audio)] / 1.5).astype(np.float32)


def disperse_phase(audio: Samples, rate_hz: int, rng: np.random.Generator, *, spread_ms: float) -> Samples:
    """Delay each frequency of [samples] audio a little differently; magnitudes stay."""
    size = len(audio) + int(rate_hz * spread_ms * 6 / 1000) + 1
    spectrum = np.fft.rfft(audio, size)
    delay_s = spread_ms / 1000 * smooth_noise(rng, len(spectrum), 24)
    delay_s -= delay_s.min()
    phase = np.cumsum(delay_s) * 2 * np.pi * rate_hz / size
    return np.fft.irfft(spectrum * np.exp(-1j * phase), size).astype(np.float32)


def add_room(
    audio: Samples, rate_hz: int, rng: np.random.Generator, *, decay_s: float, direct_db: float
) -> Samples:
    """Convolve [samples] audio with a small made-up room: a direct path and a decaying noise tail.

    Args:
      audio: [samples] float32 at `rate_hz`.
      rate_hz: of `audio`, in and out.
      rng: draws the tail.
      decay_s: time in which the tail falls by 60 dB.
      direct_db: direct sound over tail energy.
    Source: noise model of late reverberation: Moorer 1979, Computer Music Journal 3(2).
    """
    count = max(2, int(decay_s * rate_hz))
    time = np.arange(count) / rate_hz
    tail = rng.standard_normal(count) * 10 ** (-3 * time / decay_s)
    tail[: int(0.001 * rate_hz)] = 0
    tail *= 10 ** (-direct_db / 20) / np.sqrt(np.sum(np.square(tail)) + 1e-12)
    size = len(audio) + count
    wet = np.fft.irfft(np.fft.rfft(audio, size) * np.fft.rfft(tail, size), size)
    out = wet
    out[: len(audio)] += audio
    return out.astype(np.float32)


def coloured_noise(rng: np.random.Generator, count: int, *, slope_db_per_octave: float) -> Samples:
    """Return [count] noise of RMS 1 whose power falls by `slope_db_per_octave` (0 white, 3 pink, 6 brown)."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    frequency = np.maximum(np.arange(len(spectrum)), max(1, len(spectrum) // 400))
    spectrum *= frequency ** (-slope_db_per_octave / 6.0206)
    spectrum[0] = 0
    noise = np.fft.irfft(spectrum, count)
    unit: Samples = (noise / np.sqrt(np.mean(np.square(noise)) + 1e-20)).astype(np.float32)
    return unit


def place(
    speech: Samples,
    count: int,
    rng: np.random.Generator,
    *,
    floor: Samples,
    floor_dbfs: float,
    peak_dbfs: float,
) -> tuple[npt.NDArray[np.int16], int]:
    """Put `speech` near the middle of a clip of `count` samples, over a noise floor.

    Too long speech loses equally at both ends.

    Returns:
      [count] int16, and the sample at which the speech begins (negative when its start was cut).
    """
    spare = count - len(speech)
    if spare < 0:
        start = spare // 2
    else:
        wanted = count * rng.normal(0.5, 0.12) - len(speech) / 2
        start = int(np.clip(wanted, min(0.02 * count, spare / 2), max(spare - 0.02 * count, spare / 2)))
    peak = float(np.max(np.abs(speech))) or 1.0
    out = floor[:count] * np.float32(10 ** (floor_dbfs / 20))
    shown = speech[max(0, -start) : max(0, -start) + count]
    at = max(0, start)
    out[at : at + len(shown)] += shown * np.float32(10 ** (peak_dbfs / 20) / peak)
    return np.clip(np.round(out * 32767), -32768, 32767).astype(np.int16), start
