"""A student that starts from its teacher: the weights of a narrower model chosen from a wider one's."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd.errors import RecipeError


def inherit(student: Any, teacher: Any, *, where: str) -> int:
    """Set a student's weights from those of a teacher of the same architecture, in place.

    Of each axis of a weight the student takes evenly spaced entries of the teacher's, so that
    one channel is the same channel wherever it is read.

    Args:
      student: Keras model; layers find their own by name.
      teacher: Keras model, as wide or wider.
      where: named in errors.

    Returns:
      How many of the student's weights were set.

    Raises:
      RecipeError: the teacher has less than half of the student's layers.

    Source: Xu et al. 2024, weight selection, arXiv:2311.18823 (uniform selection).
    """
    wide = {layer.name: layer for layer in teacher.layers}
    taken = 0
    for layer in student.layers:
        if not layer.weights or layer.name not in wide:
            continue
        own, theirs = layer.get_weights(), wide[layer.name].get_weights()
        if len(own) == len(theirs) and all(_covers(b, a) for a, b in zip(own, theirs, strict=True)):
            layer.set_weights([_chosen(b, a.shape) for a, b in zip(own, theirs, strict=True)])
            taken += len(own)
    if 2 * taken < len(student.weights):
        what = f"start is 'teacher', and a {student.name} finds less than half of itself in a {teacher.name}"
        raise RecipeError(where, what, "a teacher of the student's model, at least as large")
    return taken


def _covers(wide: npt.NDArray[Any], narrow: npt.NDArray[Any]) -> bool:
    return wide.ndim == narrow.ndim and all(a >= b for a, b in zip(wide.shape, narrow.shape, strict=True))


def _chosen(wide: npt.NDArray[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    axes = [np.arange(size) * total // size for total, size in zip(wide.shape, shape, strict=True)]
    return np.asarray(wide[np.ix_(*axes)])
