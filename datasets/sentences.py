"""Sentences that nobody recorded: running speech for a synthesiser, from words listed here.

They need sound like speech, not make sense: grammar gives them the rhythm and
the small words that lists of words lack.
"""

from __future__ import annotations

import numpy as np

_PEOPLE = """
the teacher|my sister|your brother|the driver|our neighbour|the doctor|an old man|a young woman|the farmer|
the children|my friend|the cook|her father|his mother|the painter|the captain|a student|the baker|the guard|
everybody|nobody|somebody|the whole family|the boss|a tourist|the singer|the lawyer|our guests|the twins|I|
we|they|you|she|he|the nurse|the gardener|my uncle|the visitor|that girl|this boy|the reporter|the engineer|
the winner
"""
_THINGS = """
the red bicycle|a cup of coffee|the front door|an apple pie|the blue umbrella|a long letter|the garden gate|
the last train|a heavy suitcase|the morning paper|some fresh bread|the kitchen window|a pair of shoes|
the old map|the yellow boat|a bag of rice|the broken chair|the winter coat|a box of matches|
the silver spoon|the television|his new jacket|the music box|an empty bottle|the green bottle|
the small table|two tickets|the wooden bridge|a good question|the second chapter|the wrong answer|the radio|
three oranges|a piece of paper|the camera|a telephone|the market|the quiet street|a glass of water|
the garage|the bathroom light|the washing machine|a slice of cheese|the mountain road|her favourite song|
the dog|a grey cat|the horses|a football match|the lamp in the corner|the keys|the alarm clock|
the weather report|a birthday present|the village school|the car|a ladder|the summer holiday|the calendar|
potato soup|the chicken|the museum|the number|an important meeting|the orchestra|a computer game
"""
_DO = """
found|lost|carried|wanted|painted|forgot|bought|sold|cleaned|noticed|remembered|opened|closed|pushed|
followed|described|repaired|borrowed|dropped|watched|ordered|moved|counted|visited|missed|prepared|
discovered|photographed
"""
_GO = """
walked|drove|ran|hurried|came back|returned|travelled|waited|slept|sat quietly|laughed|sang|worked|stayed|
danced|arrived|talked for an hour|fell asleep|looked around|shouted|listened carefully|paused|jumped|
practised|complained
"""
_PLACES = """
to the station|in the garden|at the corner|behind the house|near the river|on the second floor|
across the street|under the bridge|at the office|in the city|beside the lake|from the airport|
in front of the theatre|through the forest|along the beach|at the university|next to the hospital|
in the living room|over the hill|by the fire|into the village|at the supermarket|on the bus|
outside the library|around the block|in the mountains|between the trees
"""
_TIMES = """
yesterday|this morning|last week|every evening|on Monday|before breakfast|after the storm|in November|
at seven|at half past nine|two years ago|since Thursday|until midnight|in the afternoon|tomorrow maybe|
all day long|again|as usual|for the first time|at the weekend|during the holidays|just now|before it rained|
when the sun went down
"""
_OPENINGS = """
well|actually|you know|by the way|of course|I think|to be honest|in the end|they say|as far as I know|
suddenly|perhaps|so|and then|but|anyway|look|listen|on the other hand|fortunately|it seems|no|yes|right|
sorry
"""
_QUESTIONS = """
where did|when did|why did|how did|what time did|have you heard why|do you know how|who told you that|did
"""
_REMARKS = """
it was raining again|that is not what I meant|we should leave early|the price went up by eleven percent|
turn left at the second light|nobody answered the phone|I will call you later|please bring some milk|
the meeting starts at a quarter past four|it costs about twenty five dollars|thank you very much|
see you tomorrow|the soup needs a little more salt|what a beautiful view|there was nothing on television|
keep the change|she would rather stay at home|the game ended three to one|put it on the shelf over there|
mind the step|happy birthday to you|go straight ahead and then up the stairs|stop worrying about it|
I could not agree more
"""


def _items(text: str) -> tuple[str, ...]:
    return tuple(" ".join(item.split()) for item in text.split("|"))


PEOPLE, THINGS, DO, GO = _items(_PEOPLE), _items(_THINGS), _items(_DO), _items(_GO)
PLACES, TIMES = _items(_PLACES), _items(_TIMES)
OPENINGS, QUESTIONS, REMARKS = _items(_OPENINGS), _items(_QUESTIONS), _items(_REMARKS)
WORDS = tuple(sorted({word.lower() for item in PEOPLE + THINGS + DO + GO + PLACES + TIMES + OPENINGS
                      + QUESTIONS + REMARKS for word in item.split()}))  # fmt: skip


def sentence(rng: np.random.Generator, *, spice: tuple[str, ...] = ()) -> str:
    """Return a sentence drawn by `rng`.

    Args:
      rng: draws form and words.
      spice: further words; one of them is woven in where there are any.
    """

    def one(items: tuple[str, ...]) -> str:
        return str(items[int(rng.integers(len(items)))])

    form = rng.random()
    if form < 0.15:
        text = one(REMARKS)
    elif form < 0.3:
        text = f"{one(QUESTIONS)} {one(PEOPLE)} {one(PLACES)} {one(TIMES)}"
    elif form < 0.65:
        text = f"{one(PEOPLE)} {one(DO)} {one(THINGS)} {one(PLACES if rng.random() < 0.5 else TIMES)}"
    else:
        text = f"{one(PEOPLE)} {one(GO)} {one(PLACES)} {one(TIMES)}"
    if rng.random() < 0.3:
        text = f"{one(OPENINGS)}, {text}"
    if rng.random() < 0.25:
        text = f"{text} and {one(DO)} {one(THINGS)}"
    if spice:
        words = text.split()
        words.insert(int(rng.integers(len(words) + 1)), one(spice))
        text = " ".join(words)
    return text


def sentence_without(rng: np.random.Generator, phrase: str, *, spice: tuple[str, ...] = ()) -> str:
    """Return a sentence in which `phrase` is not said; words of it alone may be."""
    wanted = f" {' '.join(_letters(phrase).split())} "
    while True:
        text = sentence(rng, spice=spice)
        if wanted not in f" {' '.join(_letters(text).split())} ":
            return text
        spice = ()


def _letters(text: str) -> str:
    return "".join(symbol if symbol.isalnum() or symbol == "'" else " " for symbol in text.lower())
