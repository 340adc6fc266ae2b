"""Where every tensor and scratch buffer stands in the arena, decided ahead of time.

Tensors that an operator computes in place form a block: one address, and at each step as many bytes as the
largest member alive then. Blocks are placed largest first, or in the best of several other orders, each at
the lowest address that is free during all its steps.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tinykd.compiled.graph import Tensor
from tinykd.compiled.lowering import Step

ALIGNMENT = 4
FRUGAL_WORTH_BYTES = 512  # of memory; the code for it takes some 300
HOST_CHOICES = 12  # ways to choose what is overwritten where there is a choice
FRUGAL_SHARES = 16  # so many groups of steps are tried one after the other
SHUFFLES = 200  # further orders to try where the first ones leave holes
MAX_WORK = 200_000  # blocks squared times further orders, so that a large graph stays quick


@dataclass(eq=False)
class Block:
    """Bytes at one address: `sizes[step]` of them are in use at a step."""

    sizes: dict[int, int] = field(default_factory=dict)
    address: int = 0

    def grow(self, first: int, last: int, size: int) -> None:
        """Take `size` bytes from step `first` to `last`."""
        for step in range(first, last + 1):
            self.sizes[step] = max(self.sizes.get(step, 0), size)

    @property
    def peak(self) -> int:
        """Return the most bytes in use at any step."""
        return max(self.sizes.values())


@dataclass(frozen=True)
class Plan:
    """The memory plan.

    `tensors` and `scratch` (by step) are offsets in the arena of `arena_bytes`. `bound_bytes` is the largest
    sum of activations needed at the same time between two operators: no plan of whole tensors is smaller.
    """

    tensors: dict[Tensor, int]
    scratch: dict[int, int]
    arena_bytes: int
    bound_bytes: int


def lifetimes(steps: Sequence[Step], elsewhere: set[Tensor]) -> dict[Tensor, tuple[int, int]]:
    """Return the first and last step of every activation that is not `elsewhere`."""
    found: dict[Tensor, tuple[int, int]] = {}
    for number, step in enumerate(steps):
        for tensor in (*step.reads, *step.writes):
            if tensor.data is None and tensor not in elsewhere:
                found[tensor] = (found.get(tensor, (number, number))[0], number)
    return found


def plan_memory(steps: Sequence[Step], elsewhere: set[Tensor]) -> Plan:
    """Place all activations and scratch.

    Args:
      steps: in order; tensors that share bytes under several names have one name here.
      elsewhere: tensors that have storage of their own: the caller's buffers, state.
    """
    lives = lifetimes(steps, elsewhere)
    smallest = bound(lives, len(steps))
    best = Plan({}, {}, -1, smallest)
    for attempt in range(HOST_CHOICES):
        blocks, scratch = _blocks(steps, lives, random.Random(attempt) if attempt else None)
        arena_bytes = place([*dict.fromkeys(blocks.values()), *scratch.values()])
        if best.arena_bytes < 0 or arena_bytes < best.arena_bytes:
            tensors = {tensor: block.address for tensor, block in blocks.items()}
            addresses = {number: block.address for number, block in scratch.items()}
            best = Plan(tensors, addresses, arena_bytes, smallest)
        if arena_bytes <= smallest or all(len(step.in_place) < 2 for step in steps):
            break
    return best


def _blocks(
    steps: Sequence[Step], lives: dict[Tensor, tuple[int, int]], generator: random.Random | None
) -> tuple[dict[Tensor, Block], dict[int, Block]]:
    """Return the block of every activation, and of every step's scratch.

    Where two inputs may be overwritten, the first is, or one that `generator` picks.
    """
    blocks: dict[Tensor, Block] = {}
    for number, step in enumerate(steps):
        hosts = [
            source
            for source in step.in_place
            if source in lives and lives[source][1] == number and source in blocks
        ]
        for tensor in step.writes:
            if tensor in lives:
                if hosts:
                    block = blocks[generator.choice(hosts) if generator else hosts[0]]
                else:
                    block = blocks.get(tensor, Block())
                blocks[tensor] = block
                block.grow(*lives[tensor], _aligned(tensor.count))
    needs = {number: _aligned(step.scratch) for number, step in enumerate(steps) if step.scratch}
    return blocks, {number: Block({number: size}) for number, size in needs.items()}


def choose(steps: Sequence[Step], elsewhere: set[Tensor]) -> tuple[list[Step], Plan]:
    """Return the steps, some of them in their frugal form where that saves enough memory, and their plan.

    Frugal forms come in where inputs and outputs are largest first; those that saved nothing leave again.
    """
    chosen = list(steps)
    best = plan_memory(chosen, elsewhere)
    eligible = [number for number, step in enumerate(steps) if step.frugal]
    if not eligible or best.arena_bytes - best.bound_bytes < FRUGAL_WORTH_BYTES:
        return chosen, best
    eligible.sort(key=lambda number: -_traffic(steps[number]))
    share = -(-len(eligible) // FRUGAL_SHARES)
    groups = [eligible[start : start + share] for start in range(0, len(eligible), share)]
    plain, trial = (chosen, best), list(chosen)
    for group in groups:
        for number in group:
            trial[number] = steps[number].frugal or steps[number]
        plan = plan_memory(trial, elsewhere)
        if plan.arena_bytes < best.arena_bytes:
            chosen, best = list(trial), plan
    for group in groups:
        trial = list(chosen)
        for number in group:
            trial[number] = steps[number]
        plan = plan_memory(trial, elsewhere)
        if plan.arena_bytes <= best.arena_bytes:
            chosen, best = trial, plan
    return (chosen, best) if plain[1].arena_bytes - best.arena_bytes >= FRUGAL_WORTH_BYTES else plain


def _traffic(step: Step) -> int:
    return sum(tensor.count for tensor in (*step.reads, *step.writes) if tensor.data is None)


def bound(lives: dict[Tensor, tuple[int, int]], steps: int) -> int:
    """Return the largest sum of activations alive between two steps, in bytes."""
    changes = [0] * (steps + 1)
    for tensor, (first, last) in lives.items():
        changes[first] += tensor.count
        changes[last] -= tensor.count
    largest = alive = 0
    for change in changes:
        alive += change
        largest = max(largest, alive)
    return largest


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def place(blocks: Sequence[Block]) -> int:
    """Give every block an address; return the end of the highest."""
    if not blocks:
        return 0
    steps = {step for block in blocks for step in block.sizes}
    ideal = max(sum(block.sizes.get(step, 0) for block in blocks) for step in steps)
    orders = [
        sorted(blocks, key=lambda block: -block.peak),
        sorted(blocks, key=lambda block: (-len(block.sizes), -block.peak)),
        sorted(blocks, key=lambda block: -block.peak * len(block.sizes)),
        sorted(blocks, key=lambda block: min(block.sizes)),
    ]
    generator = random.Random(0)
    shuffles = min(SHUFFLES, MAX_WORK // len(blocks) ** 2)
    best, best_addresses = -1, [0] * len(blocks)
    for attempt in range(len(orders) + shuffles):
        order = orders[attempt] if attempt < len(orders) else generator.sample(orders[0], len(blocks))
        end = _place_in_order(order)
        if best < 0 or end < best:
            best, best_addresses = end, [block.address for block in blocks]
        if best == ideal:
            break
    for block, address in zip(blocks, best_addresses, strict=True):
        block.address = address
    return best


def _place_in_order(order: Iterable[Block]) -> int:
    placed: dict[int, list[Block]] = {}  # by step
    end = 0
    for block in order:
        block.address = _lowest_free(block, placed)
        for step in block.sizes:
            placed.setdefault(step, []).append(block)
        end = max(end, block.address + block.peak)
    return end


def _lowest_free(block: Block, placed: Mapping[int, Sequence[Block]]) -> int:
    """Return the lowest address at which `block` meets none of `placed` at any step."""
    taken = [
        (other.address, other.address + other.sizes[step], size)
        for step, size in block.sizes.items()
        for other in placed.get(step, ())
    ]
    starts = sorted({0, *(stop for _, stop, _ in taken)})
    return next(
        start
        for start in starts
        if all(start >= stop or start + size <= begin for begin, stop, size in taken)
    )
