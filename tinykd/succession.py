"""Who stands between the teachers and a student: assistants, then its own earlier generations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from tinykd import storage
from tinykd._keras import keras
from tinykd.distill.check import asks_teacher, resolved
from tinykd.distill.container import stand_in
from tinykd.distill.training import predictor
from tinykd.recipe import DistillSection

if TYPE_CHECKING:
    from tinykd.learning import Learner


def succession(learner: Learner, distill: DistillSection, teachers: list[Path]) -> list[list[Path]]:
    """Train who stands between the teachers and the student, each taught by the one before.

    These are the recipe's `assistants`, then the student's earlier `generations`.

    Args:
      learner: whose student it is.
      distill: what each of them learns from.
      teachers: files of the first ones.

    Returns:
      Who teaches, link by link: the teachers first, last the one that teaches the student.

    Source: Mirzadeh et al. 2020, TAKD, arXiv:1902.03393; Furlanello et al. 2018, born-again
    networks, arXiv:1805.04770.
    """
    own = learner.recipe.student.params
    line = [teachers]
    if not asks_teacher(distill):
        return line
    alike = distill.model_copy(update={"assistants": (), "generations": 1})
    student = learner.recipe.student.model_copy(update={"params": {}})
    key = storage.digest_of(
        [
            *(learner.features.digest, learner.recipe.seed, learner.recipe.dataset.labelled_fraction),
            *(student.model_dump(mode="json"), resolved(alike).model_dump(mode="json")),
            *(storage.sha256_of_file(stand_in(path)) for path in teachers),
        ]
    )
    for params in [*distill.assistants, *[own] * (distill.generations - 1)]:
        key = storage.digest_of([key, params])
        path = learner.work / f"link_{key}.keras"  # the same link may stand in more than one line
        if not path.exists():
            model, _ = learner.float_student(f"link {key}", alike, line[-1], digest=key, params=params)
            with storage.atomic_path(path) as temporary:
                model.save(temporary)
        line.append([path])
    return line


def generations_together(learner: Learner, model: Any, line: list[list[Path]]) -> dict[str, float]:
    """Return the figures of all generations of a student as one ensemble; empty where there is one."""
    earlier = learner.recipe.distill.generations - 1
    if not earlier or len(line) <= earlier:
        return {}
    born = [keras.models.load_model(path, compile=False) for (path,) in line[-earlier:]]
    predictors = [predictor(one) for one in [*born, model]]

    def mean(features: npt.NDArray[Any]) -> Any:
        return sum(predict(features) for predict in predictors) / len(predictors)

    return {f"ensemble_{split}": learner.figure(mean, split) for split in ("validation", "test")}
