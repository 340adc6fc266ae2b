"""The motion front end's numbers as C constants, for firmware/src/frontend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tinykd.export.identifiers import c_float, c_identifier
from tinykd.export.rendering import environment
from tinykd.tflm import Quantisation

FILES = ("front_end.h", "front_end.c")


def render(
    settings: Mapping[str, Any], *, name: str, quantisation: Quantisation, recipe_digest: str
) -> dict[str, str]:
    """Return the text of `<name>_front_end.h` and `.c`, by file name.

    Args:
      settings: of an `ImuFrontEnd`.
      name: what the model is called, as in `tinykd.export.tflm.export`.
      quantisation: of the model's input, whose shape is [1, frames, features, ...].
      recipe_digest: letters and digits that say which recipe made the model.
    """
    where = f"export of {name}"
    frames = int(quantisation.shape[1])
    features = int(np.prod(quantisation.shape[2:]))
    numbers = {
        "acc_scale": settings["acc_scale"],
        "gyro_scale": settings["gyro_scale"],
        "frame_seconds": settings["frame_samples"] / settings["rate_hz"],
        "stroke_floor": settings["stroke_floor"],
        "step_scale": settings["step_scale"],
        "scale": 1.0 / quantisation.scale,
        "zero_point": quantisation.zero_point,
    }
    prefix = c_identifier(name)
    values = {
        "prefix": f"tkd_{prefix}",
        "PREFIX": f"TKD_{prefix.upper()}",
        "file": prefix,
        "digest": recipe_digest,
        "kind": f"TKD_IMU_{settings['kind'].upper()}",
        "channels": len(settings["channels"].split()),
        "features": features,
        "frame_samples": settings["frame_samples"],
        "frames": frames,
        "numbers": {key: c_float(float(value), where=where) for key, value in numbers.items()},
    }
    return {
        f"{prefix}_front_end.{kind}": environment().get_template(f"imu.{kind}.jinja").render(values)
        for kind in ("h", "c")
    }
