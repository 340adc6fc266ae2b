"""What a teacher sees of the very events that its student sees: the recipe with `[teacher] sees` over it.

A recipe describes what the student, and so the device, is given. `sees` names what its
teacher is given instead: a wider recording, another front end, a cleaner way through
the air. What an event is (which clip, how fast, when, how it is held) is shared, so
only the keys of `SEES` can differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from tinykd.errors import RecipeError
from tinykd.recipe import BaseDataset, FeatureSection, Recipe, Section
from tinykd.recipe_anomaly import SensorDatasetSection
from tinykd.recipe_errors import KeyPath, fault, place, recipe_error
from tinykd.recipe_gesture import GestureDataset, ImuFeatures

R = TypeVar("R", bound=Recipe)
S = TypeVar("S", bound=Section)

_ON_THE_WAY = (  # of a sound from the mouth to the front end
    *("gain_db", "noise_chance", "noise_snr_db", "room_chance", "equaliser_db"),
    *("band_limit_chance", "soft_clip_chance", "mu_law_chance"),
    *("time_masks", "time_mask_frames", "mel_masks", "mel_mask_bins"),
)
_SOUND = {"features": tuple(FeatureSection.model_fields), "augment": _ON_THE_WAY}

# Task by task: the sections, and the keys of each, that a teacher may have otherwise.
SEES: dict[str, dict[str, tuple[str, ...]]] = {
    "kws": {"dataset": ("sample_rate_hz", "place"), **_SOUND},
    "wakeword": _SOUND,
    "gesture": {
        "dataset": ("channels", "rate_hz"),
        "features": tuple(ImuFeatures.model_fields),
        "augment": ("acc_noise", "gyro_noise", "gyro_bias", "point_noise"),
    },
    # Both sides' windows are perturbed as one; of other states they are not the same events.
    "anomaly": {"dataset": ("channels", "states", "faulty_share")},
}


def recorded_recipe(recipe: R) -> R:
    """Return the recipe by which data is loaded: as the wider of the two, the teacher, sees it.

    Of states of a machine, where each side has its own, it is all of both.
    """
    section = _teacher_dataset(recipe)
    if section is recipe.dataset:
        return recipe
    own = recipe.dataset
    if isinstance(section, SensorDatasetSection) and isinstance(own, SensorDatasetSection):
        both = tuple(dict.fromkeys((*own.states, *section.states)))
        states = both if own.states and section.states else ()
        share = max(own.faulty_share, section.faulty_share)
        section = section.model_copy(update={"states": states, "faulty_share": share})
    return recipe.model_copy(update={"dataset": section})


def teacher_recipe(recipe: R) -> R:
    """Return the recipe as the teacher's alone; the very same where it sees what its student sees."""
    sees = recipe.teacher.sees
    if not any(sees.values()):
        return recipe
    changed: dict[str, Section] = {"dataset": _teacher_dataset(recipe)}
    for name in ("features", "augment"):
        changed[name] = _over(getattr(recipe, name), sees.get(name, {}))
    return recipe.model_copy(update=changed)


def check_sees(recipe: Recipe, origin: Callable[[KeyPath], str]) -> None:
    """Refuse what a teacher cannot have otherwise, and a teacher that sees less than its student.

    Args:
      recipe: valid but for this.
      origin: names the file or option that a key came from.

    Raises:
      RecipeError: naming file, section, key and choices of the first fault.
    """
    known = SEES[recipe.task]
    for name, changes in recipe.teacher.sees.items():
        path = ("teacher", "sees", name)
        _check_known(name, known, origin(path), path[:-1])
        for key in changes:
            _check_known(key, known[name], origin((*path, key)), path)
        section = getattr(recipe, name)
        try:
            _over(section, changes)
        except ValidationError as error:
            data = {**dict(section), **changes}
            raise recipe_error(error, type(section), data, origin, within=path) from None
    for key, value in recipe.teacher.sees.get("dataset", {}).items():
        at = ("teacher", "sees", "dataset", key)
        if allowed := _least(key, value, getattr(recipe.dataset, key)):
            raise fault(origin(at), at, f"is {_shown(value)}, less than its student sees", allowed)


def _teacher_dataset(recipe: Recipe) -> BaseDataset:
    """Return the [dataset] of the teacher; the very same where it is its student's."""
    wider = recipe.teacher.sees.get("dataset", {})
    if not wider:
        return recipe.dataset
    section = _over(recipe.dataset, wider)
    if isinstance(section, GestureDataset) and not section.moves_in:
        # A device has only its own channels to find the one window by.
        section = section.model_copy(update={"moves_in": recipe.dataset.channels})  # type: ignore[attr-defined]
    return section


def _over(section: S, changes: Mapping[str, Any]) -> S:
    return type(section).model_validate({**dict(section), **changes})


def _check_known(key: str, known: Mapping[str, Any] | tuple[str, ...], where: str, path: KeyPath) -> None:
    if key not in known:
        choices = f"a teacher can see otherwise: {', '.join(sorted(known))}"
        raise RecipeError(place(where, path), f"unknown key '{key}'", choices)


def _least(key: str, value: Any, own: Any) -> str:
    """Return what is allowed where the teacher's `value` does not hold its student's `own`, else nothing."""
    if key == "channels":
        if not own:
            return "dataset.channels names the student's"
        return "" if not value or set(own) <= set(value) else f"{', '.join(own)} and others, or [] for all"
    if key == "rate_hz":  # rows are averaged in whole groups
        return "" if value % own == 0 else f"dataset.rate_hz, {own}, times a whole number"
    if key == "sample_rate_hz":
        return "" if value >= own else f"dataset.{key}, {own}, or more"
    return ""  # neither place and no state holds less


def _shown(value: Any) -> str:
    return f"[{', '.join(value)}]" if isinstance(value, tuple) else str(value)
