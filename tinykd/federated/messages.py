"""What clients and server say to each other: logits as bytes, looked at before they are believed."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


class BadAnswer(Exception):
    """What a client sent cannot be used; the text says why, as the end of a sentence."""


def pack(logits: npt.NDArray[np.floating]) -> list[bytes]:
    """Return logits [n, classes] as one tensor in Flower's own form: an .npy file, here of float32."""
    file = io.BytesIO()
    np.lib.format.write_array(file, np.ascontiguousarray(logits, "<f4"), version=(1, 0))
    return [file.getvalue()]


def unpack(tensors: Sequence[bytes], *, shape: tuple[int, int]) -> Floats:
    """Return the logits of an answer.

    Args:
      tensors: what a client sent, any bytes.
      shape: (examples of the public set, classes).

    Raises:
      BadAnswer: nothing, more than one tensor, no array, another shape or type, or values
        that are not finite.
    """
    if not tensors or (len(tensors) == 1 and not tensors[0]):
        raise BadAnswer("its answer is empty")
    if len(tensors) != 1:
        raise BadAnswer(f"its answer has {len(tensors)} tensors where 1 is wanted")
    file = io.BytesIO(tensors[0])
    try:
        if np.lib.format.read_magic(file) != (1, 0):
            raise ValueError
        found, by_column, dtype = np.lib.format.read_array_header_1_0(file)
    except Exception:  # any bytes may come, and the reader of headers raises whatever its parser does
        raise BadAnswer("its answer is not an array") from None
    if found != shape:
        raise BadAnswer(f"its logits have the wrong shape, {_times(found)} where {_times(shape)} is wanted")
    if dtype != np.dtype("<f4") or by_column:
        raise BadAnswer(f"its logits are {dtype}{' by column' * by_column}, not float32 by row")
    body = tensors[0][file.tell() :]
    if len(body) != 4 * shape[0] * shape[1]:
        raise BadAnswer(f"its logits are {len(body):,} bytes, not {4 * shape[0] * shape[1]:,}")
    logits = np.frombuffer(body, "<f4").reshape(shape).astype(np.float32)
    if np.isnan(logits).any():
        raise BadAnswer(f"its logits hold NaN ({int(np.isnan(logits).sum()):,} of {logits.size:,} values)")
    if not np.isfinite(logits).all():
        raise BadAnswer("its logits hold infinite values")
    return logits


def consensus(answers: Mapping[int, Floats]) -> Floats:
    """Return the mean logits over the clients, summed in the clients' order and not in that of arrival.

    Args:
      answers: logits [n, classes] by client, at least one.

    Source: Li and Wang 2019 (FedMD), arXiv:1910.03581, algorithm 1, with equal weights;
      Lin et al. 2020 (FedDF), arXiv:2006.07242, algorithm 1.
    """
    total = sum(np.asarray(answers[client], np.float64) for client in sorted(answers))
    return np.asarray(total / len(answers), np.float32)


def agreement(answers: Mapping[int, Floats], mean: Floats) -> float:
    """Return the share of (client, example) pairs whose likeliest class is that of the mean, 0..1."""
    wanted = mean.argmax(axis=1)
    return float(np.mean([(logits.argmax(axis=1) == wanted).mean() for logits in answers.values()]))


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(str(size) for size in shape) or "a single number"
