"""The sound itself, in frames: for models that learn their own filters."""

from __future__ import annotations

from typing import Any

import numpy as np

from tinykd.errors import DataError, RecipeError
from tinykd.features.log_mel import Audio, Features
from tinykd.recipe import FeatureSection

BEND = 128.0  # steps of int16; below it a sample counts in proportion, above it by its logarithm


class Waveform:
    """``sign(s) ln(1 + |s| / 128)`` of each int16 sample s, in frames that follow each other without a gap.

    A model's input has eight bits, and speech is 60 dB quieter far from a microphone than
    close to it: bent like this, as telephones bend it, both keep their shape.

    Source: ITU-T Recommendation G.711, the mu-law; here with 256 for its mu of 255.
    """

    def __init__(self, section: FeatureSection, sample_rate_hz: int) -> None:
        """Work out the frame.

        Raises:
          RecipeError: frames that overlap or leave gaps, a frame shorter than a sample, or what only a
            spectrum can have.
        """
        if section.hop_ms != section.window_ms:
            what = f"{section.hop_ms} ms, and frames of a waveform follow each other"
            raise RecipeError("[features] hop_ms", what, f"window_ms, {section.window_ms}")
        if section.normalise != "none":
            what = f"'{section.normalise}' takes a mean off, and a waveform's is 0"
            raise RecipeError("[features] normalise", what, "'none' for a waveform")
        self.section, self.sample_rate_hz = section, sample_rate_hz
        self.window_samples = section.window_ms * sample_rate_hz // 1000
        if self.window_samples < 1:
            what = f"{section.window_ms} ms at {sample_rate_hz} Hz are less than one sample"
            raise RecipeError("[features] window_ms", what, "a longer frame")

    def shape(self, samples: int) -> tuple[int, int]:
        """Return (frames, samples of a frame) of a clip; DataError when it is shorter than a frame."""
        if samples < self.window_samples:
            what = f"a clip of {samples} samples is shorter than a frame of {self.window_samples}"
            raise DataError("[features] window_ms", what, "longer clips or a shorter frame")
        return samples // self.window_samples, self.window_samples

    def __call__(self, audio: Audio) -> Features:
        """Return [n, frames, samples of a frame] float32 for [n, samples] int16, whole frames only."""
        frames, length = self.shape(audio.shape[1])
        sound = np.asarray(audio[:, : frames * length], np.float32)
        bent = np.copysign(np.log1p(np.abs(sound) / np.float32(BEND)), sound)
        return bent.reshape(len(audio), frames, length)

    def settings(self) -> dict[str, Any]:
        """Return every number that a device needs to compute the same features."""
        return {
            "kind": self.section.kind,
            "sample_rate_hz": self.sample_rate_hz,
            "window_samples": self.window_samples,
            "hop_samples": self.window_samples,
            "bend": BEND,
        }
