"""`tinykd record` as a person calls it: templates, takes that the loaders read, refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tinykd.capture.layouts import LAYOUTS, next_take
from tinykd.capture.takes import write_rows, write_sound
from tinykd.cli import main
from tinykd.datasets.imu_csv import read_take
from tinykd.datasets.sensor_table import even_rate_hz, read_table
from tinykd.datasets.wav import read_clip
from tinykd.errors import DataError


def said(capsys, *arguments):
    code = main(["record", *map(str, arguments)])
    return code, capsys.readouterr().err.strip()


@pytest.mark.parametrize("task", LAYOUTS)
def test_a_template_has_a_folder_a_label_and_a_readme_and_keeps_what_is_there(task, tmp_path, capsys):
    root = tmp_path / "mine"
    assert main(["record", task, str(root), "--template"]) == 0
    readme = root / "README.txt"
    assert f"--data-dir {root}" in readme.read_text()
    folders = sorted(path.name for path in root.iterdir() if path.is_dir())
    assert len(folders) == len(LAYOUTS[task].labels)
    readme.write_text("mine")
    assert main(["record", task, str(root), "--template"]) == 0
    assert readme.read_text() == "mine"


def test_takes_are_numbered_by_the_first_free_number(tmp_path):
    path = next_take("gesture", tmp_path, "wave", who="ann")
    assert path == tmp_path / "wave" / "ann-1.csv"
    path.parent.mkdir()
    path.touch()
    assert next_take("gesture", tmp_path, "wave", who="ann").name == "ann-2.csv"
    assert (
        next_take("wakeword", tmp_path, "Hey Computer", who="ann") == tmp_path / "hey_computer" / "ann-1.wav"
    )
    assert next_take("anomaly", tmp_path, "anomaly", who="pump").parent.name == "labelled"


def test_a_sound_comes_back_sample_for_sample(tmp_path):
    audio = np.array([0, 1, -1, 32767, -32768], np.int16)
    write_sound(tmp_path / "yes" / "a.wav", audio, rate_hz=16000)
    np.testing.assert_array_equal(read_clip(tmp_path / "yes" / "a.wav", sample_rate_hz=16000), audio)


def test_rows_come_back_through_the_loaders(tmp_path):
    times = np.arange(100) / 50.0
    values = np.tile([0.0, 0.1, 9.81], (100, 1))
    axes = ("acc_x", "acc_y", "acc_z")
    write_rows(tmp_path / "g.csv", times, values, task="gesture", label="wave", channels=axes)
    signals, time_ms = read_take(tmp_path / "g.csv", max_gap_ms=100)
    np.testing.assert_allclose(signals, values, rtol=1e-6)
    np.testing.assert_allclose(time_ms, times * 1000)
    write_rows(tmp_path / "a.csv", times, values, task="anomaly", label="anomaly", channels=("x", "y", "z"))
    table = read_table(tmp_path / "a.csv", required=("time_s", "x", "y", "z", "label"))
    assert even_rate_hz(table.numbers("time_s"), table, name="time_s") == pytest.approx(50.0)
    assert table.flags("label").all()
    with pytest.raises(DataError, match=r"acceleration is 1 in median; m/s\^2"):
        write_rows(tmp_path / "b.csv", times, values / 9.81, task="gesture", label="wave", channels=axes)
    assert not (tmp_path / "b.csv").exists()


def test_a_take_from_a_serial_port_lies_in_its_folder(tmp_path, capsys, sensor):
    port = sensor("".join(f"{at * 10},0.5,1,2\n" for at in range(60)))
    words = ("--label", "normal", "--who", "pump", "--seconds", "0.3", "--pause", "0")
    where = ("--port", port, "--columns", "time_ms,x,y,z")
    assert main(["record", "anomaly", str(tmp_path), *words, *where]) == 0
    path = tmp_path / "normal" / "pump-1.csv"
    assert capsys.readouterr().out.splitlines()[-1] == str(path)
    head, first, *_, last = path.read_text().splitlines()
    assert (head, first, last) == ("time_s,x,y,z", "0,0.5,1,2", "0.3,0.5,1,2")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("dance",), "tinykd record: unknown task 'dance'; one of kws, wakeword, gesture, anomaly"),
        (("kws",), "--label: 0 labels for a recording; one, like --label yes"),
        (("kws", "--label", "../up"), "--label: '../up' cannot name a folder; "),
        (("kws", "--label", "yes", "--who", "a/b"), "--who: 'a/b' cannot name a file; "),
        (("anomaly", "--label", "odd"), "--label: 'odd' is no label of anomaly; one of normal, anomaly"),
        (("anomaly", "--label", "normal"), "--columns: no channel; "),
        (("gesture", "--label", "wave", "--columns", "time_ms,x,y"), "--columns: the channels x,y; acc_x,"),
        (
            ("gesture", "--label", "wave", "--port", "/dev/none", "--pause", "0"),
            "/dev/none: cannot be opened (",
        ),
    ],
)
def test_what_cannot_be_recorded_is_one_line(words, line, tmp_path, capsys):
    task, *rest = words
    code, complaint = said(capsys, task, tmp_path / "out", *rest)
    assert code == 2
    assert complaint.startswith(line)
    assert len(complaint.splitlines()) == 1
    assert not list(Path(tmp_path).rglob("*.csv"))
