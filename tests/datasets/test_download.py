import hashlib
import http.server
import resource
import threading
from pathlib import Path

import pytest

from tinykd.datasets.download import download
from tinykd.errors import DataError, ToolError

BODY = bytes(range(256)) * 4000  # 1,024,000 bytes
SHA256 = hashlib.sha256(BODY).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves BODY; the next answer breaks off at `server.cut`; `server.ranges`: is Range heard."""

    def do_GET(self):
        asked = self.headers.get("Range")
        self.server.asked.append(asked)
        if self.path == "/gone":
            self.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.server.ranges else 0
        if start >= len(BODY):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            shift = self.server.shift
            self.send_header("Content-Range", f"bytes {start + shift}-{len(BODY) - 1}/{len(BODY)}")
        self.send_header("Content-Length", str(len(BODY) - start))
        self.end_headers()
        cut, self.server.cut = self.server.cut, None
        self.wfile.write(BODY[start:cut])

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.asked, made.cut, made.ranges, made.shift = [], None, True, 0
    made.url = f"http://127.0.0.1:{made.server_port}/x.tar.gz"
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


def test_a_whole_download_appears_under_its_name_and_tells_its_progress(server, tmp_path):
    told = []
    path = download(server.url, tmp_path / "d" / "x", sha256=SHA256, progress=lambda *what: told.append(what))
    assert path.read_bytes() == BODY
    assert told[-1] == ("downloading x", len(BODY), len(BODY))
    assert [file.name for file in path.parent.iterdir()] == ["x"]


def test_what_is_there_is_not_fetched_again(server, tmp_path):
    (tmp_path / "x").write_bytes(BODY)
    download(server.url, tmp_path / "x", sha256=SHA256)
    assert server.asked == []


def test_a_server_that_stops_midway_is_continued_from_there(server, tmp_path):
    server.cut = 400_000
    with pytest.raises(DataError, match=r"stopped after 400000 of 1024000 bytes; run again"):
        download(server.url, tmp_path / "x", sha256=SHA256)
    assert (tmp_path / "x.part").read_bytes() == BODY[:400_000]
    assert download(server.url, tmp_path / "x", sha256=SHA256).read_bytes() == BODY
    assert server.asked == [None, "bytes=400000-"]
    assert not (tmp_path / "x.part").exists()


def test_an_interrupted_download_keeps_its_part(server, tmp_path):
    def stop(_what, done, _total):
        if done > 300_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(server.url, tmp_path / "x", sha256=SHA256, progress=stop)
    assert 300_000 < (tmp_path / "x.part").stat().st_size < len(BODY)
    assert download(server.url, tmp_path / "x", sha256=SHA256).read_bytes() == BODY


def test_a_server_that_ignores_the_range_is_read_from_the_start(server, tmp_path):
    server.ranges = False
    (tmp_path / "x.part").write_bytes(b"something else entirely")
    assert download(server.url, tmp_path / "x", sha256=SHA256).read_bytes() == BODY
    assert server.asked == ["bytes=23-"]


def test_a_part_that_is_already_whole_is_only_checked(server, tmp_path):
    (tmp_path / "x.part").write_bytes(BODY)
    assert download(server.url, tmp_path / "x", sha256=SHA256).read_bytes() == BODY


def test_a_range_that_starts_elsewhere_is_refused(server, tmp_path):
    server.shift = 7
    (tmp_path / "x.part").write_bytes(BODY[:100])
    with pytest.raises(DataError, match="a range from byte 100"):
        download(server.url, tmp_path / "x", sha256=SHA256)


@pytest.mark.parametrize("place", ["x", "x.part"])
def test_wrong_content_is_told_with_both_sums_and_removed(server, tmp_path, place):
    (tmp_path / place).write_bytes(BODY[:-1] + b"?")
    got = hashlib.sha256((tmp_path / place).read_bytes()).hexdigest()
    with pytest.raises(DataError) as caught:
        download(server.url, tmp_path / "x", sha256=SHA256)
    assert got in str(caught.value)
    assert SHA256 in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["gone", None])
def test_no_such_file_and_no_network_say_how_to_pass_the_data(server, tmp_path, path):
    url = f"http://127.0.0.1:{server.server_port}/{path}" if path else "http://127.0.0.1:1/x"
    with pytest.raises(DataError) as caught:
        download(url, tmp_path / "x", sha256=SHA256)
    assert "--data-dir" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_is_not_of_the_web_is_refused(tmp_path):
    with pytest.raises(DataError, match="not a web address"):
        download(Path("/etc/passwd").as_uri(), tmp_path / "x", sha256=SHA256)


def test_a_full_disk_is_named_and_what_came_is_kept(server, tmp_path):
    # A limit on the size of files stands for a disk with so much room.
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, before[1]))
    try:
        with pytest.raises(ToolError, match=r"x: the disk is full; free some space"):
            download(server.url, tmp_path / "x", sha256=SHA256)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (tmp_path / "x.part").read_bytes() == BODY[:600_000]
    assert download(server.url, tmp_path / "x", sha256=SHA256).read_bytes() == BODY
    assert server.asked == [None, "bytes=600000-"]


def test_a_cache_that_cannot_be_written_is_one_line(server, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ToolError, match=r"file/cache/x: cannot be written \(not a directory\); a place"):
        download(server.url, tmp_path / "file" / "cache" / "x", sha256=SHA256)
    (tmp_path / "x.part").mkdir()
    with pytest.raises(ToolError, match=r"x: cannot be written \(is a directory\); a place"):
        download(server.url, tmp_path / "x", sha256=SHA256)
