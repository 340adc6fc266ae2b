"""A federated run as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tinykd.report.intervals import wilson


def markdown(found: Mapping[str, Any]) -> str:
    """Return federated.json's contents as Markdown: accuracies, then bytes, then who was dropped."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    examples, section, test = found["examples"], found["federated"], found["test"]
    private, n = examples["private"], examples["test"]
    yield f"# Federated distillation: {found['task']} on {found['dataset']}, seed {found['seed']}"
    yield ""
    yield (
        f"{section['clients']} clients with {min(private):,} to {max(private):,} examples of their own, "
        f"{examples['public']:,} public ones without labels, {section['rounds']} rounds; "
        f"{found['figure']} on {n:,} test examples, every model int8 in TFLite Micro "
        f"({found['model_bytes']:,} bytes)."
    )
    yield ""
    yield f"| model | learns from | {found['figure']} | 95 % interval |"
    yield "|---|---|---:|---:|"
    yield _row("the server's student", "the clients' mean logits", test["server"], n)
    yield from _spread("a client alone", "its own examples", test["alone"])
    if test["after"]:
        yield from _spread("a client after the rounds", "its own examples and the mean logits", test["after"])
    yield _row("central", "all clients' examples in one place", test["central"], n)
    yield ""
    yield "| round | client | bytes to it | bytes from it | |"
    yield "|---:|---:|---:|---:|---|"
    down = up = 0
    for row in found["rounds"]:
        why = {one["client"]: f"dropped: {one['why']}" for one in row["dropped"]}
        for client in row["down_bytes"]:
            down += row["down_bytes"][client]
            up += row["up_bytes"][client]
            late = "joined late" if row["number"] > 1 and int(client) in row["joined"] else ""
            note = why.get(int(client), late)
            yield (
                f"| {row['number']} | {client} | {row['down_bytes'][client]:,} | "
                f"{row['up_bytes'][client]:,} | {note} |"
            )
    yield ""
    yield (
        f"In all {down:,} bytes to the clients and {up:,} from them: protobuf payloads, counted on the way. "
        f"The student's own weights in float32 are {found['student_weight_bytes']:,} bytes."
    )


def _row(name: str, source: str, accuracy: float, n: int) -> str:
    interval = wilson(round(accuracy * n), n)
    return (
        f"| {name} | {source} | {100 * accuracy:.1f} % | "
        f"{100 * interval.low:.1f} to {100 * interval.high:.1f} % |"
    )


def _spread(name: str, source: str, by_client: Mapping[Any, float]) -> Iterator[str]:
    values = list(by_client.values())
    mean = sum(values) / len(values)
    yield (
        f"| {name}, mean of {len(values)} | {source} | {100 * mean:.1f} % | "
        f"min {100 * min(values):.1f}, max {100 * max(values):.1f} % |"
    )
