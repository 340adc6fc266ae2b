"""Other words: what a keyword spotter hears that is none of its keywords."""

from __future__ import annotations

import functools

from tinykd.datasets import espeak
from tinykd.datasets.clips import BENCHMARK_WORDS
from tinykd.errors import DataError

# Those of Speech Commands v0.02 that the benchmark does not use (Warden 2018, arXiv:1804.03209, section 5).
_SPEECH_COMMANDS_OTHERS = """
backward bed bird cat dog eight five follow forward four happy house learn marvin nine one seven sheila
six three tree two visual wow zero
"""
_COMMON = """
about after again air all also and animal answer apple ask away baby back ball bad bag bank bath beach
bear because before begin big black blue boat body book both box boy bread bring brother brown bus call
came can car chair change child city class clean clock close cloud cold come cook corn cough could cup day
deep desk dinner dish door draw dream drink drive drop dry dust each ear earth easy egg enough even
evening every eye face fall family far farm fast father feel field fight fill find finger finish fire
first fish floor flower food foot forest friend front fruit full game garden girl give glass goat gold
gone good grass green ground group grow half hand hard hat have hear heart heavy help here hill home hope
horse hot hour how hundred idea inside island jump just keep key kind king kitchen lake land large last
late laugh leaf lead lend less letter lift light like line list little long look loud love low lunch lot
machine make man many map market may mean meat meet middle milk minute money month moon morning mother
mountain mouth move much music name near neck need never new next nice night node noise nope north nose
note notice nothing number ocean often oil old open orange order other our out over page paper park part
pass people phone pick picture place plan plant play please point pop poor press pull push put queen
question quick quiet rain reach read ready red rest rice ride river road rock room round run sail salt
same sand say school sea season second see sell send shape share ship shirt shoe shop short show sick side
sign sing sister sit size skin sky sleep slow small smile snow soft some song soon sound south space speak
spring stand star start stay step still stone story street strong such sugar summer sun sweet swim table
take talk tall tea teach tell ten thank that them then there they thick thin thing think this thought time
today toe together tomorrow tooth top town toy train travel true turn type under until upper use very view
visit voice wait walk wall want warm wash watch water wave way wear weather week well west what wheel when
where which white why wide wife wild wind window winter wish with woman wonder wood word work world year
yellow yesterday yet you young yours
"""
SPEECH_COMMANDS_OTHERS = tuple(_SPEECH_COMMANDS_OTHERS.split())
COMMON_WORDS = tuple(_COMMON.split())

_SAYABLE = frozenset("abcdefghijklmnopqrstuvwxyzáàâäçéèêëíìîïñóòôöúùûü0123456789 '-")


@functools.cache
def spoken_form(word: str) -> str:
    """Return the pronunciation of `word` in American English, without stress and length marks."""
    sounds = espeak.ipa(word).translate(str.maketrans("", "", "ˈˌː_ "))
    return sounds.replace("ɐ", "ʌ")


def edit_distance(one: str, other: str) -> int:
    """Return the Levenshtein distance of two strings."""
    row = list(range(len(other) + 1))
    for at, symbol in enumerate(one, 1):
        previous, row[0] = row[0], at
        for to, counterpart in enumerate(other, 1):
            best = min(row[to] + 1, row[to - 1] + 1, previous + (symbol != counterpart))
            previous, row[to] = row[to], best
    return row[-1]


def check_keywords(words: tuple[str, ...], *, where: str = "dataset.words") -> None:
    """Refuse words that no voice can say, or that sound alike; errors name `where`.

    Raises:
      DataError: names the word and what is wrong with it.
    """
    heard: dict[str, str] = {}
    for word in words:
        if not word.strip():
            raise DataError(where, "an empty word", "words or phrases of at least one letter")
        strange = sorted({symbol for symbol in word if symbol.lower() not in _SAYABLE})
        if strange:
            raise DataError(
                where,
                f"{word!r} has {' '.join(map(repr, strange))}, which English voices cannot say",
                "Latin letters, digits, spaces, apostrophes and hyphens",
            )
        sounds = spoken_form(word)
        if not sounds:
            raise DataError(where, f"{word!r} has no pronunciation", "words of at least one letter")
        if sounds in heard:
            what = f"{word!r} sounds like {heard[sounds]!r}"
            raise DataError(where, what, "words that differ in sound")
        heard[sounds] = word


@functools.cache
def other_words(keywords: tuple[str, ...]) -> tuple[str, ...]:
    """Return the unknown words: the lists, without what is in a keyword or sounds like one."""
    taken = {spoken_form(word) for word in keywords}
    parts = {part for word in keywords for part in word.lower().split()}
    pool = dict.fromkeys(SPEECH_COMMANDS_OTHERS + BENCHMARK_WORDS + COMMON_WORDS)
    return tuple(word for word in pool if word not in parts and spoken_form(word) not in taken)


@functools.cache
def near_words(keywords: tuple[str, ...]) -> tuple[str, ...]:
    """Return those other words that differ from a keyword by one sound (or two, for long keywords)."""
    found = []
    for word in other_words(keywords):
        sounds = spoken_form(word)
        for keyword in keywords:
            target = spoken_form(keyword)
            if edit_distance(sounds, target) <= (1 if len(target) < 5 else 2):
                found.append(word)
                break
    return tuple(found)
