"""What a recipe's [distill] asks for, checked against the table of methods before hours of work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tinykd.datasets import DATASETS
from tinykd.distill.methods import METHODS, Outputs
from tinykd.errors import RecipeError

if TYPE_CHECKING:  # listing the methods does not need the recipe's models
    from tinykd.recipe import DistillSection, Recipe

# Every method's weight may rise from 0 over the first share `warmup` of the training, and
# fall in a line to 0 at `until`; 0 leaves either out.
COMMON = {"warmup": 0.0, "until": 0.0}
_ABOVE_ZERO = ("temperature", "bend", "power", "dimensions")
_SHARES = ("warmup", "soft")


def method_params(name: str, given: Any, *, where: str) -> dict[str, float]:
    """Return a method's parameters: its defaults with the recipe's values over them.

    Raises:
      RecipeError: unknown method or key, or a value that is not a number of 0 or more.
    """
    if name not in METHODS:
        raise RecipeError(where, f"unknown method {name!r}", f"known methods: {', '.join(sorted(METHODS))}")
    params = {**COMMON, **METHODS[name].defaults}
    if not isinstance(given, dict):
        allowed = f"allowed: a table with the keys {', '.join(sorted(params))}"
        raise RecipeError(f"{where}.params", f"{name} is {given!r}", allowed)
    for key, value in given.items():
        at = f"{where}.params.{name}"
        if key not in params:
            raise RecipeError(at, f"unknown key {key!r}", f"known keys: {', '.join(sorted(params))}")
        least = "above 0" if key in _ABOVE_ZERO else "of 0 or more"
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or value < 0 or (key in _ABOVE_ZERO and value == 0):
            raise RecipeError(at, f"{key} is {value!r}", f"allowed: a number {least}")
        if key in _SHARES and value > 1:
            raise RecipeError(at, f"{key} is {value!r}", "allowed: a share from 0 to 1")
        params[key] = float(value)
    return params


def check_methods(
    section: DistillSection, *, where: str, outputs: Outputs = "classes"
) -> dict[str, dict[str, float]]:
    """Return the parameters of each method of [distill], its defaults included.

    Raises:
      RecipeError: an unknown method, key or value, one that cannot teach such `outputs`,
        a soft-target weight above 1, or keys that have no use together.
    """
    for name, given in section.params.items():
        if name not in METHODS:
            raise RecipeError(
                f"{where}.params", f"unknown method {name!r}", f"known methods: {', '.join(sorted(METHODS))}"
            )
        method_params(name, given, where=where)  # a slip is one also where it has no use
    params = {
        name: method_params(name, section.params.get(name, {}), where=where) for name in section.methods
    }
    known = [name for name, row in METHODS.items() if outputs in row.outputs]
    for name in section.methods:
        if name not in known:
            allowed = f"known methods for it: {', '.join(sorted(known))}"
            raise RecipeError(where, f"method {name!r} cannot teach a model of {outputs}", allowed)
        if METHODS[name].labels is None and params[name]["weight"] > 1:
            at = f"{where}.params.{name}"
            raise RecipeError(at, "weight is above 1", "allowed: 0..1; labels get the remainder")
    if section.up_to and (whole := [name for name in section.methods if METHODS[name].asks_logits]):
        what = f"method {whole[0]!r} asks for logits, and up_to = {section.up_to!r} leaves them out"
        raise RecipeError(where, what, "up_to = '', or methods on taps alone")
    if section.frames == "phonemes":
        _check_phonemes(section, where=where)
    if not section.labels and not any(METHODS[name].asks_logits for name in section.methods):
        what = "labels = false, and no method says what is right"
        raise RecipeError(where, what, "labels = true, or a method on logits")
    return params


def _check_phonemes(section: DistillSection, *, where: str) -> None:
    """Refuse keys by which no phoneme head is asked, or nothing that it says is used."""
    if section.methods and not any(METHODS[name].term == "frames" for name in section.methods):
        weighs = " or ".join(repr(name) for name, row in METHODS.items() if row.term == "frames")
        what = "frames is 'phonemes', and no method weighs frames"
        raise RecipeError(where, what, f"{weighs} among methods")
    for key, off in (("up_to", ""), ("assistants", ()), ("generations", 1)):
        if getattr(section, key) != off:
            what = f"frames is 'phonemes', and {key} puts a teacher without a phoneme head there"
            raise RecipeError(where, what, "frames = 'activity', or the teacher whole and alone")


def check_head(recipe: Recipe) -> None:
    """Refuse a phoneme head where nobody knows the phonemes, and asking one that is not there.

    Raises:
      RecipeError: naming the key that cannot be.
    """
    wanted, name = recipe.teacher.phonemes > 0, recipe.dataset.name
    known = name in DATASETS and DATASETS[name].phonemes
    if wanted and not known and not getattr(recipe.dataset, "synthetic_clips", 0):
        what = f"phonemes is {recipe.teacher.phonemes:g}, and nobody knows those of data set '{name}'"
        allowed = ", ".join(name for name, entry in DATASETS.items() if entry.phonemes)
        raise RecipeError("recipe [teacher]", what, f"0, or data set {allowed}")
    if recipe.distill.frames == "phonemes" and not wanted:
        what = "frames is 'phonemes', and [teacher] phonemes is 0"
        raise RecipeError("recipe [distill]", what, "frames = 'activity', or [teacher] phonemes above 0")


def asks_teacher(section: DistillSection) -> bool:
    """Return whether a student so taught needs a teacher beside it."""
    methods = any(METHODS[name].asks_teacher for name in section.methods)
    return methods or section.start == "teacher"


def resolved(section: DistillSection) -> DistillSection:
    """Return the section with every parameter of its methods in it, so that a digest names them all."""
    where = "recipe [distill]"
    params = {
        name: method_params(name, section.params.get(name, {}), where=where) for name in section.methods
    }
    return section.model_copy(update={"params": params})
