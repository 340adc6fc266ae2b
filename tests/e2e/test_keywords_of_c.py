"""Words that mean something to a C compiler are words like any other."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from command_line import RUN, killed_at, tinykd

pytestmark = pytest.mark.slow

HEADERS = Path(__file__).parents[2] / "firmware" / "include"


def test_a_run_takes_the_word_int(tmp_path):
    words = ("--set", 'dataset.words=["int", "yes", "don\'t"]', "--set", "synthetic.train_clips_per_word=3")
    killed_at(
        lambda line: line.startswith("training teacher: 1"),
        *(*RUN, *words, "--set", "augment.room_chance=0.0", "--set", "teacher.train.batch=4"),
        *("--out", tmp_path / "run"),
        cache=tmp_path / "cache",
    )
    assert 'words = ["int", "yes", "don\'t"]' in (tmp_path / "run" / "recipe.lock.toml").read_text()


def test_its_c_compiles(finished, tmp_path):
    run = shutil.copytree(finished.folder, tmp_path / "run")
    metrics = json.loads((run / "metrics.json").read_text())
    words = ["int", "while", "don't", "INT", "9", 'a"b', "", "日本", "a\\", "??/"]
    metrics["classes"][:10] = words
    (run / "metrics.json").write_text(json.dumps(metrics))
    done = tinykd("export", run, cache=finished.cache)
    assert (done.returncode, done.stderr) == (0, "")
    settings = (run / "c" / "kws_settings.h").read_text()
    names = ("X_INT", "X_WHILE", "DON_T", "X_INT_2", "X_9", "A_B", "X", "X_2", "A", "X_3")
    for number, name in enumerate(names):
        assert f"TKD_KWS_LABEL_{name} = {number}," in settings
    warnings = ("-Wall", "-Wextra", "-Wpedantic", "-Wtrigraphs", "-Werror")
    main = '#include <stdio.h>\n#include "kws_settings.h"\n'
    main += 'int main(void) { for (int i = 0; i < 10; ++i) printf("%s\\n", tkd_kws_labels[i]); return 0; }\n'
    (tmp_path / "main.c").write_text(main)
    sources = [tmp_path / "main.c", *(run / "c").glob("*.c")]
    subprocess.run(
        ["gcc", "-std=c11", *warnings, f"-I{run / 'c'}", f"-I{HEADERS}", *sources, "-o", tmp_path / "main"],
        check=True,
    )
    said = subprocess.run([tmp_path / "main"], capture_output=True, check=True).stdout.decode()
    assert said.split("\n")[:10] == words
