"""TFLite Micro's interpreter on this machine: outputs and memory of a model.

The interpreter trusts its model and ends the whole process when a model or an
arena does not suit it, says why on C's stderr only, and holds Python's lock
while it computes. So it runs in processes of its own: one to try the model,
several to run many samples.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import importlib.metadata
import io
import json
import re
import subprocess
import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd.errors import ModelError
from tinykd.flatbuffer import read_model, require_int8, require_tflm_ops, shape_of
from tinykd.machine import usable_cores

Int8 = npt.NDArray[np.int8]

RUNTIME = "tflite-micro"
HOST_ARENA_BYTES = 16_000_000  # only pages that are used cost memory
SAMPLES_PER_PROCESS = 64  # below this a second process costs more than it saves
LOAD_SECONDS = 120


@dataclasses.dataclass(frozen=True)
class Quantisation:
    """real = scale * (int8 - zero_point); `shape` includes the batch of 1."""

    shape: tuple[int, ...]
    scale: float
    zero_point: int


@dataclasses.dataclass(frozen=True)
class Arena:
    """Memory TFLite Micro took on this 64-bit host, in bytes.

    total = head + tail. The head (activations, scratch) is the same on a 32-bit
    device; the tail holds structures with pointers and is smaller there.
    """

    arena_bytes: int
    arena_head_bytes: int


def runtime_version() -> str:
    """Return the installed version of the tflite-micro package."""
    return importlib.metadata.version(RUNTIME)


class TflmModel:
    """A model with one int8 input and one int8 output, loaded once on trial.

    Args:
      data: the .tflite file's bytes.
      arena_bytes: the interpreter's memory on this host.
      where: what to call the model in errors.

    Raises:
      ModelError: damaged, not int8, an operator TFLite Micro lacks, or
        TFLite Micro refuses it (its own words in the message).
    """

    def __init__(self, data: bytes, *, arena_bytes: int = HOST_ARENA_BYTES, where: str = "model") -> None:
        model = read_model(data, where=where)
        require_int8(model, where=where)
        require_tflm_ops(model, where=where)
        graph = model.subgraphs[0]
        if len(graph.inputs) != 1 or len(graph.outputs) != 1:
            what = f"{len(graph.inputs)} inputs and {len(graph.outputs)} outputs"
            raise ModelError(where, what, "give a model with one of each")
        self._data = data
        self._where = where
        self._arena_bytes = arena_bytes
        self.input = _quantisation(graph.tensors[graph.inputs[0]], where, "input")
        self.output = _quantisation(graph.tensors[graph.outputs[0]], where, "output")
        zeros = np.zeros((1, *self.input.shape[1:]), np.int8)
        _, words = self._work(zeros, timeout=LOAD_SECONDS)
        self._arena = _arena_from(words, where)

    def arena(self) -> Arena:
        """Return the memory one load and one inference took."""
        return self._arena

    def quantise_input(self, features: npt.NDArray[np.float32]) -> Int8:
        """Return features as the model's int8: round(x / scale) + zero_point, limited to -128..127.

        A half rounds to the even neighbour (numpy's rule, as in TensorFlow Lite's
        Python examples); C's lroundf, which rounds it away from zero, may differ by
        one step on exact halves.
        """
        # The quotient is float32, as on the device.
        quotient = np.asarray(features, np.float32) / np.float32(self.input.scale)
        steps: Int8 = np.clip(np.rint(quotient) + self.input.zero_point, -128, 127).astype(np.int8)
        return steps

    def dequantise_output(self, outputs: Int8) -> npt.NDArray[np.float32]:
        """Return int8 outputs as real numbers, float32."""
        real = (outputs.astype(np.float32) - self.output.zero_point) * np.float32(self.output.scale)
        return real.astype(np.float32)

    def run(self, inputs: Int8) -> Int8:
        """Return the model's outputs for many inputs, one inference each.

        Args:
          inputs: [n, ...] int8, each of the model's input shape (axes of length 1 may be left out).

        Returns:
          [n, ...] int8 of the model's output shape.
        """
        one = self.input.shape[1:]
        if inputs.dtype != np.int8 or inputs[:1].size != np.prod(one) * len(inputs[:1]):
            what = f"inputs are {inputs.dtype} {list(inputs.shape[1:])} a sample"
            raise ModelError(self._where, what, f"give int8 {list(one)}")
        if len(inputs) == 0:
            return np.zeros((0, *self.output.shape[1:]), np.int8)
        inputs = np.ascontiguousarray(inputs).reshape(-1, *one)
        processes = min(usable_cores(), -(-len(inputs) // SAMPLES_PER_PROCESS))
        parts = np.array_split(inputs, processes)
        with concurrent.futures.ThreadPoolExecutor(processes) as pool:
            outputs = [output for output, _ in pool.map(self._work, parts)]
        return np.concatenate(outputs)

    def _work(self, inputs: Int8, timeout: float | None = None) -> tuple[Int8, str]:
        """Run `inputs` in a process of its own; return the outputs and what it said on stderr."""
        head = json.dumps([len(self._data), self._arena_bytes, list(inputs.shape)]).encode() + b"\n"
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-m", __name__],
                input=head + self._data + inputs.tobytes(),
                capture_output=True,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ModelError(self._where, "TFLite Micro does not finish", "give another model") from error
        words = done.stderr.decode("utf-8", "replace")
        if done.returncode != 0:
            raise _refusal(self._where, done.returncode, words)
        shape = (len(inputs), *self.output.shape[1:])
        return np.frombuffer(done.stdout, np.int8).reshape(shape), words


def _quantisation(tensor: Any, where: str, kind: str) -> Quantisation:
    quantization = tensor.quantization
    if quantization is None or quantization.scale is None or len(quantization.scale) != 1:
        raise ModelError(where, f"its {kind} has no scale", "convert it with int8 input and output")
    shape = shape_of(tensor)
    if not shape or shape[0] != 1:
        raise ModelError(where, f"its {kind} has shape {list(shape)}", "give a model with a batch of 1")
    return Quantisation(shape, float(quantization.scale[0]), int(quantization.zeroPoint[0]))


def _refusal(where: str, code: int, words: str) -> ModelError:
    """Turn a worker's end into one line: TFLite Micro's own words, else how it ended."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith(("Traceback", "File ", "[Recording"))]
    how = f"crashed with signal {-code}" if code < 0 else f"ended with code {code}"
    what = f"TFLite Micro refuses it ({how}): {' / '.join(said[-4:])[:500] or 'it said nothing'}"
    return ModelError(where, what, "give a model of supported operators that fits the arena")


def _arena_from(words: str, where: str) -> Arena:
    found = dict(re.findall(r"Arena allocation (total|head) (\d+) bytes", words))
    if set(found) != {"total", "head"}:
        raise ModelError(where, "TFLite Micro did not say what memory it took", "pin the tested tflite-micro")
    return Arena(arena_bytes=int(found["total"]), arena_head_bytes=int(found["head"]))


def _serve() -> None:
    """Be the worker: a JSON line, a model and int8 inputs on stdin; int8 outputs on stdout."""
    from tflite_micro.python.tflite_micro import runtime

    stdin = io.BytesIO(sys.stdin.buffer.read())
    model_bytes, arena_bytes, shape = json.loads(stdin.readline())
    model = stdin.read(model_bytes)
    inputs = np.frombuffer(stdin.read(), np.int8).reshape(shape)
    try:
        interpreter = runtime.Interpreter.from_bytes(model, arena_size=arena_bytes)
        outputs = bytearray()
        for index in range(len(inputs)):
            interpreter.set_input(inputs[index : index + 1], 0)
            interpreter.invoke()
            outputs += interpreter.get_output(0).tobytes()
    except (RuntimeError, ValueError) as error:
        sys.exit(str(error))
    interpreter.print_allocations()
    sys.stdout.buffer.write(outputs)


if __name__ == "__main__":
    _serve()
