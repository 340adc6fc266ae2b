"""Backgrounds without words: what a microphone hears when nobody speaks to it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tinykd.datasets.voice_changes import Samples, coloured_noise, smooth_noise


def _unit(audio: Samples) -> Samples:
    unit: Samples = (audio / (np.sqrt(np.mean(np.square(audio))) + 1e-12)).astype(np.float32)
    return unit


def white(rng: np.random.Generator, count: int, rate_hz: int) -> Samples:
    """Return white noise."""
    return coloured_noise(rng, count, slope_db_per_octave=0.0)


def pink(rng: np.random.Generator, count: int, rate_hz: int) -> Samples:
    """Return pink noise: minus 3 dB an octave."""
    return coloured_noise(rng, count, slope_db_per_octave=3.0)


def brown(rng: np.random.Generator, count: int, rate_hz: int) -> Samples:
    """Return brown noise: minus 6 dB an octave."""
    return coloured_noise(rng, count, slope_db_per_octave=6.0)


def hum(rng: np.random.Generator, count: int, rate_hz: int) -> Samples:
    """Return mains hum of 50 or 60 Hz with harmonics, over a little noise."""
    base = rng.choice((50.0, 60.0)) * rng.normal(1, 0.001)
    time = np.arange(count) / rate_hz
    out = 0.1 * coloured_noise(rng, count, slope_db_per_octave=rng.uniform(0, 6)).astype(np.float64)
    for harmonic in range(1, 12):
        out += rng.random() / harmonic * np.sin(2 * np.pi * (base * harmonic * time + rng.random()))
    return _unit(out.astype(np.float32))


def fan(rng: np.random.Generator, count: int, rate_hz: int) -> Samples:
    """Return a fan: sloped noise that swells with the blades, and their tones."""
    time = np.arange(count) / rate_hz
    blade_hz = rng.uniform(20, 140)
    swell = 1 + rng.uniform(0.05, 0.5) * np.sin(2 * np.pi * (blade_hz * time + rng.random()))
    out = coloured_noise(rng, count, slope_db_per_octave=rng.uniform(2, 7)) * swell
    for harmonic in range(1, 5):
        out += (
            rng.uniform(0, 0.4) / harmonic * np.sin(2 * np.pi * (blade_hz * harmonic * time + rng.random()))
        )
    return _unit(out.astype(np.float32))


def clicks(rng: np.random.Generator, count: int, rate_hz: int) -> Samples:
    """Return knocks and clicks: short ringing bursts at random moments, over noise."""
    out = 0.05 * coloured_noise(rng, count, slope_db_per_octave=rng.uniform(0, 6)).astype(np.float64)
    for _ in range(1 + rng.poisson(rng.uniform(1, 12) * count / rate_hz)):
        length = int(rate_hz * np.exp(rng.uniform(np.log(0.002), np.log(0.08))))
        time = np.arange(length) / rate_hz
        ring = np.sin(2 * np.pi * np.exp(rng.uniform(np.log(150), np.log(6000))) * time)
        burst = (rng.uniform(0, 1) * ring + rng.standard_normal(length)) * np.exp(
            -5 * np.arange(length) / length
        )
        at = int(rng.integers(0, count))
        piece = burst[: count - at]
        out[at : at + len(piece)] += rng.uniform(0.2, 2.0) * piece
    return _unit(out.astype(np.float32))


def gusts(rng: np.random.Generator, count: int, rate_hz: int) -> Samples:
    """Return wind or traffic: low noise whose level wanders."""
    seconds = max(1.0, count / rate_hz)
    level = np.exp(0.8 * smooth_noise(rng, count, 2 + int(seconds * rng.uniform(1, 6))))
    return _unit(
        (coloured_noise(rng, count, slope_db_per_octave=rng.uniform(4, 9)) * level).astype(np.float32)
    )


def wash(rng: np.random.Generator, count: int, rate_hz: int) -> Samples:
    """Return running water or hiss: noise in one broad band, slowly changing."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    frequency = np.fft.rfftfreq(count, 1 / rate_hz)
    centre = np.exp(rng.uniform(np.log(400), np.log(0.4 * rate_hz)))
    octaves = np.log2(np.maximum(frequency, 10) / centre)
    out = np.fft.irfft(spectrum * np.exp(-0.5 * np.square(octaves / rng.uniform(0.4, 1.6))), count)
    return _unit(
        (out * np.exp(0.3 * smooth_noise(rng, count, 3 + int(4 * count / rate_hz)))).astype(np.float32)
    )


NOISES: dict[str, Callable[[np.random.Generator, int, int], Samples]] = {
    "white": white,
    "pink": pink,
    "brown": brown,
    "hum": hum,
    "fan": fan,
    "clicks": clicks,
    "gusts": gusts,
    "wash": wash,
}
