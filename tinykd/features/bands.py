"""Vibration front end: log energies in frequency bands and the log variance, frame by frame.

A frame of a power-of-two length needs one buffer of samples and one real FFT a
channel; nothing reaches from one frame to the next, so a device computes each
frame when its last sample has come.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd.errors import RecipeError
from tinykd.features.mel import filter_bank, mel_edges_hz
from tinykd.recipe_anomaly import SensorFeatureSection

Floats = npt.NDArray[np.float64]


class Bands:
    """Frames [n, samples, channels] to features [n, channels * (bands + 1)].

    The mean of each frame and channel is taken off (gravity, mounting), then:
    power spectrum of the Hann-windowed frame |X|^2 / frame_samples, without its bin
    0; its mean over each band (linear) or its mel-filtered sum; log10(energy +
    floor). The last feature of a channel is log10(variance + floor). Features stand
    channel by channel: bands from low to high, then the variance.
    """

    def __init__(self, section: SensorFeatureSection, *, sample_rate_hz: float) -> None:
        """Make the window and the band weights.

        Raises:
          RecipeError: the frame is no power of two, or bands do not fit into its spectrum.
        """
        size, bands = section.frame_samples, section.bands
        if size < 8 or size & (size - 1):
            raise RecipeError("features.frame_samples", f"is {size}", "a power of two, 8 or more")
        self.size, self.bands, self.floor = size, bands, section.floor
        self.sample_rate_hz, self.scale = sample_rate_hz, section.band_scale
        self.window: Floats = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
        if section.band_scale == "mel":
            edges = mel_edges_hz(bins=bands, low_hz=0.0, high_hz=sample_rate_hz / 2, scale="htk")
            rate = round(sample_rate_hz)
            self.weights = filter_bank(edges, fft_size=size, sample_rate_hz=rate, norm="none")[:, 1:]
        else:
            if (size // 2) % bands:
                allowed = f"a number that divides {size // 2}, the bins of a frame"
                raise RecipeError("features.bands", f"is {bands}", allowed)
            self.weights = np.kron(np.eye(bands), np.full((1, size // 2 // bands), bands / (size // 2)))

    def features(self, channels: int) -> int:
        """Return how many features a frame has."""
        return channels * (self.bands + 1)

    def __call__(self, frames: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float32]:
        """Return [n, features] float32 of frames [n, samples, channels], in the channels' units."""
        centred = frames.astype(np.float64)
        centred -= centred.mean(axis=1, keepdims=True)
        spectrum = np.fft.rfft(centred * self.window[:, None], axis=1)[:, 1:]
        power = (spectrum.real**2 + spectrum.imag**2) / self.size
        energies = np.einsum("nkc,bk->ncb", power, self.weights)
        variance = (centred**2).mean(axis=1)
        values = np.concatenate([energies, variance[:, :, None]], axis=2)
        logs: npt.NDArray[np.float32] = np.log10(values + self.floor).astype(np.float32)
        return logs.reshape(len(frames), -1)

    def settings(self) -> dict[str, Any]:
        """Return the numbers a device needs."""
        return {
            "kind": "bands",
            "sample_rate_hz": float(self.sample_rate_hz),
            "frame_samples": self.size,
            "bands": self.bands,
            "band_scale": self.scale,
            "floor": self.floor,
        }
