"""What a comparison trains, name by name."""

import pytest

from tinykd.compare import ALONE, USUAL, variant, variants
from tinykd.errors import RecipeError
from tinykd.grid import cell_digest, teacher_key
from tinykd.recipe_file import load_recipe
from tinykd.recipe_tasks import with_settings

KWS = load_recipe("kws-speech_commands")
FAN = load_recipe("anomaly-fan")


def test_names_of_losses_and_ways_join_to_one_recipe():
    assert variant(KWS, ALONE).distill.methods == ()
    assert variant(KWS, "dkd+fitnets").distill.methods == ("dkd", "fitnets")
    born = variant(KWS, "born_again").distill
    assert (born.methods, born.generations) == (("logits",), 3)
    one = variant(KWS, "standardised+dkd").distill
    assert (one.methods, one.standardise) == (("dkd",), True)
    assert one.params["time_axis"] == KWS.distill.params["time_axis"]
    assert variant(KWS, "transfer").distill.start == "teacher"
    assert [other.model for other in variant(KWS, "teachers_choice").teacher.others] == ["kwt"]


def test_a_score_is_taught_where_logits_are_named():
    assert variant(FAN, "tap_costs").distill.methods == ("time_axis",)
    assert variant(FAN, "layer_rates").distill.methods == ("score",)


def test_only_what_differs_is_another_cell_and_only_the_teachers_sections_another_teacher():
    alone, taught, three = (variant(KWS, name) for name in (ALONE, "logits", "teachers_average"))
    assert len({cell_digest(one) for one in (alone, taught, three)}) == 3
    assert teacher_key(alone) == teacher_key(taught) != teacher_key(three)
    longer = with_settings(KWS, {"study.fractions": (0.5,)})
    assert cell_digest(longer) == cell_digest(KWS)


def test_no_name_means_the_usual_ones_that_fit_and_all_means_all_that_fit():
    assert tuple(variants(KWS, ())) == USUAL["classes"]
    assert tuple(variants(FAN, ())) == USUAL["score"]
    fan = variants(FAN, ["all"])
    assert "score" in fan
    assert not {"logits", "transfer", "born_again", "crd"} & set(fan)
    assert {"mutual", "inside_qat", "teachers_attention", "cross_architecture"} <= set(variants(KWS, ["all"]))
    assert next(iter(variants(KWS, ["dkd"]))) == ALONE


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("hints", "unknown method 'hints'; known: alone, logits, time_axis"),
        ("inside_qat+qat_alone", "two of them set quantise"),
        ("", "unknown method ''"),
    ],
)
def test_a_name_that_cannot_be_is_refused_in_one_line(name, says):
    with pytest.raises(RecipeError, match=says):
        variant(KWS, name)


def test_a_cell_is_known_by_every_parameter_of_its_methods_also_those_left_to_their_defaults(monkeypatch):
    from dataclasses import replace

    from tinykd.distill import check, methods

    before = cell_digest(variant(KWS, "gram"))
    other = replace(methods.METHODS["gram"], defaults={"weight": 0.25})
    monkeypatch.setitem(check.METHODS, "gram", other)
    assert cell_digest(variant(KWS, "gram")) != before
