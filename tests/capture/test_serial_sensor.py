"""A sensor at a serial port, played by a pseudo-terminal."""

from __future__ import annotations

import numpy as np
import pytest

from tinykd.capture import serial_sensor
from tinykd.capture.serial_sensor import check_columns, record_rows
from tinykd.errors import DataError, ToolError

COLUMNS = ("time_ms", "x", "y")


def lines(times, start=0.0):
    return "".join(f"{time:g},{start + at},{-at}\r\n" for at, time in enumerate(times))


def test_rows_are_read_by_the_sensors_own_time(sensor):
    port = sensor("7,half a li\n# ready\ntime_ms,x,y\n\n" + lines(range(1000, 2000, 20)))
    times, values = record_rows(port=port, baud=115200, columns=COLUMNS, seconds=0.5)
    np.testing.assert_allclose(times, np.arange(26) * 0.02)  # 0.5 s in steps of 20 ms, both ends
    np.testing.assert_array_equal(values, np.stack([np.arange(26), -np.arange(26.0)], axis=1))


def test_lines_without_a_time_are_spaced_by_the_rate(sensor):
    port = sensor("1,2\n" + "".join(f"{at},0\n" for at in range(20)))
    times, values = record_rows(port=port, baud=9600, columns=("x", "y"), seconds=0.1, rate_hz=50.0)
    np.testing.assert_allclose(times, np.arange(6) / 50.0)
    np.testing.assert_array_equal(values[:, 0], np.arange(6))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x\n1,2\n", ", line 2: it is '1,2'; 3 numbers a line: time_ms,x,y (--columns)"),
        ("x\n1,2,nan\n", ", line 2: it is '1,2,nan'; 3 numbers a line: "),
        ("x\n\xff\xfe,1\n", r", line 2: it is '\ufffd\ufffd,1'; 3 numbers a line: "),
        ("x\n5,1,1\n5,1,1\n", ", line 3: column 'time_ms' does not grow; rising time"),
        ("\xf0" * 1100, ": no line ends within 1024 bytes; --baud, not 9600; 3 numbers a line: "),
        ("", ": no line came in 0.3 s; a sensor that sends 3 numbers a line: "),
    ],
)
def test_what_is_no_row_is_one_line(sensor, monkeypatch, text, line):
    monkeypatch.setattr(serial_sensor, "SILENCE_S", 0.3)
    port = sensor(text)
    with pytest.raises(DataError) as refused:
        record_rows(port=port, baud=9600, columns=COLUMNS, seconds=1.0)
    assert str(refused.value).startswith(port + line)


def test_a_port_that_is_not_there_or_not_named_is_refused_with_those_that_are(monkeypatch):
    monkeypatch.setattr(serial_sensor, "_ports", lambda: ["/dev/ttyUSB0"])
    with pytest.raises(ToolError, match=r"/dev/ttyNONE: cannot be opened \(.*--port, one of: /dev/ttyUSB0"):
        record_rows(port="/dev/ttyNONE", baud=9600, columns=COLUMNS, seconds=1.0)
    with pytest.raises(DataError, match="--port: no serial port named; --port, one of: /dev/ttyUSB0"):
        record_rows(port="", baud=9600, columns=COLUMNS, seconds=1.0)


def test_without_the_package_the_command_to_get_it_is_said(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "serial", None)
    with pytest.raises(ToolError, match=r"pyserial is missing; pip install pyserial"):
        record_rows(port="/dev/ttyACM0", baud=9600, columns=COLUMNS, seconds=1.0)


@pytest.mark.parametrize(
    ("columns", "rate_hz", "what"),
    [
        (("x", "y"), 0.0, "0 columns of time and no --rate-hz"),
        (("time_s", "x"), 50.0, "1 columns of time and --rate-hz"),
        (("time_s", "time_ms", "x"), 0.0, "2 columns of time"),
        (("time_s",), 0.0, "no channel"),
        (("time_s", "x", "x"), 0.0, "a name twice"),
        (("time_s", ""), 0.0, "or none"),
    ],
)
def test_columns_that_cannot_be_are_refused(columns, rate_hz, what):
    with pytest.raises(DataError, match=what):
        check_columns(columns, rate_hz=rate_hz)
