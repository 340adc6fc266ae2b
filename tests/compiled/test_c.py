"""The C itself: strict warnings, no library, nothing that a second checker sees, the same text each time."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from cases import CASES
from harness import WARNINGS
from networks import network
from test_state import stream
from tflite_models import classifier

import tinykd.compiled
from tinykd.cli import main
from tinykd.compiled import kernels
from tinykd.compiled.compiler import compile_model, write

KERNELS = Path(tinykd.compiled.__file__).parent / "kernels"
HEADERS = sorted(path.name for path in KERNELS.glob("*.h"))


def every_model() -> list[bytes]:
    rng = np.random.default_rng(4)
    models = [make(rng)[0] for make in CASES.values()]
    return [classifier(), stream(start=np.arange(10)), *models, *(network(rng)[0] for _ in range(4))]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Every operator and some networks as C, m0.c and so on."""
    out = tmp_path_factory.mktemp("c")
    for number, data in enumerate(every_model()):
        write(compile_model(data, name=f"m{number}"), out)
    return out


def compiled(folder, *flags) -> None:
    sources = sorted(str(path) for path in folder.glob("*.c"))
    subprocess.run(["gcc", "-std=c11", *WARNINGS, *flags, "-c", *sources], cwd=folder, check=True)


@pytest.mark.parametrize("level", ["-O0", "-O2", "-O3"])
def test_each_model_alone_compiles_without_warnings_and_needs_no_library(level, folder):
    compiled(folder, level, "-ffreestanding", "-fno-stack-protector", "-fno-pic")
    objects = [str(path) for path in folder.glob("*.o")]
    done = subprocess.run(["nm", "-u", *objects], capture_output=True, text=True, check=True)
    assert re.findall(r"U (\w+)", done.stdout) == []


def test_only_the_functions_of_the_header_are_visible(folder):
    compiled(folder, "-O2")
    done = subprocess.run(
        ["nm", "--defined-only", "-g", "m0.o", "m1.o"], cwd=folder, capture_output=True, text=True, check=True
    )
    assert re.findall(r" T (\w+)", done.stdout) == ["m0_invoke", "m1_invoke", "m1_reset"]


def test_it_is_c_plus_plus_for_who_includes_the_header(folder, tmp_path):
    (tmp_path / "use.cc").write_text(
        '#include "m1.h"\nint main() { m1_reset(); return M1_STEPS > 0 ? 0 : 1; }\n'
    )
    flags = ["-std=c++17", "-Wall", "-Wextra", "-Werror", f"-I{folder}"]
    subprocess.run(["g++", *flags, "-c", tmp_path / "use.cc", "-o", tmp_path / "use.o"], check=True)


def test_a_second_checker_finds_nothing(folder):
    if not shutil.which("cppcheck"):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("apt-get install cppcheck")
    rules = ["--enable=warning,portability,performance", "--std=c11", "--error-exitcode=1"]
    rules.append("--suppress=shiftTooManyBitsSigned")  # value >> 31: each compiler we know shifts in the sign
    sources = [str(path) for path in sorted(folder.glob("m[0-9].c"))]
    done = subprocess.run(["cppcheck", "-q", *rules, *sources], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("header", HEADERS)
def test_a_kernel_header_compiles_alone(header, tmp_path):
    (tmp_path / "one.c").write_text(f'#define TKD_WIDE 0\n#include "{header}"\n')
    flags = [*WARNINGS, "-Wno-unused-function", f"-I{KERNELS}"]
    subprocess.run(["gcc", "-std=c11", *flags, "-fsyntax-only", tmp_path / "one.c"], check=True)


def test_a_program_holds_the_kernels_it_calls_and_no_others():
    data = CASES["MAX_POOL_2D"](np.random.default_rng(0))[0]
    text = compile_model(data, name="m").files["m.c"]
    assert set(re.findall(r"#define TKD_(\w+)_H", text)) == {"TARGET", "REQUANTISE", "MAX_POOL"}
    assert kernels.homes()["tkd_add"] == "add"  # a type
    assert kernels.homes()["tkd_conv_s8"] == "conv"


def test_the_same_model_gives_the_same_text():
    first, second = (compile_model(classifier(), name="m").files for _ in range(2))
    assert first == second


def test_constants_are_named_as_such(folder):
    text = (folder / "m0.c").read_text()
    arrays = re.findall(r"static const \w+ (\w+)\[", text)
    assert arrays
    assert all(name.startswith("m0_const_") or name == "factors" for name in arrays)


def test_the_header_says_sizes_scales_and_zero_points():
    text = compile_model(classifier(), name="m").files["m.h"]
    for line in (
        "#define M_INPUT_BYTES 32 /* 1 x 8 x 4 x 1 */",
        "#define M_INPUT_SCALE 0.0299999993f",  # 0.03 as float32, nine digits
        "#define M_INPUT_ZERO_POINT (-5)",
        "#define M_OUTPUT_BYTES 3 /* 1 x 3 */",
        "#define M_OUTPUT_SCALE 0.00390625f",
        "#define M_OUTPUT_ZERO_POINT (-128)",
        "#define M_BOUND_BYTES 256",  # by hand: two activations [8, 4, 4] wait for the sum
        "void m_invoke(const int8_t *in, int8_t *out);",
    ):
        assert line in text


def test_the_command_writes_both_files_and_says_what_they_take(tmp_path, capsys):
    model = tmp_path / "my model.tflite"
    model.write_bytes(classifier())
    assert main(["compile", str(model), "--out", str(tmp_path / "c")]) == 0
    assert sorted(path.name for path in (tmp_path / "c").iterdir()) == ["my_model.c", "my_model.h"]
    said = capsys.readouterr().out
    assert "activations between two operators: 256" in said
    assert main(["compile", str(model), "--out", str(tmp_path / "c"), "--name", "kws"]) == 0
    assert (tmp_path / "c" / "kws.c").exists()
