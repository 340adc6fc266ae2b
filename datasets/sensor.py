"""The form in which every data set of machine sensors leaves its loader."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.errors import DataError

NORMAL, ANOMALY = 0, 1
CLASSES = ("normal", "anomaly")


@dataclass(frozen=True, kw_only=True)
class SensorRun:
    """One stretch of samples without a gap; no window reaches over its ends.

    values: [n, channels] float32, in the data set's units.
    labels: [n] uint8, NORMAL or ANOMALY for each sample.
    machine: which machine; results are given for each.
    condition: the operating point (speed, load), known in training only; empty where nobody knows.
    source: where the run came from, as a person would name it.
    """

    values: npt.NDArray[np.float32]
    labels: npt.NDArray[np.uint8]
    machine: str
    condition: str
    source: str

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, kw_only=True)
class SensorSplit:
    """Runs of one split."""

    runs: tuple[SensorRun, ...]

    def __len__(self) -> int:
        """Return how many samples there are."""
        return sum(len(run) for run in self.runs)

    @property
    def labels(self) -> npt.NDArray[np.int32]:
        """Return the labels of all samples, run after run."""
        return np.concatenate([run.labels for run in self.runs]).astype(np.int32)

    @property
    def sources(self) -> tuple[str, ...]:
        """Return where each sample came from."""
        return tuple(run.source for run in self.runs for _ in range(len(run)))

    @property
    def groups(self) -> tuple[str, ...]:
        """Return the run of each sample: no run is in two splits."""
        return self.sources


@dataclass(frozen=True, kw_only=True)
class SensorDataset:
    """Runs of each split; the training split holds normal samples only unless `faulty_share` wants others.

    channels: a name for each column.
    units: of each column.
    sample_rate_hz: samples a second.
    splits: train, validation and test, those that were asked for.
    whole_runs: a run has one label and one score, the mean over its windows.
    digest: equal data gives an equal digest.
    """

    name: str
    channels: tuple[str, ...]
    units: tuple[str, ...]
    sample_rate_hz: float
    splits: dict[str, SensorSplit]
    digest: str
    whole_runs: bool = False

    @property
    def classes(self) -> tuple[str, ...]:
        """Return what the two labels mean."""
        return CLASSES


def only_channels(dataset: SensorDataset, wanted: tuple[str, ...]) -> SensorDataset:
    """Return the data set as a sensor with the `wanted` channels gives it; empty for all.

    Raises:
      DataError: a channel that it does not have.
    """
    if wanted in ((), dataset.channels):
        return dataset
    for name in wanted:
        if name not in dataset.channels:
            allowed = f"dataset.channels out of {', '.join(dataset.channels)}"
            raise DataError(dataset.name, f"it has no channel '{name}'", allowed)
    columns = [dataset.channels.index(name) for name in wanted]
    splits = {
        name: SensorSplit(runs=tuple(replace(run, values=run.values[:, columns]) for run in split.runs))
        for name, split in dataset.splits.items()
    }
    return replace(
        dataset,
        channels=wanted,
        units=tuple(dataset.units[column] for column in columns),
        splits=splits,
        digest=storage.digest_of([dataset.digest, list(wanted)]),
    )


def only_states(dataset: SensorDataset, wanted: tuple[str, ...]) -> SensorDataset:
    """Return the data set with the runs of the `wanted` machines or operating points; empty for all.

    Raises:
      DataError: a state that no run of a split is in.
    """
    if not wanted:
        return dataset
    for name, split in dataset.splits.items():
        known = sorted({state for run in split.runs for state in (run.machine, run.condition) if state})
        for state in wanted:
            if state not in known:
                what = f"no run of {name} is of the state '{state}'"
                raise DataError(dataset.name, what, f"dataset.states out of {', '.join(known)}")
    splits = {
        name: SensorSplit(
            runs=tuple(run for run in split.runs if run.machine in wanted or run.condition in wanted)
        )
        for name, split in dataset.splits.items()
    }
    return replace(dataset, splits=splits, digest=storage.digest_of([dataset.digest, "states", *wanted]))


def at_hand(labels: npt.NDArray[np.uint8], *, faulty_share: float, seed: int) -> npt.NDArray[np.intp]:
    """Return which windows there are to learn from: the normal ones, and others that nobody took out.

    Args:
      labels: [n] of a split's windows.
      faulty_share: of the windows that are returned, below 1.
      seed: of the draw of those that are not normal.

    Raises:
      DataError: there are too few.
    """
    normal, faulty = np.flatnonzero(labels == NORMAL), np.flatnonzero(labels != NORMAL)
    wanted = round(faulty_share / (1.0 - faulty_share) * len(normal))
    if wanted > len(faulty):
        what = f"{wanted} anomalous windows to learn from are wanted, {len(faulty)} are there"
        most = len(faulty) / max(1, len(faulty) + len(normal))
        raise DataError("dataset.faulty_share", what, f"at most {most:.2f} here")
    drawn = np.random.default_rng([seed, 6]).permutation(faulty)[:wanted]
    return np.sort(np.concatenate([normal, drawn]))


def whole_run(
    values: npt.NDArray[np.float32], *, anomaly: bool, machine: str, condition: str, source: str
) -> SensorRun:
    """Return a run whose samples all have one label."""
    labels = np.full(len(values), ANOMALY if anomaly else NORMAL, np.uint8)
    return SensorRun(values=values, labels=labels, machine=machine, condition=condition, source=source)


def runs_digest(runs: Iterable[SensorRun]) -> str:
    """Return a 16-digit hex digest of what the runs hold and are called."""
    digest = hashlib.sha256()
    for run in runs:
        head = [run.machine, run.condition, run.source, list(run.values.shape)]
        digest.update(storage.digest_of(head).encode())
        digest.update(np.ascontiguousarray(run.values, np.float32).tobytes())
        digest.update(np.ascontiguousarray(run.labels, np.uint8).tobytes())
    return digest.hexdigest()[:16]
