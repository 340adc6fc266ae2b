"""Real client processes on Flower over loopback, without models: what the rounds promise holds there too."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tinykd.errors import ToolError
from tinykd.federated.rounds import Rounds

CLIENT = Path(__file__).with_name("one_client.py")
SHAPE = (40, 3)


@contextlib.contextmanager
def started(address, behaviours):
    """Client processes by number; those that are still there at the end are killed."""
    processes = {
        index: subprocess.Popen(
            [sys.executable, CLIENT, address, str(index), *map(str, SHAPE), behaviour],
            stderr=subprocess.PIPE,
            text=True,
        )
        for index, behaviour in behaviours.items()
    }
    try:
        yield processes
    finally:
        for process in processes.values():
            process.kill()
            process.communicate()


def rounds_of(server, warnings, *, clients=8, time_limit_s=20.0):
    return Rounds(
        server.connected,
        clients=clients,
        shape=SHAPE,
        digest="d",
        time_limit_s=time_limit_s,
        warn=warnings.append,
    )


@pytest.fixture
def server():
    from tinykd.federated.flower import FlowerServer

    with FlowerServer("127.0.0.1:0", answer_bytes=4 * SHAPE[0] * SHAPE[1]) as found:
        yield found


def mean_of(clients, number):
    from one_client import logits

    return np.mean([logits(index, number, SHAPE) for index in clients], axis=0)


@pytest.mark.slow
def test_clients_that_fail_in_every_way_are_dropped_by_name_and_the_others_go_on(server):
    warnings: list[str] = []
    behaviours = dict(enumerate(["good", "killed", "nan", "shape", "empty", "silent", "huge"]))
    play = rounds_of(server, warnings, time_limit_s=3.0)
    with started(server.address, behaviours) as processes:
        play.gather(lambda there: there == len(behaviours), timeout_s=120)
        mean, row = play.play(1, None)
        assert (row.answered, row.dropped) == (list(behaviours), [])
        np.testing.assert_allclose(mean, mean_of(behaviours, 1), rtol=1e-5)
        began = time.monotonic()
        mean, row = play.play(2, mean)
        assert time.monotonic() - began < 10
        assert row.answered == [0]
        np.testing.assert_allclose(mean, mean_of([0], 2), rtol=1e-6)
        left = "the connection ended: the client was killed, or left"
        assert {one["client"]: one["why"] for one in row.dropped} == {
            1: left,
            2: "its logits hold NaN (120 of 120 values)",
            3: "its logits have the wrong shape, 3 x 40 where 40 x 3 is wanted",
            4: "its answer is empty",
            5: "it did not answer within 3 s",
            6: left,  # the transport refuses a message that large
        }
        assert sorted(warnings) == [
            f"client {one['client']} is dropped in round 2: {one['why']}" for one in row.dropped
        ]
        with started(server.address, {7: "good"}):
            play.gather(lambda there: there == 2, timeout_s=60)
            mean, row = play.play(3, mean)
            assert row.answered == [0, 7]
            np.testing.assert_allclose(mean, mean_of([0, 7], 3), rtol=1e-5)
            play.dismiss()
            for index in (0, 2, 3, 4):  # sent home, they end by themselves and without complaint
                assert processes[index].wait(30) == 0, index


@pytest.mark.slow
def test_bytes_are_those_of_the_messages(server):
    play = rounds_of(server, [])
    with started(server.address, {0: "good", 1: "good"}):
        play.gather(lambda there: there == 2, timeout_s=60)
        mean, first = play.play(1, None)
        _, second = play.play(2, mean)
    tensor = 128 + 4 * SHAPE[0] * SHAPE[1]  # numpy's header and the values
    assert first.down_bytes[0] == first.down_bytes[1] < 60  # no mean yet
    assert tensor < first.up_bytes[0] == second.up_bytes[1] < tensor + 60
    assert tensor < second.down_bytes[0] < tensor + 60


def test_a_client_without_a_server_is_one_line():
    from tinykd.federated.flower_client import join

    with pytest.raises(ToolError, match=r"^--server 127.0.0.1:1: no server, or it is gone \(UNAVAILABLE\)"):
        join("127.0.0.1:1", index=0, digest="d", answer=lambda *_: [])


def test_an_address_of_another_machine_is_one_line():
    from tinykd.federated.flower import FlowerServer

    with pytest.raises(ToolError, match=r"^--address 203.0.113.1:0: cannot be listened on"):
        FlowerServer("203.0.113.1:0", answer_bytes=100)


def test_without_flower_there_is_one_line_that_says_how_to_get_it():
    code = (
        "import sys; sys.modules['flwr'] = None\nfrom tinykd.cli import main\n"
        "sys.exit(main(['federated', 'kws-federated']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert done.stderr.startswith("tinykd federated: Flower is missing or another version (")
    assert done.stderr.endswith("; pip install 'tinykd[federated]', or flwr 1.41\n")
