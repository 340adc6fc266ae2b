"""Writes docs/methods.md from the tables of methods and what was measured.

``python -m tinykd.commands.method_docs``; with NAME=FOLDER it first takes in finished comparisons, whose
tables and plots go to docs/compare.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from tinykd import storage
from tinykd.distill.check import COMMON
from tinykd.distill.methods import METHODS
from tinykd.distill.ways import WAYS
from tinykd.recipe_text import toml_value
from tinykd.report.compare_report import write_report
from tinykd.report.explanation import TAPS
from tinykd.report.measured import comparisons, measured, remember

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "methods.md"
PLOTS = ("differences.png", "learning.png", "reliability.png")
HEAD = """# Distillation methods

What is here, where it comes from, and what it was worth on real recordings. `tinykd explain NAME` shows one
of these; `tinykd compare RECIPE --methods NAME,NAME+NAME` measures any of them beside the student alone, over
seeds; `all` takes every one that fits the recipe.

- A recipe names losses in `distill.methods` and their numbers in `[distill.params.NAME]`. Any logits loss
  goes with any loss on taps.
- Every loss takes `warmup` (its weight rises from 0 over this share of the training) and `until` (it falls in
  a line to 0 there; 0: never).
- Pairs of taps are matched from the last backwards; longer axes of time and frequency are averaged to the
  shorter; a 1x1 connector brings the student's channels to the teacher's where the loss compares them one by
  one, and is dropped at export. `distill.tap_weights` says what each pair counts.
- Feature losses can hurt, above all across architectures; where they did, the line says so. An interval that
  holds zero shows no difference.

This page is generated from `tinykd/distill/methods.py`, `tinykd/distill/ways.py` and
`tinykd/report/measured.json` by `make docs`.
"""


def page() -> str:
    """Return the text of docs/methods.md."""
    lines = [HEAD]
    if found := comparisons():
        lines.append("Measured by `tinykd compare`: " + ", ".join(_link(name) for name in found) + ".\n")
    lines.append("## Losses\n")
    for name, row in METHODS.items():
        lines += [f"### {name}\n", f"{_sentence(row.description)}\n", "| | |", "|---|---|"]
        defaults = ", ".join(f"`{key}` {toml_value(value)}" for key, value in row.defaults.items())
        table = {
            "formula": f"`{row.formula}`",
            "source": row.source,
            "taps": TAPS[row.term],
            "connector": row.connector,
            "teaches": " and ".join(row.outputs),
            "defaults": defaults + "".join(f", `{key}` 0" for key in COMMON if key not in row.defaults),
        }
        lines += [f"| {key} | {_cell(text)} |" for key, text in table.items()]
        lines += ["", *_measured(name)]
    lines.append("## Who teaches, when, and how far\n")
    for name, way in WAYS.items():
        lines += [f"### {name}\n", f"{_sentence(way.description)}\n", "| | |", "|---|---|"]
        table = {"formula": f"`{way.formula}`", "source": way.source}
        if way.settings is not None:
            pairs = [f"`{key} = {toml_value(value)}`" for key, value in way.settings.items()]
            table["recipe"] = ", ".join(pairs)
            table["losses"] = ", ".join(way.methods) or "none"
        elif way.recipe:
            table["recipe"] = f"`{way.recipe}`: `tinykd compare {way.recipe}`"
        else:
            table["command"] = f"`{way.command}`"
        lines += [f"| {key} | {_cell(text)} |" for key, text in table.items()]
        lines += ["", *_measured(name)]
    return "\n".join(lines)


def _measured(name: str) -> Iterator[str]:
    found = [f"- {line}" for line in measured(name)]
    yield from found
    yield from ([""] if found else [])


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _link(name: str) -> str:
    return f"[{name}](compare/{name}.md)"


def take_in(name: str, folder: Path) -> None:
    """Take a finished comparison into the docs and into what `tinykd explain` knows."""
    remember(name, folder)
    text = write_report(storage.read_json(folder / "compare.json"), folder)  # as reports are written now
    here = [plot for plot in PLOTS if (folder / plot).exists()]
    pictures = "".join(f"\n![{plot.removesuffix('.png')}]({name}-{plot})\n" for plot in here)
    (DOCS / "compare").mkdir(exist_ok=True)
    head = f"# {name}\n\nMade by `tinykd compare {name}`; `make compare` makes those of real recordings.\n\n"
    storage.write_text(DOCS / "compare" / f"{name}.md", head + text + pictures)
    for plot in here:
        shutil.copyfile(folder / plot, DOCS / "compare" / f"{name}-{plot}")


if __name__ == "__main__":
    for pair in sys.argv[1:]:
        recipe_name, _, place = pair.partition("=")
        take_in(recipe_name, Path(place))
    storage.write_text(PAGE, page())
