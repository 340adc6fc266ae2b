"""What `tinykd explain` says of every method and way, and what each was worth where it was measured."""

import pytest

from tinykd.distill.methods import METHODS
from tinykd.distill.ways import WAYS, table
from tinykd.errors import RecipeError
from tinykd.report import measured
from tinykd.report.explanation import explanation


@pytest.fixture
def known(monkeypatch):
    """Comparisons of round numbers."""

    def row(method, difference):
        return {"method": method, "difference": difference}

    found = {
        "kws-far-study": {
            "figure": "accuracy",
            "seeds": 3,
            "rows": [row("student alone", None), row("logits", [0.06, 0.05, 0.07])],
        },
        "kws-study": {
            "figure": "accuracy",
            "seeds": 6,
            "rows": [row("logits+fitnets", [-0.00001, -0.02, 0.02]), row("dkd", [0.01, 0.0, 0.02])],
        },
    }
    monkeypatch.setattr(measured, "comparisons", lambda: found)


POINTS = "points of accuracy against the student alone"
FAR = f"kws-far-study: logits +6.00 {POINTS} (+5.00 to +7.00, 3 seeds)"


def test_a_loss_was_worth_what_every_comparison_with_it_says_also_joined_to_others(known):
    assert list(measured.measured("logits")) == [
        FAR,
        f"kws-study: logits+fitnets +0.00 {POINTS} (-2.00 to +2.00, 6 seeds)",
    ]
    assert list(measured.measured("crd")) == []


def test_a_way_with_a_recipe_of_its_own_was_worth_what_that_recipe_s_comparison_says(known):
    assert list(measured.measured("cross_domain")) == [FAR]
    assert FAR in explanation("cross_domain")
    assert explanation("raw_waveform").endswith("measured  not yet")


@pytest.mark.parametrize("name", table())
def test_every_name_has_a_formula_a_source_and_something_to_try(name):
    row = METHODS[name] if name in METHODS else WAYS[name]
    text = explanation(name)
    assert row.formula in text
    assert row.source in text
    assert "\n  try " in text


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(RecipeError, match="unknown method 'hints'; allowed: logits, "):
        explanation("hints")
