"""The command line: quick to answer, one line for every fault, the right exit code."""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

import tinykd
from tinykd.cli import app, main
from tinykd.errors import CheckFailed, DataError

ENTRY = "import sys; from tinykd.cli import main; sys.exit(main())"
VERBS = (
    "run",
    "evaluate",
    "predict",
    "listen",
    "record",
    "verify",
    "budget",
    "slim",
    "export",
    "firmware",
    "emulate",
    "compile",
    "measure",
    "cache-teacher",
    "distill",
    "study",
    "compare",
    "progressive",
    "explain",
    "federated",
    "join",
    "list",
    "doctor",
)


def tinykd_process(*arguments: str, code: str = ENTRY) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def best_of_three(*arguments: str) -> float:
    """Return seconds of processor time, which one thread on an idle machine takes by the clock too.

    The clock itself would measure whatever else this machine is doing.
    """
    seconds = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = tinykd_process(*arguments)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
        assert done.returncode == 0, done.stderr
    return min(seconds)


@pytest.fixture
def tables(monkeypatch):
    """Tables with one or two rows each, in place of the real ones."""
    row = types.SimpleNamespace(description="a row", sensor="audio")
    monkeypatch.setattr("tinykd.distill.methods.METHODS", {"logits": row, "time_axis": row})
    monkeypatch.setattr("tinykd.distill.ways.WAYS", {"transfer": row})
    monkeypatch.setattr("tinykd.datasets.DATASETS", {"own": row, "other": row}, raising=False)
    monkeypatch.setattr("tinykd.models.MODELS", {"big": row, "small": row}, raising=False)


@pytest.fixture
def recipe_path(tmp_path: Path) -> str:
    path = tmp_path / "mine.toml"
    path.write_text(
        "[dataset]\nname = 'own'\n[teacher]\nmodel = 'big'\n[student]\nmodel = 'small'\n"
        "[distill]\nmethods = ['logits']\n"
    )
    return str(path)


@pytest.fixture
def pipeline(monkeypatch):
    """A pipeline that writes down what it is asked."""
    calls: list[dict[str, Any]] = []
    module = types.ModuleType("tinykd.pipeline")
    module.run = lambda recipe, **rest: calls.append({"recipe": recipe, **rest})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tinykd.pipeline", module)
    monkeypatch.setattr(tinykd, "pipeline", module, raising=False)
    return calls


@pytest.fixture
def inference(monkeypatch):
    """What a finished run can do, with figures made up."""
    module = types.ModuleType("tinykd.inference")
    module.evaluate = lambda run, **rest: {"n": 3, "int8": {"accuracy": 0.5}, **rest}  # type: ignore[attr-defined]
    module.predict = lambda run, wav: [("no", 0.25), ("yes", 0.75)]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tinykd.inference", module)
    monkeypatch.setattr(tinykd, "inference", module, raising=False)


def test_help_answers_in_under_a_third_of_a_second():
    assert best_of_three("--help") < 0.3


def test_list_answers_in_under_half_a_second():
    assert best_of_three("list") < 0.5


def test_the_command_line_loads_nothing_heavy():
    heavy = (
        "tensorflow",
        "tf_keras",
        "numpy",
        "scipy",
        "pydantic",
        "matplotlib",
        "tflite_micro",
        "rich.table",
    )
    code = f"import sys, tinykd.cli; print([name for name in {heavy!r} if name in sys.modules])"
    assert tinykd_process(code=code).stdout == "[]\n"


def test_listing_the_tables_does_not_load_tensorflow():
    code = "import sys\nfrom tinykd.cli import main\nmain(['list'])\nprint('tensorflow' in sys.modules)"
    done = tinykd_process(code=code)
    assert done.stdout.endswith("False\n"), done.stderr


def test_every_verb_is_there_and_says_in_one_whole_sentence_what_it_does(capsys):
    assert [command.name for command in app.registered_commands] == list(VERBS)
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert "..." not in shown.split("Commands:")[1]
    for verb in VERBS:
        assert main([verb, "--help"]) == 0
        assert f"Usage: tinykd {verb}" in capsys.readouterr().out


def test_no_words_at_all_show_the_help(capsys):
    assert main([]) == 0
    assert "Usage: tinykd" in capsys.readouterr().out


def test_the_version_is_the_package_s(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"tinykd {tinykd.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["rnu"], "tinykd: no such command 'rnu'. Did you mean 'run'?; commands: " + ", ".join(VERBS)),
        (["run"], "tinykd run: missing argument 'TASK'; see tinykd run --help"),
        (
            ["run", "kws", "--ot", "x"],
            "tinykd run: no such option: --ot; options: --data-dir, --dataset, --out, --set",
        ),
        (
            ["run", "kws", "--out"],
            "tinykd: option '--out' requires an argument; see tinykd --help",
        ),
        (["run", "kws", "x"], "tinykd run: got unexpected extra argument(s) (x); see tinykd run --help"),
        (
            ["list", "colours"],
            "tinykd list: unknown list 'colours'; allowed: tasks, methods, datasets, models, recipes, boards",
        ),
        (["budget", "--format", "xml"], "--format: unknown form 'xml'; allowed: table, json, markdown"),
        (["verify", "/no/model.tflite"], "/no/model.tflite: no such file or directory; give a .tflite file"),
        (
            ["slim", "/no/model.tflite", "x"],
            "/no/model.tflite: no such file or directory; give a .tflite file",
        ),
    ],
)
def test_bad_use_is_one_line_on_stderr_and_exit_code_2(arguments, line, capsys):
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", line + "\n")


@pytest.mark.parametrize("place", ["out", "cache"])
def test_a_place_that_cannot_be_written_is_said_before_anything_is_made(place, tmp_path, monkeypatch, capsys):
    (tmp_path / "file").write_text("")
    out = tmp_path / "file" / "x" if place == "out" else tmp_path / "run"
    monkeypatch.setenv("TINYKD_CACHE", str(tmp_path / ("file" if place == "cache" else "cache")))
    assert main(["run", "kws", "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert ": cannot be written (" in said
    assert str(tmp_path / "file") in said


def test_run_hands_recipe_data_and_folder_to_the_pipeline(tables, recipe_path, pipeline):
    assert (
        main(["run", recipe_path, "--data-dir", "/data", "--set", "seed=4", "--set", "dataset.clip_ms=500"])
        == 0
    )
    call = pipeline[0]
    assert (call["recipe"].seed, call["recipe"].dataset.clip_ms) == (4, 500)
    assert (call["data_dir"], call["out"]) == (Path("/data"), Path("runs/mine"))


def test_a_run_on_another_data_set_has_a_folder_of_its_own(tables, recipe_path, pipeline):
    assert main(["run", recipe_path, "--dataset", "other"]) == 0
    assert main(["run", recipe_path, "--dataset", "own"]) == 0
    assert main(["run", recipe_path, "--dataset", "other", "--out", "here"]) == 0
    assert [call["out"] for call in pipeline] == [Path("runs/mine-other"), Path("runs/mine"), Path("here")]
    assert [call["recipe"].dataset.name for call in pipeline] == ["other", "own", "other"]
    assert pipeline[0]["data_dir"] is None


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--dataset", "x"], "--dataset: unknown data set 'x'; allowed: other, own"),
        (["--dataset", 'x"\ny'], "--dataset: unknown data set 'x\" y'; allowed: other, own"),
        (
            ["--set", "dataset.name=x"],
            "mine.toml [dataset]: name names 'x', which is unknown; allowed: other, own",
        ),
        (
            ["--set", "teacher.model=x"],
            "mine.toml [teacher]: model names 'x', which is unknown; allowed: big, small",
        ),
        (
            ["--set", "student.model=x"],
            "mine.toml [student]: model names 'x', which is unknown; allowed: big, small",
        ),
        (
            ["--set", "distill.methods=['x']"],
            "mine.toml [distill]: methods names 'x', which is unknown; allowed: logits, time_axis",
        ),
        (
            ["--set", "student.modle=x"],
            "--set student.modle: unknown key 'modle'; known keys: model, params, train",
        ),
    ],
)
def test_unknown_names_list_the_known_ones(options, line, tables, recipe_path, pipeline, capsys):
    assert main(["run", recipe_path, *options]) == 2
    assert capsys.readouterr().err == line + "\n"
    assert pipeline == []


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CheckFailed("model.tflite", "51,000 bytes", "below 50,000"), 1),
        (DataError("take.wav", "44100 Hz", "16000 Hz"), 2),
    ],
)
def test_an_error_of_the_input_is_one_line_and_its_own_exit_code(error, code, monkeypatch, capsys):
    monkeypatch.setattr(
        "tinykd.commands.recipe_choice.chosen_recipe", lambda *_, **__: (_ for _ in ()).throw(error)
    )
    assert main(["run", "kws"]) == code
    assert capsys.readouterr().err == f"{error}\n"


def test_an_error_of_ours_keeps_its_traceback(monkeypatch):
    monkeypatch.setattr("tinykd.commands.recipe_choice.chosen_recipe", lambda *_, **__: {}["bug"])
    with pytest.raises(KeyError, match="bug"):
        main(["run", "kws"])


def test_control_c_is_one_line_and_exit_code_130():
    code = (
        "import sys, time\nfrom tinykd.cli import main\nfrom tinykd.commands import recipe_choice\n"
        "def wait(*_, **__):\n    print('ready', flush=True)\n    time.sleep(60)\n"
        "recipe_choice.chosen_recipe = wait\nsys.exit(main(['run', 'kws']))"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell starts what goes to the background with Ctrl-C ignored, and that is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said == "tinykd: interrupted; the same command continues where it stopped\n"


def test_evaluate_prints_lines_for_people_and_json_for_scripts(inference, capsys):
    assert main(["evaluate", "runs/mine", "--split", "test", "--split", "validation"]) == 0
    assert "int8.accuracy: 0.5000" in capsys.readouterr().out
    assert main(["evaluate", "runs/mine", "--json", "--dataset", "other"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["int8"], found["dataset"], found["splits"]) == ({"accuracy": 0.5}, "other", ["test"])


def test_predict_puts_the_likeliest_class_first(inference, capsys):
    assert main(["predict", "runs/mine", "a.wav", "--top", "1"]) == 0
    assert capsys.readouterr().out.split() == ["yes", "75.0", "%"]


def test_list_shows_one_table_or_all(tables, capsys):
    assert main(["list", "models"]) == 0
    assert capsys.readouterr().out == "  big    a row\n  small  a row\n"
    assert main(["list"]) == 0
    shown = capsys.readouterr().out
    assert [line for line in shown.splitlines() if line and line[0] != " "] == [
        "tasks", "methods", "datasets", "models", "recipes", "boards"
    ]  # fmt: skip
    assert main(["list", "datasets", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"datasets": {"other": "a row", "own": "a row"}}


def test_a_reader_that_stops_early_is_no_error():
    command = f"{sys.executable} -c '{ENTRY}' --help | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("Usage: tinykd")
    assert "Traceback" not in done.stderr


def test_verify_prints_what_it_found_and_exit_code_1_where_outputs_differ(monkeypatch, tmp_path, capsys):
    found = {"bit_exact": True, "arena_bytes": 24368, "ops": [{"name": "CONV_2D", "count": 5}]}
    monkeypatch.setattr("tinykd.commands.verify._verified", lambda *_: found)
    (tmp_path / "m.tflite").write_bytes(b"model")
    assert main(["verify", str(tmp_path / "m.tflite")]) == 0
    assert capsys.readouterr().out == "bit_exact: True\narena_bytes: 24,368\nops: CONV_2D x5\n"
    found["bit_exact"] = False
    assert main(["verify", str(tmp_path / "m.tflite"), "--reference", str(tmp_path / "m.tflite")]) == 1
    assert "outputs differ" in capsys.readouterr().err


def test_doctor_says_what_is_missing_how_to_get_it_and_fails_only_for_what_is_needed(monkeypatch, capsys):
    from tinykd import doctor

    gcc = doctor.Finding(
        name="gcc", needed=False, present=False, detail="tests", remedy="apt-get install gcc"
    )
    keras = doctor.Finding(name="tf_keras", needed=True, present=True, detail="2.21.0", remedy="")
    monkeypatch.setattr(doctor, "examine", lambda: [gcc, keras])
    assert main(["doctor"]) == 0
    assert "apt-get install gcc" in capsys.readouterr().out
    missing = doctor.Finding(name="tf_keras", needed=True, present=False, detail="", remedy="run: make setup")
    monkeypatch.setattr(doctor, "examine", lambda: [gcc, missing])
    assert main(["doctor", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["healthy"], said["findings"][1]["remedy"]) == (False, "run: make setup")


def test_the_doctor_finds_this_environment_complete(monkeypatch, tmp_path):
    from tinykd import doctor

    monkeypatch.setenv("TINYKD_CACHE", str(tmp_path / "not" / "yet"))
    monkeypatch.setenv("TINYKD_DATA", str(tmp_path))
    findings = {finding.name: finding for finding in doctor.examine()}
    assert doctor.healthy(list(findings.values())), findings
    assert findings["data"].present
    assert findings["tensorflow"].detail.startswith("2.21")
    assert not (tmp_path / "not").exists()


def test_the_doctor_sees_a_package_of_another_version_and_one_that_is_gone(monkeypatch):
    from tinykd import doctor

    asked = ["tensorflow==1.*", "no-such-package>=3", "numpy>=1", 'pytest; extra == "dev"']
    monkeypatch.setattr(doctor.importlib.metadata, "requires", lambda _: asked)
    tensorflow, others = doctor._packages()
    assert (tensorflow.present, "wanted ==1.*" in tensorflow.detail) == (False, True)
    assert (others.present, others.detail) == (False, "no-such-package not installed")
