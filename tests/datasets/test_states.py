"""Runs of some machines or operating points, and windows among which nobody took out the faulty ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinykd.datasets.machine_vibration import load
from tinykd.datasets.sensor import ANOMALY, SensorDataset, SensorSplit, at_hand, only_states, whole_run
from tinykd.errors import DataError
from tinykd.recipe_anomaly import AnomalyRecipe, SensorDatasetSection, SimulatorSection

SMALL = SimulatorSection(machines=2, speeds=2, run_s=0.5, train_runs=2, validation_runs=1, test_runs=1)


def made():
    names = (("fan", "20 %"), ("fan", "40 %"), ("pump", "20 %"), ("pump", ""))
    runs = tuple(
        whole_run(
            np.zeros((4, 1), np.float32), anomaly=False, machine=machine, condition=condition, source=""
        )
        for machine, condition in names
    )
    splits = dict.fromkeys(("train", "test"), SensorSplit(runs=runs))
    return SensorDataset(
        name="two", channels=("x",), units=("g",), sample_rate_hz=1.0, splits=splits, digest="d"
    )


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        (("pump",), [("pump", "20 %"), ("pump", "")]),
        (("20 %",), [("fan", "20 %"), ("pump", "20 %")]),
        (("40 %", "pump"), [("fan", "40 %"), ("pump", "20 %"), ("pump", "")]),
    ],
)
def test_a_run_is_kept_by_its_machine_or_its_operating_point(wanted, kept):
    found = only_states(made(), wanted)
    for split in ("train", "test"):
        assert [(run.machine, run.condition) for run in found.splits[split].runs] == kept
    assert found.digest != made().digest


def test_no_state_named_leaves_the_data_set_as_it_is_and_an_unknown_one_is_refused():
    data = made()
    assert only_states(data, ()) is data
    said = "two: no run of train is of the state '60 %'; dataset.states out of 20 %, 40 %, fan, pump"
    with pytest.raises(DataError, match=said):
        only_states(data, ("20 %", "60 %"))


@given(st.lists(st.booleans(), min_size=1, max_size=80), st.floats(0.0, 0.9), st.integers(0, 9))
def test_all_normal_windows_are_at_hand_and_the_wanted_share_of_others(faulty, share, seed):
    labels = np.array(faulty, np.uint8)
    normal = int((labels == 0).sum())
    wanted = round(share / (1 - share) * normal)
    if wanted > labels.sum():
        with pytest.raises(DataError, match="anomalous windows to learn from are wanted"):
            at_hand(labels, faulty_share=share, seed=seed)
        return
    found = at_hand(labels, faulty_share=share, seed=seed)
    assert np.array_equal(found, np.unique(found))
    assert (labels[found] == 0).sum() == normal
    # As near to the share as whole windows come: half a window away at most.
    assert abs(labels[found].sum() - share * len(found)) <= 0.5
    assert np.array_equal(found, at_hand(labels, faulty_share=share, seed=seed))


def test_the_simulator_has_faults_to_learn_from_where_they_are_wanted():
    section = SensorDatasetSection(faulty_share=0.2)
    recipe = AnomalyRecipe(dataset=section, synthetic=SMALL)
    runs = load(recipe, data_dir=None, cache_dir=None, splits=("train",)).splits["train"].runs
    # By hand: 2 machines x 2 speeds x (healthy and four faults) x 2 runs.
    assert len(runs) == 40
    assert sum(run.labels[0] == ANOMALY for run in runs) == 32
    healthy = load(AnomalyRecipe(synthetic=SMALL), data_dir=None, cache_dir=None, splits=("train",))
    own = [run.values for run in runs if run.labels[0] != ANOMALY]
    assert np.array_equal(own, [run.values for run in healthy.splits["train"].runs])
