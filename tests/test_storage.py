"""Files and folders appear whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tinykd import storage
from tinykd.errors import ToolError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_with_its_parents_and_leaves_nothing_beside_it(tmp_path):
    storage.write_text(tmp_path / "a" / "b.txt", "größer")
    assert (tmp_path / "a" / "b.txt").read_bytes() == "größer".encode()
    assert names(tmp_path / "a") == ["b.txt"]


def test_a_file_can_be_read_by_everyone_and_written_by_its_owner(tmp_path):
    storage.write_bytes(tmp_path / "model.tflite", b"x")
    assert (tmp_path / "model.tflite").stat().st_mode & 0o777 == 0o644


def test_the_temporary_file_keeps_the_suffix_because_writers_look_at_it(tmp_path):
    with storage.atomic_path(tmp_path / "plot.png") as temporary:
        assert temporary.suffix == ".png"


def test_json_is_indented_and_ends_with_a_new_line(tmp_path):
    storage.write_json(tmp_path / "m.json", {"a": [1, "é"]})
    text = (tmp_path / "m.json").read_text(encoding="utf-8")
    assert json.loads(text) == {"a": [1, "é"]}
    assert text.endswith("}\n")
    assert "é" in text


def test_an_error_while_writing_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.txt"
    storage.write_text(path, "old")

    def fail_half_way() -> None:
        with storage.atomic_path(path) as temporary:
            temporary.write_text("half")
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        fail_half_way()
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_an_error_while_filling_a_folder_leaves_the_old_folder_and_nothing_else(tmp_path):
    folder = tmp_path / "c"
    with storage.atomic_folder(folder) as temporary:
        (temporary / "old.c").write_text("old")

    def fail_half_way() -> None:
        with storage.atomic_folder(folder) as temporary:
            (temporary / "new.c").write_text("half")
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        fail_half_way()
    assert names(tmp_path) == ["c"]
    assert names(folder) == ["old.c"]


def test_a_folder_replaces_the_old_one_with_all_that_was_in_it(tmp_path):
    for name in ("one", "two"):
        with storage.atomic_folder(tmp_path / "c") as temporary:
            (temporary / name).write_text(name)
    assert names(tmp_path / "c") == ["two"]
    assert (tmp_path / "c").stat().st_mode & 0o777 == 0o755


def test_a_kill_while_writing_leaves_the_old_file_and_the_next_write_tidies_up(tmp_path):
    path = tmp_path / "a.txt"
    storage.write_text(path, "old")
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom tinykd import storage\n"
        "with storage.atomic_path(Path(sys.argv[1])) as temporary:\n"
        "    temporary.write_text('half')\n    print('ready', flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        (left,) = set(names(tmp_path)) - {"a.txt"}
        storage.write_text(path, "new")
        assert names(tmp_path) == [left, "a.txt"]  # it is not left over while its writer lives
        writer.send_signal(signal.SIGKILL)
    assert path.read_text() == "new"
    storage.write_text(path, "newer")
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_named_in_one_line(number, tmp_path):
    def fill() -> None:
        with storage.atomic_path(tmp_path / "a.bin"):
            raise OSError(number, os.strerror(number))

    with pytest.raises(ToolError, match=r"a\.bin: the disk is full; free some space"):
        fill()
    assert names(tmp_path) == []


@pytest.mark.parametrize("write", ["file", "folder"])
@pytest.mark.parametrize(
    ("name", "reason"),
    [("file/x", "file exists"), ("file/a/b/x", "not a directory"), ("a" * 300, "file name too long")],
)
def test_a_place_that_cannot_be_written_is_named_in_one_line(name, reason, write, tmp_path):
    (tmp_path / "file").write_text("old")

    def make() -> None:
        if write == "file":
            storage.write_text(tmp_path / name, "new")
        else:
            with storage.atomic_folder(tmp_path / name):
                pass

    with pytest.raises(
        ToolError, match=rf"{name}: cannot be written \({reason}\); a place where you"
    ) as caught:
        make()
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == ["file"]


def test_a_file_does_not_replace_a_folder_nor_a_folder_a_file(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("old")
    with pytest.raises(ToolError, match=r"folder: cannot be written \(is a directory\)"):
        storage.write_text(tmp_path / "folder", "new")
    with (
        pytest.raises(ToolError, match=r"file: cannot be written \(not a directory\)"),
        storage.atomic_folder(tmp_path / "file"),
    ):
        pass
    assert names(tmp_path) == ["file", "folder"]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_a_place_without_permission_is_named_in_one_line(number, tmp_path, monkeypatch):
    # Root may write anywhere, so the system's refusal is played.
    def refuse(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(
        ToolError, match=r"a\.txt: cannot be written \(.*\); a place where you may make files: --out"
    ):
        storage.write_text(tmp_path / "a.txt", "new")


def test_a_file_that_cannot_be_read_while_another_is_written_is_not_blamed_on_the_place(tmp_path):
    (tmp_path / "file").write_text("")

    def fail() -> None:
        with storage.atomic_path(tmp_path / "a.bin"):
            (tmp_path / "file" / "x").read_bytes()

    with pytest.raises(NotADirectoryError):
        fail()


def test_a_folder_that_could_be_written_is_not_there_yet_and_another_is_refused(tmp_path):
    storage.require_writable(tmp_path / "a" / "b")
    storage.require_writable(tmp_path)
    assert names(tmp_path) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(ToolError, match="cannot be written"):
        storage.require_writable(tmp_path / "file" / "x")


def test_another_error_of_the_system_stays_what_it_is(tmp_path):
    def fail() -> None:
        with storage.atomic_path(tmp_path / "a.bin"):
            raise OSError(errno.EIO, "input/output error")

    with pytest.raises(OSError, match="input/output error"):
        fail()


def test_equal_values_have_equal_digests_whatever_the_order_of_keys():
    assert storage.digest_of({"a": 1, "b": [1, 2]}) == storage.digest_of({"b": [1, 2], "a": 1})
    assert storage.digest_of([1, 2]) != storage.digest_of([2, 1])
    # By hand: sha256 of the two characters [].
    assert storage.digest_of([]) == hashlib.sha256(b"[]").hexdigest()[:16]


def test_the_digest_of_a_file_is_its_sha256(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1: the one-block message "abc".
    assert storage.sha256_of_file(tmp_path / "abc") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def test_the_roots_come_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("TINYKD_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TINYKD_DATA", str(tmp_path / "data"))
    assert storage.cache_root() == tmp_path / "cache"
    assert storage.data_root() == tmp_path / "data"


def test_without_the_environment_the_cache_is_the_users_and_the_data_is_nowhere(monkeypatch):
    monkeypatch.delenv("TINYKD_CACHE", raising=False)
    monkeypatch.setenv("TINYKD_DATA", "")
    assert storage.cache_root().name == "tinykd"
    assert storage.data_root() is None


WRITER = (
    "import sys, time\nfrom pathlib import Path\nfrom tinykd import storage\n"
    "with getattr(storage, sys.argv[1])(Path(sys.argv[2])):\n"
    "    print('ready', flush=True)\n    time.sleep(60)\n"
)


@pytest.mark.parametrize("kind", ["atomic_path", "atomic_folder"])
def test_what_a_killed_process_left_goes_with_the_next_write_and_what_a_living_one_makes_stays(
    kind, tmp_path
):
    path = tmp_path / "a.bin"
    for alive in (False, True):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, kind, str(path)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
            if alive:
                storage.write_text(path, "mine")
                assert len(names(tmp_path)) == 2
            writer.send_signal(signal.SIGKILL)
    storage.write_text(path, "new")
    assert names(tmp_path) == ["a.bin"]


def test_a_place_where_nothing_can_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ToolError, match=r"file/a/b\.txt: cannot be written \(not a directory\); a place"):
        storage.write_text(tmp_path / "file" / "a" / "b.txt", "x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ToolError, match=r"folder: cannot be written \(is a directory\)"):
        storage.write_text(tmp_path / "folder", "x")
    assert names(tmp_path) == ["file", "folder"]


@pytest.mark.parametrize("damage", [None, "", "7"])
def test_a_cached_folder_is_made_once_and_again_when_it_is_damaged(damage, tmp_path):
    made = []

    def make(folder: Path) -> None:
        made.append(folder)
        storage.write_json(folder / "a.json", {"a": 1})

    def read(folder: Path) -> int:
        return json.loads((folder / "a.json").read_text())["a"]

    for _ in range(2):
        assert storage.cached_folder(tmp_path / "c", make=make, read=read) == 1
    assert len(made) == 1
    if damage is None:
        (tmp_path / "c" / "a.json").unlink()
    else:
        (tmp_path / "c" / "a.json").write_text(damage)
    assert storage.cached_folder(tmp_path / "c", make=make, read=read) == 1
    assert len(made) == 2
    assert names(tmp_path) == ["c"]


def test_of_many_who_want_a_folder_at_once_one_makes_it_and_all_read_it(tmp_path):
    made = []

    def make(folder):
        made.append(folder)
        time.sleep(0.05)
        (folder / "number").write_text("1")

    def get(_):
        return storage.cached_folder(
            tmp_path / "c", make=make, read=lambda folder: int((folder / "number").read_text())
        )

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(get, range(8))) == [1] * 8
    assert len(made) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


def test_a_new_array_has_its_room_on_the_disk(tmp_path):
    array = storage.new_array(tmp_path / "a.npy", dtype="<i2", shape=(300, 1000))
    array[299, 999] = 7
    array.flush()
    status = (tmp_path / "a.npy").stat()
    assert status.st_blocks * 512 >= status.st_size  # POSIX: st_blocks counts 512 bytes; a hole has none
    assert np.load(tmp_path / "a.npy").sum() == 7


def test_one_process_after_the_other_changes_a_path(tmp_path):
    path = tmp_path / "cache.d"
    (tmp_path / ".cache.d.lock").touch()  # left by a process that was killed
    inside, most, lock = [0], [0], threading.Lock()

    def work(_):
        with storage.one_at_a_time(path):
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            time.sleep(0.005)
            with lock:
                inside[0] -= 1

    with ThreadPoolExecutor(8) as pool:  # each opens the lock for itself, as processes do
        list(pool.map(work, range(24)))
    assert most == [1]
    assert list(tmp_path.iterdir()) == []
