"""A recipe that was compared teaches by what led the int8 models' validation there."""

import pytest

from tinykd.compare import variant
from tinykd.distill.check import resolved
from tinykd.recipe_file import load_recipe
from tinykd.report.measured import comparisons

# Each comparison's recipe, or that of which it is short trainings.
CHOSEN = {
    "kws-study": "kws-speech_commands",
    "kws-8khz-study": "kws-8khz",
    "kws-far-study": "kws-far",
    "kws-transfer_set": "kws-transfer_set",
    "gesture-study": "gesture-wrist_activity",
    "gesture-digits-study": "gesture-imu_digits",
    "gesture-accelerometer": "gesture-accelerometer",
    "anomaly-fan": "anomaly-fan",
}
UNTAUGHT = ("student alone", "transfer")


def test_every_comparison_is_one_of_a_recipe():
    assert {*CHOSEN, "kws-phonemes"} == set(comparisons())  # that one asks what phonemes are worth


@pytest.mark.parametrize(("comparison", "name"), CHOSEN.items())
def test_a_recipe_teaches_by_what_led_validation(comparison, name):
    taught = [row for row in comparisons()[comparison]["rows"] if row["method"] not in UNTAUGHT]
    best = max(taught, key=lambda row: row["validation"])["method"]
    recipe = load_recipe(name)
    assert resolved(recipe.distill) == resolved(variant(recipe, best).distill)
