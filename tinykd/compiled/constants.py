"""The model's numbers as arrays of C."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

C_TYPES = {"int8": "int8_t", "int16": "int16_t", "uint16": "uint16_t", "int32": "int32_t"}


@dataclass
class Constants:
    """Arrays of the model in the C file; equal ones stand once."""

    prefix: str
    declarations: list[str] = field(default_factory=list)
    known: dict[tuple[str, str], str] = field(default_factory=dict)
    bytes: int = 0

    def add(self, kind: str, values: npt.NDArray[np.generic]) -> str:
        """Return the C name, made from `kind`, of an array of the integers `values`."""
        flat = np.asarray(values).reshape(-1)
        return self.text(kind, C_TYPES[flat.dtype.name], f"[{flat.size}]", _rows(flat.tolist()), flat.nbytes)

    def variants(self, kind: str, arrays: dict[str, npt.NDArray[np.int8]]) -> str:
        """Return the name of an array whose bytes depend on the target.

        Args:
          kind: what it is called after.
          arrays: by target: `portable`, and `dsp` and `mve` where those differ.
        """
        portable = arrays["portable"].reshape(-1)
        others = {
            target: array.reshape(-1)
            for target, array in arrays.items()
            if target != "portable" and not np.array_equal(array.reshape(-1), portable)
        }
        if not others:
            return self.add(kind, portable)
        lines = []
        for word, target in (("#if", "mve"), ("#elif" if "mve" in others else "#if", "dsp")):
            if target in others:
                lines += [f"{word} TKD_{target.upper()}", _rows(others[target].tolist())]
        body = "\n".join([*lines, "#else", _rows(portable.tolist()), "#endif"])
        return self.text(kind, "int8_t", "[]", body, portable.nbytes)

    def struct(self, kind: str, type_name: str, rows: Sequence[Sequence[int]]) -> str:
        """Return the name of an array of structs of int32, one row of numbers each."""
        body = ",\n".join("  {" + ", ".join(_number(value) for value in row) + "}" for row in rows)
        return self.text(kind, type_name, f"[{len(rows)}]", body, 4 * sum(len(row) for row in rows))

    def text(self, kind: str, type_name: str, size: str, body: str, size_bytes: int) -> str:
        """Return the name of an array given as C; equal arrays of one type share it."""
        key = (type_name + size, body)
        if key not in self.known:
            self.known[key] = f"{self.prefix}_const_{kind}_{len(self.known)}"
            aligned = "" if type_name.startswith("tkd_") else "_Alignas(4) "
            self.declarations.append(
                f"{aligned}static const {type_name} {self.known[key]}{size} = {{\n{body}\n}};"
            )
            self.bytes += size_bytes
        return self.known[key]


def _number(value: int) -> str:
    return "INT32_MIN" if value == -(2**31) else str(value)


def _rows(values: list[int]) -> str:
    rows, row = [], " "
    for value in values:
        word = f" {_number(value)},"
        if len(row) + len(word) > 118:
            rows.append(row)
            row = " "
        row += word
    return "\n".join([*rows, row])
