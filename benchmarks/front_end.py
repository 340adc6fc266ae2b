"""The front end against a loop over librosa: clips a second, and how far apart the values are.

Run as ``python -m benchmarks.front_end``. Needs the keyword pack under $TINYKD_DATA.
Exits 1 when the front end is less than 10 times as fast, or 1e-4 away anywhere.
"""

from __future__ import annotations

import io
import sys
import tarfile
import time
import wave
from collections.abc import Callable
from pathlib import Path

import librosa
import numpy as np
import numpy.typing as npt

from tinykd.errors import DataError
from tinykd.features import front_end
from tinykd.recipe import FeatureSection
from tinykd.storage import data_root

RATE_HZ = 16000
LEAST_RATIO = 10.0
LARGEST_DIFFERENCE = 1e-4
TIMES = 5
ROUNDS = 5  # the best of so many, on both sides

Audio = npt.NDArray[np.int16]
Features = npt.NDArray[np.float32]


def read_clips() -> Audio:
    """Return [clips, 16000] int16: the keyword pack's clips several times over; data sets have thousands."""
    root = data_root() or Path(__file__).parents[2] / "shared/data"
    path = root / "kws_commands_12" / "sc_kws12_eval.tar.xz"
    if not path.is_file():
        raise DataError(
            str(path), "the keyword pack is not there", "set TINYKD_DATA to the folder of the packs"
        )
    clips = []
    with tarfile.open(path) as archive:
        for member in archive:
            if member.name.endswith(".wav") and (file := archive.extractfile(member)):
                with wave.open(io.BytesIO(file.read())) as sound:
                    clips.append(np.frombuffer(sound.readframes(RATE_HZ), "<i2"))
    return np.tile(np.stack(clips), (TIMES, 1))


def librosa_loop(clips: Audio, section: FeatureSection) -> Features:
    """Return the same features by calls of librosa, one clip after the other."""
    window = section.window_ms * RATE_HZ // 1000
    spare = section.fft_size - window
    features = []
    for clip in clips:
        # librosa centres a short window in the transform; so many zeros put its frames where ours are.
        audio = np.pad(clip.astype(np.float32) / 32768, (spare // 2, spare - spare // 2))
        energy = librosa.feature.melspectrogram(
            y=audio,
            sr=RATE_HZ,
            n_fft=section.fft_size,
            win_length=window,
            hop_length=section.hop_ms * RATE_HZ // 1000,
            center=False,
            power=2.0,
            n_mels=section.mel_bins,
            fmin=section.low_hz,
            fmax=section.high_hz,
            htk=section.mel_scale == "htk",
            norm=None if section.mel_norm == "none" else section.mel_norm,
        )
        made = np.log(np.maximum(energy, section.log_floor))
        if section.kind == "mfcc":
            made = librosa.feature.mfcc(S=made, n_mfcc=section.coefficients, dct_type=2, norm="ortho")
        features.append(made.T)
    return np.stack(features)


def race(runs: list[Callable[[], Features]]) -> list[tuple[float, Features]]:
    """Run all in turn, several times; return the shortest time in seconds and the result of each."""
    made = [run() for run in runs]  # librosa loads and compiles on its first call
    seconds: list[list[float]] = [[] for _ in runs]
    for _ in range(ROUNDS):
        for run, taken in zip(runs, seconds, strict=True):
            start = time.perf_counter()
            run()
            taken.append(time.perf_counter() - start)
    return [(min(taken), result) for taken, result in zip(seconds, made, strict=True)]


def main() -> int:
    """Print a line for each kind of features; return the exit code."""
    try:
        clips = read_clips()
    except DataError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    failed = False
    print(f"{len(clips)} clips of 1 s, best of {ROUNDS}")
    for kind in ("log_mel", "mfcc"):
        section = FeatureSection(kind=kind)
        end = front_end(section, RATE_HZ)
        (ours_s, ours), (theirs_s, theirs) = race(
            [lambda end=end: end(clips), lambda section=section: librosa_loop(clips, section)]  # type: ignore[misc]
        )
        ratio, difference = theirs_s / ours_s, float(np.abs(ours - theirs).max())
        ok = ratio >= LEAST_RATIO and difference <= LARGEST_DIFFERENCE
        failed |= not ok
        print(
            f"{kind:8} tinykd {len(clips) / ours_s:6.0f} clips/s  "
            f"librosa {len(clips) / theirs_s:5.0f} clips/s  "
            f"ratio {ratio:5.1f} (least {LEAST_RATIO:g})  max abs difference {difference:.2e} "
            f"(at most {LARGEST_DIFFERENCE:g})  {'ok' if ok else 'FAILED'}"
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
