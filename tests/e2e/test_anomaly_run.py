"""`tinykd run anomaly` from nothing to proven C, and the verbs that take its result."""

from __future__ import annotations

import csv
import gzip
import json

import numpy as np
import pytest
from command_line import complaint, temporaries, tinykd
from on_a_board import heard, needs_tools
from recordings import pack
from sklearn.metrics import roc_auc_score

pytestmark = pytest.mark.slow

# A run with every stage of a real one: two small machines, short runs, few epochs.
SHRUNK = (
    "synthetic.machines=1",
    "synthetic.speeds=2",
    "synthetic.run_s=2.0",
    "synthetic.train_runs=4",
    "synthetic.validation_runs=1",
    "synthetic.test_runs=1",
    "augment.views=3",
    "student.params={prototypes=4, axes=6, channels=[4]}",
    "student.train.epochs=2",
    "quantise.calibration_clips=60",
)
RUN = ("run", "anomaly", *(word for pair in SHRUNK for word in ("--set", pair)))


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    root = tmp_path_factory.mktemp("anomaly")
    found = tinykd(*RUN, "--out", root / "run", cache=root / "cache")
    return root / "run", root / "cache", found


def read_json(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_run_ends_well_inside_its_budget_and_its_folder_is_complete(done):
    folder, cache, found = done
    assert found.returncode == 0, found.stderr
    names = {path.name for path in folder.iterdir()}
    assert {"model.tflite", "metrics.json", "verify.json", "scores.png", "roc.png", "history.csv"} <= names
    budget = read_json(folder / "budget.json")
    assert budget["ok"]
    assert (folder / "model.tflite").stat().st_size < 10_000
    assert read_json(folder / "verify.json")["bit_exact"] is True
    assert {"anomaly_front_end.h", "anomaly_settings.h"} <= {path.name for path in (folder / "c").iterdir()}
    assert temporaries(folder, cache) == []
    for words in ("isolation forest", "Gaussian", "autoencoder", "ROC AUC"):
        assert words in found.stdout


def test_the_figures_are_those_of_the_int8_scores(done):
    folder, _, _ = done
    test, proof = read_json(folder / "metrics.json")["test"], read_json(folder / ".stages" / "proof.json")
    labels = np.zeros(test["n"], int)
    # Runs stand machine by machine, speed by speed: a healthy one, then one of each of four faults.
    each = test["n"] // 10
    labels = np.tile(np.repeat([0, 1, 1, 1, 1], each), 2)
    assert test["anomalies"] == labels.sum()
    scores = np.array(proof["student_int8"])
    assert test["student_int8"]["all"]["auc"] == pytest.approx(roc_auc_score(labels, scores))
    limit = test["threshold"]["threshold_int8"]
    assert test["threshold"]["detected"] == pytest.approx((scores[labels == 1] > limit).mean())
    assert f"THRESHOLD_INT8 {int(limit)}" in (folder / "c" / "anomaly_settings.h").read_text().replace(
        "(", ""
    ).replace(")", "")


def test_the_models_input_ends_where_the_front_end_does(done):
    from tinykd.tflm import TflmModel

    folder, _, _ = done
    taken = TflmModel((folder / "model.tflite").read_bytes()).input
    ends = taken.scale * (np.array([-128, 127]) - taken.zero_point)
    np.testing.assert_allclose(ends, [-6.0, 6.0], atol=taken.scale)  # features.clip


def test_a_second_run_has_nothing_to_do_and_the_model_is_the_same_elsewhere(done, tmp_path):
    folder, cache, _ = done
    before = (folder / "model.tflite").stat().st_mtime_ns
    assert tinykd(*RUN, "--out", folder, cache=cache).returncode == 0
    assert (folder / "model.tflite").stat().st_mtime_ns == before
    assert tinykd(*RUN, "--out", tmp_path / "again", cache=tmp_path / "cache").returncode == 0
    assert (tmp_path / "again" / "model.tflite").read_bytes() == (folder / "model.tflite").read_bytes()


def recording(path, *, gain=1.0, rows=6400):
    rng = np.random.default_rng(0)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["time_s", "x", "y", "z"])
        for row, values in enumerate(rng.normal(0, 0.05 * gain, (rows, 3))):
            writer.writerow([f"{row / 1600:.6f}", *(f"{value:.6f}" for value in values)])


def test_predict_tells_how_much_of_a_recording_is_anomalous(done, tmp_path):
    folder, cache, _ = done
    recording(tmp_path / "loud.csv", gain=50.0)
    found = tinykd("predict", folder, tmp_path / "loud.csv", "--json", cache=cache)
    assert found.returncode == 0, found.stderr
    shares = {row["class"]: row["probability"] for row in json.loads(found.stdout)}
    assert shares == {"normal": 0.0, "anomaly": 1.0}
    (tmp_path / "short.csv").write_text("x,y,z\n1,2,3\n")
    refused = tinykd("predict", folder, tmp_path / "short.csv", cache=cache)
    assert refused.returncode == 2
    assert "1 samples are too few for a window" in refused.stderr


def healthy_recording(path, folder, cache):
    """Write healthy runs of the machine that the run was trained on, one after the other."""
    from tinykd.datasets.machine_vibration import load
    from tinykd.recipe_file import load_recipe

    recipe = load_recipe(str(folder / "recipe.lock.toml"), ())
    runs = load(recipe, data_dir=None, cache_dir=cache, splits=("train",)).splits["train"].runs
    values = np.concatenate([run.values for run in runs])
    times = np.arange(len(values))[:, None] / recipe.synthetic.sample_rate_hz
    header = ",".join(["time_s", *recipe.dataset.channels])
    np.savetxt(path, np.hstack([times, values]), fmt="%.6f", delimiter=",", header=header, comments="")


def test_evaluate_measures_a_folder_of_recordings(done, tmp_path):
    folder, cache, _ = done
    for name in ("normal", "labelled"):
        (tmp_path / name).mkdir()
    healthy_recording(tmp_path / "normal" / "a.csv", folder, cache)
    recording(tmp_path / "labelled" / "b.csv", gain=50.0)
    lines = (tmp_path / "labelled" / "b.csv").read_text().splitlines()
    text = "\n".join([lines[0] + ",label", *(line + ",1" for line in lines[1:])])
    (tmp_path / "labelled" / "b.csv").write_text(text + "\n")
    found = tinykd("evaluate", folder, "--data-dir", tmp_path, "--json", cache=cache)
    assert found.returncode == 0, found.stderr
    test = json.loads(found.stdout)["test"]
    assert test["all"]["auc"] > 0.9
    assert test["threshold"]["detected"] == 1.0


def test_evaluate_measures_some_states_of_the_runs_data(done):
    folder, cache, _ = done
    whole = read_json(folder / "metrics.json")["test"]
    asked = ("evaluate", folder, "--json", "--set")
    found = tinykd(*asked, 'dataset.states=["machine 1"]', cache=cache)
    assert (found.returncode, found.stderr) == (0, "")
    assert json.loads(found.stdout)["test"]["all"] == whole["student_int8"]["all"]
    refused = tinykd(*asked, 'dataset.states=["20 %"]', cache=cache)
    assert "no run of test is of the state '20 %'; dataset.states out of " in complaint(refused)
    refused = tinykd(*asked, "features.frames=3", cache=cache)
    said = "--set features.frames=3: a finished model stays as it is; keys of [dataset]"
    assert complaint(refused) == said


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("student.model=dscnn", "model 'dscnn' says no such score"),
        ('distill.methods=["logits"]', "method 'logits' cannot teach a model of score"),
        ("quantise.scheme=qat", "scheme is 'qat', which does not know the layers of model 'prototypes'"),
        ("features.frame_samples=100", "features.frame_samples: is 100; a power of two"),
        ("teacher.params={mean=0.0, power=0.0, moments=0.0}", "mean, power and moments are 0"),
        ("augment.strength=[0.0, 1.0]", "strength starts at 0 or below"),
    ],
)
def test_recipes_that_cannot_be_are_one_line_before_any_work(tmp_path, setting, said):
    refused = tinykd("run", "anomaly", "--set", setting, "--out", tmp_path / "run", cache=tmp_path / "cache")
    assert refused.returncode == 2
    assert said in refused.stderr
    assert refused.stderr.strip().count("\n") == 0


@needs_tools
def test_a_board_hears_a_real_fan_lose_its_balance_when_python_does(tmp_path):
    """A model of the calm fan, then test rows with its weights opposite each other and not, in turn.

    After so short a training the threshold is the top of int8, which nothing exceeds: one less.
    """
    archive = pack("anomaly", "fan_vibration.csv.gz")
    sets = ("student.train.epochs=1", "augment.views=1", "quantise.calibration_clips=60")
    words = [word for pair in sets for word in ("--set", pair)]
    run, cache = tmp_path / "run", tmp_path / "cache"
    done = tinykd("run", "anomaly-fan", *words, "--data-dir", archive.parent, "--out", run, cache=cache)
    assert (done.returncode, done.stderr) == (0, "")
    path = run / ".stages" / "threshold.json"
    path.write_text(json.dumps({**read_json(path), "threshold_int8": 126}))
    with gzip.open(archive, "rt") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "test"]
    places = [(arrangement, speed) for speed in ("40", "60", "80") for arrangement in ("3", "1")]
    chosen = [
        ",".join(row[axis] for axis in "xyz")
        for place in places
        for row in rows
        if (row["wconfid"], row["pctid"]) == place
    ]
    assert len(chosen) == 6 * 300
    (tmp_path / "fan.csv").write_text("\n".join(["x,y,z", *chosen]) + "\n")
    found = heard(run, tmp_path / "fan.csv", out=tmp_path / "out", cache=cache)
    assert len(found) >= 2
