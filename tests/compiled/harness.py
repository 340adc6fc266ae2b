"""Running models as compiled C on this machine and in TFLite Micro, many in one program and process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from tinykd.compiled.compiler import compile_model
from tinykd.compiled.graph import read_graph
from tinykd.flatbuffer import read_model

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wmissing-prototypes", "-Werror"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g"]
PLAIN = ("-O0",)
CHECKED = ("-O1", *SANITIZERS)

MAIN = """
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
{includes}
/* stdin, for each model: the inputs of {samples} inferences; stdout: the outputs. Both stand in buffers of
   their size, at odd addresses: a sanitizer sees a byte too many and a kernel that wants alignment. */
int main(void) {{
{bodies}
  return 0;
}}
"""
BODY = """
  for (int n = 0; n < {samples}; n++) {{
    {in_type} *in_room = malloc({NAME}_INPUT_BYTES + 1), *in = in_room + 1;
    {out_type} *out_room = malloc({NAME}_OUTPUT_BYTES + 1), *out = out_room + 1;
    if (fread(in, 1, {NAME}_INPUT_BYTES, stdin) != {NAME}_INPUT_BYTES) return 1;
    {name}_invoke(in, out);
    fwrite(out, 1, {NAME}_OUTPUT_BYTES, stdout);
    free(in_room);
    free(out_room);
  }}
"""


def c_outputs(cases, folder: Path, *, flags=PLAIN) -> list[np.ndarray]:
    """Return the outputs of each (model bytes, inputs [n, ...]), n the same for all, from C."""
    folder.mkdir(parents=True, exist_ok=True)
    includes, bodies, sizes = [], [], []
    samples = len(cases[0][1])
    for number, (data, inputs) in enumerate(cases):
        name = f"m{number}"
        for file, text in compile_model(data, name=name).files.items():
            (folder / file).write_text(text)
        includes.append(f'#include "{name}.c"')
        main = read_graph(read_model(data), where="model").main
        types = {"INT8": "int8_t", "UINT8": "uint8_t"}
        ends = {"in_type": types[main.inputs[0].type], "out_type": types[main.outputs[0].type]}
        bodies.append(BODY.format(name=name, NAME=name.upper(), samples=samples, **ends))
        sizes.append(main.outputs[0].count)
        assert len(inputs) == samples
    (folder / "main.c").write_text(
        MAIN.format(includes="\n".join(includes), bodies="".join(bodies), samples=samples)
    )
    program = folder / "main"
    wide = any("#define TKD_WIDE 1" in (folder / f"m{number}.c").read_text() for number in range(len(cases)))
    compiler = ["gcc", "-std=c11", *flags, *WARNINGS, *(["-DTKD_WIDE=1"] if wide else []), f"-I{folder}"]
    subprocess.run([*compiler, str(folder / "main.c"), "-o", program], check=True)
    stdin = b"".join(np.ascontiguousarray(inputs).tobytes() for _, inputs in cases)
    done = subprocess.run([program], input=stdin, capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return _split(done.stdout, sizes, samples)


def tflm_outputs(cases) -> list[np.ndarray]:
    """Return the outputs of each (model bytes, inputs [n, ...]) from TFLite Micro, flat int8 [n, outputs]."""
    head = [[len(data), list(inputs.shape), inputs.dtype.name] for data, inputs in cases]
    stdin = json.dumps(head).encode() + b"\n"
    stdin += b"".join(data + np.ascontiguousarray(inputs).tobytes() for data, inputs in cases)
    done = subprocess.run(
        [sys.executable, __file__], input=stdin, capture_output=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    sizes = [read_graph(read_model(data), where="model").main.outputs[0].count for data, _ in cases]
    return _split(done.stdout, sizes, len(cases[0][1]))


def _split(data: bytes, sizes, samples: int) -> list[np.ndarray]:
    found, at = [], 0
    for size in sizes:
        found.append(np.frombuffer(data, np.int8, samples * size, at).reshape(samples, size))
        at += samples * size
    assert at == len(data)
    return found


def assert_same(cases, folder: Path, *, flags=PLAIN) -> None:
    """Fail unless C and TFLite Micro give the same bytes for every case."""
    for number, (ours, theirs) in enumerate(
        zip(c_outputs(cases, folder, flags=flags), tflm_outputs(cases), strict=True)
    ):
        different = int((ours != theirs).sum())
        assert different == 0, f"case {number}: {different} of {ours.size} output bytes differ"


def _serve() -> None:
    import io

    from tflite_micro.python.tflite_micro import runtime

    stdin = io.BytesIO(sys.stdin.buffer.read())
    kept = []  # so that every arena is fresh memory, all zeros: SPACE_TO_BATCH_ND pads with what stands there
    for size, shape, kind in json.loads(stdin.readline()):
        model = stdin.read(size)
        inputs = np.frombuffer(stdin.read(int(np.prod(shape))), kind).reshape(shape)
        interpreter = runtime.Interpreter.from_bytes(model, arena_size=4_000_000)
        kept.append(interpreter)
        for index in range(len(inputs)):
            interpreter.set_input(inputs[index : index + 1], 0)
            interpreter.invoke()
            sys.stdout.buffer.write(interpreter.get_output(0).tobytes())


if __name__ == "__main__":
    _serve()
