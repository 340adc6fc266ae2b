"""Recipes, words and data that cannot be used: one line, exit code 2, and nothing written."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest
from command_line import complaint, temporaries, tinykd, tree_of, wav_bytes

pytestmark = pytest.mark.slow

REAL = ("run", "kws", "--dataset", "speech_commands")
FEW = (
    *("--set", "synthetic.train_clips_per_word=2", "--set", "synthetic.validation_clips_per_word=1"),
    *("--set", "synthetic.test_clips_per_word=1", "--set", "augment.views=1"),
)


@pytest.fixture
def refused(tmp_path):
    """Return a function that runs the command, expects a refusal, and returns its line."""

    def run(*arguments: str | Path, env: dict[str, str] | None = None) -> str:
        before = tree_of(tmp_path)
        out, cache = tmp_path / "out", tmp_path / "cache"
        line = complaint(tinykd(*arguments, "--out", out, cache=cache, env=env))
        assert not out.exists()
        assert temporaries(tmp_path) == []
        assert {path for path in tree_of(tmp_path) - before if not path.startswith(str(cache))} == set()
        return line

    return run


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["rnu"], "recipe: unknown recipe 'rnu'; recipes: anomaly, "),
        (["kws", "--set", "student.chanels=3"], "--set student.chanels: unknown key 'chanels'; known keys: "),
        (["kws", "--set", "seed=one"], "--set seed: is a string; allowed: a whole number from 0 up"),
        (["kws", "--set", "seed"], "--set seed: not a setting; allowed: section.key=value"),
        (["kws", "--set", "teacher.train.epochs=0"], "--set teacher.train.epochs: is 0; allowed: "),
        (["kws", "--dataset", "noises"], "--dataset: unknown data set 'noises'; allowed: "),
        (
            ["kws", "--set", "student.model=huge"],
            "kws.toml [student]: model names 'huge', which is unknown; ",
        ),
        (
            ["kws", "--set", "student.model=dscnn", "--set", "student.params.foo=1"],
            "recipe [student]: model 'dscnn' has no parameter 'foo'; ",
        ),
        (
            ["kws", "--set", "teacher.model=resnet", "--set", "teacher.params.depth=two"],
            "recipe [teacher]: parameter 'depth' is 'two'; ",
        ),
        (
            ["kws", "--set", "distill.params.logits=1"],
            "recipe [distill].params: logits is 1; allowed: a table ",
        ),
        (["kws", "--set", "distill.params.hint={}"], "recipe [distill].params: unknown method 'hint'; "),
        (["kws", "--set", "features.fft_size=100"], "[features] fft_size: 100 is shorter than the window "),
        (
            ["kws", "--set", "dataset.clip_ms=20"],
            "features: a clip of 320 samples is shorter than the window; ",
        ),
        (
            ["kws", "--set", "dataset.sample_rate_hz=1", "--set", "features.window_ms=40"],
            "[features] window_ms: 40 ms is less than one sample ",
        ),
        (["kws", "--set", "augment.speed=[0.01, 5.0]"], "[augment] speed: 0.01 to 5; factors from 0.25 to 4"),
    ],
)
def test_a_recipe_that_cannot_be_used_costs_no_time(arguments, line, refused):
    said = refused("run", *arguments)
    assert said.startswith(line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[student]\nchanels = 3\n", "mine.toml [student]: unknown key 'chanels'; known keys: "),
        ("[teacher.train]\nepochs = 'many'\n", "mine.toml [teacher.train]: epochs is a string; allowed: "),
        ("seed = = 1\n", "mine.toml:1: "),
        ("base = 'mine.toml'\n", "mine.toml: base 'mine.toml' leads back to itself; "),
    ],
)
def test_a_recipe_file_is_named_with_its_section(text, line, refused, tmp_path):
    (tmp_path / "mine.toml").write_text(text)
    assert refused("run", tmp_path / "mine.toml").startswith(line)


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ('["\\"; }", "yes"]', "which English voices cannot say"),
        ('["a\\nb", "yes"]', r"'\n', which English voices cannot say"),
        ('["日本", "yes"]', "which English voices cannot say"),
        ('["_silence_", "yes"]', "which English voices cannot say"),
        ('["--", "yes"]', "'--' has no pronunciation"),
        ('["", "yes"]', "an empty word"),
        ('["yes", "yes"]', "'yes' sounds like 'yes'"),
        ('["to", "two"]', "'two' sounds like 'to'"),
    ],
)
def test_words_that_cannot_be_said_or_told_apart_are_refused(words, what, refused):
    said = refused("run", "kws", "--set", f"dataset.words={words}")
    assert said.startswith("dataset.words: ")
    assert what in said


def test_one_class_alone_is_no_task(refused):
    one = (
        "--set",
        'dataset.words=["yes"]',
        "--set",
        "dataset.unknown=false",
        "--set",
        "dataset.silence=false",
    )
    assert refused("run", "kws", *one, *FEW).startswith("recipe [dataset]: there is one class, 'yes'; ")


def test_one_class_of_recordings_is_refused_before_they_are_read(refused, tree):
    one = ('dataset.words=["yes"]', "dataset.unknown=false", "dataset.silence=false")
    settings = [word for pair in one for word in ("--set", pair)]
    said = refused(*REAL, "--data-dir", tree, *settings)
    assert said == "recipe [dataset]: there is one class, 'yes'; two or more of words, silence and unknown"


def csv_file(path, header, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savetxt(path, rows, delimiter=",", header=header, comments="", fmt="%.6g")


@pytest.mark.parametrize(
    ("milliseconds", "scale", "said"),
    [
        (1.0, 1 / 9.81, "its acceleration is 1 in median; m/s^2 with gravity, 9.81 at rest"),
        (1e-3, 1.0, "its rows are 0.02 apart in median; time_ms in milliseconds (seconds times 1000)"),
    ],
)
def test_gestures_in_other_units_are_named(milliseconds, scale, said, refused, tmp_path):
    rows = np.array([[at * 20 * milliseconds, 0.1, 0.2, 9.81] for at in range(150)]) * [
        1,
        scale,
        scale,
        scale,
    ]
    for name in ("wave", "knock"):
        for take in range(5):
            csv_file(tmp_path / "mine" / name / f"ann-{take}.csv", "time_ms,acc_x,acc_y,acc_z", rows)
    line = refused("run", "gesture", "--dataset", "imu_folder", "--data-dir", tmp_path / "mine")
    assert line.startswith(f"{tmp_path / 'mine' / 'knock' / 'ann-0.csv'}: {said}")


def test_a_machine_in_thousandths_of_its_unit_is_named(refused, tmp_path):
    rng = np.random.default_rng(0)
    healthy = np.hstack([np.arange(16000)[:, None] / 1600, rng.normal(0, 0.05, (16000, 3))])
    fault = np.hstack([healthy[:, :1], 1000 * healthy[:, 1:], np.ones((16000, 1))])
    csv_file(tmp_path / "mine" / "normal" / "a.csv", "time_s,x,y,z", healthy)
    csv_file(tmp_path / "mine" / "labelled" / "b.csv", "time_s,x,y,z,label", fault)
    line = refused("run", "anomaly", "--dataset", "sensor_csv", "--data-dir", tmp_path / "mine")
    assert line.startswith(
        f"{tmp_path / 'mine' / 'labelled' / 'b.csv'}: its channels are 1e+03 times as large"
    )


@pytest.fixture
def tree(tmp_path):
    """A folder in the layout of Speech Commands with four words of twelve short clips."""
    root = tmp_path / "tree"
    rng = np.random.default_rng(1)
    for word in ("yes", "no", "up", "down"):
        (root / word).mkdir(parents=True)
        for speaker in range(12):
            (root / word / f"{speaker:08x}_nohash_0.wav").write_bytes(
                wav_bytes(rng.integers(-999, 999, 8000))
            )
    return root


def test_a_data_folder_that_is_missing_or_empty_or_a_file_is_named(refused, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    for name, what in (("no", "no such folder"), ("empty", "no Speech Commands data"), ("file", "a file")):
        said = refused(*REAL, "--data-dir", tmp_path / name)
        assert said.startswith(f"{tmp_path / name}: {what}")


def test_a_folder_without_the_word_names_the_words_it_has(refused, tree):
    said = refused(*REAL, "--data-dir", tree, "--set", 'dataset.words=["banana"]')
    assert said == f"{tree}: no recordings of 'banana'; the words there are 'down', 'no', 'up', 'yes'"


def test_a_recording_cut_short_is_named(refused, tree):
    clip = tree / "yes" / "00000003_nohash_0.wav"
    clip.write_bytes(clip.read_bytes()[:1000])
    settings = ("--set", 'dataset.words=["yes", "no"]', "--set", "dataset.silence=false")
    said = refused(*REAL, "--data-dir", tree, *settings)
    assert said.startswith(f"{clip}: cut short: the header says 16000 bytes of sound, 956 are there; ")


def test_a_damaged_archive_is_named_and_leaves_nothing_behind(refused, packs, tmp_path):
    archive = tmp_path / "data" / "sc_kws12_eval.tar.xz"
    archive.parent.mkdir()
    shutil.copyfile(packs / "kws_commands_12" / archive.name, archive)
    with archive.open("r+b") as file:  # a flip that only xz's own check can notice
        file.seek(archive.stat().st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, 1)
        file.write(bytes([byte ^ 1]))
    assert refused(*REAL, "--data-dir", archive.parent).startswith(f"{archive}: the archive is damaged ")
    archive.write_bytes(b"no archive")
    assert refused(*REAL, "--data-dir", archive.parent).startswith(f"{archive}: the archive is damaged ")


def test_an_archive_that_climbs_out_of_its_folder_is_refused(refused, tmp_path):
    archive = tmp_path / "data" / "sc_evil.tar.xz"
    archive.parent.mkdir()
    with tarfile.open(archive, "w:xz") as tar:
        for name in ("yes/a_nohash_0.wav", "../../evil.wav"):
            member = tarfile.TarInfo(name)
            member.size = 100
            tar.addfile(member, io.BytesIO(bytes(100)))
    said = refused(*REAL, "--data-dir", archive.parent)
    assert said.startswith(f"{archive}: member '../../evil.wav' climbs out of its folder with '..'; ")
    assert not list(tmp_path.rglob("evil.wav"))


def test_a_download_with_the_wrong_sum_is_refused_and_removed(refused, tmp_path):
    archive = tmp_path / "cache" / "downloads" / "speech_commands_v0.02.tar.gz"
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"what somebody else put there")
    said = refused(*REAL, env={"TINYKD_DATA": str(tmp_path)})
    assert " gave sha256 " in said
    assert not archive.exists()


def test_places_where_nothing_can_be_written_are_named(finished, tmp_path):
    (tmp_path / "file").touch()
    said = complaint(tinykd("run", "kws", *FEW, "--out", tmp_path / "run", cache=tmp_path / "file" / "cache"))
    assert said.startswith(f"{tmp_path / 'file' / 'cache'}: cannot be written (not a directory); ")
    said = complaint(tinykd("export", finished.folder, "--out", tmp_path / "file", cache=tmp_path / "cache"))
    assert said.startswith(f"{tmp_path / 'file'}: cannot be written (not a directory); ")
    model = finished.folder / "model.tflite"
    said = complaint(tinykd("slim", model, finished.folder / "c", cache=tmp_path / "cache"))
    assert said.startswith(f"{finished.folder / 'c'}: cannot be written (is a directory); ")
    assert tree_of(tmp_path) == {str(tmp_path / "file")}
