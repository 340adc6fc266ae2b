"""The rounds: ask all clients, look at what they say, drop who cannot be used, average the rest.

Nothing here knows how messages travel: a `Peer` is whatever answers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from tinykd.errors import ToolError
from tinykd.federated.messages import BadAnswer, agreement, consensus, pack, unpack

Floats = npt.NDArray[np.float32]

HELLO_S = 30.0  # for a client that has just come to say who it is
_GRACE_S = 2.0  # beyond a time limit, for the transport to notice it first
_LOOK_S = 0.2  # between two looks for clients that came


class Gone(Exception):
    """The connection to a client ended."""


class Peer(Protocol):
    """A connected client.

    key: tells connections apart; a client that comes back has a new one.
    down_bytes, up_bytes: payload so far, to the client and from it.
    """

    key: str
    down_bytes: int
    up_bytes: int

    def hello(self, *, timeout_s: float) -> dict[str, Any]:
        """Return what the client says of itself: `client` and `digest`. Raises Gone."""

    def ask(self, number: int, tensors: Sequence[bytes], *, timeout_s: float) -> list[bytes]:
        """Return the client's answer to round `number`. Raises Gone."""

    def dismiss(self) -> None:
        """Tell the client that it is not needed any more; never blocks for long, never raises."""

    def cut(self) -> None:
        """End the connection, so that whoever waits for an answer is told."""


@dataclass
class Round:
    """What happened in one round; bytes are of payloads, by client."""

    number: int
    answered: list[int] = field(default_factory=list)
    joined: list[int] = field(default_factory=list)
    dropped: list[dict[str, Any]] = field(default_factory=list)
    down_bytes: dict[int, int] = field(default_factory=dict)
    up_bytes: dict[int, int] = field(default_factory=dict)
    agreement: float = 0.0
    seconds: float = 0.0


class Rounds:
    """The server's side of a federated run."""

    def __init__(
        self,
        connected: Callable[[], Sequence[Peer]],
        *,
        clients: int,
        shape: tuple[int, int],
        digest: str,
        time_limit_s: float,
        warn: Callable[[str], None],
    ) -> None:
        """Take where clients come from and what is expected of them.

        Args:
          connected: the connections there are now.
          clients: their numbers are 0 to below this.
          shape: of an answer's logits: (examples of the public set, classes).
          digest: of recipe and data; a client must say the same.
          time_limit_s: for an answer.
          warn: told of each client that is dropped, by name and with the reason.
        """
        self.connected, self.clients, self.shape, self.digest = connected, clients, shape, digest
        self.time_limit_s, self.warn = time_limit_s, warn
        self.peers: dict[int, Peer] = {}
        self._seen: set[str] = set()
        self._came: set[int] = set()  # since the last round

    def gather(self, enough: Callable[[int], bool], *, timeout_s: float) -> None:
        """Wait until `enough`, told how many clients there are, says so, or the time is over."""
        end = time.monotonic() + timeout_s
        while True:
            self.welcome()
            if enough(len(self.peers)) or time.monotonic() > end:
                return
            time.sleep(_LOOK_S)

    def welcome(self) -> None:
        """Take in the clients that came since the last time."""
        new = [peer for peer in self.connected() if peer.key not in self._seen]
        self._seen |= {peer.key for peer in new}
        limit = min(HELLO_S, self.time_limit_s)
        said = _each(new, lambda peer: peer.hello(timeout_s=limit), timeout_s=limit)
        for peer, hello in zip(new, said, strict=True):
            index = hello.get("client") if isinstance(hello, dict) else None
            if why := self._unwelcome(hello, index):
                self.warn(f"a client that came is sent away: {why}")
                peer.dismiss()
                continue
            assert isinstance(index, int)
            if index in self.peers:  # it came back; the connection it left may not know yet
                self.peers.pop(index).cut()
            self.peers[index] = peer
            self._came.add(index)

    def _unwelcome(self, hello: Any, index: Any) -> str:
        if isinstance(hello, BaseException):
            return f"it did not say who it is ({hello})"
        if type(index) is not int or not 0 <= index < self.clients:
            return f"it calls itself client {index!r}; there are 0 to {self.clients - 1}"
        if hello.get("digest") != self.digest:
            return f"client {index} has another recipe or other data"
        return ""

    def play(self, number: int, mean: Floats | None) -> tuple[Floats, Round]:
        """Do one round with the clients there are; return (mean logits, what happened).

        Args:
          number: from 1.
          mean: [n, classes] of the round before, None in the first.

        Raises:
          ToolError: no client gave an answer that can be used.
        """
        self.welcome()
        row = Round(number=number, joined=sorted(self._came))
        self._came.clear()
        started = time.monotonic()
        tensors = [] if mean is None else pack(mean)
        order = sorted(self.peers)
        peers = [self.peers[index] for index in order]
        before = {index: (self.peers[index].down_bytes, self.peers[index].up_bytes) for index in order}
        said = _each(
            peers,
            lambda peer: peer.ask(number, tensors, timeout_s=self.time_limit_s),
            timeout_s=self.time_limit_s,
        )
        answers: dict[int, Floats] = {}
        for index, answer in zip(order, said, strict=True):
            peer = self.peers[index]
            row.down_bytes[index] = peer.down_bytes - before[index][0]
            row.up_bytes[index] = peer.up_bytes - before[index][1]
            try:
                if isinstance(answer, BaseException):
                    raise BadAnswer(str(answer))
                answers[index] = unpack(answer, shape=self.shape)
            except BadAnswer as bad:
                row.dropped.append({"client": index, "why": str(bad)})
                self.warn(f"client {index} is dropped in round {number}: {bad}")
                del self.peers[index]
                peer.dismiss()
        row.seconds = round(time.monotonic() - started, 3)
        if not answers:
            reasons = "; ".join(f"client {one['client']}: {one['why']}" for one in row.dropped)
            raise ToolError(
                f"tinykd federated, round {number}",
                f"no client is left ({reasons.replace(';', ',') or 'none came'})",
                "see what each wrote in clients/*/log.txt of the run's folder",
            )
        found = consensus(answers)
        row.answered, row.agreement = sorted(answers), agreement(answers, found)
        return found, row

    def dismiss(self) -> None:
        """Send all clients home."""
        for peer in self.connected():
            peer.dismiss()


def _each(peers: Sequence[Peer], ask: Callable[[Peer], Any], *, timeout_s: float) -> list[Any]:
    """Ask all at once; return an answer, or an exception that says why there is none, for each."""
    if not peers:
        return []
    pool = ThreadPoolExecutor(len(peers))
    silent = BadAnswer(f"it did not answer within {timeout_s:g} s")
    try:
        started = time.monotonic()
        futures: list[Future[Any]] = [pool.submit(_timed, ask, peer, started) for peer in peers]
        wait(futures, timeout=timeout_s + _GRACE_S)
        found: list[Any] = []
        for peer, future in zip(peers, futures, strict=True):
            if not future.done():
                peer.cut()
                found.append(silent)
                continue
            answer, seconds = future.result()
            late = isinstance(answer, Gone) and seconds >= timeout_s
            found.append(silent if late else answer)
        return found
    except BaseException:
        for peer in peers:
            peer.cut()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _timed(ask: Callable[[Peer], Any], peer: Peer, started: float) -> tuple[Any, float]:
    """Return (the answer, or what was raised, how long it took); what is not of a peer's making is raised."""
    try:
        answer: Any = ask(peer)
    except (Gone, BadAnswer) as error:
        answer = error
    return answer, time.monotonic() - started
