"""Every target of the fuzzer runs without a fault, and a planted fault is found."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fuzz import Missing, Target, clang, detector_target, fuzz, targets

pytestmark = pytest.mark.slow

SECONDS = 2  # for each of the targets; make fuzz takes longer


@pytest.fixture(scope="module", autouse=True)
def _tool():
    try:
        clang()
    except Missing as error:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(error))


def test_no_bytes_break_front_end_model_or_decision(tmp_path, capsys):
    for target in targets(tmp_path):
        count = fuzz(target, seconds=SECONDS, place=tmp_path, kept=tmp_path / "kept")
        with capsys.disabled():
            print(f"\n{target.name:16}{count:9,} inputs, no fault", end="")
        assert count > 100


def test_a_planted_fault_is_found(tmp_path, capsys):
    sound = detector_target()
    (detector,) = (path for path in sound.sources if path.name == "detector.c" and "fuzz" not in path.parts)
    text = detector.read_text()
    broken = text.replace(
        "for (uint32_t i = 1; i < config->outputs", "for (uint32_t i = 1; i <= config->outputs"
    )
    assert broken != text
    (tmp_path / "broken.c").write_text(broken)
    sources: list[Path] = [path for path in sound.sources if path != detector]
    target = Target("broken", [*sources, tmp_path / "broken.c"], sound.include)
    with pytest.raises(SystemExit):
        fuzz(target, seconds=20, place=tmp_path, kept=tmp_path / "kept")
    assert "heap-buffer-overflow" in capsys.readouterr().err
