"""Files that were cut short and disks that are full: made again, or one line; the run then goes on."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from command_line import RUN, complaint, killed_at, temporaries, tinykd

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]


def cut_short(*folders: Path) -> list[Path]:
    """Take away the second half of every file below the folders."""
    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    for path in paths:
        os.truncate(path, path.stat().st_size // 2)
    return paths


def test_caches_that_were_cut_short_are_made_again(finished, tmp_path):
    run, cache = tmp_path / "run", tmp_path / "cache"
    shutil.copytree(finished.folder, run)
    shutil.copytree(finished.cache, cache)
    damaged = cut_short(cache / "synthetic_speech", cache / "features")
    done = tinykd(*RUN, "--out", run, cache=cache)
    assert (done.returncode, done.stderr) == (0, "")
    assert "training" not in done.stdout
    for path in damaged:
        if path.suffix == ".npy":
            assert path.read_bytes() == (finished.cache / path.relative_to(cache)).read_bytes(), path


def test_a_run_of_which_every_file_was_cut_short_ends_in_the_same_bytes(finished, tmp_path):
    run, cache = tmp_path / "run", tmp_path / "cache"
    shutil.copytree(finished.folder, run)
    shutil.copytree(finished.cache, cache)
    cut_short(run, cache)
    done = tinykd(*RUN, "--out", run, cache=cache)
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("model.tflite", "verify.json", "metrics.json", "recipe.lock.toml"):
        assert (run / name).read_bytes() == (finished.folder / name).read_bytes(), name
    assert temporaries(run, cache) == []


def test_a_teacher_that_was_cut_short_is_saved_again_from_its_checkpoint(finished, tmp_path):
    run = shutil.copytree(finished.folder, tmp_path / "run")
    cut_short_teacher = run / "teacher.keras"
    os.truncate(cut_short_teacher, 1000)
    done = tinykd(*RUN, "--out", run, cache=finished.cache)
    assert (done.returncode, done.stderr) == (0, "")
    assert "training" not in done.stdout
    assert (run / "model.tflite").read_bytes() == (finished.folder / "model.tflite").read_bytes()
    assert cut_short_teacher.stat().st_size == (finished.folder / "teacher.keras").stat().st_size


def file_limit(most_bytes: int):
    """Return what lets a process write no file larger than `most_bytes`."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    return limit


@pytest.mark.parametrize("most_bytes", [1_000, 10_000, 1_000_000])
def test_a_cache_that_fills_up_is_one_line(most_bytes, tmp_path):
    run, cache = tmp_path / "run", tmp_path / "cache"
    done = tinykd(*RUN, "--out", run, cache=cache, preexec_fn=file_limit(most_bytes))
    assert complaint(done).endswith(": the disk is full; free some space and run again")
    assert temporaries(run, cache) == []
    assert not run.exists()


def test_a_run_folder_that_fills_up_is_one_line_and_the_run_goes_on_with_space(finished, tmp_path):
    run, cache = tmp_path / "run", finished.cache
    for most_bytes, name in ((100, "tmp"), (1_500, "recipe.lock.toml"), (9_000, "teacher.checkpoint.npz")):
        done = tinykd(*RUN, "--out", run, cache=cache, preexec_fn=file_limit(most_bytes))
        line = complaint(done)
        assert line.endswith("the disk is full; free some space and run again")
        assert name in line
        assert temporaries(run, cache) == []
    killed_at(lambda line: line.startswith("training student: 1"), *RUN, "--out", run, cache=cache)
    complaint(tinykd(*RUN, "--out", run, cache=cache, preexec_fn=file_limit(9_000)))
    done = tinykd(*RUN, "--out", run, cache=cache)
    assert (done.returncode, done.stderr) == (0, "")
    assert (run / "model.tflite").read_bytes() == (finished.folder / "model.tflite").read_bytes()
    assert temporaries(run, cache) == []


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 4 MB of its own; the root user alone can make one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk can only be mounted by root; the file limits above test the same errors")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_really_full_is_one_line_too(small_disk, tmp_path):
    cache = small_disk / "cache"
    for blocks in (4000, 3000):  # of 1 kB in use already: all but nothing, then some
        (small_disk / "other").write_bytes(bytes(1000 * blocks))
        done = tinykd(*RUN, "--out", tmp_path / "run", cache=cache)
        assert complaint(done).endswith("the disk is full; free some space and run again")
        assert temporaries(small_disk) == []
    (small_disk / "other").unlink()
    subprocess.run(["mount", "-o", "remount,size=100m", str(small_disk)], check=True)
    killed_at(
        lambda line: line.startswith("training teacher: 1"), *RUN, "--out", tmp_path / "run", cache=cache
    )
