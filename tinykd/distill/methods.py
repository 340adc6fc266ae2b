"""The table of distillation methods; one row each, no class each.

This module does not import TensorFlow, so `tinykd list methods` stays fast: a
row names its loss in `tinykd.distill.losses`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tinykd.errors import RecipeError

if TYPE_CHECKING:  # listing the methods does not need the recipe's models
    from tinykd.recipe import DistillSection


Outputs = Literal["classes", "score"]  # what a model says: a logit a class, or how anomalous a window is


@dataclass(frozen=True, kw_only=True)
class MethodRow:
    """One method: which loss, where it taps, which outputs it can teach, its defaults, its source."""

    description: str
    loss: str
    taps: Literal["logits", "features"]
    outputs: tuple[Outputs, ...]
    connector: str
    defaults: dict[str, float]
    source: str


_ABOVE_ZERO = ("temperature", "until", "bend")

METHODS: dict[str, MethodRow] = {
    "logits": MethodRow(
        description="soft targets: temperature-scaled KL divergence to the teacher's classes",
        loss="kd_kl",
        taps="logits",
        outputs=("classes",),
        connector="none",
        defaults={"weight": 0.7, "temperature": 4.0},
        source="Hinton et al. 2015, arXiv:1503.02531",
    ),
    "score": MethodRow(
        description="the teacher's anomaly score of normal and perturbed windows",
        loss="score_huber",
        taps="logits",
        outputs=("score",),
        connector="none",
        defaults={"weight": 1.0, "bend": 0.5, "ceiling": 8.0},
        source="Huber 1964, doi 10.1214/aoms/1177703732; the questions asked: tinykd",
    ),
    "time_axis": MethodRow(
        description="features along time: frames, their movement, their self-similarity; fades out",
        loss="time_axis",
        taps="features",
        outputs=("classes", "score"),
        connector="1x1 channels, dropped at export",
        defaults={"weight": 0.03, "until": 0.7, "frame": 1.0, "delta": 0.5, "similarity": 0.5},
        source="tinykd; nearest: TextBrewer arXiv:2002.12620, SP arXiv:1907.09682",
    ),
}


def method_params(name: str, given: Any, *, where: str) -> dict[str, float]:
    """Return a method's parameters: its defaults with the recipe's values over them.

    Raises:
      RecipeError: unknown method or key, or a value that is not a number of 0 or more.
    """
    if name not in METHODS:
        raise RecipeError(where, f"unknown method {name!r}", f"known methods: {', '.join(sorted(METHODS))}")
    if not isinstance(given, dict):
        keys = ", ".join(sorted(METHODS[name].defaults))
        raise RecipeError(f"{where}.params", f"{name} is {given!r}", f"allowed: a table with the keys {keys}")
    params = dict(METHODS[name].defaults)
    for key, value in given.items():
        if key not in params:
            raise RecipeError(
                f"{where}.params.{name}", f"unknown key {key!r}", f"known keys: {', '.join(sorted(params))}"
            )
        least = "above 0" if key in _ABOVE_ZERO else "of 0 or more"
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or value < 0 or (key in _ABOVE_ZERO and value == 0):
            raise RecipeError(f"{where}.params.{name}", f"{key} is {value!r}", f"allowed: a number {least}")
        params[key] = float(value)
    return params


def check_methods(
    section: DistillSection, *, where: str, outputs: Outputs = "classes"
) -> dict[str, dict[str, float]]:
    """Return the parameters of each method of [distill], its defaults included.

    Raises:
      RecipeError: an unknown method, key or value, one that cannot teach such `outputs`,
        or a soft-target weight above 1.
    """
    for name in section.params:
        if name not in METHODS:
            raise RecipeError(
                f"{where}.params", f"unknown method {name!r}", f"known methods: {', '.join(sorted(METHODS))}"
            )
    params = {
        name: method_params(name, section.params.get(name, {}), where=where) for name in section.methods
    }
    known = [name for name, row in METHODS.items() if outputs in row.outputs]
    for name in section.methods:
        if name not in known:
            allowed = f"known methods for it: {', '.join(sorted(known))}"
            raise RecipeError(where, f"method {name!r} cannot teach a model of {outputs}", allowed)
    if params.get("logits", {}).get("weight", 0.0) > 1:
        raise RecipeError(
            f"{where}.params.logits", "weight is above 1", "allowed: 0..1; labels get the remainder"
        )
    return params
