"""Plots: the right kind of file, the same bytes each time, nothing left behind."""

from __future__ import annotations

import numpy as np
import pytest

from tinykd.report.plots import plot_confusion, plot_history

ROWS = [
    {"stage": "teacher", "epoch": "0", "loss": "1.5", "val_loss": 1.4, "val_accuracy": "0.5"},
    {"stage": "teacher", "epoch": "1", "loss": "0.5", "val_loss": 0.6, "val_accuracy": ""},
    {"stage": "student", "epoch": 0, "loss": 0.7, "accuracy": 0.9, "val_accuracy": 0.8},
]
COUNTS = np.array([[9, 1, 0], [0, 5, 5], [0, 0, 0]])
MAGIC = {"png": b"\x89PNG\r\n\x1a\n", "svg": b"<?xml"}


@pytest.fixture(params=["history", "confusion"])
def draw(request):
    if request.param == "history":
        return lambda path: plot_history(ROWS, path)
    return lambda path: plot_confusion(COUNTS, ["yes", "no", "_unknown_"], path)


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_equal_data_gives_equal_bytes_and_no_other_file(draw, kind, tmp_path, monkeypatch):
    draw(tmp_path / "a" / f"one.{kind}")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    draw(tmp_path / "a" / f"two.{kind}")
    one, two = ((tmp_path / "a" / f"{name}.{kind}").read_bytes() for name in ("one", "two"))
    assert one == two
    assert one.startswith(MAGIC[kind])
    assert len(list((tmp_path / "a").iterdir())) == 2


def test_a_picture_says_nothing_of_when_and_by_what_it_was_made(draw, tmp_path):
    draw(tmp_path / "a.svg")
    draw(tmp_path / "a.png")
    assert b"dc:date" not in (tmp_path / "a.svg").read_bytes()
    assert b"Software" not in (tmp_path / "a.png").read_bytes()


def test_the_settings_of_the_user_change_nothing(draw, tmp_path):
    import matplotlib as mpl

    draw(tmp_path / "one.png")
    with mpl.rc_context({"figure.facecolor": "red", "font.size": 20, "lines.linewidth": 9}):
        draw(tmp_path / "two.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_another_kind_of_picture_is_refused_before_a_file_is_made(draw, tmp_path):
    with pytest.raises(KeyError):
        draw(tmp_path / "a.bmp")
    assert list(tmp_path.iterdir()) == []


def test_the_curves_read_the_columns_that_training_writes(tmp_path, monkeypatch):
    from matplotlib.axes import Axes

    drawn = []
    plot = Axes.plot
    monkeypatch.setattr(Axes, "plot", lambda self, *a, **k: drawn.append(list(a[1])) or plot(self, *a, **k))
    row = {"stage": "student", "epoch": 0, "loss": 0.7, "val_loss": 0.5, "val_accuracy": 0.25}
    plot_history([row], tmp_path / "h.png")
    assert [0.5] in drawn
    assert [25.0] in drawn
