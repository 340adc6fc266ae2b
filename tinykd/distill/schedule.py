"""The learning rate over a training: linear warm-up, then half a cosine to zero."""

from __future__ import annotations

import math

# Source of the cosine: Loshchilov and Hutter 2017, arXiv:1608.03983, one cycle.


def learning_rate(step: int, *, peak: float, warmup_steps: int, total_steps: int) -> float:
    """Return the rate at `step` (0-based): 0..peak over the warm-up, then peak..0.

    The first step is peak / (warmup_steps + 1), never 0; the last is just above 0.
    """
    if step < warmup_steps:
        return peak * (step + 1) / (warmup_steps + 1)
    rest = max(1, total_steps - warmup_steps)
    return 0.5 * peak * (1.0 + math.cos(math.pi * (step - warmup_steps) / rest))
