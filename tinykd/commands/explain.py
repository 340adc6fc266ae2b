"""``tinykd explain``: one distillation method on one screen."""

from __future__ import annotations

from typing import Annotated

import typer


def explain(
    method: Annotated[str, typer.Argument(metavar="METHOD", help="A name from `tinykd list methods`.")],
) -> None:
    """Explain a method: formula, source, what it taps.

    Also what it was worth where it was measured.
    """
    from tinykd.report.explanation import explanation

    typer.echo(explanation(method))
