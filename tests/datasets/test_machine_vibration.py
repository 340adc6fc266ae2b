import numpy as np
import pytest

from tinykd.datasets.machine_vibration import FAULTS, load, machine, vibration
from tinykd.recipe_anomaly import AnomalyRecipe, SimulatorSection

SMALL = SimulatorSection(machines=2, speeds=2, run_s=0.5, train_runs=2, validation_runs=1, test_runs=1)
RATE = 1600


def loaded(section=SMALL, splits=("train", "validation", "test")):
    return load(AnomalyRecipe(synthetic=section), data_dir=None, cache_dir=None, splits=splits)


def seconds(fault, *, severity=1.5, seed=5, number=0, length=8):
    one = machine(SMALL, number)
    values = vibration(
        one,
        speed_hz=one.speeds_hz[-1],
        fault=fault,
        severity=severity,
        samples=length * RATE,
        rate_hz=RATE,
        rng=np.random.default_rng(seed),
    )
    return one, values - values.mean(axis=0)


def test_the_same_seed_gives_the_same_runs_and_another_seed_others():
    assert loaded().digest == loaded().digest
    assert loaded().digest != loaded(SMALL.model_copy(update={"seed": 12})).digest


def test_training_is_healthy_and_each_fault_is_judged_on_each_machine_and_speed():
    data = loaded()
    counts = {split: len(found.runs) for split, found in data.splits.items()}
    # By hand: 2 machines x 2 speeds x 2 runs; x 1 run x (healthy and four faults).
    assert counts == {"train": 8, "validation": 20, "test": 20}
    assert not any(run.labels.any() for run in data.splits["train"].runs)
    for fault in FAULTS:
        assert sum(fault in run.source for run in data.splits["test"].runs) == 4
    assert all(run.values.shape == (800, 3) for run in data.splits["train"].runs)


def test_imbalance_raises_the_shafts_own_line_by_its_severity():
    one, healthy = seconds(None)
    _, broken = seconds("imbalance")
    speed = one.speeds_hz[-1]

    def line(x):
        power = np.abs(np.fft.rfft(x[:, 0] * np.hanning(len(x)))) ** 2
        hz = np.fft.rfftfreq(len(x), 1 / RATE)
        return power[np.abs(hz - speed) < 1.5].sum()

    # By the model: amplitude times 1 + 2 * 1.5 = 4, power times 16, less the part that is noise.
    assert line(broken) / line(healthy) == pytest.approx(16, rel=0.15)


@pytest.mark.parametrize(("fault", "sign"), [("outer race", -1), ("inner race", 1)])
def test_a_bearing_fault_beats_at_the_rate_of_its_race(fault, sign):
    one, broken = seconds(fault, severity=3.0, length=16)
    # The textbook's rate: balls / 2 * (1 -+ d / D) passes a turn.
    expected = one.speeds_hz[-1] * one.balls / 2 * (1 + sign * one.ratio)
    low = np.sin(np.pi * one.resonances_hz[0] / RATE * 0.7)  # listen above the shaft's own lines
    assert 0 < low < 1
    spectrum = np.fft.rfft(broken[:, 1])
    hz = np.fft.rfftfreq(len(broken), 1 / RATE)
    spectrum[hz < 0.6 * one.resonances_hz[0]] = 0
    envelope = np.abs(np.fft.irfft(spectrum)) ** 2
    beat = np.abs(np.fft.rfft((envelope - envelope.mean()) * np.hanning(len(envelope))))
    place = (hz > 0.85 * expected) & (hz < 1.15 * expected)
    at = hz[place][beat[place].argmax()]
    assert at == pytest.approx(expected, rel=0.02)


def test_a_loose_machine_has_half_orders_and_one_sided_peaks():
    one, healthy = seconds(None)
    _, loose = seconds("looseness")
    hz = np.fft.rfftfreq(len(loose), 1 / RATE)
    place = np.abs(hz - 1.5 * one.speeds_hz[-1]) < 1
    assert np.abs(np.fft.rfft(loose[:, 0]))[place].max() > 5 * np.abs(np.fft.rfft(healthy[:, 0]))[place].max()
    skew = (loose[:, 0] ** 3).mean() / (loose[:, 0] ** 2).mean() ** 1.5
    assert skew < -0.1
