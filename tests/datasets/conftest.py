"""Recordings made for tests, and the real packs."""

import io
import os
import wave
from pathlib import Path

import numpy as np
import pytest


def wav_bytes(samples, *, rate_hz=16000, channels=1):
    """16-bit PCM WAV by the standard library, so by another hand than the code under test."""
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(channels)
        wav.setsampwidth(2)
        wav.setframerate(rate_hz)
        wav.writeframes(np.asarray(samples, dtype="<i2").tobytes())
    return file.getvalue()


@pytest.fixture(name="wav_bytes")
def _wav_bytes():
    return wav_bytes


@pytest.fixture
def tree(tmp_path):
    """Return a function that writes {source: samples, text, or None for noise of 50 ms} as a tree."""

    def write(files, folder="tree"):
        root = tmp_path / folder
        for source, samples in files.items():
            path = root / source
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(samples, str):
                path.write_text(samples)
                continue
            if samples is None:
                samples = np.random.default_rng(list(source.encode())).integers(-999, 999, 800)
            path.write_bytes(wav_bytes(samples))
        return root

    return write


@pytest.fixture(scope="session")
def packs():
    """The real data packs; may be missing on a person's machine, not in CI."""
    root = Path(os.environ.get("TINYKD_DATA") or Path(__file__).parents[2] / "../shared/data").resolve()
    if not (root / "kws_speech_commands").is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"no data packs in {root}; set TINYKD_DATA")
        pytest.skip(f"no data packs in {root}; set TINYKD_DATA")
    return root


@pytest.fixture(scope="session")
def pack_cache(tmp_path_factory):
    """One cache for all tests of the packs, so that each is unpacked once."""
    return tmp_path_factory.mktemp("cache")
