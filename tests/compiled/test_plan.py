"""The memory plan: nothing needed is overwritten, and no byte too many where the best is known by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinykd.compiled.graph import Node, Tensor
from tinykd.compiled.lowering import Step
from tinykd.compiled.plan import Block, bound, choose, lifetimes, place, plan_memory

NODE = Node(0, "ADD", (), (), None, "model")


def tensor(size: int) -> Tensor:
    empty = np.zeros(0)
    return Tensor(0, "t", (size,), "INT8", empty, empty, 0, None, False)


def step(reads, writes, *, scratch=0, in_place=(), frugal=None) -> Step:
    return Step(NODE, tuple(reads), tuple(writes), lambda *_: [], scratch, tuple(in_place), None, frugal)


blocks_strategy = st.lists(
    st.tuples(st.integers(0, 9), st.lists(st.integers(1, 500), min_size=1, max_size=5)),
    min_size=1,
    max_size=12,
)


@given(blocks_strategy)
@settings(deadline=None, max_examples=60)
def test_no_two_blocks_share_a_byte_at_any_step(described):
    blocks = [Block({first + k: size for k, size in enumerate(sizes)}) for first, sizes in described]
    end = place(blocks)
    for number, one in enumerate(blocks):
        assert one.address + one.peak <= end
        for other in blocks[:number]:
            for at in one.sizes.keys() & other.sizes.keys():
                assert (
                    one.address + one.sizes[at] <= other.address
                    or other.address + other.sizes[at] <= one.address
                )
    needed = max(sum(block.sizes.get(at, 0) for block in blocks) for at in range(20))
    assert needed <= end <= sum(block.peak for block in blocks)


@st.composite
def chains(draw):
    """Steps that read one or two tensors made before and write a new one, some of them in place."""
    made = [tensor(draw(st.integers(1, 300)))]
    steps = [step([], [made[0]])]
    for _ in range(draw(st.integers(1, 10))):
        reads = [made[-1], draw(st.sampled_from(made))][: draw(st.integers(1, 2))]
        out = tensor(draw(st.integers(1, 300)))
        in_place = reads if draw(st.booleans()) else []
        steps.append(step(reads, [out], scratch=draw(st.integers(0, 50)), in_place=in_place))
        made.append(out)
    return steps


@given(chains())
@settings(deadline=None, max_examples=60)
def test_tensors_share_bytes_only_where_an_operator_works_in_place(steps):
    plan = plan_memory(steps, set())
    lives = lifetimes(steps, set())
    assert plan.bound_bytes == bound(lives, len(steps))
    assert plan.bound_bytes <= plan.arena_bytes
    for number, at in enumerate(steps):
        live = [made for made, (first, last) in lives.items() if first <= number <= last]
        places = [(made, plan.tensors[made], plan.tensors[made] + made.count) for made in live]
        if at.scratch:
            places.append((None, plan.scratch[number], plan.scratch[number] + at.scratch))
        for one, start, end in places:
            assert 0 <= start <= end <= plan.arena_bytes
            assert start % 4 == 0
            for other, other_start, other_end in places:
                if one is other or end <= other_start or other_end <= start:
                    continue
                pair = {one, other}
                assert start == other_start
                assert pair & set(at.writes)
                assert pair & set(at.in_place)
                assert all(lives[made][1] == number for made in pair - set(at.writes))


def test_a_chain_in_place_takes_its_largest_tensor_and_scratch():
    a, b, c = tensor(100), tensor(60), tensor(100)
    steps = [
        step([], [a]),
        step([a], [b], scratch=8, in_place=[a]),
        step([b], [c], in_place=[b]),
        step([c], []),
    ]
    plan = plan_memory(steps, set())
    assert (plan.arena_bytes, plan.bound_bytes) == (108, 100)
    assert plan.tensors == {a: 0, b: 0, c: 0}


def test_a_tensor_needed_later_is_not_overwritten():
    a, b = tensor(100), tensor(100)
    steps = [step([], [a]), step([a], [b], in_place=[a]), step([a, b], [])]
    assert plan_memory(steps, set()).arena_bytes == 200


def test_what_has_storage_of_its_own_takes_none():
    a, b = tensor(100), tensor(40)
    steps = [step([a], [b]), step([b], [])]
    assert plan_memory(steps, {a}).arena_bytes == 40
    assert plan_memory([step([a], [])], {a}).arena_bytes == 0


def test_the_frugal_form_is_taken_where_it_saves_memory_and_only_there():
    def layer(source, target):
        plain = step([source], [target], scratch=4)
        return step(
            [source], [target], scratch=4, frugal=step([source], [target], scratch=40, in_place=[source])
        ), plain

    a, b, c, d = tensor(4000), tensor(4000), tensor(400), tensor(400)
    steps = [step([], [a]), layer(a, b)[0], step([b], [c]), layer(c, d)[0], step([d], [])]
    chosen, plan = choose(steps, set())
    assert [one.scratch for one in chosen] == [0, 40, 0, 4, 0]
    assert plan.arena_bytes == 4400  # b and c at the step between them
    small = [step([], [c]), layer(c, d)[0], step([d], [])]
    assert choose(small, set())[0] == small


@pytest.mark.parametrize("reverse", [False, True])
def test_of_two_inputs_that_end_the_better_is_overwritten(reverse):
    # By hand: x stands where y (large before) stood, so that z, which is larger, has y's room above it.
    large, y, x, total, z = tensor(200), tensor(100), tensor(100), tensor(100), tensor(150)
    pair = [x, y][:: -1 if reverse else 1]
    steps = [
        step([], [large]),
        step([large], [y], in_place=[large]),
        step([y], [x]),
        step(pair, [total], in_place=pair),
        step([total], [z], in_place=[total]),
        step([z], []),
    ]
    assert plan_memory(steps, set()).arena_bytes == 200
