"""CSV recordings: what is read, and the one line that each fault gets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinykd.datasets.imu import ACC, SIX_AXES
from tinykd.datasets.imu_csv import read_take
from tinykd.errors import DataError

HEAD = "time_ms,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z"
ROWS = ["0,0.1,9.8,0.2,0.01,0.02,0.03", "20,0.2,9.7,0.1,0.02,0.01,0", "41,0.1,9.9,0.3,0,0,-0.5"]


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str) -> Path:
        (tmp_path / "wave.csv").write_bytes(text.encode())
        return tmp_path / "wave.csv"

    return write


def test_columns_are_found_by_name_in_any_order_and_others_passed_over(written):
    path = written(
        "note,gyro_z,acc_y,acc_x,acc_z,time_ms,gyro_x,gyro_y\r\nhi,3,9.8,1,2,0,4,5\r\n,3,9.8,1,2,10,4,5\r\n"
    )
    signals, time_ms = read_take(path, max_gap_ms=200)
    assert signals.tolist() == [[1.0, np.float32(9.8), 2.0, 4.0, 5.0, 3.0]] * 2
    assert time_ms.tolist() == [0.0, 10.0]


def test_without_a_gyroscope_there_are_three_channels_and_they_can_be_asked_for(written):
    path = written("time_ms,acc_x,acc_y,acc_z\n0,0,0,9.8\n20,0,0,9.8\n")
    assert read_take(path, max_gap_ms=200)[0].shape == (2, 3)
    with pytest.raises(DataError, match=r"column 'gyro_x' is missing; columns: time_ms, acc_x"):
        read_take(path, channels=SIX_AXES, max_gap_ms=200)
    assert read_take(written("\n".join([HEAD, *ROWS])), channels=ACC, max_gap_ms=200)[0].shape == (3, 3)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "it has 0 rows of numbers; a CSV file with a header"),
        (f"{HEAD}\n{ROWS[0]}\n", "it has 1 rows of numbers; a CSV file with a header"),
        ("\n".join([HEAD.replace("acc_y", "acc_w"), *ROWS]), "column 'acc_y' is missing; columns: time_ms"),
        (
            "\n".join([HEAD.replace("acc_y", "acc_x"), *ROWS]),
            "column 'acc_x' is there twice; columns: time_ms",
        ),
        (
            "\n".join([HEAD, ROWS[0], "20,nan,9.8,0,0,0,0"]),
            ":3: acc_x is 'nan'; a finite number in every field",
        ),
        (
            "\n".join([HEAD, ROWS[0], ROWS[1].replace("20,", "0.02,", 1)]),
            ": its rows are 0.02 apart in median; time_ms in milliseconds (seconds times 1000)",
        ),
        ("\n".join([HEAD, ROWS[0], "20,,9.8,0,0,0,0"]), ":3: acc_x is ''; a finite number in every field"),
        ("\n".join([HEAD, ROWS[0], "20,1,9.8"]), ":3: it has 3 fields; 7 as the header"),
        ("\n".join([HEAD, ROWS[1], ROWS[0]]), "the time falls from row 1 to 2; times in ms"),
        ("\n".join([HEAD, ROWS[0], "500,0,9.8,0,0,0,0"]), "a gap of 500 ms after row 1; gaps up to"),
        (
            "\n".join([HEAD, "0,0,1.0,0,0,0,0", "10,0,1.0,0,0,0,0"]),
            "its acceleration is 1 in median; m/s^2 with gravity, 9.81 at rest (g times 9.81)",
        ),
        (
            "\n".join([HEAD, "0,0,9.8,0,180,0,0", "10,0,9.8,0,0,0,0"]),
            "it turns at up to 180; rad/s, at most 35 (degrees a second times 0.01745)",
        ),
    ],
)
def test_a_fault_is_one_line_with_file_and_place(text, line, written):
    with pytest.raises(DataError) as caught:
        read_take(written(text), max_gap_ms=200)
    assert line in str(caught.value)
    assert "wave.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_bytes_that_are_no_text_are_faults(tmp_path):
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="it is no CSV text"):
        read_take(tmp_path / "b.csv", max_gap_ms=200)
    with pytest.raises(DataError, match="cannot be read"):
        read_take(tmp_path / "none.csv", max_gap_ms=200)


@settings(max_examples=100, deadline=None)
@given(body=st.text(alphabet=st.sampled_from('0123456789.,-e\n\r"nainf \t;\x00é'), max_size=120))
def test_any_text_is_a_recording_or_one_line_of_complaint(body, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_text(f"{HEAD}\n{body}", encoding="utf-8")
    try:
        signals, time_ms = read_take(path, max_gap_ms=200)
    except DataError as error:
        assert "\n" not in str(error).replace(repr(body), "")
    else:
        assert np.isfinite(signals).all()
        assert len(signals) == len(time_ms) >= 2
