"""Real clips for the tests of the C front end."""

import io
import os
import tarfile
import wave
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="session")
def clips(named_clips):
    """[399, 16000] int16: the keyword pack's clips, shorter ones followed by silence."""
    return named_clips[0]


@pytest.fixture(scope="session")
def named_clips():
    """(clips, [399] the folder that each lies in, its word)."""
    root = Path(os.environ.get("TINYKD_DATA") or Path(__file__).parents[2] / "../shared/data")
    archive = root / "kws_commands_12" / "sc_kws12_eval.tar.xz"
    if not archive.is_file():
        message = f"{archive} is not there: set TINYKD_DATA to the folder of the data packs"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    found, words = [], []
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.name.endswith(".wav"):
                with wave.open(io.BytesIO(tar.extractfile(member).read())) as sound:
                    pcm = np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
                found.append(np.pad(pcm, (0, 16000))[:16000])
                words.append(Path(member.name).parent.name)
    return np.stack(found), np.array(words)
