"""Embedded machines that vibrate: a simulator of rotating machinery with faults, by seed.

A machine is a shaft at one of a few speeds, seen by a 3-axis accelerometer at its
bearing: harmonics of the shaft, a blade or gear pass, broadband noise through two
structural resonances, sensor noise. Faults change what changes in a real machine:

- imbalance: the first harmonic grows, two axes a quarter turn apart;
- looseness: many harmonics and half-orders, and the peaks are clipped on one side;
- outer race: one shock for each ball that passes, ringing at a resonance, with slip;
- inner race: the same at the inner race's rate, stronger once a turn, in the load zone.

Sources: McFadden and Smith 1984, doi 10.1016/0022-460X(84)90595-9 (bearing
shocks); Randall and Antoni 2011, doi 10.1016/j.ymssp.2010.07.017, section 2 (slip).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from tinykd.datasets.clips import Progress
from tinykd.datasets.sensor import SensorDataset, SensorRun, SensorSplit, runs_digest, whole_run
from tinykd.recipe_anomaly import AnomalyRecipe, SimulatorSection

Floats = npt.NDArray[np.float64]

AXES = ("x", "y", "z")
FAULTS = ("imbalance", "looseness", "outer race", "inner race")

_SPLITS = ("train", "validation", "test")
_HARMONICS = 6


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What stays the same from run to run.

    speeds_hz: shaft speeds it is run at.
    harmonics: [6, 3] amplitude in g of each order on each axis, at the top speed.
    phases: [6, 3] radians.
    passes: blades or teeth.
    pass_g: [3] amplitude of the pass.
    resonances_hz: two structural modes.
    damping: of both, a share of the critical one.
    noise_g: [3] rms of the broadband part.
    balls: in the bearing.
    ratio: ball diameter over pitch diameter.
    """

    speeds_hz: tuple[float, ...]
    harmonics: Floats
    phases: Floats
    passes: int
    pass_g: Floats
    resonances_hz: tuple[float, float]
    damping: float
    noise_g: Floats
    balls: int
    ratio: float


def load(
    recipe: AnomalyRecipe,
    *,
    data_dir: Path | None,
    cache_dir: Path,
    splits: Sequence[str],
    progress: Progress | None = None,
) -> SensorDataset:
    """Make the runs of the wanted splits; `synthetic` says how many. It needs no data.

    Healthy runs of every machine at every speed are in all splits; in validation and
    test, and in training where `dataset.faulty_share` wants some, each fault has as many
    runs as there are healthy ones.
    """
    section = recipe.synthetic
    found: dict[str, SensorSplit] = {}
    for split in splits:
        runs = tuple(_runs(section, split, faulty=split != "train" or recipe.dataset.faulty_share > 0))
        found[split] = SensorSplit(runs=runs)
        if progress is not None:
            progress("making vibration", len(found), len(splits))
    return SensorDataset(
        name="machine_vibration",
        channels=AXES,
        units=("g",) * 3,
        sample_rate_hz=float(section.sample_rate_hz),
        splits=found,
        digest=runs_digest(run for split in found.values() for run in split.runs),
    )


def machine(section: SimulatorSection, number: int) -> Machine:
    """Return the machine of this number, always the same for the same seed."""
    rng = np.random.default_rng([section.seed, number])
    nyquist = section.sample_rate_hz / 2
    top = rng.uniform(0.03, 0.045) * nyquist
    steps = np.linspace(0.55, 1.0, section.speeds) if section.speeds > 1 else np.ones(1)
    orders = np.arange(1, _HARMONICS + 1)[:, None]
    return Machine(
        speeds_hz=tuple(float(top * step) for step in steps),
        harmonics=rng.uniform(0.05, 0.15, (_HARMONICS, 3)) * orders**-1.2,
        phases=rng.uniform(0, 2 * np.pi, (_HARMONICS, 3)),
        passes=int(rng.integers(5, 9)),
        pass_g=rng.uniform(0.01, 0.04, 3),
        resonances_hz=(rng.uniform(0.3, 0.45) * nyquist, rng.uniform(0.55, 0.75) * nyquist),
        damping=float(rng.uniform(0.03, 0.06)),
        noise_g=rng.uniform(0.02, 0.04, 3),
        balls=int(rng.integers(7, 11)),
        ratio=float(rng.uniform(0.2, 0.3)),
    )


def vibration(
    one: Machine,
    *,
    speed_hz: float,
    fault: str | None,
    severity: float,
    samples: int,
    rate_hz: int,
    rng: np.random.Generator,
) -> Floats:
    """Return [samples, 3] in g.

    Args:
      one: the machine.
      speed_hz: of the shaft; it drifts by about half a percent.
      fault: one of FAULTS, or None.
      severity: 1 is a fault as strong as what it adds to.
      samples: how many.
      rate_hz: how many a second.
      rng: draws the run: drift, load, mounting, noise and slip.
    """
    drift = lfilter([1], [1, -0.9995], rng.standard_normal(samples)) * np.sqrt(1 - 0.9995**2)
    turns = np.cumsum(speed_hz * (1 + 0.005 * drift)) / rate_hz + rng.uniform()
    force = (speed_hz / max(one.speeds_hz)) ** 2 * rng.uniform(0.9, 1.1)  # of a rotating mass
    harmonics = one.harmonics.copy()
    if fault == "imbalance":
        harmonics[0, :2] *= 1 + 2 * severity
    signal = np.zeros((samples, 3))
    for order, (amplitude, phase) in enumerate(zip(harmonics, one.phases, strict=True), start=1):
        signal += force * amplitude * np.sin(2 * np.pi * order * turns[:, None] + phase)
    signal += one.pass_g * rng.uniform(0.9, 1.1) * np.sin(2 * np.pi * one.passes * turns[:, None])
    excitation = rng.standard_normal((samples, 3)) * one.noise_g
    if fault == "looseness":
        for half in np.arange(0.5, 8.0, 0.5):
            wave = np.sin(2 * np.pi * half * turns[:, None] + rng.uniform(0, 2 * np.pi, 3))
            signal += 0.3 * severity * force * one.harmonics[0] / np.sqrt(1 + half) * wave
        limit = signal.std(axis=0) * 1.6
        signal = np.minimum(signal, limit)  # the loose part hits its stop
    if fault in ("outer race", "inner race"):
        excitation += 12 * severity * one.noise_g * _shocks(one, turns, fault, rng)[:, None]
    for place, resonance in enumerate(one.resonances_hz):
        signal += 0.5**place * _ring(excitation, resonance, one.damping, rate_hz)
    mounting = rng.uniform(0.95, 1.05, 3)
    noise = 0.004 * rng.standard_normal((samples, 3))
    return np.asarray(signal * mounting + noise + np.array([0.0, 0.0, 1.0]))


def _shocks(one: Machine, turns: Floats, fault: str, rng: np.random.Generator) -> Floats:
    """Return [samples] unit shocks, one for each ball that passes the fault."""
    inner = fault == "inner race"
    a_turn = one.balls / 2 * (1 + one.ratio if inner else 1 - one.ratio)
    count = int((turns[-1] - turns[0]) * a_turn) + 1
    gaps = (1 + 0.01 * rng.standard_normal(count)) / a_turn
    places = np.searchsorted(turns, turns[0] + np.cumsum(gaps))
    places = places[places < len(turns)]
    shocks = np.zeros(len(turns))
    load_zone = 0.5 + 0.5 * np.cos(2 * np.pi * turns[places]) if inner else np.ones(len(places))
    shocks[places] = load_zone
    return shocks


def _ring(excitation: Floats, resonance_hz: float, damping: float, rate_hz: int) -> Floats:
    """Return the response of one structural mode, of unit gain for white noise, to [samples, 3]."""
    angle = 2 * np.pi * resonance_hz / rate_hz
    radius = np.exp(-damping * angle)
    poles = [1.0, -2 * radius * np.cos(angle), radius**2]
    impulse = lfilter([1.0], poles, np.eye(1, 4096)[0])
    found: Floats = lfilter([1.0 / np.sqrt((impulse**2).sum())], poles, excitation, axis=0)
    return found


def _runs(section: SimulatorSection, split: str, *, faulty: bool) -> Iterator[SensorRun]:
    """Yield a split's runs, healthy ones alone unless `faulty`; every run has a random state of its own."""
    counts = {"train": section.train_runs, "validation": section.validation_runs, "test": section.test_runs}
    samples = round(section.run_s * section.sample_rate_hz)
    low, high = np.log(section.severity)
    for number in range(section.machines):
        one = machine(section, number)
        for place, speed_hz in enumerate(one.speeds_hz):
            for kind, fault in enumerate((None, *FAULTS) if faulty else (None,)):
                for index in range(counts[split]):
                    seed = [section.seed, number, place, kind, index, _SPLITS.index(split)]
                    rng = np.random.default_rng(seed)
                    severity = float(np.exp(rng.uniform(low, high)))
                    values = vibration(
                        one,
                        speed_hz=speed_hz,
                        fault=fault,
                        severity=severity,
                        samples=samples,
                        rate_hz=section.sample_rate_hz,
                        rng=rng,
                    )
                    name = f"machine {number + 1}"
                    condition = f"{speed_hz:.1f} Hz"
                    yield whole_run(
                        values.astype(np.float32),
                        anomaly=fault is not None,
                        machine=name,
                        condition=condition,
                        source=f"{name}, {condition}, {fault or 'healthy'}, {split} {index + 1}",
                    )
