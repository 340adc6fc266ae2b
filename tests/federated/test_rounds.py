"""The rounds with clients made up: late, silent, gone, wrong; the others go on."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from tinykd.errors import ToolError
from tinykd.federated.messages import pack
from tinykd.federated.rounds import Gone, Rounds

SHAPE = (4, 3)


def said(index: int, number: int):
    return np.random.default_rng([index, number]).normal(size=SHAPE).astype(np.float32)


class Made:
    """A client without a process; `does` replaces its answer by round."""

    def __init__(self, index, *, does=None, hello=None, wait_s=0.0):
        self.index, self.does, self.wait_s = index, does or {}, wait_s
        self.key, self.down_bytes, self.up_bytes = f"connection {index} {id(self)}", 0, 0
        self.says = {"client": index, "digest": "d"} if hello is None else hello
        self.told, self.asked, self.closed = [], [], threading.Event()

    def hello(self, *, timeout_s):
        if isinstance(self.says, Exception):
            raise self.says
        return self.says

    def ask(self, number, tensors, *, timeout_s):
        self.asked.append(tensors)
        time.sleep(self.wait_s)
        self.down_bytes += 100 * number
        do = self.does.get(number)
        if do == "silence":
            self.closed.wait(20)
            raise Gone("cut")
        if isinstance(do, Exception):
            raise do
        found = pack(said(self.index, number)) if do is None else do
        self.up_bytes += sum(map(len, found))
        return found

    def dismiss(self):
        self.told.append("go")

    def cut(self):
        self.closed.set()


@pytest.fixture
def warnings():
    return []


def server(peers, warnings, *, clients=4, time_limit_s=5.0):
    return Rounds(
        lambda: peers,
        clients=clients,
        shape=SHAPE,
        digest="d",
        time_limit_s=time_limit_s,
        warn=warnings.append,
    )


def test_the_mean_is_of_all_and_goes_to_all_in_the_next_round(warnings):
    peers = [Made(index) for index in range(3)]
    play = server(peers, warnings)
    first, row = play.play(1, None)
    np.testing.assert_allclose(first, np.mean([said(i, 1) for i in range(3)], axis=0), rtol=1e-5)
    assert (row.answered, row.joined, row.dropped) == ([0, 1, 2], [0, 1, 2], [])
    play.play(2, first)
    assert [peer.asked for peer in peers] == [[[], pack(first)]] * 3
    assert warnings == []


def test_who_answers_first_does_not_matter(warnings):
    quick = server([Made(0), Made(1, wait_s=0.2), Made(2)], warnings).play(1, None)[0]
    slow = server([Made(2), Made(1), Made(0, wait_s=0.2)], warnings).play(1, None)[0]
    assert quick.tobytes() == slow.tobytes()


@pytest.mark.parametrize(
    ("does", "why"),
    [
        (Gone("the connection ended"), "the connection ended"),
        ([], "its answer is empty"),
        (pack(np.full(SHAPE, np.nan)), "its logits hold NaN (12 of 12 values)"),
        (pack(np.zeros((3, 4))), "its logits have the wrong shape, 3 x 4 where 4 x 3 is wanted"),
    ],
)
def test_a_client_that_cannot_be_used_is_dropped_by_name_and_the_others_go_on(does, why, warnings):
    peers = [Made(0), Made(1, does={2: does}), Made(2)]
    play = server(peers, warnings)
    mean, _ = play.play(1, None)
    mean, row = play.play(2, mean)
    np.testing.assert_allclose(mean, (said(0, 2) + said(2, 2)) / 2, rtol=1e-5)
    assert (row.answered, row.dropped) == ([0, 2], [{"client": 1, "why": why}])
    assert warnings == [f"client 1 is dropped in round 2: {why}"]
    assert peers[1].told == ["go"]
    _, row = play.play(3, mean)
    assert (row.answered, row.dropped) == ([0, 2], [])


def test_a_silent_client_costs_the_time_limit_and_no_more(warnings):
    peers = [Made(0), Made(1, does={1: "silence"})]
    started = time.monotonic()
    _, row = server(peers, warnings, time_limit_s=0.3).play(1, None)
    assert time.monotonic() - started < 4
    assert warnings == ["client 1 is dropped in round 1: it did not answer within 0.3 s"]
    assert (row.answered, peers[1].closed.is_set()) == ([0], True)


def test_a_late_client_joins_at_the_next_round_with_the_mean_so_far(warnings):
    peers = [Made(0)]
    play = server(peers, warnings)
    mean, _ = play.play(1, None)
    peers.append(Made(3))
    after, row = play.play(2, mean)
    assert (row.joined, row.answered, peers[1].asked) == ([3], [0, 3], [pack(mean)])
    np.testing.assert_allclose(after, (said(0, 2) + said(3, 2)) / 2, rtol=1e-5)


def test_a_client_that_was_dropped_may_come_back_as_a_new_connection(warnings):
    peers = [Made(0), Made(1, does={1: Gone("the connection ended")})]
    play = server(peers, warnings)
    mean, _ = play.play(1, None)
    peers[1] = Made(1)
    _, row = play.play(2, mean)
    assert (row.joined, row.answered) == ([1], [0, 1])


@pytest.mark.parametrize(
    ("hello", "why"),
    [
        ({"client": 4, "digest": "d"}, "it calls itself client 4; there are 0 to 3"),
        ({"client": "0", "digest": "d"}, "it calls itself client '0'; there are 0 to 3"),
        ({"client": True, "digest": "d"}, "it calls itself client True; there are 0 to 3"),
        ({}, "it calls itself client None; there are 0 to 3"),
        ({"client": 1, "digest": "other"}, "client 1 has another recipe or other data"),
        (Gone("it left"), "it did not say who it is (it left)"),
    ],
)
def test_a_stranger_is_sent_away_with_the_reason(hello, why, warnings):
    stranger = Made(1, hello=hello)
    _, row = server([Made(0), stranger], warnings).play(1, None)
    assert row.answered == [0]
    assert stranger.told == ["go"]
    assert warnings == [f"a client that came is sent away: {why}"]


def test_bytes_are_counted_by_client_and_round(warnings):
    peers = [Made(0), Made(1, does={1: []})]
    play = server(peers, warnings)
    mean, first = play.play(1, None)
    _, second = play.play(2, mean)
    assert (first.down_bytes, first.up_bytes) == ({0: 100, 1: 100}, {0: 128 + 48, 1: 0})
    assert (second.down_bytes, second.up_bytes) == ({0: 200}, {0: 128 + 48})


def test_a_round_without_any_answer_is_one_line_that_says_why(warnings):
    with pytest.raises(ToolError, match=r"round 1: no client is left \(client 0: its answer is empty\); see"):
        server([Made(0, does={1: []})], warnings).play(1, None)
    with pytest.raises(ToolError, match=r"no client is left \(none came\)"):
        server([], warnings).play(1, None)


def test_an_interruption_lets_go_of_everyone(warnings, monkeypatch):
    peers = [Made(0, does={1: "silence"})]
    play = server(peers, warnings)
    play.welcome()

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("tinykd.federated.rounds.wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        play.play(1, None)
    assert peers[0].closed.is_set()


def test_gathering_ends_when_enough_are_there_or_the_time_is_over(warnings):
    play = server([Made(0), Made(2)], warnings)
    play.gather(lambda there: there == 2, timeout_s=5)
    started = time.monotonic()
    play.gather(lambda there: there == 3, timeout_s=0.3)
    assert 0.3 <= time.monotonic() - started < 3
    assert sorted(play.peers) == [0, 2]
