"""A model as C arrays, settings, operator list and self-test for any TFLite Micro project."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tinykd import storage
from tinykd.errors import ModelError
from tinykd.export.identifiers import c_float, c_identifier, c_string, c_value, unique_identifiers
from tinykd.export.rendering import environment, rows
from tinykd.flatbuffer import TFLM_OPS, operator_name, read_model
from tinykd.tflm import Int8, TflmModel

Setting = bool | int | float | str

FILES = ("model.h", "model.c", "settings.h", "settings.c", "ops.h", "golden.h", "golden.c")
ARENA_ALIGNMENT = 16
ARENA_MARGIN_BYTES = 1024  # optimised kernels ask for scratch that the host's reference kernels do not need
ARENA_MARGIN_SHARE = 8  # or an eighth of the arena, whichever is more


def file_names(name: str, *, beside: tuple[str, ...] = ()) -> list[str]:
    """Return the names of the files that `export` writes for a model called `name`; `beside` come last."""
    return [f"{c_identifier(name)}_{file}" for file in (*FILES, *beside)]


def export(
    model_bytes: bytes,
    *,
    name: str,
    labels: tuple[str, ...],
    front_end: Mapping[str, Setting],
    golden_input: Int8,
    recipe_digest: str,
    decision: Mapping[str, Setting] | None = None,
    beside: Mapping[str, str] | None = None,
    out_dir: Path,
) -> list[Path]:
    """Write `out_dir`, whole or not at all: `<name>_{model,settings,golden}.{h,c}` and `<name>_ops.h`.

    The same arguments give the same bytes. The .c files are valid C11 and C++17.

    Args:
      model_bytes: an int8 .tflite file.
      name: what the model is called; becomes the prefix `tkd_<name>_` and the files' names.
      labels: one text a class, in the order of the outputs.
      front_end: numbers a device needs to make the model's input; each becomes a macro.
      golden_input: int8 of the model's input shape; its output in TFLite Micro is the
        self-test's expected one.
      recipe_digest: letters and digits that say which recipe made the model.
      decision: numbers by which outputs become an answer, like a threshold; each becomes a macro.
      beside: texts of more files by name, like the front end's.
      out_dir: a folder that is replaced.

    Returns:
      The files written, in the order of `FILES`, then those of `beside`.

    Raises:
      ModelError: TFLite Micro refuses the model, or its outputs are not one a label.
      DataError: a label or a setting that C cannot hold.
    """
    model = TflmModel(model_bytes, where=f"export of {name}")
    golden_output = model.run(golden_input.reshape(1, *model.input.shape[1:]))
    sources = render(
        model_bytes,
        model,
        name=name,
        labels=labels,
        front_end=front_end,
        golden=(golden_input, golden_output),
        decision=decision or {},
        recipe_digest=recipe_digest,
    )
    sources |= beside or {}
    with storage.atomic_folder(out_dir) as folder:
        for written, text in sources.items():
            (folder / written).write_text(text, encoding="ascii", newline="\n")
    return [out_dir / written for written in sources]


def render(
    model_bytes: bytes,
    model: TflmModel,
    *,
    name: str,
    labels: tuple[str, ...],
    front_end: Mapping[str, Setting],
    golden: tuple[Int8, Int8],
    decision: Mapping[str, Setting],
    recipe_digest: str,
) -> dict[str, str]:
    """Return the text of each file of `export`, by file name; arguments and errors as there."""
    where = f"export of {name}"
    classes = int(np.prod(model.output.shape[1:]))
    if len(labels) != classes:
        raise ModelError(where, f"{len(labels)} labels, {classes} outputs", "give one label an output")
    if not re.fullmatch(r"[0-9A-Za-z_.-]*", recipe_digest):
        raise ModelError(where, f"recipe digest {recipe_digest!r}", "use letters, digits and ._-")
    prefix = c_identifier(name)
    golden_input, golden_output = (numbers.reshape(-1).tolist() for numbers in golden)
    values = {
        "prefix": f"tkd_{prefix}",
        "PREFIX": f"TKD_{prefix.upper()}",
        "file": prefix,
        "digest": recipe_digest,
        "digest_literal": c_string(recipe_digest, where=where),
        "model_bytes": len(model_bytes),
        "model_rows": rows([f"0x{byte:02x}" for byte in model_bytes], 16),
        "labels": [c_string(label, where=f"{where}: label") for label in labels],
        "label_names": [label.upper() for label in unique_identifiers(labels)],
        "input": model.input,
        "output": model.output,
        "input_scale": c_float(model.input.scale, where=where),
        "output_scale": c_float(model.output.scale, where=where),
        "front_end": _macros(front_end, where),
        "decision": _macros(decision, where),
        "arena_bytes": arena_with_margin(model.arena().arena_bytes),
        "host_arena": model.arena(),
        "methods": op_methods(model_bytes, where=where),
        "golden_input": golden_input,
        "golden_input_rows": rows([str(value) for value in golden_input], 20),
        "golden_output": golden_output,
        "golden_output_rows": rows([str(value) for value in golden_output], 20),
    }
    texts = (environment().get_template(f"{file}.jinja").render(values) for file in FILES)
    return dict(zip(file_names(name), texts, strict=True))


def arena_with_margin(host_arena_bytes: int) -> int:
    """Return the arena to reserve on a device, in bytes, a multiple of 16."""
    margin = max(ARENA_MARGIN_BYTES, host_arena_bytes // ARENA_MARGIN_SHARE)
    return -(-(host_arena_bytes + margin) // ARENA_ALIGNMENT) * ARENA_ALIGNMENT


def op_methods(model_bytes: bytes, *, where: str) -> list[str]:
    """Return the MicroMutableOpResolver methods that link a model's operators, each once, by name."""
    model = read_model(model_bytes, where=where)
    names = {
        operator_name(model, operator) for graph in model.subgraphs for operator in graph.operators or []
    }
    return sorted(TFLM_OPS[name] for name in names)


def _macros(front_end: Mapping[str, Setting], where: str) -> list[tuple[str, str]]:
    names = unique_identifiers(tuple(front_end))
    values = [c_value(value, where=f"{where}: {key}") for key, value in front_end.items()]
    # A bare minus would join what stands before the macro.
    safe = [f"({value})" if value.startswith("-") else value for value in values]
    return [(name.upper(), value) for name, value in zip(names, safe, strict=True)]
