"""Who gets what: whole groups, nothing twice, and a skew that is one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinykd.errors import RecipeError
from tinykd.federated.partition import hold_out, partition
from tinykd.recipe import FederatedSection


def examples(speakers: int, *, each: int = 6, nobody: int = 0, classes: int = 3):
    """Labels in turn, and the speaker of each; the last ones are nobody's."""
    groups = [f"s{number:03}" for number in range(speakers) for _ in range(each)] + [""] * nobody
    return (np.arange(len(groups)) % classes).astype(np.int32), tuple(groups)


@settings(deadline=None, max_examples=40)
@given(
    clients=st.integers(1, 6),
    public=st.floats(0.05, 0.7),
    nobody=st.integers(0, 20),
    skew=st.sampled_from([0.0, 0.5]),
    seed=st.integers(0, 99),
)
def test_no_example_and_no_speaker_is_in_two_places(clients, public, nobody, skew, seed):
    labels, groups = examples(60, nobody=nobody)
    section = FederatedSection(clients=clients, public_fraction=public, class_skew=skew)
    try:
        found = partition(labels, groups, section=section, seed=seed)
    except RecipeError:  # a skew may leave a client too little
        return
    parts = [found.public, *found.private]
    rows = np.concatenate(parts)
    assert len(set(rows.tolist())) == len(rows)
    speakers = [{groups[row] for row in part} - {""} for part in parts]
    for one in range(len(parts)):
        assert all(not speakers[one] & speakers[other] for other in range(one))
    assert all((np.diff(part) > 0).all() for part in parts)
    assert public * len(labels) <= len(found.public) <= public * len(labels) + 6  # one speaker more
    if skew == 0:
        assert len(rows) == len(labels)


def test_the_deal_depends_on_the_seed_alone():
    labels, groups = examples(40)
    section = FederatedSection(clients=3, class_skew=0.5)
    one, again, other = (partition(labels, groups, section=section, seed=seed) for seed in (1, 1, 2))
    assert [rows.tolist() for rows in one.private] == [rows.tolist() for rows in again.private]
    assert one.public.tolist() == again.public.tolist() != other.public.tolist()


def test_a_client_has_no_more_groups_than_the_recipe_says():
    labels, groups = examples(40)
    found = partition(labels, groups, section=FederatedSection(clients=2, groups_per_client=3), seed=1)
    assert [len({groups[row] for row in rows}) for rows in found.private] == [3, 3]


def test_a_skewed_client_keeps_one_class_whole_and_less_of_the_others():
    labels, groups = examples(400)
    plain = partition(labels, groups, section=FederatedSection(clients=4), seed=3)
    skewed = partition(labels, groups, section=FederatedSection(clients=4, class_skew=2.0), seed=3)
    for before, after in zip(plain.private, skewed.private, strict=True):
        assert set(after) <= set(before)
        whole, kept = (np.bincount(labels[rows], minlength=3) for rows in (before, after))
        assert kept.max() == whole[kept.argmax()]
        assert kept.min() < whole.min()


def test_a_client_without_examples_is_one_line():
    labels, groups = examples(4, each=2)
    with pytest.raises(RecipeError, match=r"client 0 would have 2 training examples; 4 or more"):
        partition(labels, groups, section=FederatedSection(clients=4), seed=1)


@given(st.integers(4, 60), st.integers(1, 8), st.integers(0, 9))
def test_what_is_held_out_and_the_rest_are_all_there_is_and_share_no_speaker(count, speakers, seed):
    rows = np.arange(100, 100 + count)
    groups = [""] * 100 + [f"s{number % speakers}" for number in range(count)]
    train, held = hold_out(rows, groups, seed=seed)
    assert sorted([*train, *held]) == rows.tolist()
    assert min(len(train), len(held)) > 0
    if min(speakers, count) > 1:
        assert not {groups[row] for row in train} & {groups[row] for row in held}
