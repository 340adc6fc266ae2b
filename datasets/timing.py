"""When the sounds of a word come, and how loud each is: as uneven as people make them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tinykd.datasets.clips import Phoneme
from tinykd.datasets.voice_changes import Samples, TimeMap


def uneven_map(
    phonemes: Sequence[Phoneme], duration_s: float, rng: np.random.Generator, *, spread: float
) -> TimeMap:
    """Return a map that makes each sound longer or shorter by its own factor.

    Args:
      phonemes: in order, within 0 to `duration_s`.
      duration_s: of the audio.
      rng: draws the factors.
      spread: standard deviation of the logarithm of a factor; factors stay within 0.5 to 2.
    """
    edges = sorted({0.0, duration_s, *(p.start_s for p in phonemes), *(p.end_s for p in phonemes)})
    before = np.array([edge for edge in edges if 0.0 <= edge <= duration_s])
    factors = np.exp(np.clip(rng.normal(0, spread, size=len(before) - 1), -0.69, 0.69))
    after = np.concatenate(([0.0], np.cumsum(np.diff(before) * factors)))
    return TimeMap(before_s=before, after_s=after)


def stretch(audio: Samples, rate_hz: int, time_map: TimeMap) -> Samples:
    """Move [samples] audio through `time_map` without changing pitch or formants.

    Overlapping pieces are laid 10 ms apart; each is taken from near where the map
    says, at the offset that continues the piece before it best.

    Source: WSOLA, Verhelst and Roelands 1993, ICASSP, doi:10.1109/ICASSP.1993.319366.
    """
    hop = rate_hz // 100
    size, search = 2 * hop, hop // 2 + hop // 4
    window = np.hanning(size + 1)[:-1]
    count = int(time_map.after_s[-1] * rate_hz)
    wanted_s = np.interp(np.arange(0, count + hop, hop) / rate_hz, time_map.after_s, time_map.before_s)
    wanted = np.round(wanted_s * rate_hz).astype(int)
    edge = size + search
    padded = np.pad(audio.astype(np.float64), (edge, 2 * edge))
    out = np.zeros(len(wanted) * hop + size)
    natural = edge
    for row, centre in enumerate(wanted):
        at = min(centre, len(audio)) + edge - hop
        best = at
        if row:
            region = padded[at - search : at + search + size]
            target = padded[natural : natural + size]
            if len(target) == size:
                sums = np.concatenate(([0.0], np.cumsum(np.square(region))))
                energy = np.maximum(sums[size:] - sums[:-size], 0.0)
                likeness = np.correlate(region, target, "valid") / np.sqrt(energy + 1e-6)
                best = at - search + int(np.argmax(likeness))
        out[row * hop : row * hop + size] += padded[best : best + size] * window
        natural = best + hop
    return out[hop : hop + count].astype(np.float32)


def uneven_levels(
    audio: Samples, rate_hz: int, phonemes: Sequence[Phoneme], rng: np.random.Generator, *, spread_db: float
) -> Samples:
    """Make each sound of [samples] audio louder or softer by its own amount, gliding between them.

    The amounts are normal, `spread_db` wide.
    """
    if not phonemes:
        return audio
    centres = [(p.start_s + p.end_s) / 2 for p in phonemes]
    change_db = np.interp(
        np.arange(len(audio)) / rate_hz, centres, rng.normal(0, spread_db, size=len(phonemes))
    )
    return (audio * 10 ** (change_db / 20)).astype(np.float32)
