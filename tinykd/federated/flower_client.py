"""A client on Flower: connects, says who it is, answers each round, and leaves when it is told to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tinykd.errors import ToolError
from tinykd.federated._flwr import (
    Client,
    Code,
    FitIns,
    FitRes,
    GetPropertiesIns,
    GetPropertiesRes,
    Parameters,
    Status,
    grpc,
    start_client,
)

Answer = Callable[[int, list[bytes]], Sequence[bytes]]


def join(address: str, *, index: int, digest: str, answer: Answer) -> None:
    """Serve until the server says goodbye.

    Args:
      address: the server's HOST:PORT.
      index: the client's number, from 0.
      digest: of recipe and data.
      answer: from a round's number and the tensors that came with it to the tensors to send.

    Raises:
      ToolError: there is no server, or it is gone.
    """
    try:
        start_client(server_address=address, client=_Answering(index, digest, answer), insecure=True)
    except grpc.RpcError as error:
        raise ToolError(
            f"--server {address}", f"no server, or it is gone ({_code(error)})", "a running tinykd federated"
        ) from None


class _Answering(Client):  # type: ignore[misc]
    """Flower's client around one function; nothing but what that returns is sent."""

    def __init__(self, index: int, digest: str, answer: Answer) -> None:
        self.index, self.digest, self.answer = index, digest, answer

    def get_properties(self, ins: GetPropertiesIns) -> GetPropertiesRes:
        """Say who this is."""
        return GetPropertiesRes(Status(Code.OK, ""), {"client": self.index, "digest": self.digest})

    def fit(self, ins: FitIns) -> FitRes:
        """Answer a round; how many examples there are is nobody's business."""
        tensors = self.answer(int(ins.config["round"]), list(ins.parameters.tensors))
        return FitRes(
            status=Status(Code.OK, ""),
            parameters=Parameters(tensors=list(tensors), tensor_type="numpy.ndarray"),
            num_examples=0,
            metrics={},
        )


def _code(error: Any) -> str:
    code = getattr(error, "code", None)
    return code().name if callable(code) else type(error).__name__
