"""Who has which training examples: one public set, and a private set for each client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinykd.errors import RecipeError
from tinykd.recipe import FederatedSection

Rows = npt.NDArray[np.intp]

HELD_OUT = 0.15  # of a client's examples: what it chooses its best epoch on
LEAST = 4  # examples of a client


@dataclass(frozen=True, kw_only=True)
class Partition:
    """Rows of the training split, ascending; no row and no group stands in two of them.

    public: known to all, without labels.
    private: one a client.
    """

    public: Rows
    private: tuple[Rows, ...]


def partition(
    labels: npt.NDArray[np.int32], groups: Sequence[str], *, section: FederatedSection, seed: int
) -> Partition:
    """Deal the groups out, whole, so that no two clients hear the same person.

    The public set takes groups until it has its share of the examples; the rest go to the
    clients in turn. A client with a class skew then keeps an example of a class with
    a chance of its own for that class: the class's part of a Dirichlet draw, over the largest part.

    Args:
      labels: [n] of the training split.
      groups: [n] who each example is of; an empty text is nobody, and a group by itself.
      section: clients, public_fraction, groups_per_client and class_skew.
      seed: of the deal.

    Raises:
      RecipeError: a client would have fewer than four examples.

    Source: the Dirichlet skew of FedDF, Lin et al. 2020, arXiv:2006.07242, section 4, here on whole groups.
    """
    rng = np.random.default_rng([seed, 77])
    members = _members(groups)
    order = rng.permutation(len(members))
    sizes = np.array([len(members[place]) for place in order])
    public = int(np.searchsorted(np.cumsum(sizes), section.public_fraction * len(labels))) + 1
    rest = order[public:]
    private = []
    for client in range(section.clients):
        mine = rest[client :: section.clients][: section.groups_per_client or None]
        rows = _rows(members, mine)
        if section.class_skew > 0:
            rows = rows[
                _kept(labels[rows], skew=section.class_skew, rng=np.random.default_rng([seed, client]))
            ]
        if len(rows) < LEAST:
            raise RecipeError(
                "recipe [federated]",
                f"client {client} would have {len(rows)} training examples",
                f"{LEAST} or more: fewer clients, or less public_fraction or class_skew",
            )
        private.append(rows)
    return Partition(public=_rows(members, order[:public]), private=tuple(private))


def hold_out(rows: Rows, groups: Sequence[str], *, seed: int) -> tuple[Rows, Rows]:
    """Return (rows to train on, rows to choose the best epoch on), by whole groups where there are two."""
    members = _members([groups[row] for row in rows])
    if len(members) < 2:
        members = [np.array([place]) for place in range(len(rows))]
    order = np.random.default_rng([seed, 78]).permutation(len(members))
    sizes = np.cumsum([len(members[place]) for place in order])
    count = min(int(np.searchsorted(sizes, HELD_OUT * len(rows))) + 1, len(members) - 1)
    held = _rows(members, order[:count])
    return np.delete(rows, held), rows[held]


def _members(groups: Sequence[str]) -> list[Rows]:
    """Return the rows of each group, named ones in the order of their names, then nobody's one by one."""
    found: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        found.setdefault(group, []).append(row)
    nobody = found.pop("", [])
    named = [np.array(found[group], np.intp) for group in sorted(found)]
    return named + [np.array([row], np.intp) for row in nobody]


def _rows(members: Sequence[Rows], chosen: Rows) -> Rows:
    if len(chosen) == 0:
        return np.array([], np.intp)
    return np.sort(np.concatenate([members[place] for place in chosen]))


def _kept(labels: npt.NDArray[np.int32], *, skew: float, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Return which examples a client keeps; the higher the skew, the fewer classes it has much of."""
    classes = int(labels.max(initial=0)) + 1
    parts = rng.dirichlet(np.full(classes, 1.0 / skew))
    kept: npt.NDArray[np.bool_] = rng.random(len(labels)) * parts.max() < parts[labels]
    return kept
