import numpy as np
import pytest

from tinykd.datasets.decoded import Clip, decode_clips
from tinykd.errors import DataError


def clips(count, *, read=None):
    def make(number):
        return Clip(
            source=f"{number}",
            speaker="",
            label=0,
            key=f"{number}",
            read=read or (lambda: np.full(4, number, np.int16)),
        )

    return [make(number) for number in range(count)]


def test_rows_stand_in_the_order_of_the_clips(tmp_path):
    told = []
    array = decode_clips(
        clips(1200), samples=4, cache_dir=tmp_path, what="w", progress=lambda *what: told.append(what)
    )
    np.testing.assert_array_equal(array, np.repeat(np.arange(1200), 4).reshape(1200, 4))
    assert array.dtype == np.int16
    assert isinstance(array, np.memmap)
    assert told[-1] == ("w", 1200, 1200)


def test_a_second_call_decodes_nothing(tmp_path):
    def fail():
        raise AssertionError

    first = decode_clips(clips(3), samples=4, cache_dir=tmp_path, what="w")
    np.testing.assert_array_equal(
        decode_clips(clips(3, read=fail), samples=4, cache_dir=tmp_path, what="w"), first
    )


def test_a_broken_array_in_the_cache_is_made_anew(tmp_path):
    first = np.array(decode_clips(clips(3), samples=4, cache_dir=tmp_path, what="w"))
    path = next((tmp_path / "decoded").iterdir())
    for broken in (b"", b"\x93NUMPY", path.read_bytes()[:-2]):
        path.write_bytes(broken)
        np.testing.assert_array_equal(decode_clips(clips(3), samples=4, cache_dir=tmp_path, what="w"), first)


def test_a_bad_clip_leaves_nothing_behind(tmp_path):
    def bad():
        raise DataError("x.wav", "bad", "good")

    with pytest.raises(DataError, match=r"x\.wav"):
        decode_clips([*clips(2), *clips(1, read=bad)], samples=4, cache_dir=tmp_path, what="w")
    assert list((tmp_path / "decoded").iterdir()) == []
