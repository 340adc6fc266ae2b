"""Front ends: PCM in, what a model sees out. One definition for training and device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from tinykd.features.log_mel import LogMel
from tinykd.features.mfcc import Mfcc
from tinykd.features.waveform import Waveform
from tinykd.recipe import FeatureSection


class FrontEnd(Protocol):
    """What every row of `FRONT_ENDS` makes."""

    def shape(self, samples: int) -> tuple[int, int]:
        """Return (frames, bins) for a clip of `samples`."""

    def __call__(self, audio: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
        """Return [n, frames, bins] float32 for [n, samples] int16."""

    def settings(self) -> dict[str, Any]:
        """Return every number that a device needs, as JSON-like values."""


FRONT_ENDS: dict[str, Callable[[FeatureSection, int], FrontEnd]] = {
    "log_mel": LogMel,
    "mfcc": Mfcc,
    "waveform": Waveform,
}


def front_end(section: FeatureSection, sample_rate_hz: int) -> FrontEnd:
    """Return the front end that the recipe asks for.

    Args:
      section: the recipe's [features].
      sample_rate_hz: rate of the audio it will be given.

    Raises:
      RecipeError: settings that contradict each other or the sample rate.
    """
    return FRONT_ENDS[section.kind](section, sample_rate_hz)


__all__ = ["FRONT_ENDS", "FrontEnd", "front_end"]
