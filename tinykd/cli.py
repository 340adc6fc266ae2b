"""The command ``tinykd``: one verb a file in `commands/`, errors as one line.

Nothing heavy is imported here: ``tinykd --help`` answers at once, and each
command imports what it needs when it runs.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

import tinykd
from tinykd.commands import (
    budget,
    cache_teacher,
    compare,
    compile_model,
    distill,
    doctor,
    emulate,
    evaluate,
    explain,
    export,
    federated,
    firmware,
    join,
    list_tables,
    listen,
    measure,
    predict,
    progressive,
    record,
    run,
    slim,
    study,
    verify,
)
from tinykd.errors import TinykdError

# Before typer had an error of its own, it raised click's; Flower asks for such a typer.
_USAGE_FAULT: Any = vars(typer).get("TyperException") or importlib.import_module("click").ClickException

# Typer's own errors and click's are to read alike.
_SAID_TWICE = re.compile(r"( Did you mean [^?]*\?)\1")
_EXTRA = re.compile(r"unexpected extra arguments? \(")

app = typer.Typer(
    name="tinykd",
    help="Distil Keras teachers into tiny int8 students that fit a microcontroller.",
    epilog="Start with: tinykd doctor, then tinykd run kws",
    add_completion=False,
    rich_markup_mode=None,  # plain help: half the start-up time
    pretty_exceptions_enable=False,  # an escaped exception is a bug and keeps its own traceback
)
app.command("run")(run.run)
app.command("evaluate")(evaluate.evaluate)
app.command("predict")(predict.predict)
app.command("listen")(listen.listen)
app.command("record")(record.record)
app.command("verify")(verify.verify)
app.command("budget")(budget.budget)
app.command("slim")(slim.slim)
app.command("export")(export.export)
app.command("firmware")(firmware.firmware)
app.command("emulate")(emulate.emulate)
app.command("compile")(compile_model.compile_model)
app.command("measure")(measure.measure)
app.command("cache-teacher")(cache_teacher.cache_teacher)
app.command("distill")(distill.distill)
app.command("study")(study.study)
app.command("compare")(compare.compare)
app.command("progressive")(progressive.progressive)
app.command("explain")(explain.explain)
app.command("federated")(federated.federated)
app.command("join")(join.join)
app.command("list")(list_tables.list_tables)
app.command("doctor")(doctor.doctor)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"tinykd {tinykd.__version__}")
        raise typer.Exit


@app.callback()
def _tinykd(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and leave."
        ),
    ] = False,
) -> None:
    """Distil Keras teachers into tiny int8 students that fit a microcontroller."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Returns:
      0 done; 1 a check failed; 2 bad use or bad input; 130 interrupted.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = app(args=words or ["--help"], prog_name="tinykd", standalone_mode=False)
    except TinykdError as error:
        return _complain(str(error), error.exit_code)
    except _USAGE_FAULT as error:
        return _complain(_usage_line(error), 2)
    except KeyboardInterrupt:
        code = 130
    except OSError as error:  # from a file that is not ours to name, such as a library's temporary one
        import tempfile

        from tinykd.storage import FULL

        if error.errno not in FULL:
            raise
        where = error.filename or f"a file of this run, or {tempfile.gettempdir()}"
        return _complain(f"{where}: the disk is full; free some space and run again", 2)
    if code == 130:
        return _complain("tinykd: interrupted; the same command continues where it stopped", 130)
    return code if isinstance(code, int) else 0


def _complain(line: str, code: int) -> int:
    print(" ".join(line.split()), file=sys.stderr)
    return code


def _usage_line(error: Any) -> str:
    """Turn a usage error into ``where: what; allowed``."""
    context = getattr(error, "ctx", None)
    where = context.command_path if context else "tinykd"
    what = error.format_message().rstrip(".")
    what = what[:1].lower() + what[1:]
    what = _SAID_TWICE.sub(r"\1", what)
    what = _EXTRA.sub("unexpected extra argument(s) (", what)
    if context is not None and hasattr(context.command, "commands"):
        allowed = "commands: " + ", ".join(context.command.commands)
    elif (option := getattr(error, "option_name", None)) and context is not None:
        if what.startswith("no such option"):
            what = f"no such option: {option}"
        options = sorted(
            name for parameter in context.command.params for name in parameter.opts if name[:2] == "--"
        )
        allowed = "options: " + ", ".join(options)
    else:
        allowed = f"see {where} --help"
    return f"{where}: {what}; {allowed}"
