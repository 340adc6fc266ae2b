"""`tinykd run kws` from nothing to proven C, and every verb that takes its result."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from command_line import RUN, SHRUNK, temporaries, tinykd, tree_of, wav_bytes
from on_a_board import heard, needs_tools

pytestmark = pytest.mark.slow

FILES = {
    *("recipe.lock.toml", "teacher.keras", "student.keras", "model.tflite", "metrics.json", "verify.json"),
    *("budget.json", "history.csv", "history.png", "confusion.png", ".stages", "c"),
}
C_FILES = {
    *("kws_model.h", "kws_model.c", "kws_settings.h", "kws_settings.c", "kws_golden.h", "kws_golden.c"),
    *("kws_ops.h", "kws_front_end.h", "kws_front_end.c"),
}
HEADERS = Path(__file__).parents[2] / "firmware" / "include"
WORDS = ["down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes"]


def read_json(path: Path):
    return json.loads(path.read_text(encoding="utf-8"))


def clips_of(finished) -> Path:
    """Return the folder of the run's splits in the cache, which other tests share."""
    folders = (finished.cache / "synthetic_speech").iterdir()
    (found,) = (one for one in folders if read_json(one / "test" / "clips.json")["classes"][:10] == WORDS)
    return found


def tflite_micro_outputs(model: bytes, inputs: np.ndarray) -> np.ndarray:
    """[n, ...] int8 to [n, classes] int8, straight through the interpreter."""
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(model, arena_size=1_000_000)
    shape = interpreter.get_input_details(0)["shape"]
    outputs = []
    for one in inputs:
        interpreter.set_input(one.reshape(shape), 0)
        interpreter.invoke()
        outputs.append(interpreter.get_output(0).reshape(-1).copy())
    return np.array(outputs)


def test_a_run_ends_well_and_its_folder_is_complete(finished):
    assert finished.done.returncode == 0, finished.done.stderr
    assert finished.done.stderr == ""
    assert {path.name for path in finished.folder.iterdir()} == FILES
    assert {path.name for path in (finished.folder / "c").iterdir()} == C_FILES
    assert temporaries(finished.folder, finished.cache) == []
    assert "model.tflite" in finished.done.stdout


def test_the_figures_are_all_there_and_agree_with_the_files(finished):
    run = finished.folder
    metrics, verified = read_json(run / "metrics.json"), read_json(run / "verify.json")
    budget = read_json(run / "budget.json")
    assert (metrics["task"], metrics["dataset"], metrics["seed"]) == ("kws", "synthetic_speech", 1)
    assert metrics["classes"] == [*WORDS, "_silence_", "_unknown_"]
    size = (run / "model.tflite").stat().st_size
    assert metrics["model_bytes"] == verified["model_bytes"] == budget["measured"]["model_bytes"] == size
    assert metrics["arena_bytes"] == verified["arena_bytes"] == budget["measured"]["arena_bytes"] > 0
    assert metrics["params"] > 0
    assert metrics["macs"] > metrics["params"]
    test = metrics["test"]
    assert test["n"] == verified["samples"] == 36
    for name in ("teacher", "no_kd", "student_float", "student_int8"):
        assert 0.0 <= test[name]["accuracy"] <= 1.0
    assert test["student_int8"]["accuracy"] == verified["accuracy"]
    assert test["student_int8"]["macro_recall"] == verified["macro_recall"]
    assert (verified["runtime"], verified["bit_exact"]) == ("tflite-micro", True)
    assert verified["version"]
    assert {"CONV_2D", "FULLY_CONNECTED"} <= {op["name"] for op in verified["ops"]}
    assert (budget["limits"], budget["ok"]) == ({"model_bytes": 50_000, "arena_bytes": 32_000}, True)
    stages = [line.split(",")[0] for line in (run / "history.csv").read_text().splitlines()[1:]]
    epochs = {"teacher": 3, "no_kd": 3, "student": 3, "int8": 2, "no_kd_int8": 2}
    assert {name: stages.count(name) for name in set(stages)} == epochs


def test_the_accuracy_is_what_tflite_micro_gives_on_features_made_anew(finished):
    from tinykd.features import front_end
    from tinykd.recipe_file import load_recipe

    recipe = load_recipe(str(finished.folder / "recipe.lock.toml"))
    folder = clips_of(finished)
    audio = np.load(folder / "test" / "audio.npy")
    labels = np.array(read_json(folder / "test" / "clips.json")["labels"])
    settings = read_json(finished.folder / ".stages" / "front_end.json")
    features = front_end(recipe.features, 16000)(audio)
    features = (features - settings["mean"]) / settings["deviation"]
    model = (finished.folder / "model.tflite").read_bytes()
    header = (finished.folder / "c" / "kws_settings.h").read_text()
    scale = float(re.search(r"INPUT_SCALE (\S+)f\n", header)[1])
    zero_point = int(re.search(r"INPUT_ZERO_POINT \((\S+)\)", header)[1])
    inputs = np.clip(np.rint(features / np.float32(scale)) + zero_point, -128, 127).astype(np.int8)
    outputs = tflite_micro_outputs(model, inputs)
    right = outputs.argmax(axis=1) == labels
    test = read_json(finished.folder / "metrics.json")["test"]
    assert test["student_int8"]["accuracy"] == right.mean()
    assert test["student_int8"]["macro_recall"] == pytest.approx(
        np.mean([right[labels == label].mean() for label in range(12)]), abs=1e-12
    )
    assert test["student_int8"]["recall"]["yes"] == right[labels == WORDS.index("yes")].mean()


def test_a_second_run_does_nothing_again(finished):
    def stamps() -> dict[str, int]:
        return {path: Path(path).stat().st_mtime_ns for path in tree_of(finished.folder, finished.cache)}

    before, start = stamps(), time.perf_counter()
    done = tinykd(*RUN, "--out", finished.folder, cache=finished.cache)
    assert (done.returncode, done.stderr) == (0, "")
    assert time.perf_counter() - start < 30
    assert stamps() == before
    assert "training" not in done.stdout


def test_files_deleted_or_cut_short_by_hand_are_made_again(finished, tmp_path):
    run = shutil.copytree(finished.folder, tmp_path / "run")
    (run / "c" / "kws_ops.h").unlink()
    os.truncate(run / "history.png", 100)
    os.truncate(run / "metrics.json", 100)
    done = tinykd(*RUN, "--out", run, cache=finished.cache)
    assert (done.returncode, done.stderr) == (0, "")
    assert "training" not in done.stdout
    for name in ("c/kws_ops.h", "metrics.json", "history.png"):
        assert (run / name).read_bytes() == (finished.folder / name).read_bytes(), name


def test_the_budget_holds_and_a_smaller_one_fails_in_one_line(finished, tmp_path):
    done = tinykd("budget", finished.folder, "--format", "json", cache=finished.cache)
    assert (done.returncode, done.stderr) == (0, "")
    assert [row["fits"] for row in json.loads(done.stdout)] == [True, True]
    run = shutil.copytree(finished.folder, tmp_path / "run")
    done = tinykd(*RUN, "--set", "budget.model_bytes=1000", "--out", run, cache=finished.cache)
    size = (run / "model.tflite").stat().st_size
    assert done.returncode == 1, done.stderr
    assert done.stderr.splitlines() == [
        f"{run}: model_bytes {size} is not below 1000; a smaller student, or a larger [budget]"
    ]
    done = tinykd("budget", run, cache=finished.cache)
    assert (done.returncode, done.stderr) == (1, "")
    assert "OVER" in done.stdout


def test_predict_hears_a_clip_as_verify_counted_it(finished, tmp_path):
    folder = clips_of(finished)
    clip = tmp_path / "clip.wav"
    clip.write_bytes(wav_bytes(np.load(folder / "test" / "audio.npy")[0]))
    done = tinykd("predict", finished.folder, clip, "--json", cache=finished.cache)
    assert (done.returncode, done.stderr) == (0, "")
    rows = json.loads(done.stdout)
    assert sum(row["probability"] for row in rows) == pytest.approx(1.0, abs=1e-5)  # float32 softmax
    proof = read_json(finished.folder / ".stages" / "proof.json")
    classes = read_json(finished.folder / "metrics.json")["classes"]
    assert len(rows) == 12
    best = max(row["probability"] for row in rows)
    assert classes[proof["predicted"][0]] in [row["class"] for row in rows if row["probability"] == best]


def test_verify_and_slim_agree_that_slimming_changed_nothing(finished, tmp_path):
    model, fat = finished.folder / "model.tflite", finished.folder / ".stages" / "unslimmed.tflite"
    done = tinykd("slim", fat, tmp_path / "slim.tflite", cache=finished.cache)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "slim.tflite").read_bytes() == model.read_bytes()
    done = tinykd("slim", model, tmp_path / "again.tflite", cache=finished.cache)
    assert (tmp_path / "again.tflite").read_bytes() == model.read_bytes()
    done = tinykd("verify", model, "--reference", fat, "--json", cache=finished.cache)
    assert (done.returncode, done.stderr) == (0, "")
    found, proof = json.loads(done.stdout), read_json(finished.folder / "verify.json")
    assert found["bit_exact"] is True
    for key in ("runtime", "version", "model_bytes", "arena_bytes", "ops"):
        assert found[key] == proof[key], key


def test_evaluate_measures_real_voices(finished, packs):
    arguments = ("evaluate", finished.folder, "--data-dir", packs / "kws_commands_12", "--json")
    done = tinykd(*arguments, cache=finished.cache)
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert found["test"]["n"] == 201  # lines of testing_list.txt, as the pack's README says
    assert set(found["test"]["recall"]) == {*WORDS, "_silence_", "_unknown_"}
    assert found["runtime"] == "tflite-micro"
    assert tinykd(*arguments, cache=finished.cache).stdout == done.stdout


MAIN = r"""
#include <stdio.h>
#include "kws_golden.h"
#include "kws_model.h"
#include "kws_settings.h"

int main(void) {
  fwrite(tkd_kws_golden_input, 1, TKD_KWS_GOLDEN_INPUT_BYTES, stdout);
  fwrite(tkd_kws_golden_output, 1, TKD_KWS_GOLDEN_OUTPUT_BYTES, stdout);
  fwrite(tkd_kws_model, 1, tkd_kws_model_len, stdout);
  for (int label = 0; label < TKD_KWS_CLASSES; ++label) printf("%s\n", tkd_kws_labels[label]);
  return TKD_KWS_LABEL_YES == 9 ? 0 : 1;
}
"""


@pytest.mark.parametrize(("compiler", "standard"), [("gcc", "c11"), ("g++", "c++17")])
def test_the_c_compiles_without_a_warning_and_holds_what_tflite_micro_gives(
    compiler, standard, finished, tmp_path
):
    c = finished.folder / "c"
    (tmp_path / "main.c").write_text(MAIN)
    language = ("-x", "c++") if compiler == "g++" else ()
    warnings = ("-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror")
    sources = (tmp_path / "main.c", *sorted(c.glob("*.c")))
    subprocess.run(
        [
            compiler,
            f"-std={standard}",
            *warnings,
            f"-I{c}",
            f"-I{HEADERS}",
            *language,
            *sources,
            "-o",
            tmp_path / "main",
        ],
        check=True,
    )
    said = subprocess.run([tmp_path / "main"], capture_output=True, check=True).stdout
    model = (finished.folder / "model.tflite").read_bytes()
    golden, rest = said[: said.index(model)], said[said.index(model) :]
    given, expected = np.frombuffer(golden[:-12], np.int8), np.frombuffer(golden[-12:], np.int8)
    assert np.array_equal(tflite_micro_outputs(model, given[None])[0], expected)
    assert rest[len(model) :].decode().split() == [*WORDS, "_silence_", "_unknown_"]


def test_export_writes_the_same_c_again(finished, tmp_path):
    done = tinykd("export", finished.folder, "--out", tmp_path / "c", cache=finished.cache)
    assert (done.returncode, done.stderr) == (0, "")
    for path in (finished.folder / "c").iterdir():
        assert (tmp_path / "c" / path.name).read_bytes() == path.read_bytes(), path.name


def test_the_settings_of_the_run_stand_in_its_recipe(finished):
    from tinykd.recipe_file import load_recipe

    recipe = load_recipe(str(finished.folder / "recipe.lock.toml"))
    assert recipe.dataset.words == tuple(WORDS)
    named = load_recipe("kws", SHRUNK)
    assert recipe.model_dump(exclude={"dataset"}) == named.model_dump(exclude={"dataset"})


@needs_tools
def test_a_board_hears_real_words_as_python_does(finished, words_wav, tmp_path):
    found = heard(finished.folder, words_wav, out=tmp_path, cache=finished.cache)
    assert {row["word"] for row in found} <= set(WORDS)
