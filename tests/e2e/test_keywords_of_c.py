"""Words that mean something to a C compiler are words like any other."""

from __future__ import annotations

import subprocess

import pytest
from command_line import RUN, tinykd

pytestmark = pytest.mark.slow


def test_a_run_on_the_word_int_gives_c_that_compiles(finished, tmp_path):
    words = ("--set", 'dataset.words=["int", "yes", "don\'t"]', "--set", "synthetic.train_clips_per_word=10")
    short = ("teacher.train.epochs=1", "student.train.epochs=1", "quantise.epochs=1")
    short_words = tuple(word for pair in short for word in ("--set", pair))
    done = tinykd(*RUN, *words, *short_words, "--out", tmp_path / "run", cache=finished.cache)
    assert (done.returncode, done.stderr) == (0, "")
    c = tmp_path / "run" / "c"
    settings = (c / "kws_settings.h").read_text()
    assert "TKD_KWS_LABEL_X_INT = 0," in settings
    assert "TKD_KWS_LABEL_DON_T = 2," in settings
    subprocess.run(
        ["gcc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-c", *c.glob("*.c")],
        check=True,
        cwd=tmp_path,
    )
