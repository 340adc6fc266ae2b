"""A federated run by its command: real processes, one killed in a round, one that comes late, and Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator

import numpy as np
import pytest
from command_line import RUN, TINYKD, environment

pytestmark = pytest.mark.slow

SMALL = (
    *("federated", "kws", *RUN[2:]),
    *("--set", "quantise.scheme=ptq", "--set", "federated.digest_epochs=1"),
    *("--set", "federated.revisit_epochs=1", "--clients", "3"),
)


def started(*arguments, cache, **rest) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [TINYKD, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(cache),
        **rest,
    )


def until(lines: Iterator[str], pattern: str, seen: list[str]) -> re.Match[str]:
    """Read to the first line that has the pattern."""
    for line in lines:
        seen.append(line.rstrip())
        if found := re.search(pattern, line):
            return found
    raise AssertionError(f"no line with {pattern!r} in {seen}")


def is_gone(process: int) -> bool:
    """Whether a process has ended, within some seconds."""
    for _ in range(100):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def test_a_client_is_killed_in_a_round_and_another_comes_late(cache, tmp_path):
    out, seen = tmp_path / "run", []
    command = (*SMALL, "--rounds", "4", "--here", "2", "--out", out)
    with started(*command, cache=cache) as server:
        assert server.stdout is not None
        lines = iter(server.stdout)
        address = until(lines, r"server on (127\.0\.0\.1:\d+); 2 of 3 clients start here", seen)[1]
        clients = [int(until(lines, rf"client {index} is process (\d+)", seen)[1]) for index in (0, 1)]
        until(lines, r"round 1 of 4: 2 clients answered", seen)
        os.kill(clients[0], signal.SIGSTOP)  # holds round 2 open for what comes now
        os.kill(clients[1], signal.SIGKILL)
        lock = out / "recipe.lock.toml"
        with started("join", lock, "--server", address, "--client", 2, cache=cache) as late:
            assert late.stdout is not None
            until(iter(late.stdout), f"joining {address} as client 2", [])
            time.sleep(5)
            os.kill(clients[0], signal.SIGCONT)
            seen += [line.rstrip() for line in lines]
            assert server.wait() == 0, seen
            late.communicate()
            assert late.returncode == 0
    said = "\n".join(seen)
    dropped = "client 1 is dropped in round 2: the connection ended: the client was killed, or left"
    assert f"warning: {dropped}" in said
    assert "round 2 of 4: 1 clients answered" in said
    assert "round 3 of 4: 2 clients answered, joined: 2" in said
    found = json.loads((out / "federated.json").read_text())
    assert [row["answered"] for row in found["rounds"]] == [[0, 1], [0], [0, 2], [0, 2]]
    assert [row["joined"] for row in found["rounds"]] == [[0, 1], [], [2], []]
    assert set(found["test"]["alone"]) == {"0", "1", "2"}
    assert set(found["test"]["after"]) == {"0", "2"}
    assert len((out / "model.tflite").read_bytes()) == found["model_bytes"]
    values = 4 * found["examples"]["public"] * len(found["classes"])
    for row in found["rounds"]:
        assert all(values < row["up_bytes"][str(client)] < values + 300 for client in row["answered"])
    table = (out / "federated.md").read_text()
    assert table.splitlines()[0] == "# Federated distillation: kws on synthetic_speech, seed 1"
    assert "| 2 | 1 | " in table
    assert "| dropped: the connection ended" in table
    assert "| joined late |" in table
    assert all(is_gone(process) for process in clients)


def test_control_c_leaves_no_process_and_the_same_command_gives_the_same_logits(cache, tmp_path):
    seen: list[str] = []
    first, second = tmp_path / "first", tmp_path / "second"
    options = ("--clients", "2", "--rounds", "2")
    with started(
        *(*SMALL, *options, "--out", first),
        cache=cache,
        # A shell starts what goes to the background with Ctrl-C ignored, and that is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as server:
        assert server.stdout is not None
        lines = iter(server.stdout)
        clients = [int(until(lines, rf"client {index} is process (\d+)", seen)[1]) for index in (0, 1)]
        until(lines, r"2 clients are there", seen)
        server.send_signal(signal.SIGINT)
        seen += [line.rstrip() for line in lines]
        assert server.wait() == 130
    assert seen[-1] == "tinykd: interrupted; the same command continues where it stopped"
    assert all(is_gone(process) for process in clients)
    for out in (first, second):
        with started(*SMALL, *options, "--out", out, cache=cache) as server:
            said, _ = server.communicate()
            assert server.returncode == 0, said
    one, other = (np.load(out / ".stages" / "consensus.npy") for out in (first, second))
    assert one.tobytes() == other.tobytes()
    assert (first / "model.tflite").read_bytes() == (second / "model.tflite").read_bytes()
