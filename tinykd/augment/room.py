"""Rooms: impulse responses made once, and clips played in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.fft

from tinykd.augment.waveform import Waves
from tinykd.storage import DAMAGED, atomic_path, digest_of

_FORMAT = 1  # raise when the same settings would give other responses
_SECONDS = 0.3
_REFLECTIONS = 17  # walls that a sound meets at most


def room_bank(cache_dir: Path, *, sample_rate_hz: int, rooms: int = 60, seed: int = 11) -> Waves:
    """Return impulse responses of box-shaped rooms, from the cache if they were made before.

    Rooms are 2.5 to 8 m by 2.5 to 7 m by 2.2 to 3.5 m, walls swallow 0.15 to 0.7 of the
    energy, the speaker is anywhere and the microphone 0.3 to 3 m from the mouth, both
    at least 0.3 m from every wall.

    Args:
      cache_dir: where the bank is kept, under the digest of the other arguments.
      sample_rate_hz: rate of the responses.
      rooms: how many.
      seed: draws the rooms.

    Returns:
      [rooms, taps] float32, 0.3 s long, tap 0 the direct path, each with the sum of squares 1.
    Source: Allen, Berkley 1979, "Image method for efficiently simulating small-room acoustics";
      Scheibler et al. 2018, "Pyroomacoustics", arXiv:1710.04196, which computes it.
    """
    import pyroomacoustics

    settings = {
        "format": _FORMAT,
        "pyroomacoustics": pyroomacoustics.__version__,
        "sample_rate_hz": sample_rate_hz,
        "rooms": rooms,
        "seed": seed,
    }
    path = cache_dir / "rooms" / f"{digest_of(settings)}.npy"
    try:
        bank = np.load(path, allow_pickle=False)
    except DAMAGED:  # absent, or cut short from outside
        rng = np.random.default_rng(seed)
        bank = np.stack([_response(rng, sample_rate_hz) for _ in range(rooms)])
        with atomic_path(path) as temporary, temporary.open("wb") as file:
            np.save(file, bank)
    return np.asarray(bank, np.float32)


def _response(rng: np.random.Generator, sample_rate_hz: int) -> Waves:
    import pyroomacoustics

    size = rng.uniform([2.5, 2.5, 2.2], [8.0, 7.0, 3.5])
    walls = pyroomacoustics.Material(float(rng.uniform(0.15, 0.7)))
    mouth = rng.uniform(0.3, size - 0.3)
    way = rng.standard_normal(3)
    way *= rng.uniform(0.3, 3.0) / np.linalg.norm(way)
    microphone = np.clip(mouth + way, 0.3, size - 0.3)
    room = pyroomacoustics.ShoeBox(size, fs=sample_rate_hz, materials=walls, max_order=_REFLECTIONS)
    room.add_source(mouth)
    room.add_microphone(microphone)
    room.compute_rir()
    return _from_direct_path(np.asarray(room.rir[0][0], np.float64), taps=round(_SECONDS * sample_rate_hz))


def _from_direct_path(response: npt.NDArray[np.float64], *, taps: int) -> Waves:
    """Cut a response so that it begins at its direct path, the first tap near the largest."""
    level = np.abs(response)
    direct = int(np.flatnonzero(level >= 0.5 * level.max())[0])
    if direct + 1 < len(level) and level[direct + 1] > level[direct]:
        direct += 1
    cut = np.zeros(taps)
    kept = response[direct : direct + taps]
    cut[: len(kept)] = kept
    unit: Waves = (cut / np.sqrt(np.sum(cut**2))).astype(np.float32)
    return unit


class Rooms:
    """A bank of impulse responses, transformed once for clips of one length."""

    def __init__(self, responses: Waves, samples: int) -> None:
        """Transform the responses.

        Args:
          responses: [rooms, taps] float32 from `room_bank`.
          samples: length of the clips.
        """
        self._samples = samples
        self._size = scipy.fft.next_fast_len(samples + responses.shape[1] - 1, real=True)
        self._spectra = scipy.fft.rfft(responses.astype(np.float32), self._size)

    def __len__(self) -> int:
        return len(self._spectra)

    def play(self, waves: Waves, rooms: npt.NDArray[np.int64]) -> Waves:
        """Return each clip as heard in its room, cut to its length; the direct sound is not delayed.

        Args:
          waves: [n, samples] float32.
          rooms: [n] indices into the bank.

        Returns:
          [n, samples] float32.
        """
        spectra = scipy.fft.rfft(waves, self._size)
        spectra *= self._spectra[rooms]
        return np.asarray(scipy.fft.irfft(spectra, self._size, overwrite_x=True)[:, : self._samples])
