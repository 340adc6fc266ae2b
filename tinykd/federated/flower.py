"""Flower's engine underneath: its gRPC service, its client manager and its messages.

Flower's `start_server` owns the process: it takes over the signals, picks no free port and cannot be
stopped from outside. So its service is put into a gRPC server of our own; what travels, and the
clients' side, are Flower's as they are.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any

from tinykd.errors import ToolError
from tinykd.federated._flwr import (
    Code,
    FitIns,
    FlowerServiceServicer,
    GetPropertiesIns,
    GrpcBridge,
    GrpcBridgeClosed,
    Parameters,
    ReconnectIns,
    SimpleClientManager,
    add_FlowerServiceServicer_to_server,
    grpc,
)
from tinykd.federated.messages import BadAnswer
from tinykd.federated.rounds import Gone

_SLACK_BYTES = 1 << 20  # of a message beside its tensor
_GOODBYE_S = 5.0  # for a client to say that it goes
_MOST_CLIENTS = 256  # connections at once, good and bad


class _CountedBridge(GrpcBridge):  # type: ignore[misc]
    """A connection that counts the payload of each message, as protobuf puts it on the wire."""

    def __init__(self) -> None:
        super().__init__()
        self.down_bytes = self.up_bytes = 0

    def request(self, ins_wrapper: Any) -> Any:
        """Send a message and wait for the answer."""
        self.down_bytes += ins_wrapper.server_message.ByteSize()
        found = super().request(ins_wrapper)
        self.up_bytes += found.client_message.ByteSize()
        return found


class FlowerPeer:
    """A client connected through Flower; see `rounds.Peer`."""

    def __init__(self, proxy: Any) -> None:
        """Take Flower's proxy of a client."""
        self.proxy, self.key = proxy, str(proxy.cid)

    @property
    def down_bytes(self) -> int:
        """Return the bytes sent to the client so far."""
        return int(self.proxy.bridge.down_bytes)

    @property
    def up_bytes(self) -> int:
        """Return the bytes that came from it so far."""
        return int(self.proxy.bridge.up_bytes)

    def hello(self, *, timeout_s: float) -> dict[str, Any]:
        """Return what the client says of itself."""
        try:
            found = self.proxy.get_properties(GetPropertiesIns(config={}), timeout=timeout_s, group_id=0)
        except Exception as error:
            raise _translated(error) from error
        return dict(found.properties)

    def ask(self, number: int, tensors: Sequence[bytes], *, timeout_s: float) -> list[bytes]:
        """Return the tensors that the client answers with."""
        order = FitIns(
            parameters=Parameters(tensors=list(tensors), tensor_type="numpy.ndarray"),
            config={"round": number},
        )
        try:
            found = self.proxy.fit(order, timeout=timeout_s, group_id=number)
        except Exception as error:
            raise _translated(error) from error
        if found.status.code != Code.OK:
            raise BadAnswer(f"it says: {found.status.message[:200]}")
        return list(found.parameters.tensors)

    def dismiss(self) -> None:
        """Tell the client to go; where it does not answer, end the connection."""

        def part() -> None:
            try:
                self.proxy.reconnect(ReconnectIns(seconds=None), timeout=_GOODBYE_S, group_id=0)
            except Exception:  # it is gone already, or answers nonsense: it goes either way
                self.cut()

        threading.Thread(target=part, daemon=True).start()

    def cut(self) -> None:
        """End the connection."""
        self.proxy.bridge.close()


def _translated(error: Exception) -> Exception:
    """Return what `rounds` knows of Flower's errors: a connection that ended, or an answer of no kind."""
    if isinstance(error, GrpcBridgeClosed):
        return Gone("the connection ended: the client was killed, or left")
    return BadAnswer(f"its answer is of no known kind ({type(error).__name__})")


class FlowerServer:
    """Flower's service on a port of this machine; a context manager."""

    def __init__(self, address: str, *, answer_bytes: int) -> None:
        """Bind.

        Args:
          address: HOST:PORT, port 0 for any free one.
          answer_bytes: of the largest message that is expected; much larger ones end the connection.

        Raises:
          ToolError: the address cannot be used.
        """
        self.manager = SimpleClientManager()
        limit = answer_bytes + _SLACK_BYTES
        self.server = grpc.server(
            ThreadPoolExecutor(_MOST_CLIENTS),
            maximum_concurrent_rpcs=_MOST_CLIENTS,
            options=[
                ("grpc.max_send_message_length", limit),
                ("grpc.max_receive_message_length", limit),
                ("grpc.so_reuseport", 0),
            ],
        )
        service = FlowerServiceServicer(self.manager, grpc_bridge_factory=_CountedBridge)
        add_FlowerServiceServicer_to_server(service, self.server)
        host = address.rpartition(":")[0]
        try:
            port = self.server.add_insecure_port(address)
        except RuntimeError:
            port = 0
        if not port:
            raise ToolError(
                f"--address {address}", "cannot be listened on", "HOST:PORT of this machine, port 0 for any"
            )
        self.address = f"{host}:{port}"
        self._peers: dict[str, FlowerPeer] = {}

    def __enter__(self) -> FlowerServer:
        """Start to listen."""
        self.server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop; whoever is still connected is cut off."""
        self.server.stop(_GOODBYE_S if kind is None else 0).wait(2 * _GOODBYE_S)

    def connected(self) -> list[FlowerPeer]:
        """Return the clients that are connected now, each always as the same object."""
        for cid, proxy in list(self.manager.all().items()):
            self._peers.setdefault(cid, FlowerPeer(proxy))
        now = set(self.manager.all())
        return [peer for cid, peer in self._peers.items() if cid in now]
