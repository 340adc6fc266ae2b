"""The trade-off as a picture."""

from __future__ import annotations

import re

from tinykd.report.det import plot_det

CURVE = {"accepts_per_hour": [0.0, 0.5, 4.0], "rejects": [0.5, 0.25, 0.0]}


def draw(path, **changes):
    plot_det({"one": CURVE, "two": CURVE} | changes, path, point=(0.0, 0.3), wanted=0.5)
    return path.read_bytes()


def test_equal_curves_give_equal_bytes(tmp_path):
    assert draw(tmp_path / "a.png") == draw(tmp_path / "b.png")
    assert draw(tmp_path / "a.svg") != draw(tmp_path / "b.svg", two={**CURVE, "rejects": [0.5, 0.2, 0.0]})


def test_the_axes_say_their_units(tmp_path):
    text = draw(tmp_path / "a.svg").decode()
    comments = re.findall(r"<!-- (.*?) -->", text)
    assert "false rejects in %" in comments
    assert "false accepts an hour (0.05: none)" in comments
