"""Real clips for the front-end tests."""

import io
import os
import tarfile
import wave
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="session")
def clips():
    """[16, 16000] int16: every 25th clip of the keyword pack, all classes but a few."""
    root = Path(os.environ.get("TINYKD_DATA") or Path(__file__).parents[2] / "../shared/data")
    archive = root / "kws_commands_12" / "sc_kws12_eval.tar.xz"
    if not archive.is_file():
        message = f"{archive} is not there: set TINYKD_DATA to the folder of the data packs"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    with tarfile.open(archive) as tar:
        members = [member for member in tar.getmembers() if member.name.endswith(".wav")][::25]
        return np.stack([read_pcm(tar.extractfile(member).read()) for member in members])


def read_pcm(data):
    with wave.open(io.BytesIO(data)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (16000, 1, 2)
        return np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
