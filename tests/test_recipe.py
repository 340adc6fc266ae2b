"""Recipes: what a file, its bases and ``--set`` make, and what is said when they are wrong."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinykd import recipe_file
from tinykd.budget import BUDGETS
from tinykd.commands import recipe_docs
from tinykd.errors import RecipeError
from tinykd.recipe import recipe_digest, section_digest
from tinykd.recipe_errors import section_type, wanted
from tinykd.recipe_file import load_recipe, recipe_names
from tinykd.recipe_tasks import TASK_RECIPES, KwsRecipe
from tinykd.recipe_text import dump_recipe


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str, name: str = "my.toml") -> str:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return str(tmp_path / name)

    return write


@pytest.mark.parametrize("name", recipe_names())
def test_every_shipped_recipe_loads_and_survives_its_own_text(name, written):
    recipe = load_recipe(name)
    assert load_recipe(written(dump_recipe(recipe))) == recipe


@pytest.mark.parametrize("task", TASK_RECIPES)
def test_a_recipe_is_of_the_class_of_its_task_and_has_that_tasks_limits(task, written):
    recipe = load_recipe(written(f"task = '{task}'\n[budget]\nmodel_bytes = 77"))
    assert type(recipe) is TASK_RECIPES[task]
    assert recipe.budget.model_bytes == 77
    assert recipe.budget.arena_bytes == BUDGETS[task].arena_bytes
    assert load_recipe(written(dump_recipe(recipe))) == recipe


def test_a_recipe_may_take_another_task_than_its_base_and_is_then_judged_by_it(written):
    written("task = 'kws'\nseed = 4", "lower.toml")
    assert load_recipe(written("base = 'lower.toml'\ntask = 'gesture'")).task == "gesture"
    written("task = 'kws'\n[dataset]\nclip_ms = 500", "lower.toml")
    with pytest.raises(RecipeError, match=r"^lower\.toml \[dataset\]: unknown key 'clip_ms'; known keys: "):
        load_recipe(written("base = 'lower.toml'\ntask = 'gesture'"))


def test_an_empty_file_gives_the_defaults_of_the_models(written):
    assert load_recipe(written("")) == KwsRecipe()


def test_lists_become_tuples_and_whole_numbers_become_floats(written):
    recipe = load_recipe(written("[dataset]\nwords = ['yes', 'no']\n[augment]\ngain_db = [-3, 6]"))
    assert recipe.dataset.words == ("yes", "no")
    assert recipe.augment.gain_db == (-3.0, 6.0)
    assert isinstance(recipe.augment.gain_db[0], float)


def test_the_file_overrides_its_base_and_set_overrides_the_file(written):
    written("seed = 2\n[dataset]\nclip_ms = 500\n[features]\nmel_bins = 20", "lower.toml")
    path = written("base = 'lower.toml'\nseed = 3\n[dataset]\nsilence = false")
    recipe = load_recipe(path, ["features.mel_bins=10"])
    assert (recipe.seed, recipe.dataset.clip_ms, recipe.dataset.silence) == (3, 500, False)
    assert recipe.features.mel_bins == 10
    assert recipe.base == ""  # resolved: the text of this recipe stands alone


def test_a_named_base_is_one_of_the_shipped_recipes(written):
    assert load_recipe(written("base = 'kws'")) == load_recipe("kws")


def test_the_last_set_wins():
    assert load_recipe("kws", ["seed=5", "seed=6"]).seed == 6


@pytest.mark.parametrize(
    ("text", "section", "key", "value"),
    [
        ("student.model=dscnn", "student", "model", "dscnn"),
        ('student.model="dscnn"', "student", "model", "dscnn"),
        ("dataset.silence=false", "dataset", "silence", False),
        ("dataset.words=['a=b', 'c']", "dataset", "words", ("a=b", "c")),
        ("augment.speed=[1, 1.5]", "augment", "speed", (1.0, 1.5)),
        (" student . model =x", "student", "model", "x"),
        ("student.params={width = 8}", "student", "params", {"width": 8}),
        ("student.params.width=8", "student", "params", {"width": 8}),
    ],
)
def test_set_takes_toml_values_and_plain_words(text, section, key, value, written):
    assert getattr(getattr(load_recipe(written(""), [text]), section), key) == value


def test_parameters_of_the_base_stay_with_their_model(written):
    path = written("[student]\nmodel = 'a'\nparams = {width = 8, depth = 2}")
    assert load_recipe(path, ["student.params.width=9"]).student.params == {"width": 9, "depth": 2}
    assert load_recipe(path, ["student.model=a"]).student.params == {"width": 8, "depth": 2}
    assert load_recipe(path, ["student.params.cells=4", "student.model=b"]).student.params == {"cells": 4}


SECTIONS = ", ".join(sorted(KwsRecipe.model_fields))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "[distill]\ntemprature = 4",
            "my.toml [distill]: unknown key 'temprature'; "
            "known keys: "
            "assistants, frames, generations, labels, labels_of, methods, params, peers, standardise, "
            "start, tap_bands, tap_channels, tap_frames, tap_weights, teachers, up_to",
        ),
        (
            "[dataset]\nsample_rate_hz = '16k'",
            "my.toml [dataset]: sample_rate_hz is a string; allowed: a whole number above 0",
        ),
        (
            "[dataset]\nsample_rate_hz = 0",
            "my.toml [dataset]: sample_rate_hz is 0; allowed: a whole number above 0",
        ),
        (
            "[dataset]\nsample_rate_hz = true",
            "my.toml [dataset]: sample_rate_hz is true/false; allowed: a whole number above 0",
        ),
        ("[dataset]\nsilence = 1", "my.toml [dataset]: silence is a whole number; allowed: true or false"),
        (
            "[student.train]\nema = 1",
            "my.toml [student.train]: ema is 1; allowed: a number from 0 to below 1",
        ),
        (
            "[augment]\ngain_db = [3, 1]",
            "my.toml [augment]: gain_db is [3, 1]; "
            "allowed: a list of two numbers, low first, like [0.5, 1.5]",
        ),
        (
            "[dataset]\nwords = ['a', 3]",
            'my.toml [dataset]: words holds a whole number; allowed: a list of strings, like ["a", "b"]',
        ),
        (
            "[study]\nfractions = [0.5, 2]",
            "my.toml [study]: fractions is [0.5, 2]; allowed: a list, each of it a number above 0 to 1",
        ),
        (
            "[study.sizes]\nsmall = 3",
            "my.toml [study.sizes]: small is a whole number; allowed: a table of keys and values",
        ),
        ("[features]\nkind = 'mel'", "my.toml [features]: kind is 'mel'; allowed: log_mel, mfcc, waveform"),
        ("task = 'kwz'", "my.toml: task is 'kwz'; allowed: kws, wakeword, gesture, anomaly"),
        ("task = 3", "my.toml: task is a whole number; allowed: kws, wakeword, gesture, anomaly"),
        ("[studnt]\nmodel = 'a'", f"my.toml: unknown key 'studnt'; known keys: {SECTIONS}"),
        (
            "student = 3",
            "my.toml: student is a whole number; allowed: a table with the keys model, params, train",
        ),
        ("[augment]\ngain_db = [0, inf]", "my.toml [augment]: gain_db is inf; allowed: a finite number"),
        (
            "seed = 2020-01-01",
            "my.toml: seed is a date or time; allowed: a string, a number, true or false, a list, a table",
        ),
        (
            "seed = 1\nseed = 2",
            'my.toml:2: cannot overwrite a value; valid TOML, like key = 1 or key = "text"',
        ),
        ("seed = ", 'my.toml:1: invalid value; valid TOML, like key = 1 or key = "text"'),
        ("base = 'my.toml'", "my.toml: base 'my.toml' leads back to itself; a chain of bases that ends"),
        ("base = 3", "my.toml: base is a whole number; allowed: a recipe's name or file"),
    ],
)
def test_a_wrong_file_is_named_with_section_key_and_choices(text, line, written):
    with pytest.raises(RecipeError) as caught:
        load_recipe(written(text))
    assert str(caught.value) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("student.modle=a", "--set student.modle: unknown key 'modle'; known keys: model, params, train"),
        ("foo.bar=1", f"--set foo.bar: unknown key 'foo'; known keys: {SECTIONS}"),
        ("student.model=3", '--set student.model: is a whole number; allowed: a string, like "name"'),
        ("student.train.epochs=0", "--set student.train.epochs: is 0; allowed: a whole number above 0"),
        ("features.kind=mel", "--set features.kind: is 'mel'; allowed: log_mel, mfcc, waveform"),
        (
            "student=3",
            "--set student: is a whole number; allowed: a table with the keys model, params, train",
        ),
        ("seed", "--set seed: not a setting; allowed: section.key=value"),
        ("=3", "--set =3: not a setting; allowed: section.key=value"),
        ("a..b=3", "--set a..b=3: not a setting; allowed: section.key=value"),
        ("seed=1\nx = 2", "--set seed: is a string; allowed: a whole number from 0 up"),
        (
            "base=kws",
            "--set base: base only works inside a recipe file; name that recipe instead of this one",
        ),
    ],
)
def test_a_wrong_set_is_named_with_key_and_choices(text, line):
    with pytest.raises(RecipeError) as caught:
        load_recipe("kws", [text])
    assert str(caught.value) == line


def test_a_fault_in_a_base_is_named_by_the_base_and_not_by_the_recipe(written):
    written("[dataset]\nclip_ms = 0", "lower.toml")
    with pytest.raises(RecipeError, match=r"^lower\.toml \[dataset\]: clip_ms is 0;"):
        load_recipe(written("base = 'lower.toml'\n[dataset]\nsilence = false"))


def test_a_table_under_a_value_and_a_value_over_a_table_are_faults():
    with pytest.raises(RecipeError, match=r"^--set student\.model: 'student' was set to a value before;"):
        load_recipe("kws", ["student=3", "student.model=a"])


def test_bases_that_go_in_a_circle_are_a_fault(written):
    written("base = 'my.toml'", "other.toml")
    with pytest.raises(RecipeError, match=r"^other\.toml: base 'my\.toml' leads back to itself"):
        load_recipe(written("base = 'other.toml'"))


@pytest.mark.parametrize("name", ["kwz", "", "../kws", "kws.TOML"])
def test_an_unknown_recipe_name_lists_the_known_ones(name):
    with pytest.raises(RecipeError) as caught:
        load_recipe(name)
    known = ", ".join(recipe_names())
    assert (
        str(caught.value) == f"recipe: unknown recipe '{name}'; recipes: {known}, or a path to a .toml file"
    )


def test_a_missing_file_a_folder_and_bytes_that_are_no_text_are_faults(tmp_path):
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    for name, what in [
        ("none", "no such recipe file"),
        ("folder", "no such recipe file"),
        ("bytes", "is not UTF-8"),
    ]:
        with pytest.raises(RecipeError, match=what):
            load_recipe(str(tmp_path / f"{name}.toml"))


def test_nothing_in_a_recipe_can_be_changed_afterwards():
    with pytest.raises(ValueError, match="frozen"):
        KwsRecipe().seed = 3  # type: ignore[misc]


def test_every_field_says_in_words_what_it_allows():
    def walk(model):
        for field in model.model_fields.values():
            assert wanted(field.annotation, field.metadata)
            if inner := section_type(field.annotation):
                walk(inner)

    for model in TASK_RECIPES.values():
        walk(model)


def test_a_section_digest_depends_on_that_section_alone():
    one, two = load_recipe("kws"), load_recipe("kws", ["budget.model_bytes=49999"])
    assert recipe_digest(one) != recipe_digest(two)
    assert section_digest(one, "seed", "dataset") == section_digest(two, "seed", "dataset")
    assert section_digest(one, "budget") != section_digest(two, "budget")
    assert section_digest(one, "dataset") != section_digest(one, "dataset", "seed")


def test_a_digest_does_not_depend_on_how_a_value_was_written(written):
    whole, point = written("[augment]\nspeed = [1, 2]", "a.toml"), written("[augment]\nspeed = [1.0, 2.0]")
    assert recipe_digest(load_recipe(whole)) == recipe_digest(load_recipe(point))


plain = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
params = st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), plain, max_size=4)
words = st.lists(st.text(st.characters(codec="utf-8")), max_size=4).map(tuple)


@st.composite
def recipes(draw: st.DrawFn) -> KwsRecipe:
    pair = tuple(sorted(draw(st.tuples(*[st.floats(-1e308, 1e308)] * 2))))
    values: dict[str, Any] = {
        "seed": draw(st.integers(0, 2**63 - 1)),
        "dataset": {"name": draw(st.text(st.characters(codec="utf-8"))), "words": draw(words)},
        "augment": {"gain_db": pair, "noise_chance": draw(st.floats(0, 1))},
        "features": {"log_floor": draw(st.floats(1e-30, 1e300))},
        "student": {"params": draw(params)},
        "distill": {"params": draw(params)},
        "study": {"sizes": draw(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=8), params))},
    }
    return KwsRecipe.model_validate(values)


@settings(max_examples=150, deadline=None)
@given(recipe=recipes())
def test_any_recipe_written_as_text_reads_back_the_same(recipe, tmp_path_factory):
    text = dump_recipe(recipe)
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(text.encode())
    again = load_recipe(str(path))
    assert again == recipe
    assert dump_recipe(again) == text
    assert recipe_digest(again) == recipe_digest(recipe)


@settings(max_examples=150, deadline=None)
@given(value=st.text(st.characters(codec="utf-8")))
def test_any_text_after_the_equals_sign_is_a_value_or_one_line_of_complaint(value):
    try:
        name = load_recipe("kws", [f"student.model={value}"]).student.model
    except RecipeError as error:
        assert str(error).startswith("--set student.model")
    else:
        assert name == value or name == tomllib.loads(f"v = {value}")["v"]


def test_the_shipped_folder_holds_a_recipe_for_every_name():
    assert "kws" in recipe_names()
    assert all((recipe_file.RECIPES / f"{name}.toml").is_file() for name in recipe_names())


def test_the_page_of_recipe_keys_is_in_step_with_the_models():
    said = "run: python -m tinykd.commands.recipe_docs"
    assert recipe_docs.PAGE.read_text(encoding="utf-8") == recipe_docs.page(), said


def test_the_example_on_that_page_is_a_recipe(written):
    example = recipe_docs.HEAD.split("```toml\n")[1].split("```")[0]
    assert load_recipe(written(example)).dataset.words == ("start", "stop")
