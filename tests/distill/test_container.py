"""The container of a teacher's words: whole or refused, whatever happened to its files."""

import json
import shutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinykd import storage
from tinykd.distill import container
from tinykd.distill.container import Entry, Manifest, Tap
from tinykd.errors import DataError, TinykdError


def _manifest():
    return Manifest(
        key={"features": "f", "weights": "w", "tap_frames": 25},
        figures={"params": 7, "validation_accuracy": 0.5},
        taps=(Tap(layer="tap_0", scale=2.5, share=0.75),),
        rows=6,
        arrays={
            "logits.npy": Entry(dtype="<f4", shape=(1, 2, 3, 4)),
            "tap_0.npy": Entry(dtype="<f2", shape=(2, 3, 5, 1, 2)),
            "frames.npy": Entry(dtype="<f2", shape=(2, 3, 5)),
            "tap_0_directions.npy": Entry(dtype="<f4", shape=(8, 2)),
            "beside_scores.npy": Entry(dtype="<f4", shape=(9, 1)),
        },
    )


def _content():
    rng = np.random.default_rng(0)
    return {
        name: rng.normal(size=entry.shape).astype(entry.dtype) for name, entry in _manifest().arrays.items()
    }


def _filled(folder):
    content = _content()
    known = {name: array for name, array in content.items() if "directions" in name or "beside" in name}
    container.begin(folder, _manifest(), known)
    manifest = container.read_manifest(folder)
    arrays = container.open_arrays(folder, manifest, mode="r+")
    for name in ("logits.npy", "tap_0.npy", "frames.npy"):
        arrays[name][...] = content[name]
        arrays[name].flush()
    container.advance(folder, manifest, 6)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return _filled(tmp_path_factory.mktemp("containers") / "whole.d")


@pytest.fixture
def damaged(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "cache.d")


def _read(folder):
    cache = container.open_whole(folder)
    container.check_sums(cache)
    return cache


def test_what_was_written_is_what_is_read(whole):
    cache, content = _read(whole), _content()
    np.testing.assert_array_equal(cache.logits, content["logits.npy"])
    np.testing.assert_array_equal(cache.taps[0], content["tap_0.npy"])
    np.testing.assert_array_equal(cache.frames, content["frames.npy"])
    np.testing.assert_array_equal(cache.beside["scores"], content["beside_scores.npy"])
    assert cache.tap_shapes == [(5, 1, 2)]
    assert cache.manifest.figures == {"params": 7, "validation_accuracy": 0.5}


def test_any_numpy_reads_its_arrays(whole):
    for name, array in _content().items():
        np.testing.assert_array_equal(np.load(whole / name, allow_pickle=False), array)
    said = json.loads((whole / "manifest.json").read_text(encoding="utf-8"))
    for name, entry in said["arrays"].items():
        assert entry["sha256"] == storage.sha256_of_file(whole / name)


def test_arrays_that_numpy_wrote_are_taken(damaged):
    for name, array in _content().items():
        np.save(damaged / name, array)
    _read(damaged)


def test_unfinished_is_refused_and_says_how_far_it_is(tmp_path):
    container.begin(tmp_path / "c.d", _manifest(), {})
    container.advance(tmp_path / "c.d", _manifest(), 4)
    with pytest.raises(DataError, match=r"c\.d: only 4 of 6 rows are there; the same tinykd cache-teacher"):
        container.open_whole(tmp_path / "c.d")


@pytest.mark.parametrize(
    ("name", "change", "line"),
    [
        ("logits.npy", lambda data: data[:-1], "logits.npy: the file is damaged: it has 223 bytes of 224; "),
        ("logits.npy", lambda data: data + b"\0", "it has 225 bytes of 224; "),
        ("logits.npy", lambda data: b"", "it is no .npy file of format 1.0; "),
        ("tap_0.npy", lambda data: data.replace(b"<f2", b"<f4"), r"does not say <f2 \[2, 3, 5, 1, 2\]; "),
        ("tap_0.npy", lambda data: data[:-1] + b"\xff", "its checksum is not the manifest's; "),
        ("manifest.json", lambda data: data[:-9], "manifest.json: the file is damaged: it is no JSON; "),
        (
            "manifest.json",
            lambda data: b"[1]",
            "it is no teacher cache; allowed: a folder that tinykd cache-",
        ),
        ("manifest.json", lambda data: b"[" * 99999, "it is no JSON; "),
        ("manifest.json", lambda data: data.replace(b": 3,", b": 2,", 1), "it is of version 2; version 3: "),
        ("manifest.json", lambda data: data.replace(b"0.75", b"0.76"), "its own checksum does not hold; "),
    ],
)
def test_a_damaged_file_is_named(name, change, line, damaged):
    (damaged / name).write_bytes(change((damaged / name).read_bytes()))
    with pytest.raises(DataError, match=line):
        _read(damaged)


@pytest.mark.parametrize("name", ["logits.npy", "manifest.json"])
def test_a_missing_file_is_named(name, damaged):
    (damaged / name).unlink()
    with pytest.raises(DataError, match=name):
        _read(damaged)
    with pytest.raises(DataError, match=r"none\.d: it has no manifest.json; allowed: a folder that"):
        container.open_whole(damaged / "none.d")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"rows": 7}, "its arrays are not of its rows"),
        ({"rows_done": 7}, "its arrays are not of its rows"),
        ({"rows": "six"}, "rows: input should be a valid integer"),
        ({"more": 1}, "more: extra inputs are not permitted"),
        ({"arrays": {}}, "its arrays are not of its rows"),
        ({"arrays": {"../logits.npy": {"dtype": "<f4", "shape": [1], "sha256": ""}}}, "should match pattern"),
    ],
)
def test_a_manifest_with_a_checksum_must_still_make_sense(changes, line, damaged):
    said = json.loads((damaged / "manifest.json").read_text(encoding="utf-8"))
    del said["sha256"]
    said |= changes
    storage.write_json(damaged / "manifest.json", {**said, "sha256": container._checksum(said)})
    with pytest.raises(DataError, match=line):
        _read(damaged)


@pytest.mark.parametrize(("dtype", "shape"), [("<f2", [3, 2, 5]), ("<f2", [2, 3, 5, 1]), ("<f4", [2, 3, 5])])
def test_frames_are_of_the_same_rows_as_taps(dtype, shape, damaged):
    said = json.loads((damaged / "manifest.json").read_text(encoding="utf-8"))
    del said["sha256"]
    said["arrays"]["frames.npy"] |= {"dtype": dtype, "shape": shape}
    storage.write_json(damaged / "manifest.json", {**said, "sha256": container._checksum(said)})
    with pytest.raises(DataError, match="its arrays are not of its rows"):
        _read(damaged)


def test_a_cache_of_something_else_is_refused_by_what_differs(whole):
    manifest = container.read_manifest(whole)
    container.check_key(whole, manifest, {"features": "f", "tap_frames": 25})
    with pytest.raises(DataError, match=r"made for another features \(features 'f', here 'g'\)"):
        container.check_key(whole, manifest, {"weights": "w", "features": "g"})
    with pytest.raises(DataError, match=r"another front end \(front_end None, here 'x'\)"):
        container.check_key(whole, manifest, {"front_end": "x"})


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_flipped_bits_and_cuts_are_refused_or_change_nothing(whole, tmp_path_factory, data):
    folder = shutil.copytree(whole, tmp_path_factory.mktemp("flipped") / "cache.d")
    path = folder / data.draw(st.sampled_from(sorted(path.name for path in whole.iterdir())))
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        for _ in range(data.draw(st.integers(1, 3))):
            content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    else:
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    path.write_bytes(content)
    try:
        cache = _read(folder)
    except TinykdError as error:
        assert "\n" not in str(error)
    else:  # a space of the manifest that became another blank
        assert cache.manifest == container.read_manifest(whole)
        np.testing.assert_array_equal(cache.logits, _content()["logits.npy"])
    shutil.rmtree(folder.parent)
