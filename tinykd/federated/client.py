"""One client of a federated run, as a process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tinykd import storage
from tinykd.errors import RecipeError
from tinykd.federated.messages import pack, unpack
from tinykd.federated.run import CLIENTS, digest_of, shares_of
from tinykd.recipe import Recipe
from tinykd.report.progress import Reporter
from tinykd.tasks import task_of
from tinykd.tasks.run import open_run

if TYPE_CHECKING:
    from rich.console import Console


def run(
    recipe: Recipe, *, data_dir: Path | None, out: Path, address: str, index: int, console: Console
) -> None:
    """Answer a server's rounds until it says goodbye.

    Args:
      recipe: the server's recipe.lock.toml.
      data_dir: where the data is; None for the data set's own place.
      out: models and checkpoints go to clients/INDEX in it.
      address: the server's HOST:PORT.
      index: this client's number, from 0.
      console: where progress goes.

    Raises:
      TinykdError: bad input, no flwr, or no server.
    """
    from tinykd.federated.flower_client import join
    from tinykd.federated.learners import Client, check

    task = task_of(recipe)
    check(task, recipe)
    if index >= recipe.federated.clients:
        allowed = f"0 to {recipe.federated.clients - 1}, by the recipe's [federated] clients"
        raise RecipeError("--client", f"there is no client {index}", allowed)
    storage.require_writable(out)
    with Reporter(console) as reporter:
        current = open_run(task, recipe, data_dir=data_dir, out=out, reporter=reporter)
        shares = shares_of(current)
        shape = (len(shares.public), len(current.dataset.classes))
        client = Client(current, shares, index=index, folder=out / CLIENTS / str(index), reporter=reporter)

        def answer(number: int, tensors: list[bytes]) -> list[bytes]:
            mean = unpack(tensors, shape=shape) if tensors else None
            return pack(client.answer(number, mean))

        console.print(f"joining {address} as client {index}", highlight=False, markup=False)
        join(address, index=index, digest=digest_of(current, shares), answer=answer)
