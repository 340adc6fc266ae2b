"""Files of the data packs, and sound files."""

from __future__ import annotations

import io
import os
import wave
from pathlib import Path

import numpy as np
import pytest


def pack(*parts):
    """The path of a file of the data packs."""
    path = Path(os.environ.get("TINYKD_DATA") or Path(__file__).parents[1] / "../shared/data").joinpath(
        *parts
    )
    if not path.is_file():
        message = f"{path} is not there: set TINYKD_DATA to the folder of the data packs"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    return path


def read_wav(data):
    """int16 samples of the bytes of a .wav file."""
    with wave.open(io.BytesIO(data)) as sound:
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2")


def write_wav(path, samples, rate=16000):
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(samples.astype("<i2").tobytes())
    return path
