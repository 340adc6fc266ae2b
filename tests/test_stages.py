"""A stage runs once for a digest, and again when its result does not stand."""

import pytest

from tinykd.stages import Stages


@pytest.fixture
def stages(tmp_path):
    return Stages(tmp_path)


def _count(path, calls):
    def make():
        calls.append(1)
        path.write_text(f"made {len(calls)}")

    return make


def test_a_stage_is_done_once_for_its_digest(stages, tmp_path):
    calls, out = [], tmp_path / "x.txt"
    assert stages.once("s", "a", [out], _count(out, calls)) is True
    assert stages.once("s", "a", [out], _count(out, calls)) is False
    assert stages.once("s", "b", [out], _count(out, calls)) is True
    assert len(calls) == 2


@pytest.mark.parametrize("harm", ["change", "delete", "stamp"])
def test_a_result_that_no_longer_stands_is_made_again(stages, tmp_path, harm):
    calls, out = [], tmp_path / "x.txt"
    stages.once("s", "a", [out], _count(out, calls))
    if harm == "change":
        out.write_text("by hand")
    elif harm == "delete":
        out.unlink()
    else:
        (stages.folder / "s.stamp.json").write_text("{")
    assert stages.once("s", "a", [out], _count(out, calls)) is True
    assert out.read_text() == "made 2"


def test_a_stage_that_fails_is_not_remembered(stages, tmp_path):
    out = tmp_path / "x.txt"
    out.write_text("half")

    def fail():
        raise RuntimeError

    with pytest.raises(RuntimeError):
        stages.once("s", "a", [out], fail)
    calls = []
    assert stages.once("s", "a", [out], _count(out, calls)) is True
