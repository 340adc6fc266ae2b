"""A run that came to its int8 model, opened to be used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic

import numpy as np
import numpy.typing as npt

from tinykd.tasks.task import R
from tinykd.tflm import TflmModel


@dataclass(frozen=True, kw_only=True)
class FinishedRun(Generic[R]):
    """What the verbs after training know of a run.

    settings: the front end's numbers.
    alone: the student that had no teacher, also int8; None where its file is gone.
    """

    folder: Path
    recipe: R
    classes: tuple[str, ...]
    settings: dict[str, Any]
    model: TflmModel
    alone: TflmModel | None


def int8_outputs(model: TflmModel, features: npt.NDArray[np.float32]) -> npt.NDArray[np.int8]:
    """Return the int8 outputs [n, outputs] for float features [n, ...]."""
    return model.run(model.quantise_input(features)).reshape(len(features), -1)
