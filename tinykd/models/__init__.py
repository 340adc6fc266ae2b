"""Architectures, one file each, and the table that names them.

Importing this package does not import TensorFlow: a row names its module, and
`build_model` loads it.
"""

from __future__ import annotations

import ast
import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinykd.errors import RecipeError


@dataclass(frozen=True, kw_only=True)
class ModelRow:
    """One architecture: what it is, where its builder lives, and its source.

    teaches_only: int8 conversion and the C compiler do not know its layers.
    """

    description: str
    module: str
    source: str
    teaches_only: bool = False


MODELS: dict[str, ModelRow] = {
    "autoencoder": ModelRow(
        description="anomaly student without a teacher: says its own reconstruction error",
        module="tinykd.models.autoencoder",
        source="tinykd; after the MLPerf Tiny autoencoder, Banbury et al. 2021, arXiv:2106.07597",
    ),
    "bcresnet": ModelRow(
        description="broadcasted residual network: 2-D features, 1-D temporal branch",
        module="tinykd.models.bcresnet",
        source="Kim et al. 2021, arXiv:2106.04140",
    ),
    "density": ModelRow(
        description="anomaly teacher: Gaussians of every operating point, fitted in closed form",
        module="tinykd.models.density",
        source="tinykd; Ledoit and Wolf 2004, doi 10.1016/S0047-259X(03)00096-4",
        teaches_only=True,
    ),
    "dscnn": ModelRow(
        description="depthwise separable CNN, the MLPerf Tiny shape",
        module="tinykd.models.dscnn",
        source="Zhang et al. 2017, arXiv:1711.07128",
    ),
    "kwt": ModelRow(
        description="keyword transformer teacher: frames as tokens, self-attention",
        module="tinykd.models.kwt",
        source="Berg et al. 2021, arXiv:2104.00769",
        teaches_only=True,
    ),
    "m5": ModelRow(
        description="strided convolutions over the raw waveform, which learn their own filter bank",
        module="tinykd.models.m5",
        source="Dai et al. 2016, arXiv:1610.00087, made tiny",
    ),
    "prototypes": ModelRow(
        description="anomaly student built from its teacher: Gaussians in int8, then trained",
        module="tinykd.models.prototypes",
        source="tinykd",
    ),
    "resnet": ModelRow(
        description="2-D residual network, a strong and fast teacher on CPUs",
        module="tinykd.models.resnet",
        source="Tang and Lin 2018, arXiv:1710.10361; He et al. 2016, arXiv:1512.03385",
    ),
    "scorer": ModelRow(
        description="anomaly student: temporal convolutions to one score",
        module="tinykd.models.scorer",
        source="tinykd",
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
    given = check_params(name, params or {}, where=where)
    builder = importlib.import_module(MODELS[name].module).build
    return builder(frames=frames, bins=bins, classes=classes, deploy=deploy, **given)


def check_student(name: str, params: dict[str, Any], *, where: str) -> None:
    """Refuse what `check_params` refuses, and a model that only teaches.

    Raises:
      RecipeError: see `check_params`; or the model has no int8 form.
    """
    check_params(name, params, where=where)
    if MODELS[name].teaches_only:
        students = ", ".join(sorted(key for key, row in MODELS.items() if not row.teaches_only))
        raise RecipeError(
            where, f"model {name!r} only teaches: it has no int8 form", f"known students: {students}"
        )


def check_params(name: str, params: dict[str, Any], *, where: str) -> dict[str, Any]:
    """Return `params` as the builder of a row of MODELS takes them, lists as tuples.

    The builder's signature is read from its source: importing it would import TensorFlow.

    Raises:
      RecipeError: an unknown model or parameter, or a value that the builder has no use for.
    """
    if name not in MODELS:
        raise RecipeError(where, f"unknown model {name!r}", f"known models: {', '.join(sorted(MODELS))}")
    known = _defaults(MODELS[name].module)
    given = {key: tuple(value) if isinstance(value, list) else value for key, value in params.items()}
    for key, value in given.items():
        if key not in known:
            raise RecipeError(
                where,
                f"model {name!r} has no parameter {key!r}",
                f"known parameters: {', '.join(sorted(known))}",
            )
        _check_param(where, key, value, known[key])
    return given


def _defaults(module: str) -> dict[str, Any]:
    """Return the parameters of `build` in `module` that a recipe may set, with their defaults."""
    source = Path(__file__).with_name(f"{module.rpartition('.')[2]}.py").read_text(encoding="utf-8")
    build = next(
        node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == "build"
    )
    pairs = zip(build.args.kwonlyargs, build.args.kw_defaults, strict=True)
    return {
        argument.arg: ast.literal_eval(default)
        for argument, default in pairs
        if default is not None and argument.arg != "deploy"
    }


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
