"""What microphones and lines do to sound: colour, band limits, clipping, coarse steps."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.fft

from tinykd.augment.waveform import Waves

Floats = npt.NDArray[np.float64]

EQUALISER_KNOTS = 8
_LOWEST_KNOT_HZ = 60.0
_FULL_SCALE = 32768.0
_MU = 255.0


def equaliser_curve(knots_db: Floats, hz: Floats) -> npt.NDArray[np.float32]:
    """Return smooth gain curves through knots that are equally spaced in log frequency.

    The first knot is at 60 Hz, the last at the highest frequency asked for. Between
    knots the decibels follow half a cosine, so a curve never leaves the range of its knots.

    Args:
      knots_db: [n, knots] decibels, at least two knots.
      hz: [bins] rising frequencies.

    Returns:
      [n, bins] float32 factors of amplitude.
    """
    knots = knots_db.shape[1]
    octaves = np.log(np.maximum(hz, _LOWEST_KNOT_HZ) / _LOWEST_KNOT_HZ)
    place = octaves / max(octaves[-1], 1e-9) * (knots - 1)
    left = np.minimum(place.astype(np.int64), knots - 2)
    right_share = 0.5 - 0.5 * np.cos(np.pi * (place - left))
    basis = np.zeros((knots, len(hz)), np.float32)
    bins = np.arange(len(hz))
    basis[left, bins] = 1.0 - right_share
    basis[left + 1, bins] = right_share
    nepers = (knots_db * (np.log(10.0) / 20.0)).astype(np.float32)
    factors: npt.NDArray[np.float32] = np.exp(nepers @ basis)
    return factors


def band_limits(low_hz: Floats, high_hz: Floats, hz: Floats) -> npt.NDArray[np.float32]:
    """Return the magnitudes of a 2nd-order high-pass times a 4th-order low-pass, Butterworth's.

    Args:
      low_hz: [n] corner of the high-pass, 3 dB down; 0 for none.
      high_hz: [n] corner of the low-pass, 3 dB down; infinity for none.
      hz: [bins] frequencies.

    Returns:
      [n, bins] float32 factors of amplitude.
    Source: Butterworth 1930, "On the theory of filter amplifiers".
    """
    bins = hz.astype(np.float32)[None, :]
    low = low_hz.astype(np.float32)[:, None]
    falling = (bins / high_hz.astype(np.float32)[:, None]) ** 2
    falling = np.square(np.square(falling))
    rising = np.square(np.square(low / np.maximum(bins, np.float32(1e-3))))
    made: npt.NDArray[np.float32] = 1.0 / np.sqrt((1.0 + falling) * (1.0 + rising))
    return made


def response_hz(samples: int, sample_rate_hz: int) -> Floats:
    """Return the frequencies at which `colour` wants its responses."""
    return np.asarray(scipy.fft.rfftfreq(scipy.fft.next_fast_len(samples, real=True), 1.0 / sample_rate_hz))


def colour(waves: Waves, responses: npt.NDArray[np.float32]) -> Waves:
    """Multiply each clip's spectrum by its response.

    The phase stays, and the convolution is circular: over the few milliseconds of a
    smooth response the clip's end and beginning touch.

    Args:
      waves: [n, samples] float32.
      responses: [n, bins] float32 at `response_hz`.

    Returns:
      [n, samples] float32.
    """
    size = scipy.fft.next_fast_len(waves.shape[1], real=True)
    spectra = scipy.fft.rfft(waves, size)
    spectra *= responses
    return np.asarray(scipy.fft.irfft(spectra, size, overwrite_x=True)[:, : waves.shape[1]])


def soft_clip(waves: Waves, drive_db: Floats) -> Waves:
    """Overload each clip: its peak is put `drive_db` above where the curve bends, then through tanh.

    Args:
      waves: [n, samples] float32.
      drive_db: [n] decibels of peak over the curve's limit.

    Returns:
      [n, samples] float32 with the peaks where they were.
    """
    peaks = np.maximum(np.abs(waves).max(axis=1), np.float32(1e-9))
    drive = (10.0 ** (np.asarray(drive_db) / 20.0)).astype(np.float32)
    bent = np.tanh(waves * (drive / peaks)[:, None])
    made: Waves = bent * (peaks / np.tanh(drive))[:, None]
    return made


def mu_law(waves: Waves) -> Waves:
    """Round each sample to one of 255 steps that are finer near zero, as telephone lines do.

    Args:
      waves: [n, samples] float32 in steps of int16; beyond the range of int16 they are cut.

    Returns:
      [n, samples] float32.
    Source: ITU-T G.711 (1988); here the continuous law with mu = 255, not its piecewise form.
    """
    level = np.clip(waves / np.float32(_FULL_SCALE), -1.0, 1.0)
    code = np.rint(np.sign(level) * np.log1p(_MU * np.abs(level)) * np.float32(127.0 / np.log1p(_MU)))
    size = np.expm1(np.abs(code) * np.float32(np.log1p(_MU) / 127.0)) / np.float32(_MU)
    return np.asarray(np.sign(code) * size * np.float32(_FULL_SCALE), np.float32)
