import os

import pytest

from tinykd.datasets.recordings import fingerprints, wav_names
from tinykd.errors import DataError


def test_only_audio_files_that_are_not_hidden_are_listed_in_order(tmp_path):
    for name in ("b.wav", "a.WAV", "._a.wav", "c.txt"):
        (tmp_path / name).touch()
    assert wav_names(tmp_path) == ["a.WAV", "b.wav"]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match="gone: cannot be read"):
        wav_names(tmp_path / "gone")


def test_fingerprints_follow_content_and_nothing_else(tmp_path):
    for folder, content in (("a", b"one"), ("b", b"one"), ("c", b"two")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.wav").write_bytes(content)
    prints = [fingerprints(tmp_path / f, ["x.wav"], cache_dir=tmp_path / "cache")["x.wav"] for f in "abc"]
    assert prints[0] == prints[1] != prints[2]


def test_a_changed_file_of_the_same_size_is_read_again_an_unchanged_one_is_not(tmp_path):
    told = []

    def look():
        return fingerprints(
            tmp_path, ["x.wav"], cache_dir=tmp_path / "cache", progress=lambda *what: told.append(what)
        )

    (tmp_path / "x.wav").write_bytes(b"one")
    first = look()
    assert look() == first
    assert len(told) == 1
    (tmp_path / "x.wav").write_bytes(b"two")
    os.utime(tmp_path / "x.wav", ns=(1, 1))
    assert look() != first
    assert len(told) == 2


def test_a_broken_index_is_made_anew(tmp_path):
    (tmp_path / "x.wav").write_bytes(b"one")
    first = fingerprints(tmp_path, ["x.wav"], cache_dir=tmp_path / "cache")
    for broken in (b"{", b"[]", b'{"x.wav": 3}'):
        next((tmp_path / "cache/fingerprints").iterdir()).write_bytes(broken)
        assert fingerprints(tmp_path, ["x.wav"], cache_dir=tmp_path / "cache") == first


def test_a_recording_that_is_a_broken_link_is_named(tmp_path):
    (tmp_path / "x.wav").symlink_to(tmp_path / "gone")
    with pytest.raises(DataError, match=r"x\.wav: cannot be read"):
        fingerprints(tmp_path, ["x.wav"], cache_dir=tmp_path / "cache")
