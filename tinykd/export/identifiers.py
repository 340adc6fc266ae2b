"""Turning any text into C: identifiers, string literals and numbers that a compiler takes as meant."""

from __future__ import annotations

import math
import re
import unicodedata

from tinykd.errors import DataError

# C11 (6.4.1) and C++20 ([lex.key], with the alternative operator words), in lower case as we use them.
KEYWORDS = frozenset(
    """alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t
    class co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue
    decltype default delete do double dynamic_cast else enum explicit export extern false float for friend
    goto if inline int long mutable namespace new noexcept not not_eq nullptr operator or or_eq private
    protected public register reinterpret_cast requires restrict return short signed sizeof static
    static_assert static_cast struct switch template this thread_local throw true try typedef typeid typename
    typeof union unsigned using virtual void volatile wchar_t while xor xor_eq""".split()  # noqa: SIM905
)
LONGEST = 31  # characters C11 promises to tell apart in an external name (5.2.4.1)


def c_identifier(text: str) -> str:
    """Return a lower-case C and C++ identifier for `text`.

    Accents go, every other character outside a-z and 0-9 becomes one underscore,
    at most `LONGEST` characters stay. A leading digit, a keyword and an empty
    result get the prefix `x_`; names with leading or double underscores, which
    C++ reserves, do not come out.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:LONGEST].rstrip("_")
    return f"x_{name}".rstrip("_") if not name or name[0].isdigit() or name in KEYWORDS else name


def unique_identifiers(texts: tuple[str, ...]) -> list[str]:
    """Return one identifier a text, all different: the second of a kind ends in _2, and so on."""
    names: list[str] = []
    for text in texts:
        base = name = c_identifier(text)
        number = 1
        while name in names:
            number += 1
            name = f"{base}_{number}"
        names.append(name)
    return names


def c_string(text: str, *, where: str) -> str:
    """Return `text` as a C string literal of its UTF-8 bytes, written in ASCII.

    Whatever is not a plain printable character is a three-digit octal escape,
    which, unlike a hexadecimal one, cannot swallow the character after it. A
    question mark is escaped too, so that no trigraph can arise.

    Raises:
      DataError: it holds a NUL, which would end the string, or is no valid Unicode.
    """
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise DataError(where, f"the text {text!r} is not Unicode", "use valid Unicode") from error
    if 0 in data:
        raise DataError(where, f"the text {text!r} holds a NUL", "use printable characters")
    return '"' + "".join(_escaped(byte) for byte in data) + '"'


def _escaped(byte: int) -> str:
    character = chr(byte)
    if character in '"\\?':
        return "\\" + character
    return character if 32 <= byte < 127 else f"\\{byte:03o}"


def c_float(value: float, *, where: str) -> str:
    """Return `value` as a C float literal that reads back as the same float32.

    Nine significant digits always do (IEEE 754 binary32).
    """
    if not math.isfinite(value):
        raise DataError(where, f"{value} is not a number for C", "use finite numbers")
    text = f"{value:.9g}"
    return (text if "." in text or "e" in text else f"{text}.0") + "f"


def c_value(value: object, *, where: str) -> str:
    """Return a setting as a C constant: bool as 0 or 1, int, float or text."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return c_float(value, where=where)
    if isinstance(value, str):
        return c_string(value, where=where)
    raise DataError(where, f"{value!r} is no setting for C", "use a bool, an int, a float or a text")
