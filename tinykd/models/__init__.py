"""Architectures, one file each, and the table that names them.

Importing this package does not import TensorFlow: a row names its module, and
`build_model` loads it.
"""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from typing import Any

from tinykd.errors import RecipeError


@dataclass(frozen=True, kw_only=True)
class ModelRow:
    """One architecture: what it is, where its builder lives, and its source."""

    description: str
    module: str
    source: str


MODELS: dict[str, ModelRow] = {
    "bcresnet": ModelRow(
        description="broadcasted residual network: 2-D features, 1-D temporal branch",
        module="tinykd.models.bcresnet",
        source="Kim et al. 2021, arXiv:2106.04140",
    ),
    "dscnn": ModelRow(
        description="depthwise separable CNN, the MLPerf Tiny shape",
        module="tinykd.models.dscnn",
        source="Zhang et al. 2017, arXiv:1711.07128",
    ),
    "resnet": ModelRow(
        description="2-D residual network, a strong and fast teacher on CPUs",
        module="tinykd.models.resnet",
        source="Tang and Lin 2018, arXiv:1710.10361; He et al. 2016, arXiv:1512.03385",
    ),
    "sparknet": ModelRow(
        description="separable temporal convolutions over mel channels, the smallest files",
        module="tinykd.models.sparknet",
        source="Svirsky et al. 2024, arXiv:2406.06634; Majumdar and Ginsburg 2020, arXiv:2004.08531",
    ),
    "tenet": ModelRow(
        description="temporal inverted bottlenecks with multi-scale branches folded at export",
        module="tinykd.models.tenet",
        source="Li et al. 2020, arXiv:2010.09960",
    ),
}


def build_model(
    name: str,
    *,
    frames: int,
    bins: int,
    classes: int,
    params: dict[str, Any] | None = None,
    deploy: bool = False,
    where: str = "models",
) -> Any:
    """Build one row of MODELS.

    Args:
      name: a key of MODELS.
      frames: time steps of the input.
      bins: frequency bins (mel bands or coefficients) of the input.
      classes: number of logits.
      params: keyword arguments of the builder (`channels`, `blocks`...).
      deploy: True builds the folded form: biases instead of batch
        normalisation, one branch a convolution, same function.
      where: named in errors.

    Returns:
      keras.Model from [frames, bins, 1] or [frames, 1, bins] float32 to logits
      [classes] float32, with tap layers named `tap_0`, `tap_1`...
    """
    if name not in MODELS:
        raise RecipeError(where, f"unknown model {name!r}", f"known models: {', '.join(sorted(MODELS))}")
    builder = importlib.import_module(MODELS[name].module).build
    known = {
        key: parameter
        for key, parameter in inspect.signature(builder).parameters.items()
        if key not in ("frames", "bins", "classes", "deploy")
    }
    given = dict(params or {})
    for key in given:
        if key not in known:
            raise RecipeError(
                where,
                f"model {name!r} has no parameter {key!r}",
                f"known parameters: {', '.join(sorted(known))}",
            )
    for key, value in given.items():
        if isinstance(value, list):
            given[key] = tuple(value)
        _check_param(where, key, given[key], known[key].default)
    return builder(frames=frames, bins=bins, classes=classes, deploy=deploy, **given)


def _check_param(where: str, key: str, value: Any, default: Any) -> None:
    """Refuse a value of another type than the builder's default has, or one that is not positive."""
    if isinstance(default, tuple):
        ok = isinstance(value, tuple) and len(value) > 0 and all(type(v) is int and v > 0 for v in value)
        allowed = "a list of whole numbers above 0"
    elif isinstance(default, float):
        ok = isinstance(value, float | int) and not isinstance(value, bool) and value >= 0
        allowed = "a number of 0 or more"
    elif isinstance(default, bool):
        ok, allowed = isinstance(value, bool), "true or false"
    else:
        ok, allowed = type(value) is int and value > 0, "a whole number above 0"
    if not ok:
        raise RecipeError(where, f"parameter {key!r} is {value!r}", f"allowed: {allowed}")
