"""The sensor front end's numbers as C constants, for firmware/src/frontend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tinykd.export.identifiers import c_float, c_identifier
from tinykd.export.rendering import c_table, environment
from tinykd.export.segments import segments
from tinykd.features.mel import mel_edges_hz
from tinykd.features.spectrum import periodic_hann
from tinykd.tflm import Quantisation

FILES = ("front_end.h", "front_end.c")


def render(
    settings: Mapping[str, Any], *, name: str, quantisation: Quantisation, recipe_digest: str
) -> dict[str, str]:
    """Return the text of `<name>_front_end.h` and `.c`, by file name.

    Args:
      settings: of a `SensorFrontEnd`, with `mean` and `deviation` of each feature.
      name: what the model is called, as in `tinykd.export.tflm.export`.
      quantisation: of the model's input.
      recipe_digest: letters and digits that say which recipe made the model.
    """
    where = f"export of {name}"
    size, channels = int(settings["frame_samples"]), int(settings["channels"])
    deviation = np.asarray(settings["deviation"], np.float64)
    reals = {
        "mean": np.asarray(settings["mean"], np.float64),
        "scale": 1.0 / (deviation * quantisation.scale),
    }
    integers = {}
    bands = 0
    if settings["kind"] == "bands":
        bands = int(settings["bands"])
        # Halved, because the transform in C gives four times the power.
        reals["window"] = periodic_hann(size)[: size // 2 + 1] / 2.0
        reals["sine"] = np.sin(2.0 * np.pi * np.arange(size // 4 + 1) / size)
        if settings["band_scale"] == "mel":
            rate = float(settings["sample_rate_hz"])
            edges = mel_edges_hz(bins=bands, low_hz=0.0, high_hz=rate / 2, scale="htk")
            parts = segments(edges, bin_hz=round(rate) / size)
            integers["first"] = ("uint16_t", np.minimum(parts.first, size // 2))
            reals |= {"rise": parts.rise, "step": parts.step}
    else:
        integers["ratio"] = ("uint8_t", np.asarray(settings["ratio"], np.int64))
    tables = [
        c_table("float", key, [c_float(float(np.float32(value)), where=where) for value in values])
        for key, values in reals.items()
    ]
    tables += [
        c_table(kind, key, [str(value) for value in values]) for key, (kind, values) in integers.items()
    ]
    prefix = c_identifier(name)
    values = {
        "prefix": f"tkd_{prefix}",
        "PREFIX": f"TKD_{prefix.upper()}",
        "file": prefix,
        "digest": recipe_digest,
        "kind": f"TKD_SENSOR_{settings['kind'].upper()}",
        "channels": channels,
        "frame_samples": size,
        "hop_samples": settings["hop_samples"],
        "frames": settings["frames"],
        "features": len(deviation),
        "bands": bands,
        "settle_samples": settings.get("settle_samples", 0),
        "floor": c_float(float(settings["floor"]), where=where),
        "clip": c_float(float(settings["clip"]) / quantisation.scale, where=where),
        "zero_point": c_float(float(quantisation.zero_point), where=where),
        "tables": tables,
        "present": {*reals, *integers},
    }
    return {
        f"{prefix}_front_end.{kind}": environment().get_template(f"sensor.{kind}.jinja").render(values)
        for kind in ("h", "c")
    }
