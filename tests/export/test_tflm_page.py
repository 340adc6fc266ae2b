"""The program in docs/tflm.md fits the files that are exported."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from tflite_models import classifier, random_inputs

from tinykd.export.audio import render as front_end_c
from tinykd.export.tflm import export, op_methods
from tinykd.features import front_end
from tinykd.recipe import FeatureSection
from tinykd.tflm import TflmModel

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "tflm.md").read_text(encoding="utf-8")
MODEL = classifier()
GOLDEN = random_inputs((1, 8, 4, 1), 1)
LABELS = ("yes", "no", "_silence_")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The exported files, with the front end that a run exports."""
    out = tmp_path_factory.mktemp("page") / "c"
    front = front_end(FeatureSection(), 16000)
    settings = front.settings()
    numbers = {key: value for key, value in settings.items() if not isinstance(value, list)}
    numbers |= {"mean": -5.0, "deviation": 3.0}  # the run's own, of its training clips
    export(
        MODEL,
        name="kws",
        labels=LABELS,
        front_end=numbers,
        golden_input=GOLDEN,
        beside=front_end_c(
            front,
            name="kws",
            frames=49,
            mean=-5.0,
            deviation=3.0,
            quantisation=TflmModel(MODEL).input,
            recipe_digest="0",
        ),
        recipe_digest="0",
        out_dir=out,
    )
    return out


def test_every_name_on_the_page_is_in_the_files(folder):
    text = "".join(path.read_text() for path in folder.iterdir())
    names = set(re.findall(r"\b(?:tkd|TKD)_\w*\w\b", PAGE)) - {"TKD_KWS_FRONT_END_"}
    assert len(names) > 10
    assert sorted(name for name in names if not re.search(rf"\b{name}\b", text)) == []


def test_every_file_on_the_page_is_exported_and_the_reverse(folder):
    rows = re.findall(r"^\| `(kws_\w+\.h)`( `\.c`)?", PAGE, re.MULTILINE)
    said = {name for name, _ in rows} | {name[:-1] + "c" for name, source in rows if source}
    assert said == {path.name for path in folder.iterdir()}


# As much of TFLite Micro as the program names; `Invoke` gives OUTPUT.
STUB = """
#pragma once
#include <cstdint>
#include <cstring>
#include <cstddef>
enum TfLiteStatus { kTfLiteOk = 0, kTfLiteError = 1 };
struct TfLiteTensor { union { std::int8_t *int8; } data; };
namespace tflite {
struct Model {};
inline const Model *GetModel(const void *bytes) { return static_cast<const Model *>(bytes); }
template <unsigned int kOps>
class MicroMutableOpResolver {
 public:
METHODS
};
class MicroInterpreter {
 public:
  template <class Ops>
  MicroInterpreter(const Model *, const Ops &, std::uint8_t *arena, std::size_t bytes) : room(bytes) {
    aligned = reinterpret_cast<std::uintptr_t>(arena) % 16 == 0;
    in.data.int8 = entries;
    out.data.int8 = results;
  }
  TfLiteStatus AllocateTensors() { return aligned && room > ARENA ? kTfLiteOk : kTfLiteError; }
  TfLiteTensor *input(std::size_t) { return &in; }
  TfLiteTensor *output(std::size_t) { return &out; }
  TfLiteStatus Invoke() {
    const std::int8_t given[] = {INPUT}, made[] = {OUTPUT};
    if (std::memcmp(given, entries, sizeof given) != 0) return kTfLiteError;
    std::memcpy(results, made, sizeof made);
    return kTfLiteOk;
  }

 private:
  std::size_t room;
  bool aligned;
  std::int8_t entries[4096], results[64];
  TfLiteTensor in, out;
};
}
"""


@pytest.mark.parametrize(("change", "code"), [(0, 0), (1, 4)])
def test_the_program_compiles_and_tells_right_outputs_from_wrong_ones(change, code, folder, tmp_path):
    output = TflmModel(MODEL).run(GOLDEN).reshape(-1)
    methods = [f"  TfLiteStatus {name}() {{ return kTfLiteOk; }}" for name in op_methods(MODEL, where="m")]
    stub = STUB.replace("METHODS", "\n".join(methods))
    stub = stub.replace("ARENA", str(TflmModel(MODEL).arena().arena_bytes))
    stub = stub.replace("INPUT", ", ".join(map(str, GOLDEN.reshape(-1).tolist())))
    stub = stub.replace("OUTPUT", ", ".join(map(str, (output ^ change).tolist())))
    for header in (
        "micro/micro_mutable_op_resolver.h",
        "micro/micro_interpreter.h",
        "schema/schema_generated.h",
    ):
        path = tmp_path / "tensorflow" / "lite" / header
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (
            stub
            if header.endswith("resolver.h")
            else '#include "tensorflow/lite/micro/micro_mutable_op_resolver.h"'
        )
        path.write_text(text)
    (tmp_path / "main.cc").write_text(re.findall(r"```cpp\n(.*?)```", PAGE, re.DOTALL)[0])
    sources = [str(tmp_path / "main.cc"), *(str(path) for path in sorted(folder.glob("*.c")))]
    flags = ["-std=c++17", "-xc++", "-Wall", "-Wextra", "-Werror"]
    program = tmp_path / "main"
    places = [f"-I{place}" for place in (tmp_path, folder, ROOT / "firmware" / "include")]
    subprocess.run(["g++", *flags, *places, *sources, "-o", str(program)], check=True)
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert done.stdout == (f"ok: {LABELS[output.argmax()]}\n" if code == 0 else "")
