"""A client process without a model: python one_client.py HOST:PORT NUMBER ROWS CLASSES BEHAVIOUR."""

from __future__ import annotations

import os
import signal
import sys
import time

import numpy as np

from tinykd.federated.flower_client import join
from tinykd.federated.messages import pack


def logits(index: int, number: int, shape):
    return np.random.default_rng([index, number]).normal(size=shape).astype(np.float32)


def main() -> None:
    address, index, rows, classes, behaviour = sys.argv[1:]
    shape = (int(rows), int(classes))

    def answer(number, tensors):
        good = pack(logits(int(index), number, shape))
        if behaviour == "good" or number == 1:
            return good
        if behaviour == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if behaviour == "silent":
            time.sleep(600)
        if behaviour == "huge":
            return [b"x" * (1 << 22)]
        return {
            "nan": pack(np.full(shape, np.nan)),
            "shape": pack(np.zeros(shape[::-1])),
            "empty": [],
        }[behaviour]

    join(address, index=int(index), digest="d", answer=answer)


if __name__ == "__main__":
    main()
