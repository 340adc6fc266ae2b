"""Variables that are read where they stand instead of being copied first."""

from __future__ import annotations

from dataclasses import replace

from tinykd.compiled.graph import Tensor
from tinykd.compiled.lowering import Lowering, Step


def read_in_place(lowering: Lowering, output: Tensor) -> None:
    """Drop the copy of every variable whose value is last used before the variable is next set.

    Args:
      lowering: its `copies` are steps that copy a variable (first) to a tensor (second).
      output: the graph's output, which needs bytes of its own.
    """
    kept = lowering.root(output)
    for copy, variable, value in lowering.copies:
        at = lowering.steps.index(copy)
        later = lowering.steps[at + 1 :]
        used = max((number for number, step in enumerate(later) if value in step.reads), default=-1)
        if value is not kept and all(variable not in step.writes for step in later[: used + 1]):
            lowering.steps = [_renamed(step, value, variable) for step in lowering.steps if step is not copy]
            for tensor, (root, start) in list(lowering.parts.items()):
                if root is value:
                    lowering.parts[tensor] = variable, start
            lowering.alias(value, variable)


def _renamed(step: Step, old: Tensor, new: Tensor) -> Step:
    """Return the step with `new` in the place of `old`; itself where it has no `old`."""
    if old not in step.reads:
        return step
    reads, in_place = (
        tuple(new if tensor is old else tensor for tensor in tensors)
        for tensors in (step.reads, step.in_place)
    )
    frugal = step.frugal and _renamed(step.frugal, old, new)
    return replace(step, reads=reads, in_place=in_place, frugal=frugal)
