"""A finished run folder without a training: random weights, the front end of its recipe, real statistics."""

import json

import numpy as np
from tflite_models import OP, OPTIONS, Graph, fb

from tinykd import storage
from tinykd.detection.detector import smoothed
from tinykd.features import front_end
from tinykd.features.imu import ImuFrontEnd
from tinykd.features.sensor_windows import SensorFrontEnd
from tinykd.inference import open_finished
from tinykd.recipe import recipe_digest
from tinykd.recipe_file import load_recipe
from tinykd.recipe_text import dump_recipe
from tinykd.sensor_features import standardised
from tinykd.sensor_recording import read_recording
from tinykd.tasks import task_of
from tinykd.tasks.finished import int8_outputs
from tinykd.tasks.wakeword import DETECTION
from tinykd.tflm import TflmModel

CLASSES = ["yes", "no", "_silence_", "_unknown_"]
LOOSE = ["detection.probability=0.6", "detection.smooth_hops=2", "detection.refractory_ms=300"]


def dense_model(weights, shape=None) -> bytes:
    """[1, inputs] or `shape` to [1, outputs], one fully connected layer of int8 weights [outputs, inputs]."""
    outputs, inputs = weights.shape
    graph = Graph()
    graph.inputs = [graph.tensor(shape or [1, inputs], scale=0.02, zero=-10)]
    kernel = graph.tensor(weights.shape, scale=0.002, data=weights)
    bias = graph.tensor(
        [outputs], kind=fb.TensorType.INT32, scale=0.02 * 0.002, data=np.zeros(outputs, np.int32)
    )
    graph.outputs = [graph.tensor([1, outputs], scale=0.1, zero=4)]
    options = fb.FullyConnectedOptionsT()
    graph.op(
        OP.FULLY_CONNECTED,
        [*graph.inputs, kernel, bias],
        graph.outputs,
        OPTIONS.FullyConnectedOptions,
        options,
    )
    return graph.pack()


def make_kws_run(folder, *, overrides, classes, mean=-5.9, deviation=5.0):
    """Write what the verbs after training need of a keyword run; returns the folder."""
    recipe = load_recipe("kws", [*overrides, f"dataset.words={json.dumps(classes[:-2])}"])
    settings = front_end(recipe.features, recipe.dataset.sample_rate_hz).settings()
    return _make(folder, recipe, classes, {**settings, "mean": mean, "deviation": deviation})


def make_wakeword_run(folder, *, recording, overrides=(), mean=-5.9, deviation=5.0):
    """The same of a wake word's run, whose threshold a tenth of the hops of a recording reach."""
    recipe = load_recipe("wakeword", ['dataset.phrase="computer"', *overrides])
    settings = front_end(recipe.features, recipe.dataset.sample_rate_hz).settings()
    classes = ["computer", "_unknown_"]
    _make(folder, recipe, classes, {**settings, "mean": mean, "deviation": deviation})
    detector = {"hop_ms": recipe.detection.hop_ms, "smooth_hops": 3, "threshold": 0, "refractory_hops": 9}
    storage.write_json(folder / DETECTION, {"model": {"detector": detector}})
    task, finished = open_finished(folder)
    scores, _ = task._scores(finished, recording)
    detector["threshold"] = int(np.quantile(smoothed(scores, detector["smooth_hops"]), 0.9))
    storage.write_json(folder / DETECTION, {"model": {"detector": detector}})
    return folder


def make_gesture_run(folder, *, overrides, classes, channels):
    """The same of a gesture run."""
    chosen = [f"dataset.classes={json.dumps(classes)}", f"dataset.channels={json.dumps(channels)}"]
    recipe = load_recipe("gesture", [*overrides, *chosen])
    section = recipe.dataset
    front = ImuFrontEnd(recipe.features, channels=section.channels, rate_hz=section.rate_hz)
    return _make(folder, recipe, classes, front.settings())


def make_anomaly_run(folder, *, overrides, channels, rate_hz, recording):
    """The same of an anomaly run, whose threshold is the median score of a recording."""
    recipe = load_recipe("anomaly", [*overrides, f"dataset.channels={json.dumps(channels)}"])
    front = SensorFrontEnd(recipe.features, sample_rate_hz=rate_hz, channels=channels)
    found = front.windows([read_recording(recording, channels=channels, sample_rate_hz=rate_hz)]).features
    mean, deviation = found.mean(axis=(0, 1), dtype=np.float64), found.std(axis=(0, 1), dtype=np.float64)
    numbers = {"mean": mean.tolist(), "deviation": deviation.tolist(), "sample_rate_hz": rate_hz}
    settings = {**front.settings(), **numbers}
    _make(folder, recipe, ["normal", "anomaly"], settings, outputs=1)
    model = TflmModel((folder / "model.tflite").read_bytes())
    scores = int8_outputs(model, standardised(found, settings))
    limit = {"threshold_int8": int(np.median(scores)), "threshold_score": 0.0}
    storage.write_json(folder / ".stages" / "threshold.json", limit)
    return folder


def _make(folder, recipe, classes, settings, *, outputs=None, seed=1):
    task = task_of(recipe)
    shape = task.input_shape(recipe)
    size = (outputs or len(classes), int(np.prod(shape)))
    weights = np.random.default_rng(seed).integers(-127, 128, size, dtype=np.int8)
    (folder / ".stages").mkdir(parents=True)
    (folder / "recipe.lock.toml").write_text(dump_recipe(recipe))
    (folder / "model.tflite").write_bytes(dense_model(weights, [1, *shape, 1]))
    storage.write_json(folder / "metrics.json", {"classes": classes, "recipe_digest": recipe_digest(recipe)})
    storage.write_json(folder / ".stages" / "front_end.json", settings)
    golden = np.random.default_rng(seed).normal(size=shape)
    storage.write_json(folder / ".stages" / "golden.json", golden.astype(np.float32).tolist())
    return folder
