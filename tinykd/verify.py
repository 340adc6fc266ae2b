"""The proof that a model does on TFLite Micro what it should: outputs, memory, accuracy."""

from __future__ import annotations

import collections
import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd.errors import ModelError
from tinykd.flatbuffer import operator_name, read_model
from tinykd.tflm import RUNTIME, Int8, TflmModel, runtime_version

__all__ = ["TflmModel", "verify"]


def verify(
    model_bytes: bytes,
    *,
    inputs: Int8,
    labels: npt.NDArray[np.integer[Any]] | None,
    reference_bytes: bytes | None = None,
    where: str = "model.tflite",
) -> dict[str, Any]:
    """Run a model in TFLite Micro over a set; a classifier over a labelled one.

    Args:
      model_bytes: the .tflite file to prove.
      inputs: [n, ...] int8, already quantised (`TflmModel.quantise_input`).
      labels: [n] integers, an index into the model's classes; None of a model that has none.
      reference_bytes: the same model before slimming; its outputs must be the same.
      where: what to call the model in errors.

    Returns:
      The contents of verify.json. `bit_exact` is None without a reference;
      `accuracy` and `macro_recall` are None without samples or labels. Arena figures are this
      64-bit host's (see `Arena`). `outputs_sha256` is of the int8 outputs, in order.

    Raises:
      ModelError: a model that TFLite Micro refuses, or labels that do not fit.
    """
    model = TflmModel(model_bytes, where=where)
    outputs = model.run(inputs).reshape(len(inputs), -1)
    classes = int(np.prod(model.output.shape[1:]))
    if labels is not None and (
        len(labels) != len(inputs) or (len(labels) and not 0 <= labels.min() <= labels.max() < classes)
    ):
        what = f"{len(labels)} labels for {len(inputs)} samples of {classes} classes"
        raise ModelError(where, what, f"give one label of 0..{classes - 1} a sample")
    bit_exact = None
    if reference_bytes is not None:
        reference = TflmModel(reference_bytes, where=f"{where} before slimming")
        bit_exact = bool(np.array_equal(reference.run(inputs).reshape(len(inputs), -1), outputs))
    accuracy, macro_recall = None, None
    if labels is not None and len(labels):
        accuracy, macro_recall = scores(outputs.argmax(axis=1), labels)
    return {
        "runtime": RUNTIME,
        "version": runtime_version(),
        "bit_exact": bit_exact,
        "samples": len(inputs),
        "model_bytes": len(model_bytes),
        "host": "64-bit",
        "arena_bytes": model.arena().arena_bytes,
        "arena_head_bytes": model.arena().arena_head_bytes,
        "ops": operator_counts(model_bytes, where=where),
        "accuracy": accuracy,
        "macro_recall": macro_recall,
        "outputs_sha256": hashlib.sha256(outputs.tobytes()).hexdigest(),
    }


def scores(
    predicted: npt.NDArray[np.integer[Any]], labels: npt.NDArray[np.integer[Any]]
) -> tuple[float, float]:
    """Return (accuracy, mean recall over the classes that occur) of predictions, each 0..1."""
    right = predicted == labels
    recalls = [right[labels == label].mean() for label in np.unique(labels)]
    return float(right.mean()), float(np.mean(recalls))


def operator_counts(model_bytes: bytes, *, where: str) -> list[dict[str, Any]]:
    """Return [{name, count}] of a model's operators, by name."""
    model = read_model(model_bytes, where=where)
    counts = collections.Counter(
        operator_name(model, operator) for graph in model.subgraphs for operator in graph.operators or []
    )
    return [{"name": name, "count": counts[name]} for name in sorted(counts)]
