"""Sound from a microphone, through PortAudio."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd.errors import DataError, ToolError

GET_PACKAGE = "pip install sounddevice, or tinykd[record]"
GET_LIBRARY = "install PortAudio: apt-get install libportaudio2"


def record_sound(*, seconds: float, rate_hz: int, device: str = "") -> npt.NDArray[np.int16]:
    """Return [samples] int16 of a microphone.

    Args:
      seconds: how long.
      rate_hz: samples a second.
      device: a number or a part of a name, as `python -m sounddevice` lists them; empty: the system's.

    Raises:
      ToolError: no package, no library, no such microphone, or samples were lost.
      DataError: nothing but zeros came.
    """
    package = _package()
    chosen: Any = int(device) if device.isdecimal() else device or None
    where = f"microphone {device}".strip()
    samples = round(seconds * rate_hz)
    try:
        with package.InputStream(samplerate=rate_hz, channels=1, dtype="int16", device=chosen) as stream:
            found, lost = stream.read(samples)
    except (package.PortAudioError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ToolError(
            where, f"cannot be used ({reason})", "--device, one of: " + _inputs(package)
        ) from None
    if lost:
        raise ToolError(where, "samples were lost", "record again with less running beside it")
    audio: npt.NDArray[np.int16] = np.asarray(found, np.int16).reshape(-1)
    if not audio.any():
        raise DataError(where, "it gave nothing but zeros", "a microphone that is not muted")
    return audio


def _package() -> Any:
    try:
        return importlib.import_module("sounddevice")
    except ModuleNotFoundError:
        raise ToolError("tinykd record", "the package sounddevice is missing", GET_PACKAGE) from None
    except OSError as error:  # the package is there, the library it binds is not
        raise ToolError("tinykd record", f"sounddevice cannot start ({error})", GET_LIBRARY) from None


def _inputs(package: Any) -> str:
    try:
        devices = package.query_devices()
    except package.PortAudioError:
        return "none is there"
    names = [f"{at} ({one['name']})" for at, one in enumerate(devices) if one["max_input_channels"] > 0]
    return ", ".join(names) or "none is there"
