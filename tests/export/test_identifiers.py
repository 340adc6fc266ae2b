import math
import re
import struct
import subprocess

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinykd.errors import DataError
from tinykd.export.identifiers import KEYWORDS, c_float, c_identifier, c_string, c_value, unique_identifiers

TEXT = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=40)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("yes", "yes"),
        ("_silence_", "silence"),
        ("Größe µm", "große_µm".replace("ß", "").replace("µ", "")),
        ("a b", "a_b"),
        ("2 words", "x_2_words"),
        ("int", "x_int"),
        ("CLASS", "x_class"),
        ("", "x"),
        ('"; }', "x"),
        ("a__b", "a_b"),
    ],
)
def test_any_text_becomes_an_identifier(text, expected):
    # "µ" is compatibility-equal to the Greek letter, which is not ASCII; "ß" has no ASCII base either.
    assert c_identifier(text) == expected


@given(TEXT)
def test_identifiers_are_legal_and_not_reserved(text):
    name = c_identifier(text)
    assert re.fullmatch(r"[a-z](?:_?[a-z0-9])*", name)
    assert name not in KEYWORDS


@given(st.lists(TEXT | st.sampled_from(["a b", "a-b", "a b 2", "a_b_2", "a"]), max_size=12))
def test_identifiers_of_one_list_are_all_different(texts):
    names = unique_identifiers(tuple(texts))
    assert len(names) == len(set(names)) == len(texts)


def test_colliding_labels_are_numbered():
    assert unique_identifiers(("a b", "a-b", "a b 2", "A.B")) == ["a_b", "a_b_2", "a_b_2_2", "a_b_3"]


def test_strings_are_escaped():
    assert c_string('say "hi"\\', where="x") == r'"say \"hi\"\\"'
    assert c_string("??=", where="x") == r'"\?\?="'
    assert c_string("ä1\n", where="x") == r'"\303\2441\012"'


def test_a_nul_or_half_a_character_is_refused():
    with pytest.raises(DataError, match="holds a NUL"):
        c_string("a\0b", where="label")
    with pytest.raises(DataError, match="is not Unicode"):
        c_string("\ud800", where="label")


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_float_literal_reads_back_as_the_same_float32(value):
    literal = c_float(value, where="x")
    assert re.fullmatch(r"-?\d+(\.\d+)?(e[+-]\d+)?f", literal)
    assert struct.pack("f", np.float32(literal[:-1])) == struct.pack("f", np.float32(value))


def test_settings_become_constants():
    assert [c_value(value, where="x") for value in (True, 7, 1.0, 1e-6, "htk")] == [
        *("1", "7", "1.0f", "1e-06f", '"htk"')
    ]
    for bad in (math.nan, math.inf, None, [1]):
        with pytest.raises(DataError):
            c_value(bad, where="x")


def test_every_keyword_of_the_table_is_one_to_gcc_or_to_gpp():
    words = sorted(KEYWORDS - {"asm", "typeof"})  # these two are extensions under -std=
    source = "".join(f"int {word} = 0;\n" for word in words)
    refused = set()
    for compiler in (["gcc", "-std=c11", "-xc"], ["g++", "-std=c++20", "-xc++"]):
        command = [*compiler, "-fsyntax-only", "-"]
        errors = subprocess.run(command, input=source, capture_output=True, text=True, check=False).stderr
        refused |= {words[int(line) - 1] for line in re.findall(r"<stdin>:(\d+):\d+: error", errors)}
    assert set(words) - refused == set()
