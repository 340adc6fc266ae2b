"""A federated run: clients as processes, rounds over loopback, and what it was worth."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.federated.partition import Partition, partition
from tinykd.federated.report import markdown
from tinykd.recipe import Recipe, recipe_digest
from tinykd.recipe_text import dump_recipe
from tinykd.report.progress import Reporter
from tinykd.stages import Stages
from tinykd.tasks import task_of
from tinykd.tasks.run import Run, open_run

if TYPE_CHECKING:
    from rich.console import Console

    from tinykd.federated.learners import RowLearner

Floats = npt.NDArray[np.float32]

CLIENTS = "clients"  # a folder in the run's, with one for each client


def run(
    recipe: Recipe,
    *,
    data_dir: Path | None,
    out: Path,
    here: int | None,
    wait_for: int | None,
    address: str,
    console: Console,
) -> dict[str, Any]:
    """Do the rounds, train the server's student, and compare.

    Args:
      recipe: its [federated] says how many clients and rounds; all else is as in a run.
      data_dir: where the data is; None for the data set's own place.
      out: the run folder.
      here: clients to start on this machine, the first ones; None for all.
      wait_for: clients to begin with; None for all that are started here, and 1 at least.
      address: HOST:PORT to listen on.
      console: where progress and the table go.

    Returns:
      The contents of federated.json.

    Raises:
      TinykdError: bad input, no flwr, or no client left.
    """
    from tinykd.federated import flower  # first: a missing package is to be said before anything is made
    from tinykd.federated.learners import check

    task = task_of(recipe)
    check(task, recipe)
    task.check(recipe)
    storage.require_writable(out)
    storage.require_writable(storage.cache_root())
    with Reporter(console) as reporter:
        current = open_run(task, recipe, data_dir=data_dir, out=out, reporter=reporter)
        shares = shares_of(current)
        lock = out / "recipe.lock.toml"
        storage.write_text(lock, dump_recipe(current.recipe))
        clients = current.recipe.federated.clients
        started = clients if here is None else min(here, clients)
        beginning = max(1, started) if wait_for is None else min(wait_for, clients)

        def rounds() -> None:
            with flower.FlowerServer(address, answer_bytes=_answer_bytes(current, shares)) as server:
                _rounds(current, shares, server, data_dir, started=started, beginning=beginning)

        files = [current.work / "consensus.npy", current.work / "rounds.json"]
        Stages(out).once("rounds", digest_of(current, shares), files, rounds)
        found = _compare(current, shares)
    storage.write_json(out / "federated.json", found)
    text = markdown(found)
    storage.write_text(out / "federated.md", text)
    console.print(text, highlight=False, markup=False)
    return found


def shares_of(current: Run[Any, Any]) -> Partition:
    """Return who has which training examples; the same on every machine with the same recipe and data."""
    train = current.dataset.splits["train"]
    return partition(
        np.asarray(train.labels), train.groups, section=current.recipe.federated, seed=current.recipe.seed
    )


def digest_of(current: Run[Any, Any], shares: Partition) -> str:
    """Return what server and clients must have in common."""
    rows = [shares.public.tolist(), [rows.tolist() for rows in shares.private]]
    return storage.digest_of([recipe_digest(current.recipe), current.features.digest, rows])


def _answer_bytes(current: Run[Any, Any], shares: Partition) -> int:
    return 4 * len(shares.public) * len(current.dataset.classes)


def _rounds(
    current: Run[Any, Any],
    shares: Partition,
    server: Any,
    data_dir: Path | None,
    *,
    started: int,
    beginning: int,
) -> None:
    """Leave what the clients agreed on, and what happened round by round."""
    from tinykd.federated.processes import Processes
    from tinykd.federated.rounds import Rounds

    section, reporter, out = current.recipe.federated, current.reporter, current.out
    lock = out / "recipe.lock.toml"

    def say(line: str) -> None:
        reporter.console.print(line, highlight=False, markup=False)

    for index in range(section.clients):
        (out / CLIENTS / str(index) / "after.keras").unlink(missing_ok=True)
    play = Rounds(
        server.connected,
        clients=section.clients,
        shape=(len(shares.public), len(current.dataset.classes)),
        digest=digest_of(current, shares),
        time_limit_s=section.time_limit_s,
        warn=lambda line: say(f"warning: {line}"),
    )
    join = f"tinykd join {lock} --server {server.address} --client"
    say(f"server on {server.address}; {started} of {section.clients} clients start here")
    if started < section.clients:
        say(f"another joins by: {join} {started}")
    with Processes(out / CLIENTS) as processes:
        for index in range(started):
            more = ["--server", server.address, "--client", str(index), "--out", str(out)]
            more += ["--data-dir", str(data_dir)] if data_dir is not None else []
            process = processes.start(index, ["join", str(lock), *more])
            say(f"client {index} is process {process}; it writes to {processes.log(index)}")
        play.gather(_enough(beginning, started, processes.alive), timeout_s=section.time_limit_s)
        say(f"{len(play.peers)} clients are there: {', '.join(map(str, sorted(play.peers))) or 'none'}")
        mean: Floats | None = None
        rows = []
        for number in range(1, section.rounds + 1):
            mean, row = play.play(number, mean)
            rows.append(row)
            late = f", joined: {', '.join(map(str, row.joined))}" if row.joined and number > 1 else ""
            say(
                f"round {number} of {section.rounds}: {len(row.answered)} clients answered{late}; "
                f"{100 * row.agreement:.1f} % agree with their mean; {row.seconds:.0f} s"
            )
        play.dismiss()
    assert mean is not None
    with storage.atomic_path(current.work / "consensus.npy") as temporary, temporary.open("wb") as file:
        np.save(file, mean)
    storage.write_json(current.work / "rounds.json", {"rounds": [dataclasses.asdict(row) for row in rows]})


def _enough(beginning: int, started: int, alive: Callable[[], int]) -> Callable[[int], bool]:
    """Return whether to begin: the wanted number is there, or no more than those that are can come."""

    def enough(there: int) -> bool:
        if there >= beginning:
            return True
        lost = started - alive()  # ended before they came; nobody else is sure to come in their place
        return (lost > 0 and there >= beginning - lost and there > 0) or (started > 0 and alive() == 0)

    return enough


def _compare(current: Run[Any, Any], shares: Partition) -> dict[str, Any]:
    """Train the server's student and the central one, and measure all as int8 in TFLite Micro."""
    from tinykd._keras import keras
    from tinykd.federated.learners import Client, central_learner, public_learner
    from tinykd.tflm import TflmModel

    recipe, out, work, reporter = current.recipe, current.out, current.work, current.reporter
    said = storage.read_json(work / "rounds.json")["rounds"]
    mean = np.load(work / "consensus.npy")
    stages, key = Stages(out), digest_of(current, shares)
    agreed = storage.digest_of([key, storage.sha256_of_file(work / "consensus.npy")])

    def measured(path: Path) -> float:
        return float(current.task.measure(current, TflmModel(path.read_bytes(), where=path.name)))

    def int8(name: str, digest: str, learner: RowLearner, model: Callable[[], Any]) -> Path:
        path = work / f"{name}.tflite"
        stages.once(name, digest, [path], lambda: storage.write_bytes(path, learner.int8_of(name, model())))
        return path

    def trained(name: str, learner: RowLearner) -> Any:
        model = learner.new_model(seed=recipe.seed)
        learner.fit(name, model, recipe.student.train, seed=recipe.seed)
        return model

    server = public_learner(current, shares, mean, work=work, reporter=reporter)
    student = int8("server student", agreed, server, lambda: trained("server student", server))
    storage.write_bytes(out / "model.tflite", student.read_bytes())
    central = central_learner(current, shares, work=work, reporter=reporter)
    pooled = int8("central", key, central, lambda: trained("central", central))
    alone: dict[int, float] = {}
    after: dict[int, float] = {}
    for index in range(recipe.federated.clients):
        client = Client(current, shares, index=index, folder=out / CLIENTS / str(index), reporter=reporter)
        path = int8(f"client {index} alone", key, client.private, client.learn_alone)
        alone[index] = measured(path)
        if index in said[-1]["answered"] and client.after.exists():

            def last(client: Client = client) -> Any:
                return keras.models.load_model(client.after, compile=False)

            after[index] = measured(int8(f"client {index} after", agreed, client.private, last))
    weights = sum(int(np.prod(w.shape)) for w in server.new_model(seed=recipe.seed).weights)
    return {
        "task": recipe.task,
        "dataset": current.dataset.name,
        "recipe_digest": recipe_digest(recipe),
        "seed": recipe.seed,
        "classes": list(current.dataset.classes),
        "figure": current.task.figure,
        "federated": recipe.federated.model_dump(mode="json"),
        "examples": {
            "public": len(shares.public),
            "private": [len(rows) for rows in shares.private],
            "classes": [
                np.bincount(
                    current.dataset.splits["train"].labels[rows], minlength=len(current.dataset.classes)
                ).tolist()
                for rows in shares.private
            ],
            "test": current.task.count(current, "test"),
        },
        "rounds": said,
        "student_weight_bytes": 4 * weights,
        "model_bytes": len(student.read_bytes()),
        "test": {
            "server": measured(student),
            "central": measured(pooled),
            "alone": alone,
            "after": after,
        },
    }
