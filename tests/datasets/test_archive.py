import gzip
import io
import lzma
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinykd.datasets.archive import extract
from tinykd.errors import DataError, ToolError

GOOD = {"a/one.wav": b"1" * 700, "a/two.wav": b"2", "list.txt": b"a/one.wav\n"}


def tar_bytes(files=GOOD, odd=()):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for member in odd:
            tar.addfile(member)
    return out.getvalue()


def odd_member(name, kind, target=""):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def files_in(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def everything_below(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.mark.parametrize(("suffix", "pack"), [(".tar.gz", gzip.compress), (".tar.xz", lzma.compress)])
def test_an_archive_comes_out_as_it_went_in(tmp_path, suffix, pack):
    archive = tmp_path / f"x{suffix}"
    archive.write_bytes(pack(tar_bytes()))
    assert files_in(extract([archive], tmp_path / "out")) == GOOD


def test_several_archives_lie_side_by_side_and_progress_ends_at_the_whole(tmp_path):
    paths = [tmp_path / "a.tar.gz", tmp_path / "b.tar.gz"]
    paths[0].write_bytes(gzip.compress(tar_bytes({"a/1": b"1"})))
    paths[1].write_bytes(gzip.compress(tar_bytes({"a/2": b"2"})))
    told = []
    extract(paths, tmp_path / "out", progress=lambda *what: told.append(what))
    assert files_in(tmp_path / "out") == {"a/1": b"1", "a/2": b"2"}
    assert told[-1] == ("unpacking b.tar.gz", paths[1].stat().st_size, paths[1].stat().st_size)


@pytest.mark.parametrize(
    "member",
    [
        odd_member("/etc/evil", tarfile.REGTYPE),
        odd_member("a/../../evil", tarfile.REGTYPE),
        odd_member("..", tarfile.DIRTYPE),
        odd_member("C:/evil", tarfile.REGTYPE),
        odd_member("..\\evil", tarfile.REGTYPE),
        odd_member("evil", tarfile.SYMTYPE, "/etc/passwd"),
        odd_member("evil", tarfile.LNKTYPE, "a/one.wav"),
        odd_member("evil", tarfile.CHRTYPE),
        odd_member("evil", tarfile.BLKTYPE),
        odd_member("evil", tarfile.FIFOTYPE),
        odd_member("a/one.wav", tarfile.REGTYPE),  # there already
        odd_member("a/one.wav/x", tarfile.REGTYPE),  # a file is no folder
    ],
    ids=lambda member: f"{member.name}-{member.type.decode()}",
)
def test_a_member_that_is_not_plain_is_named_and_nothing_is_left(tmp_path, member):
    archive = tmp_path / "x.tar.gz"
    archive.write_bytes(gzip.compress(tar_bytes(odd=[member])))
    with pytest.raises(DataError) as caught:
        extract([archive], tmp_path / "out")
    assert caught.value.where == str(archive)
    assert member.name.replace("\\", "\\\\") in caught.value.what
    assert everything_below(tmp_path) == ["x.tar.gz"]


def test_an_old_folder_stays_when_the_archive_is_bad(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").write_bytes(b"old")
    (tmp_path / "x.tar.gz").write_bytes(b"not gzip")
    with pytest.raises(DataError, match="damaged"):
        extract([tmp_path / "x.tar.gz"], tmp_path / "out")
    assert everything_below(tmp_path) == ["out", "out/old", "x.tar.gz"]


@pytest.mark.parametrize(("suffix", "pack"), [(".tar.gz", gzip.compress), (".tar.xz", lzma.compress)])
def test_an_archive_cut_anywhere_is_one_line_that_names_it(tmp_path, suffix, pack):
    archive = tmp_path / f"x{suffix}"
    whole = pack(tar_bytes())
    for length in (*range(0, len(whole) - 20, 7), *range(len(whole) - 20, len(whole))):
        archive.write_bytes(whole[:length])
        with pytest.raises(DataError) as caught:
            extract([archive], tmp_path / "out")
        assert str(archive) in str(caught.value)
        assert "\n" not in str(caught.value)
    assert everything_below(tmp_path) == [archive.name]


def test_a_flipped_bit_in_a_file_is_noticed_by_the_check_sum(tmp_path):
    archive = tmp_path / "x.tar.gz"
    plain = bytearray(tar_bytes({"noise": bytes(range(256)) * 8}))
    packed = bytearray(gzip.compress(bytes(plain), compresslevel=0))
    packed[1500] ^= 1
    archive.write_bytes(packed)
    with pytest.raises(DataError, match="damaged or cut short"):
        extract([archive], tmp_path / "out")


def test_bytes_after_the_end_of_the_archive_are_refused(tmp_path):
    archive = tmp_path / "x.tar.gz"
    archive.write_bytes(gzip.compress(tar_bytes() + b"more" * 500))
    with pytest.raises(DataError, match="data after its end"):
        extract([archive], tmp_path / "out")


@pytest.mark.parametrize("name", ["x.zip", "gone.tar.gz"])
def test_what_is_no_archive_or_not_there_is_said(tmp_path, name):
    (tmp_path / "x.zip").write_bytes(b"PK")
    with pytest.raises(DataError, match=name):
        extract([tmp_path / name], tmp_path / "out")


def test_a_full_disk_is_named_and_nothing_is_left(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tinykd.datasets.archive.shutil.copyfileobj", full)
    (tmp_path / "x.tar.gz").write_bytes(gzip.compress(tar_bytes()))
    with pytest.raises(ToolError, match="disk is full"):
        extract([tmp_path / "x.tar.gz"], tmp_path / "out")
    assert everything_below(tmp_path) == ["x.tar.gz"]


@settings(max_examples=150, deadline=None)
@given(
    edits=st.lists(
        st.tuples(st.integers(0, len(tar_bytes()) - 1), st.integers(0, 255)), min_size=1, max_size=6
    )
)
def test_any_changed_tar_unpacks_inside_its_folder_or_gives_a_data_error(tmp_path_factory, edits):
    home = tmp_path_factory.mktemp("fuzz")
    plain = bytearray(tar_bytes())
    for place, value in edits:
        plain[place] = value
    # The header's own sum is made right again, so that the change gets past it.
    for header in range(0, len(plain), 512):
        if plain[header + 257 : header + 262] == b"ustar":
            plain[header + 148 : header + 156] = b" " * 8
            plain[header + 148 : header + 156] = b"%06o\0 " % sum(plain[header : header + 512])
    (home / "x.tar.gz").write_bytes(gzip.compress(bytes(plain), compresslevel=1))
    try:
        extract([home / "x.tar.gz"], home / "out")
    except DataError:
        assert everything_below(home) == ["x.tar.gz"]
    assert {path.name for path in home.iterdir()} <= {"x.tar.gz", "out"}
