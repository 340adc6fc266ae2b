"""A microphone, played by a stand-in for PortAudio's package."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest

from tinykd.capture.microphone import record_sound
from tinykd.errors import DataError, ToolError


@pytest.fixture
def sound(monkeypatch):
    """Return the package that stands in; its `heard`, `lost` and `fails` may be set."""
    package = types.ModuleType("sounddevice")
    package.PortAudioError = type("PortAudioError", (Exception,), {})
    package.heard, package.lost, package.fails, package.asked = np.arange(1, 10**6), False, "", {}

    class InputStream:
        def __init__(self, **asked):
            package.asked = asked
            if package.fails:
                raise package.PortAudioError(package.fails)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def read(self, samples):
            return package.heard[:samples].astype(np.int16)[:, None], package.lost

    package.InputStream = InputStream
    package.query_devices = lambda: [
        {"name": "speaker", "max_input_channels": 0},
        {"name": "headset", "max_input_channels": 1},
    ]
    monkeypatch.setitem(sys.modules, "sounddevice", package)
    return package


def test_a_take_is_as_long_as_asked_sample_for_sample(sound):
    audio = record_sound(seconds=0.5, rate_hz=16000, device="1")
    np.testing.assert_array_equal(audio, np.arange(1, 8001))
    assert sound.asked == {"samplerate": 16000, "channels": 1, "dtype": "int16", "device": 1}


def test_a_microphone_that_is_not_there_is_refused_with_those_that_are(sound):
    sound.fails = "Error querying device 7"
    with pytest.raises(ToolError) as refused:
        record_sound(seconds=0.1, rate_hz=16000, device="7")
    assert str(refused.value) == (
        "microphone 7: cannot be used (Error querying device 7); --device, one of: 1 (headset)"
    )
    sound.query_devices = list
    with pytest.raises(ToolError, match="none is there"):
        record_sound(seconds=0.1, rate_hz=16000)


def test_lost_samples_and_silence_are_no_recording(sound):
    sound.lost = True
    with pytest.raises(ToolError, match="samples were lost"):
        record_sound(seconds=0.1, rate_hz=16000)
    sound.lost, sound.heard = False, np.zeros(10**6)
    with pytest.raises(DataError, match="nothing but zeros"):
        record_sound(seconds=0.1, rate_hz=16000)


def test_without_the_package_the_command_to_get_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(ToolError, match="sounddevice is missing; pip install sounddevice"):
        record_sound(seconds=0.1, rate_hz=16000)
