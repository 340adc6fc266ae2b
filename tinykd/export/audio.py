"""The audio front end's numbers as C constants, for firmware/src/frontend."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd.errors import RecipeError
from tinykd.export.identifiers import c_float, c_identifier
from tinykd.export.rendering import c_table, environment, rows
from tinykd.export.segments import segments
from tinykd.features import FrontEnd
from tinykd.features.log_mel import LogMel
from tinykd.features.mfcc import Mfcc
from tinykd.features.spectrum import PCM_SCALE, periodic_hann
from tinykd.features.waveform import Waveform
from tinykd.tflm import Quantisation

Floats = npt.NDArray[np.float64]

FILES = ("front_end.h", "front_end.c")
FFT_SIZES = tuple(2**power for power in range(5, 14))
LOG_BITS = 20  # logarithms of the integer body are Q20
_LONGEST_SHIFT = 50


@dataclass(frozen=True)
class Scaling:
    """How a base-2 logarithm x becomes int8: floor(x * scale + offset + 1 / 2), limited to -128..127."""

    scale: float
    offset: float

    def as_integers(self) -> tuple[int, int, int]:
        """Return (scale, shift, offset) for x as Q20: (x * scale + offset) >> shift; 64 bits hold it all."""
        whole = abs(self.offset) + 1.0
        shift = min(
            _LONGEST_SHIFT,
            61 - math.ceil(math.log2(whole)),
            LOG_BITS + 30 - math.floor(math.log2(self.scale)),
        )
        return (
            round(self.scale * 2.0 ** (shift - LOG_BITS)),
            shift,
            round((self.offset + 0.5) * 2.0**shift),
        )


def scaling(*, mean: float, deviation: float, quantisation: Quantisation) -> Scaling:
    """Return how the device makes int8 of a logarithm, in one step.

    Args:
      mean: of the training features, natural logarithms.
      deviation: their standard deviation.
      quantisation: of the model's input.
    """
    steps = 1.0 / (deviation * quantisation.scale)
    return Scaling(scale=math.log(2.0) * steps, offset=quantisation.zero_point - mean * steps)


def check_exportable(front: FrontEnd) -> None:
    """Refuse a front end that the C code cannot be.

    Raises:
      RecipeError: a transform that is no power of two.
    """
    if isinstance(front, Waveform):
        return
    section = _log_mel(front).section
    if section.fft_size not in FFT_SIZES:
        what = f"{section.fft_size} is no length that the front end in C transforms"
        raise RecipeError("[features] fft_size", what, f"one of {', '.join(map(str, FFT_SIZES))}")


def render(
    front: FrontEnd,
    *,
    name: str,
    frames: int,
    mean: float,
    deviation: float,
    quantisation: Quantisation,
    recipe_digest: str,
) -> dict[str, str]:
    """Return the text of `<name>_front_end.h` and `.c`, by file name.

    Args:
      front: what the model was trained on.
      name: what the model is called, as in `tinykd.export.tflm.export`.
      frames: rows of the model's input.
      mean: what was subtracted from the features, natural logarithms.
      deviation: what they were then divided by.
      quantisation: of the model's input.
      recipe_digest: letters and digits that say which recipe made the model.

    Raises:
      RecipeError: see `check_exportable`.
    """
    check_exportable(front)
    where = f"export of {name}"
    numbers = _waveform(front) if isinstance(front, Waveform) else _spectral(front, where)
    scale = scaling(mean=mean, deviation=deviation, quantisation=quantisation)
    real, whole = numbers["bodies"]
    real["quantiser"] = f"{{{c_float(scale.scale, where=where)}, {c_float(scale.offset, where=where)}}}"
    whole["quantiser"] = "{{{}, {}, INT64_C({})}}".format(*scale.as_integers())
    prefix = c_identifier(name)
    values = {
        **numbers,
        "prefix": f"tkd_{prefix}",
        "PREFIX": f"TKD_{prefix.upper()}",
        "file": prefix,
        "digest": recipe_digest,
        "frames": frames,
    }
    return {f"{prefix}_{file}": environment().get_template(f"{file}.jinja").render(values) for file in FILES}


def _waveform(front: Waveform) -> dict[str, Any]:
    """Return the template's values for samples as they are: no transform and no tables."""
    return {
        "window_samples": front.window_samples,
        "hop_samples": front.window_samples,
        "fft_size": 0,
        "bands": front.window_samples,
        "coefficients": front.window_samples,
        "normalise": "none",
        "first_rows": [],
        "bodies": [_body("#if TKD_AUDIO_FLOAT", [], "0.0f"), _body("#else", [], "0")],
        "gain": False,
        "dct": False,
    }


def _spectral(front: FrontEnd, where: str) -> dict[str, Any]:
    """Return the template's values for log-mel energies and MFCCs."""
    log_mel = _log_mel(front)
    section, frame = log_mel.section, log_mel.spectrum
    turn = np.arange(section.fft_size // 4 + 1) / section.fft_size
    parts = segments(log_mel.edges_hz, bin_hz=log_mel.sample_rate_hz / section.fft_size)
    reals: dict[str, Floats] = {
        "window": _half(periodic_hann(frame.window_samples)),
        "sine": np.sin(2.0 * np.pi * turn),
        "rise": parts.rise,
        "step": parts.step,
    }
    if isinstance(front, Mfcc):
        reals["dct"] = front.dct.T.astype(np.float64)
    logs = {}
    if section.mel_norm == "slaney":
        edges = log_mel.edges_hz
        logs["gain"] = np.log2(2.0 / (edges[2:] - edges[:-2]))
    # The float body's spectrum comes out doubled, and its samples are not yet scaled.
    halved = {**reals, "window": reals["window"] * (PCM_SCALE / 2)}
    floor = math.log2(section.log_floor)
    real = [
        *(c_table("tkd_real", key, _c_floats(values, where)) for key, values in halved.items()),
        *(c_table("tkd_log", key, _c_floats(values, where)) for key, values in logs.items()),
    ]
    whole = [
        *(c_table("tkd_real", key, _c_q31(values)) for key, values in reals.items()),
        *(c_table("tkd_log", key, _c_q20(values)) for key, values in logs.items()),
    ]
    return {
        "window_samples": frame.window_samples,
        "hop_samples": frame.hop_samples,
        "fft_size": section.fft_size,
        "bands": section.mel_bins,
        "coefficients": section.coefficients if isinstance(front, Mfcc) else section.mel_bins,
        "normalise": section.normalise,
        "first_rows": rows([str(index) for index in parts.first], 16),
        "bodies": [
            _body("#if TKD_AUDIO_FLOAT", real, c_float(floor, where=where)),
            _body("#else", whole, str(round(floor * 2**LOG_BITS))),
        ],
        "gain": "gain" in logs,
        "dct": "dct" in reals,
    }


def _body(condition: str, tables: list[Any], floor: str) -> dict[str, Any]:
    return {"condition": condition, "tables": tables, "floor": floor}


def _log_mel(front: FrontEnd) -> LogMel:
    found = front.log_mel if isinstance(front, Mfcc) else front
    assert isinstance(found, LogMel), "a front end without a body in C"
    return found


def _half(window: Floats) -> Floats:
    """Return a periodic window from its start to the second sample past its middle."""
    return np.resize(window, len(window) + 2)[: len(window) // 2 + 2]


def _c_floats(values: Floats, where: str) -> list[str]:
    return [c_float(float(np.float32(value)), where=where) for value in values.ravel()]


def _c_q31(values: Floats) -> list[str]:
    # Towards zero: a sine of pi / 4 that is rounded up would square to more than a half.
    return [str(min(int(value * 2.0**31), 2**31 - 1)) for value in values.ravel().tolist()]


def _c_q20(values: Floats) -> list[str]:
    return [str(round(value * 2.0**LOG_BITS)) for value in values.ravel().tolist()]
