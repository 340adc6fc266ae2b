"""What the pages say of tables in the code is what stands there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tinykd.budget import BUDGETS, check
from tinykd.cli import app
from tinykd.compiled.lower import NAMES
from tinykd.datasets import DATASETS
from tinykd.datasets.cards import read_card
from tinykd.features import FRONT_ENDS
from tinykd.features.log_mel import LogMel
from tinykd.features.normalise import NORMALISERS
from tinykd.recipe import FeatureSection
from tinykd.recipe_tasks import TASK_RECIPES

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(path.name for path in DOCS.glob("*.md"))


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def table(text: str) -> list[list[str]]:
    """Return the cells of all table rows but heads and rules."""
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows if not set(row[0]) <= set("-: ")]


def test_the_budget_table_is_the_codes():
    found = {re.findall(r"`(\w+)`", row[0])[0]: row[1:] for row in table(page("budget.md")) if "`" in row[0]}
    assert found == {
        task: [f"{limits.model_bytes:,} B", f"{limits.arena_bytes:,} B"] for task, limits in BUDGETS.items()
    }


def test_the_budget_json_of_the_page_is_what_check_returns():
    said = json.loads(re.findall(r"```json\n(.*?)```", page("budget.md"), re.DOTALL)[0])
    assert check(BUDGETS["kws"], **said["measured"]) == said


def test_every_data_set_is_there_with_the_licence_of_its_card():
    rows = {row[0].strip("`"): row for row in table(page("data.md"))}
    assert set(DATASETS) <= set(rows)
    for name in ("speech_commands", "fsdd"):
        assert rows[name][2] == read_card(name).licence


def test_every_choice_of_the_front_end_is_there():
    text = page("front-end.md")
    for key in FeatureSection.model_fields:
        assert f"`{key}" in text, key
    for choice in (*FRONT_ENDS, *NORMALISERS, "htk", "slaney"):
        assert choice in text


def test_the_numbers_of_the_default_front_end_are_there():
    section = FeatureSection()
    made = LogMel(section, 16000)
    frames, bands = made.shape(16000)
    assert (
        f"windows of {made.spectrum.window_samples} samples every {made.spectrum.hop_samples}, "
        f"bins {16000 / section.fft_size:g} Hz apart, {frames} frames of {bands} bands in a second"
    ) in page("front-end.md")


def test_every_operator_of_the_compiler_is_there():
    rows = page("compiled.md").split("## What it takes")[1].split("## Memory")[0]
    assert tuple(sorted(set(re.findall(r"`([A-Z_0-9]+)`", rows)))) == NAMES


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere_and_commands_and_settings_exist(name):
    text = page(name)
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (DOCS / link).exists(), link
    verbs = {command.name for command in app.registered_commands}
    assert set(re.findall(r"(?:`|^)tinykd ([\w-]+)", text, re.MULTILINE)) <= verbs
    for section, key in re.findall(r"--set '?(\w+)\.(\w+)=", text):
        if section != "section":
            models = [model.model_fields[section].annotation for model in TASK_RECIPES.values()]
            assert any(key in model.model_fields for model in models), (section, key)
