from pathlib import Path

import pytest

from tinykd.datasets.recordings import Recording
from tinykd.datasets.selection import checked_words, select, silence_count, unit_hash
from tinykd.errors import DataError, RecipeError
from tinykd.recipe import DatasetSection


def recordings(word, count, *, split="train", clips_per_speaker=2):
    return [
        Recording(
            source=f"{word}/{split}{i}",
            path=Path(),
            word=word,
            split=split,
            speaker=f"{split}{i // clips_per_speaker}",
            fingerprint="",
        )
        for i in range(count)
    ]


def sources(words, data, split="train", **section):
    return {one.source for one in select(data, words=words, section=DatasetSection(**section), split=split)}


def test_hashes_are_fixed_numbers_spread_evenly():
    numbers = [unit_hash("p", str(i)) for i in range(4000)]
    assert all(0 <= number < 1 for number in numbers)
    # The mean of 4000 uniform numbers is 0.5 with a standard deviation of 0.0046; four of those.
    assert abs(sum(numbers) / 4000 - 0.5) < 0.019
    assert unit_hash("p", "1") != unit_hash("q", "1")


def test_unknown_clips_are_at_most_their_share_of_the_split():
    data = recordings("yes", 80) + recordings("tree", 500) + recordings("bird", 500)
    chosen = sources(("yes",), data)
    # By hand: 80 keywords are 80 % of 100 clips, so 10 are unknown (and 10 will be silence).
    assert sum(name.startswith("yes/") for name in chosen) == 80
    assert len(chosen) == 90
    assert len({name.split("/")[0] for name in chosen}) == 3


def test_the_share_of_a_class_that_is_off_is_free():
    data = recordings("yes", 90) + recordings("tree", 500)
    assert len(sources(("yes",), data, silence=False)) == 100
    assert len(sources(("yes",), data, unknown=False)) == 90


def test_all_other_words_are_unknown_where_they_are_few():
    data = recordings("yes", 80) + recordings("tree", 3)
    assert len(sources(("yes",), data)) == 83


def test_clips_given_as_unknown_all_count_before_other_words():
    data = recordings("yes", 80) + recordings("_unknown_", 4) + recordings("tree", 50)
    assert sum(name.startswith("_unknown_/") for name in sources(("yes",), data)) == 4
    assert len(sources(("yes",), data)) == 90
    many = recordings("yes", 8) + recordings("_unknown_", 40)
    assert len(sources(("yes",), many)) == 48


def test_noise_is_no_word_and_other_splits_stay_out():
    data = recordings("yes", 80) + recordings("_background_noise_", 5) + recordings("yes", 7, split="test")
    assert len(sources(("yes",), data)) == 80
    assert len(sources(("yes",), data, split="test")) == 7


def test_training_fractions_lie_inside_each_other_and_keep_whole_speakers():
    data = recordings("yes", 400) + recordings("no", 400) + recordings("tree", 900)
    sizes, inner = [], set()
    for fraction in (0.01, 0.1, 0.3, 0.7, 1.0):
        outer = sources(("yes", "no"), data, train_fraction=fraction)
        assert inner <= outer
        inner = outer
        sizes.append(sum(not name.startswith("tree/") for name in outer))
        speakers = {one.speaker for one in data if one.source in outer and one.word == "yes"}
        whole = {one.source for one in data if one.word == "yes" and one.speaker in speakers}
        assert whole <= outer or fraction == 0.01
    # Of 200 speakers with 4 clips; four standard deviations of the binomial.
    for size, fraction in zip(sizes, (0.01, 0.1, 0.3, 0.7, 1.0), strict=True):
        assert abs(size - 800 * fraction) <= 4 * 4 * (200 * fraction * (1 - fraction)) ** 0.5


def test_the_smallest_fraction_keeps_a_clip_of_every_class():
    data = recordings("yes", 6) + recordings("no", 6) + recordings("tree", 6)
    tiny = sources(("yes", "no"), data, train_fraction=1e-9)
    assert sorted(name.split("/")[0] for name in tiny) == ["no", "tree", "yes"]
    assert tiny <= sources(("yes", "no"), data, train_fraction=0.5)


def test_a_training_fraction_leaves_the_other_splits_alone():
    data = recordings("yes", 50, split="test")
    assert len(sources(("yes",), data, split="test", train_fraction=0.01)) == 50


def test_silence_makes_its_share_of_the_total():
    assert silence_count(90, DatasetSection()) == 10
    assert silence_count(90, DatasetSection(silence=False)) == 0
    assert silence_count(50, DatasetSection(silence_fraction=0.5, unknown_fraction=0.0)) == 50


def test_fractions_without_room_for_keywords_are_refused():
    with pytest.raises(RecipeError, match="leave nothing for the keywords"):
        sources(("yes",), recordings("yes", 3), silence_fraction=0.5, unknown_fraction=0.5)


def test_words_that_are_not_there_are_answered_with_those_that_are():
    present = ("cat", "bed", "_background_noise_")
    assert checked_words(["cat"], present=present, where="x") == ("cat",)
    with pytest.raises(DataError, match=r"x: no recordings of 'dog', '_background_noise_'; .* 'bed', 'cat'$"):
        checked_words(["dog", "cat", "_background_noise_"], present=present, where="x")
    with pytest.raises(RecipeError, match="'cat' stands there 2 times"):
        checked_words(["cat", "cat"], present=present, where="x")
