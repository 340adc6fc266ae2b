"""Background noise under clips, at a chosen ratio."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from tinykd.augment.waveform import Waves
from tinykd.errors import DataError

_BLOCK_MS = 20
_ACTIVE_DB = 20.0  # blocks this close to the loudest one count as the clip's sound


class NoiseBank:
    """Recordings from which pieces of a clip's length are cut, each sample equally likely to be the first."""

    def __init__(self, recordings: Sequence[npt.NDArray[np.int16]], samples: int) -> None:
        """Join the recordings; one that ends within a piece goes on from its start.

        Args:
          recordings: int16 arrays of any length; empty ones are passed over.
          samples: length of the pieces.

        Raises:
          DataError: there is no recording with a sample.
        """
        recordings = [recording for recording in recordings if len(recording)]
        if not recordings:
            raise DataError(
                "[augment] noise_chance",
                "the data set has no noise recordings to mix in",
                "0, or a data set with background noise",
            )
        lengths = np.array([len(recording) for recording in recordings])
        looped = [np.resize(recording, len(recording) + samples - 1) for recording in recordings]
        self._pieces = sliding_window_view(np.concatenate(looped), samples)
        self._ends = np.cumsum(lengths)
        self._extra = samples - 1

    def draw(self, count: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
        """Return where `count` random pieces start, for `cut`."""
        samples = rng.integers(0, int(self._ends[-1]), count)
        recording = np.searchsorted(self._ends, samples, side="right")
        return np.asarray(samples + recording * self._extra)

    def cut(self, starts: npt.NDArray[np.int64]) -> Waves:
        """Return [n, samples] float32 pieces."""
        pieces: Waves = self._pieces[starts].astype(np.float32)
        return pieces


def mix_noise(waves: Waves, noise: Waves, snr_db: npt.NDArray[np.float64], *, sample_rate_hz: int) -> Waves:
    """Add noise so that the clip's active part is `snr_db` louder than it.

    The clip's power is the mean over its active part (see `active_power`); the
    noise's is the mean over the whole piece. A clip or a piece of zeros has no ratio:
    that clip stays as it is.

    Args:
      waves: [n, samples] float32.
      noise: [n, samples] float32.
      snr_db: [n] decibels.
      sample_rate_hz: rate of both.

    Returns:
      [n, samples] float32.
    """
    block = max(1, _BLOCK_MS * sample_rate_hz // 1000)
    loudness = active_power(waves, block=block)
    noise_power = np.vecdot(noise, noise).astype(np.float64) / noise.shape[1]
    wanted = loudness / 10.0 ** (np.asarray(snr_db) / 10.0)
    scale = np.sqrt(np.divide(wanted, noise_power, out=np.zeros_like(wanted), where=noise_power > 0))
    mixed: Waves = waves + noise * scale.astype(np.float32)[:, None]
    return mixed


def active_power(waves: Waves, *, block: int) -> npt.NDArray[np.float64]:
    """Return the mean power of the blocks that are within 20 dB of the clip's loudest.

    Args:
      waves: [n, samples] float32.
      block: samples a block; a last, shorter one is not looked at unless it is the only one.

    Returns:
      [n] float64.
    """
    block = min(block, waves.shape[1])
    whole = waves[:, : waves.shape[1] // block * block].reshape(len(waves), -1, block)
    powers = np.vecdot(whole, whole).astype(np.float64) / block
    active = powers >= powers.max(axis=1, keepdims=True) * 10.0 ** (-_ACTIVE_DB / 10.0)
    return np.asarray((powers * active).sum(axis=1) / active.sum(axis=1))
