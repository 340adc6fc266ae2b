import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinykd.datasets.sensor_table import even_rate_hz, read_table
from tinykd.errors import DataError


def table(tmp_path, text, required=(), name="a.csv", **options):
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return read_table(path, required=required, **options)


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_columns_come_as_numbers_with_a_byte_order_mark_and_blank_lines(tmp_path, name):
    found = table(tmp_path, "\ufefft , x\n0,1.5\n\n1,-2e3\n", ("t", "x"), name)
    assert found.numbers("x").tolist() == [1.5, -2000.0]
    assert found.lines == [2, 4]
    assert found.channels(["x", "t"]).tolist() == [[1.5, 0.0], [-2000.0, 1.0]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no header row"),
        ("t,x\n", "no rows under the header"),
        ("t,y\n1,2\n", "a.csv:1: no column 'x'; it has t, y"),
        ("x,x\n1,2\n", "column 'x' is there twice"),
        ("t,x\n1,2\n1\n", "a.csv:3: 1 fields where the header has 2"),
        ('t,x\n1,"2\n', "cannot be read"),
    ],
)
def test_a_broken_table_is_one_line_with_its_place(tmp_path, text, said):
    with pytest.raises(DataError) as caught:
        table(tmp_path, text, ("x",))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", ["nan", "", "inf", "1,5", "twelve", "-Infinity"])
def test_a_value_that_is_no_finite_number_is_named_with_its_line(tmp_path, value):
    found = table(tmp_path, f'x\n1\n2\n"{value}"\n', ("x",))
    with pytest.raises(DataError, match=r"a\.csv:4: column 'x' holds"):
        found.numbers("x")


def test_flags_are_0_and_1_and_nothing_else(tmp_path):
    assert table(tmp_path, "l\n0.0\n1\n").flags("l").tolist() == [0, 1]
    with pytest.raises(DataError, match=r"a\.csv:3: column 'l' holds '2'; 0 for normal, 1 for an anomaly"):
        table(tmp_path, "l\n0\n2\n").flags("l")


def test_even_time_stamps_give_their_rate_and_a_gap_is_named(tmp_path):
    found = table(tmp_path, "t\n" + "\n".join(f"{i / 50:.4f}" for i in range(100)) + "\n")
    assert even_rate_hz(found.numbers("t"), found, name="t") == pytest.approx(50)
    gap = table(tmp_path, "t\n0\n1\n2\n5\n6\n")
    with pytest.raises(DataError, match=r"a\.csv:5: a gap of 3 s where samples come every 1 s"):
        even_rate_hz(gap.numbers("t"), gap, name="t")
    back = table(tmp_path, "t\n0\n1\n1\n2\n")
    with pytest.raises(DataError, match=r"a\.csv:4: column 't' does not grow"):
        even_rate_hz(back.numbers("t"), back, name="t")


@given(data=st.binary(max_size=200))
def test_any_bytes_give_a_table_or_one_line(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(data)
    try:
        found = read_table(path, required=())
        for name in found.columns:
            assert np.isfinite(found.numbers(name)).all()
    except DataError as error:
        assert "\n" not in str(error)
