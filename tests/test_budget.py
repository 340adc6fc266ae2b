from tinykd.budget import BUDGETS, Limits, check, explain
from tinykd.recipe import BudgetSection

FITS = check(BUDGETS["kws"], model_bytes=49_999, arena_bytes=31_999)
OVER = check(BUDGETS["anomaly"], model_bytes=10_000, arena_bytes=7_999)


def test_the_table_is_the_products_promise():
    assert {task: (row.model_bytes, row.arena_bytes) for task, row in BUDGETS.items()} == {
        "kws": (50_000, 32_000),
        "wakeword": (20_000, 24_000),
        "gesture": (30_000, 16_000),
        "anomaly": (10_000, 8_000),
    }


def test_a_default_recipe_has_the_kws_limits():
    section = BudgetSection()
    assert Limits(section.model_bytes, section.arena_bytes) == BUDGETS["kws"]
    assert check(section, model_bytes=1, arena_bytes=1)["ok"]


def test_a_limit_is_strict():
    assert FITS["ok"] is True
    assert FITS["over"] == []
    assert OVER == {
        "limits": {"model_bytes": 10_000, "arena_bytes": 8_000},
        "measured": {"model_bytes": 10_000, "arena_bytes": 7_999},
        "over": ["model_bytes"],
        "ok": False,
    }
    assert check(BUDGETS["kws"], model_bytes=1, arena_bytes=32_000)["over"] == ["arena_bytes"]


def test_what_is_over_is_said_on_one_line():
    assert explain(FITS) == ""
    assert explain(OVER) == "model_bytes 10000 is not below 10000"
