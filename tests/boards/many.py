"""Many small models in one program on an emulated board, and random layers to put in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as fb
from tflite_models import OP, OPTIONS, Graph

from tinykd.boards import emulator
from tinykd.boards.bench import port_sources
from tinykd.boards.build import PORT, build
from tinykd.boards.table import emulated_board
from tinykd.compiled.compiler import compile_model, write

MAIN = """
#include "tkd_port.h"
{includes}
static int8_t room[70000];
int main(void) {{
  const int from = tkd_open("inputs", "rb"), to = tkd_open("outputs", "wb");
{bodies}
  return tkd_close(to);
}}
"""
# Odd addresses: the caller's buffers need no alignment.
BODY = """
  for (int n = 0; n < {samples}; n++) {{
    int8_t *in = room + 1, *out = room + 2 + {NAME}_INPUT_BYTES + ({NAME}_INPUT_BYTES & 1);
    if (tkd_read(from, in, {NAME}_INPUT_BYTES) != 0) return 2;
    {name}_invoke(in, out);
    if (tkd_write(to, out, {NAME}_OUTPUT_BYTES) != 0) return 3;
  }}
"""


def board_outputs(cases, board_name: str, folder: Path) -> list[np.ndarray]:
    """Return the outputs of each (model bytes, inputs [n, ...]), n the same for all: int8 [n, outputs]."""
    board, machine = emulated_board(board_name)
    includes, bodies, sources, sizes = [], [], [], []
    samples = len(cases[0][1])
    for number, (data, _) in enumerate(cases):
        made = compile_model(data, name=f"m{number}")
        sources += [path for path in write(made, folder) if path.suffix == ".c"]
        includes.append(f'#include "m{number}.h"')
        bodies.append(BODY.format(name=f"m{number}", NAME=f"M{number}", samples=samples))
        header = made.files[f"m{number}.h"]
        sizes.append(int(header.split("_OUTPUT_BYTES ")[1].split()[0]))
    (folder / "main.c").write_text(MAIN.format(includes="\n".join(includes), bodies="".join(bodies)))
    elf = build(
        board,
        [folder / "main.c", *sources, *port_sources(machine)],
        folder / "many.elf",
        include=[folder, PORT],
        defines={"TKD_TIMER": f"{machine.timer_address:#x}u"},
    )
    (folder / "inputs").write_bytes(b"".join(np.ascontiguousarray(inputs).tobytes() for _, inputs in cases))
    emulator.run(machine, elf, folder=folder)
    data, found, at = (folder / "outputs").read_bytes(), [], 0
    for size in sizes:
        found.append(np.frombuffer(data, np.int8, samples * size, at).reshape(samples, size))
        at += samples * size
    assert at == len(data)
    return found


def random_layer(seed: int, kind: str, *, samples: int = 3) -> tuple[bytes, np.ndarray]:
    """Return (model bytes, inputs) of one layer of random shape, quantisation and activation.

    Kinds: conv, pointwise, grouped, depthwise, depthwise_3x3, dense, dense_channels.
    """
    rng = np.random.default_rng(seed)

    def pick(low: int, high: int) -> int:
        return int(rng.integers(low, high + 1))

    if kind.startswith("dense"):
        count, out = pick(1, 70), pick(1, 13)
        source_shape, target_shape, kernel_shape, axis = [1, count], [1, out], [out, count], 0
        taps = count
    else:
        height, width, channels = pick(1, 11), pick(1, 7), pick(1, 19)
        kernel = (1, 1) if kind == "pointwise" else (3, 3) if "3x3" in kind else (pick(1, 4), pick(1, 4))
        stride = pick(1, 2) if kind not in ("pointwise", "depthwise_3x3") else 1
        dilation = pick(1, 2) if stride == 1 and kind in ("conv", "depthwise") else 1
        same = (
            bool(rng.integers(2))
            or (kernel[0] - 1) * dilation >= height
            or (kernel[1] - 1) * dilation >= width
        )
        sizes = [
            -(-size // stride) if same else (size - (window - 1) * dilation - 1) // stride + 1
            for size, window in zip((height, width), kernel, strict=True)
        ]
        groups = pick(2, 3) if kind == "grouped" else 1
        channels *= groups
        out = channels if "depthwise" in kind else groups * pick(1, 11)
        source_shape, target_shape = [1, height, width, channels], [1, *sizes, out]
        taps = kernel[0] * kernel[1]
        if "depthwise" in kind:
            kernel_shape, axis = [1, *kernel, out], 3
        else:
            kernel_shape, axis = [out, *kernel, channels // groups], 0
            taps *= channels // groups
    weights = rng.integers(-128, 128, kernel_shape, dtype=np.int8)
    # Mostly as networks have it; now and then outputs that all saturate or vanish, with shifts to match.
    reach = np.sqrt(taps) * 74 * 74 / 60
    out_scale = 0.01 * 0.02 * reach * float(rng.choice([1, 1, 1, 1, 1, 1, 1e-4, 1e5]))
    scales = 0.02 * rng.uniform(0.3, 1.0, 1 if kind == "dense" else out)
    zero, out_zero = pick(-128, 127), pick(-128, 127)
    activation = [0, 0, 1, 3][pick(0, 3)]
    graph = Graph()
    source = graph.tensor(source_shape, scale=0.01, zero=zero)
    graph.inputs = [source]
    bias = rng.normal(0, reach * 20, out).astype(np.int32)
    constants = [
        graph.tensor(kernel_shape, scale=scales, axis=axis, data=weights),
        graph.tensor([out], kind=fb.TensorType.INT32, scale=scales * 0.01, data=bias),
    ]
    target = graph.tensor(target_shape, scale=out_scale, zero=out_zero)
    graph.outputs = [target]
    if kind.startswith("dense"):
        code, kind_of_options = OP.FULLY_CONNECTED, OPTIONS.FullyConnectedOptions
        options = fb.FullyConnectedOptionsT(fusedActivationFunction=activation)
    else:
        depthwise = "depthwise" in kind
        code = OP.DEPTHWISE_CONV_2D if depthwise else OP.CONV_2D
        kind_of_options = OPTIONS.DepthwiseConv2DOptions if depthwise else OPTIONS.Conv2DOptions
        shared = {
            "padding": 0 if same else 1,
            "strideH": stride,
            "strideW": stride,
            "dilationHFactor": dilation,
            "dilationWFactor": dilation,
            "fusedActivationFunction": activation,
        }
        options = (
            fb.DepthwiseConv2DOptionsT(**shared, depthMultiplier=1)
            if depthwise
            else fb.Conv2DOptionsT(**shared)
        )
    graph.op(code, [source, *constants], [target], kind_of_options, options)
    inputs = rng.integers(-128, 128, (samples, *source_shape[1:]), dtype=np.int8)
    inputs[-1] = [-128, 127][pick(0, 1)]
    return graph.pack(), inputs
