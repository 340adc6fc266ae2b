"""The only door to Flower: without telemetry, without its warnings, and with one line where it is missing."""

from __future__ import annotations

import logging
import os

from tinykd import storage
from tinykd.errors import ToolError

# Both are read when Flower is imported or used; it would make a folder in the user's home.
os.environ["FLWR_TELEMETRY_ENABLED"] = "0"
os.environ.setdefault("FLWR_HOME", str(storage.cache_root() / "flower"))

try:
    import grpc
    from flwr.client import Client, start_client
    from flwr.common import (
        Code,
        FitIns,
        FitRes,
        GetPropertiesIns,
        GetPropertiesRes,
        Parameters,
        ReconnectIns,
        Status,
    )
    from flwr.proto.transport_pb2_grpc import add_FlowerServiceServicer_to_server
    from flwr.server import SimpleClientManager
    from flwr.server.superlink.fleet.grpc_bidi.flower_service_servicer import FlowerServiceServicer
    from flwr.server.superlink.fleet.grpc_bidi.grpc_bridge import GrpcBridge, GrpcBridgeClosed
except ImportError as error:
    raise ToolError(
        "tinykd federated",
        f"Flower is missing or another version ({error})",
        "pip install 'tinykd[federated]', or flwr 1.41",
    ) from None

logging.getLogger("flwr").setLevel(logging.CRITICAL)  # it warns of its own start_client
logging.getLogger("grpc").setLevel(logging.CRITICAL)  # it prints a traceback for each client that is gone

__all__ = [
    "Client",
    "Code",
    "FitIns",
    "FitRes",
    "FlowerServiceServicer",
    "GetPropertiesIns",
    "GetPropertiesRes",
    "GrpcBridge",
    "GrpcBridgeClosed",
    "Parameters",
    "ReconnectIns",
    "SimpleClientManager",
    "Status",
    "add_FlowerServiceServicer_to_server",
    "grpc",
    "start_client",
]
