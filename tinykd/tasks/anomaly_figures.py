"""What an anomaly run says of its models: their threshold, their proof, and figures of the test windows."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.anomaly.baselines import gaussian, isolation_forest, summaries
from tinykd.anomaly.curves import judged, threshold
from tinykd.datasets.sensor import NORMAL, SensorDataset, at_hand
from tinykd.recipe import recipe_digest
from tinykd.recipe_anomaly import AnomalyRecipe
from tinykd.sensor_features import SensorFeatures
from tinykd.tasks.finished import int8_outputs
from tinykd.tasks.proof import write_proof
from tinykd.tasks.run import Run
from tinykd.tasks.teaching import origin

HISTORY_COLUMNS = ("stage", "epoch", "loss", "learning_rate", "val_loss", "best", "seconds")
AnomalyRun = Run[AnomalyRecipe, SensorDataset]


def features_of(run: AnomalyRun) -> SensorFeatures:
    """Return the windows that the run's student sees."""
    assert isinstance(run.features, SensorFeatures)
    return run.features


def choose_threshold(run: AnomalyRun) -> None:
    """Write the threshold that normal validation windows choose: as int8, and as the model's real score.

    Where nobody says which are normal, they are those that the teacher takes for healthy.
    """
    from tinykd.tflm import TflmModel

    features, recipe = features_of(run), run.recipe
    model = TflmModel((run.out / "model.tflite").read_bytes())
    with run.reporter.busy("choosing the threshold on normal validation windows"):
        scores, labels = features.judged("validation", int8_outputs(model, run.features.validation)[:, 0])
        if recipe.distill.labels_of == "teacher":
            chosen = run.learner.believed([run.cached or run.out / "teacher.keras"])
        else:
            chosen = at_hand(labels, faulty_share=recipe.dataset.faulty_share, seed=recipe.seed)
    limit = threshold(np.ceil(scores[chosen]).astype(np.int64), false_alarms=recipe.threshold.false_alarms)
    real = float(model.dequantise_output(np.array([max(limit, -128)], np.int8))[0])
    storage.write_json(run.work / "threshold.json", {"threshold_int8": limit, "threshold_score": real})


def judge(run: AnomalyRun) -> None:
    """Write verify.json, budget.json, and the scores that every model and detector gives the test windows."""
    from tinykd.tflm import TflmModel
    from tinykd.verify import verify

    data = (run.out / "model.tflite").read_bytes()
    what = f"TFLite Micro runs {len(run.features.test)} test windows, slimmed and unslimmed"
    with run.reporter.busy(what):
        model = TflmModel(data)
        inputs = model.quantise_input(run.features.test)
        reference = (run.work / "unslimmed.tflite").read_bytes()
        found = verify(data, inputs=inputs, labels=None, reference_bytes=reference)
        alone = TflmModel((run.work / "no_kd.tflite").read_bytes(), where="student alone")
        scores = {
            "student_int8": model.run(inputs).reshape(-1),
            "no_kd": int8_outputs(alone, run.features.test)[:, 0],
            **_float_scores(run),
        }
    storage.write_json(
        run.work / "proof.json",
        {name: [round(float(score), 6) for score in values] for name, values in scores.items()},
    )
    write_proof(run, data, found)


def _float_scores(run: AnomalyRun) -> dict[str, npt.NDArray[Any]]:
    """Return what float models on this machine say of the test windows."""
    learner = run.learner
    train = summaries(np.asarray(run.features.train[0], np.float32))
    test = summaries(np.asarray(run.features.test))
    return {
        "teacher": learner.beside([run.cached or run.out / "teacher.keras"])["test"],
        "student_float": learner.scores(run.out / "student.keras", "test"),
        "gaussian": gaussian(train)(test),
        "isolation_forest": isolation_forest(train, seed=run.recipe.seed)(test),
    }


def alarms(scores: npt.NDArray[Any], labels: npt.NDArray[Any], limit: float) -> dict[str, float]:
    """Return the shares of normal and of anomalous examples above the threshold."""
    above = scores > limit
    return {
        "threshold_int8": float(limit),
        "false_alarms": float(above[labels == NORMAL].mean()) if (labels == NORMAL).any() else float("nan"),
        "detected": float(above[labels != NORMAL].mean()) if (labels != NORMAL).any() else float("nan"),
    }


def write_report(run: AnomalyRun) -> None:
    """Write metrics.json, history.csv and the plots."""
    from tinykd.report.anomaly_plots import plot_roc, plot_scores
    from tinykd.report.plots import plot_history

    features = features_of(run)
    proof = storage.read_json(run.work / "proof.json")
    parts = {
        name: storage.read_json(run.work / f"{name}.json") for name in ("teacher", "no_kd", "student", "int8")
    }
    histories = {name: part["history"] for name, part in parts.items()}
    histories["no_kd_int8"] = parts["no_kd"]["int8_history"]
    rows = [{"stage": name, **row} for name, history in histories.items() for row in history]
    text = io.StringIO()
    writer = csv.DictWriter(text, HISTORY_COLUMNS, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    storage.write_text(run.out / "history.csv", text.getvalue())
    plot_history(rows, run.out / "history.png", panels=(("loss", "Loss", 1.0),))
    scores = {name: features.judged("test", np.asarray(values)) for name, values in proof.items()}
    own, labels = scores["student_int8"]
    limit = storage.read_json(run.work / "threshold.json")["threshold_int8"]
    plot_scores(own, labels, limit, run.out / "scores.png")
    plot_roc({name: values for name, (values, _) in scores.items()}, labels, run.out / "roc.png")
    storage.write_json(run.out / "metrics.json", _metrics(run, parts, scores, limit))


def _metrics(
    run: AnomalyRun,
    parts: dict[str, dict[str, Any]],
    scores: dict[str, tuple[npt.NDArray[Any], npt.NDArray[np.uint8]]],
    limit: int,
) -> dict[str, Any]:
    from tinykd.cost.macs import count
    from tinykd.flatbuffer import read_model

    verified = storage.read_json(run.out / "verify.json")
    cost = count(read_model(run.out / "model.tflite"))
    machines = features_of(run).judged_machines("test")
    own, labels = scores["student_int8"]
    return {
        "task": run.recipe.task,
        "dataset": run.dataset.name,
        "healthy": run.recipe.dataset.healthy,
        "seed": run.recipe.seed,
        "classes": list(run.dataset.classes),
        "recipe_digest": recipe_digest(run.recipe),
        "params": cost.params,
        "macs": cost.macs,
        "model_bytes": verified["model_bytes"],
        "unslimmed_bytes": (run.work / "unslimmed.tflite").stat().st_size,
        "arena_bytes": verified["arena_bytes"],
        "train_windows": int(run.features.train.shape[1]),
        "teacher_params": parts["teacher"]["params"],
        **origin(run),
        **{key: value for key, value in parts["teacher"].items() if key.startswith("source_")},
        "judged": "runs" if run.dataset.whole_runs else "windows",
        "validation": {name: {"auc": part["validation_accuracy"]} for name, part in parts.items()},
        "test": {
            "n": len(labels),
            "anomalies": int(labels.sum()),
            "threshold": alarms(own, labels, limit),
            **{name: judged(values, labels, machines) for name, (values, _) in scores.items()},
        },
    }
