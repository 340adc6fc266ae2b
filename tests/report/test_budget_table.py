"""Runs against their limits: strict, complete, and readable by scripts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tinykd.budget import check
from tinykd.cli import main
from tinykd.errors import ModelError
from tinykd.recipe import BudgetSection, recipe_digest
from tinykd.recipe_tasks import KwsRecipe
from tinykd.recipe_text import dump_recipe
from tinykd.report.budget_table import as_markdown, as_table, budget_rows


@pytest.fixture
def make_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def make(name: str, model_bytes: int | None, arena_bytes: int = 10) -> Path:
        run = Path("runs") / name
        run.mkdir(parents=True)
        recipe = KwsRecipe(budget=BudgetSection(model_bytes=1000, arena_bytes=500))
        (run / "recipe.lock.toml").write_text(dump_recipe(recipe))
        if model_bytes is not None:
            result = check(recipe.budget, model_bytes=model_bytes, arena_bytes=arena_bytes)
            (run / "budget.json").write_text(json.dumps(result))
            (run / "metrics.json").write_text(json.dumps({"recipe_digest": recipe_digest(recipe)}))
        return run

    return make


def test_a_figure_must_be_below_its_limit(make_run):
    rows = budget_rows([make_run("a", 999, 499), make_run("b", 1000, 500)])
    assert [row.fits for row in rows] == [True, True, False, False]
    assert [(row.measured, row.limit) for row in rows[:2]] == [(999, 1000), (499, 500)]


def test_all_runs_are_compared_when_none_is_named_and_one_over_fails(make_run, capsys):
    make_run("b", 999)
    assert main(["budget"]) == 0
    make_run("a", 1001)
    assert main(["budget", "--format", "json"]) == 1
    shown = capsys.readouterr().out
    found = json.loads(shown[shown.index("[") :])
    assert [(row["run"], row["what"], row["fits"]) for row in found] == [
        ("runs/a", "model_bytes", False),
        ("runs/a", "arena_bytes", True),
        ("runs/b", "model_bytes", True),
        ("runs/b", "arena_bytes", True),
    ]


@pytest.mark.parametrize("missing", ["all", "metrics.json", "budget.json", "the new recipe's"])
def test_an_unfinished_run_is_said_and_fails(missing, make_run, capsys):
    run = make_run("a", None if missing == "all" else 5)
    if missing.endswith(".json"):
        (run / missing).unlink()
    if missing == "the new recipe's":  # the figures are those of the recipe before
        (run / "recipe.lock.toml").write_text(dump_recipe(KwsRecipe(seed=2)))
    assert main(["budget"]) == 1
    said = capsys.readouterr().out
    assert said.count("unfinished") == 2
    assert "OVER" not in said
    assert main(["budget", "--format", "json"]) == 1
    assert [row["measured"] for row in json.loads(capsys.readouterr().out)] == [None, None]


def test_the_table_lines_up_and_the_markdown_is_a_table(make_run):
    rows = budget_rows([make_run("a", 5), make_run("longer-name", 123456)])
    assert as_table(rows).splitlines()[3] == "runs/longer-name  model.tflite  123,456 B  below 1,000 B  OVER"
    assert as_markdown(rows).splitlines()[-2] == (
        "| runs/longer-name | model.tflite | 123,456 B | below 1,000 B | OVER |"
    )


def test_a_folder_that_is_no_run_and_no_run_at_all_are_errors(make_run, tmp_path):
    with pytest.raises(ModelError, match=r"runs: holds no run; make one: tinykd run kws"):
        budget_rows([])
    with pytest.raises(ModelError, match="is not a run folder"):
        budget_rows([tmp_path])


@pytest.mark.parametrize("name", ["metrics.json", "budget.json"])
@pytest.mark.parametrize("text", ['{"model_bytes": ', "[]", "{}", b"\xff"])
def test_damaged_figures_are_an_error(name, text, make_run):
    run = make_run("a", 5)
    (run / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ModelError, match=rf"{name}: is damaged"):
        budget_rows([run])


@pytest.mark.parametrize("measured", [None, {}, {"model_bytes": 5}, {"model_bytes": "5", "arena_bytes": 5}])
def test_figures_that_are_no_bytes_are_an_error(measured, make_run):
    run = make_run("a", 5)
    (run / "budget.json").write_text(json.dumps({"measured": measured}))
    with pytest.raises(ModelError, match=r"budget\.json: is damaged"):
        budget_rows([run])
