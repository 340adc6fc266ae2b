"""Mixup: training on points between two clips."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def mixup(*tensors: Floats, alpha: float, rng: np.random.Generator) -> tuple[Floats, ...]:
    """Mix each example with another one of the batch, in all tensors by the same share.

    The share is drawn from Beta(alpha, alpha) for each example by itself and mirrored to
    at least 1/2, so an example stays nearer to itself than to its partner. An
    `alpha` of 0 changes nothing and draws nothing.

    Args:
      tensors: each [n, ...] float32: features, one-hot labels, and any other targets.
      alpha: at least 0.
      rng: draws partners and shares.

    Returns:
      the mixed tensors, in order.
    Source: Zhang et al. 2018, "mixup: beyond empirical risk minimization", arXiv:1710.09412, section 2;
      there is one share for a batch.
    """
    if alpha == 0.0:
        return tensors
    n = len(tensors[0])
    share = rng.beta(alpha, alpha, n).astype(np.float32)
    share = np.maximum(share, 1 - share)
    partners = rng.permutation(n)
    mixed = []
    for tensor in tensors:
        own = share.reshape(n, *[1] * (tensor.ndim - 1))
        mixed.append(own * tensor + (1 - own) * tensor[partners])
    return tuple(mixed)
