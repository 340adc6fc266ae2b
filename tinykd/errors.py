"""Every error a person can cause, in one tree.

The command line prints one line, ``where: what; allowed``, and leaves with the
class's exit code. Anything else that escapes is a bug of ours and keeps its
traceback.
"""

from __future__ import annotations


class TinykdError(Exception):
    """Base of all errors that are the input's fault, not the program's."""

    exit_code = 2

    def __init__(self, where: str, what: str, allowed: str) -> None:
        """Say where the trouble is, what it is, and what would be allowed."""
        self.where = where
        self.what = what
        self.allowed = allowed
        super().__init__(where, what, allowed)  # these three, so that a worker process can send it home

    def __str__(self) -> str:
        """Return the one line that a person reads."""
        return f"{self.where}: {self.what}; {self.allowed}"


class RecipeError(TinykdError):
    """A recipe, or a ``--set`` on top of it, that cannot be used."""


class DataError(TinykdError):
    """A data set, an archive or a recording that cannot be used."""


class ModelError(TinykdError):
    """A model file that cannot be used."""


class ToolError(TinykdError):
    """A tool or package that is missing or refuses; says how to get it."""


class CheckFailed(TinykdError):
    """A measured figure is outside its limit, or a proof does not hold."""

    exit_code = 1
