"""What every data set has, whatever its sensor: the form that stages and reports read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt


class Split(Protocol):
    """Examples of one split."""

    @property
    def labels(self) -> npt.NDArray[np.int32]:
        """[n] int32, an index into the data set's classes."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Where each example came from, as a person would name it."""

    @property
    def groups(self) -> tuple[str, ...]:
        """What must not stand in two splits: a speaker, a person; empty text where nobody is known."""

    def __len__(self) -> int:
        """Return how many examples there are."""


class Dataset(Protocol):
    """A data set with the splits that were asked for."""

    @property
    def name(self) -> str:
        """Its name in DATASETS."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes, in the order of the labels."""

    @property
    def splits(self) -> Mapping[str, Any]:
        """A `Split` for each of train, validation and test that was asked for."""

    @property
    def digest(self) -> str:
        """Equal data gives equal digests."""
