"""Model files, recordings and run folders that cannot be used: one line, exit code 2, nothing written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from command_line import complaint, tinykd, tree_of, wav_bytes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def converted(tmp_path_factory) -> dict[str, Path]:
    """A float model, and an int8 one with an operator that TFLite Micro lacks."""
    from tinykd._keras import keras, native_stderr_held, tf

    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((4,), batch_size=1),
            layers.Dense(4),
            layers.Lambda(lambda x: tf.nn.gelu(x, approximate=True)),
            layers.Dense(3),
        ]
    )
    rng = np.random.default_rng(1)
    folder = tmp_path_factory.mktemp("models")
    for name in ("float", "gelu"):
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        if name == "gelu":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = lambda: (
                [rng.normal(size=(1, 4)).astype(np.float32)] for _ in range(10)
            )
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = converter.inference_output_type = tf.int8
        with native_stderr_held():
            (folder / f"{name}.tflite").write_bytes(converter.convert())
    return {name: folder / f"{name}.tflite" for name in ("float", "gelu")}


@pytest.fixture
def run(finished, tmp_path) -> Path:
    """A copy of a finished run, to be damaged."""
    return shutil.copytree(finished.folder, tmp_path / "run")


@pytest.fixture
def ask(finished, tmp_path):
    """Return a function that runs a verb on bad input and returns its one line."""

    def verb(*arguments: str | Path) -> str:
        before = tree_of(tmp_path)
        line = complaint(tinykd(*arguments, cache=finished.cache))
        assert tree_of(tmp_path) == before
        return line

    return verb


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("truncated", "the file is damaged: "),
        ("empty", "the file is empty"),
        ("text", "this is not a .tflite file"),
        ("float", "float model: "),
        ("gelu", "GELU, does not exist in TFLite Micro"),
    ],
)
def test_every_verb_refuses_a_model_that_no_device_can_run(kind, what, run, ask, converted, tmp_path):
    model = run / "model.tflite"
    whole = model.read_bytes()
    contents = {"truncated": whole[: len(whole) // 2], "empty": b"", "text": b"a model, they said"}
    model.write_bytes(contents[kind] if kind in contents else converted[kind].read_bytes())
    (tmp_path / "clip.wav").write_bytes(wav_bytes(np.zeros(16000)))
    verbs = [("verify", model), ("predict", run, tmp_path / "clip.wav"), ("export", run)]
    if kind not in converted:  # a model that is whole can be slimmed, whoever runs it
        verbs.append(("slim", model, tmp_path / "slim.tflite"))
    for verb in verbs:
        line = ask(*verb)
        assert line.startswith(f"{model}: "), verb
        assert what in line, verb


def test_slimming_keeps_a_float_model_what_it_is(converted, finished, tmp_path):
    for path in converted.values():
        done = tinykd("slim", path, tmp_path / "slim.tflite", cache=finished.cache)
        assert (done.returncode, done.stderr) == (0, "")
        assert 0 < (tmp_path / "slim.tflite").stat().st_size < path.stat().st_size


def test_a_model_of_another_run_is_refused(run, ask, tmp_path):
    from tflite_models import classifier

    (run / "model.tflite").write_bytes(classifier())
    (tmp_path / "clip.wav").write_bytes(wav_bytes(np.zeros(16000)))
    line = ask("predict", run, tmp_path / "clip.wav")
    assert line.startswith(f"{run}/model.tflite: it has 32 inputs and 3 outputs; the run's own model, of ")


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("no.wav", None, "cannot be read (No such file or directory)"),
        ("folder.wav", "folder", "cannot be read (Is a directory)"),
        ("text.wav", b"hello", "not a recording of a known kind"),
        ("empty.wav", b"", "the file is empty"),
        ("short.wav", wav_bytes(np.zeros(8000))[:999], "cut short: "),
    ],
)
def test_predict_names_a_recording_that_it_cannot_hear(name, content, what, finished, ask, tmp_path):
    path = tmp_path / name
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    assert ask("predict", finished.folder, path).startswith(f"{path}: {what}")


def test_a_folder_that_is_no_run_is_named(ask, tmp_path):
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "no"):
        assert ask("evaluate", folder).startswith(f"{folder}: it has no recipe.lock.toml; ")
        assert ask("budget", folder).startswith(f"{folder}: is not a run folder ")
        assert ask("predict", folder, tmp_path / "clip.wav").startswith(f"{folder}: it has no ")


@pytest.mark.parametrize("content", ["", "{", "[]", "7", '{"classes": 3}', '{"classes": []}', "\x00\xff"])
def test_damaged_metrics_are_named(content, run, ask):
    path = run / "metrics.json"
    path.write_text(content, encoding="latin-1")
    for verb in ("evaluate", "budget"):
        assert ask(verb, run).startswith(f"{path}: "), verb


def test_a_damaged_recipe_is_named(run, ask):
    path = run / "recipe.lock.toml"
    whole = path.read_text()
    for text in (whole[:200] + '\n"', whole.replace("seed = 1\n", "seed = 'a'\n", 1), "\xff"):
        path.write_text(text, encoding="latin-1")
        for verb in ("evaluate", "budget", "export"):
            assert ask(verb, run).startswith("recipe.lock.toml"), verb


def test_other_damaged_files_of_a_run_are_named(run, ask, tmp_path):
    (tmp_path / "clip.wav").write_bytes(wav_bytes(np.zeros(16000)))
    for name, content in (("front_end.json", "{}"), ("golden.json", "[[1")):
        path = run / ".stages" / name
        whole = path.read_text()
        path.write_text(content)
        assert ask("export", run).startswith(f"{path}: the file is damaged: "), name
        path.write_text(whole)


def test_a_run_that_another_recipe_has_begun_is_not_measured(run, ask):
    path = run / "recipe.lock.toml"
    path.write_text(path.read_text().replace("log_floor = 1e-06", "log_floor = 1e-05"))
    assert ask("evaluate", run).startswith(f"{run}: its recipe is not the one its model was made with; ")


def test_unknown_splits_and_data_sets_name_the_known_ones(finished, ask):
    run = finished.folder
    assert ask("evaluate", run, "--split", "tests") == (
        "--split: unknown split 'tests'; one of train, validation, test"
    )
    assert "speech_commands" in ask("evaluate", run, "--dataset", "noises")


def test_an_unfinished_run_does_not_pass_the_budget(run, finished):
    metrics = json.loads((run / "metrics.json").read_text())
    (run / "metrics.json").write_text(json.dumps({**metrics, "recipe_digest": "0" * 16}))
    done = tinykd("budget", run, cache=finished.cache)
    assert (done.returncode, done.stderr) == (1, "")
    assert "unfinished" in done.stdout
