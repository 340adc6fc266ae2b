"""The same app with TFLite Micro in place of the compiled model; and whole apps under sanitizers."""

import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from front_ends import SANITIZE, STRICT

from tinykd.device import firmware
from tinykd.device.app import write_app
from tinykd.device.engine import Tflm
from tinykd.errors import ToolError
from tinykd.tflm import TflmModel

HOST_PORT = Path(__file__).with_name("host_port.c")


@pytest.fixture(scope="module")
def run(kws_run):
    return kws_run


@pytest.fixture(scope="module")
def sound(clips):
    """A few clips in a row."""
    return clips[5::33].ravel().astype("<i2")


def said(program, sound, folder):
    (folder / "samples").write_bytes(struct.pack("<I", 2 * len(sound)) + sound.tobytes())
    done = subprocess.run([program], cwd=folder, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def objects_of(parts, folder):
    """The app's object files, with sanitizers."""
    made = folder / "objects"
    made.mkdir()
    include = [f"-I{path}" for path in parts.include]
    files = [*parts.files, firmware.recording_source(), HOST_PORT]
    subprocess.run(
        ["gcc", *STRICT, *SANITIZE, *include, "-c", *map(Path.absolute, files)], check=True, cwd=made
    )
    return sorted(made.glob("*.o"))


@pytest.fixture(scope="module")
def compiled_says(run, sound, tmp_path_factory):
    """What the app says on this machine with the compiled model."""
    folder = tmp_path_factory.mktemp("compiled")
    objects = objects_of(write_app(run, out=folder), folder)
    subprocess.run(["gcc", *SANITIZE, *objects, "-o", folder / "app"], check=True)
    code, text = said(folder / "app", sound, folder)
    assert code == 0
    return text


def test_the_app_runs_clean_under_sanitizers(compiled_says):
    assert compiled_says.startswith("kws: self-test passed\n")
    assert " ms  " in compiled_says


# As much of TFLite Micro as the engine names; `Invoke` computes the dense layer of `finished_runs`.
STUB = """
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
enum TfLiteStatus { kTfLiteOk = 0, kTfLiteError = 1 };
struct TfLiteTensor { union { std::int8_t *int8; } data; std::size_t bytes; };
namespace tflite {
struct Model {};
inline const Model *GetModel(const void *bytes) { return static_cast<const Model *>(bytes); }
template <unsigned int kOps>
class MicroMutableOpResolver { public: TfLiteStatus AddFullyConnected() { return kTfLiteOk; } };
class MicroInterpreter {
 public:
  template <class Ops>
  MicroInterpreter(const Model *, const Ops &, std::uint8_t *arena, std::size_t bytes) : room(bytes) {
    aligned = reinterpret_cast<std::uintptr_t>(arena) % 16 == 0;
    in.data.int8 = entries; in.bytes = sizeof entries;
    out.data.int8 = results; out.bytes = sizeof results;
  }
  TfLiteStatus AllocateTensors() { return aligned && room > 500 ? kTfLiteOk : kTfLiteError; }
  TfLiteTensor *input(std::size_t) { return &in; }
  TfLiteTensor *output(std::size_t) { return &out; }
  TfLiteStatus Invoke() {
    static const std::int8_t weights[OUTPUTS][INPUTS] = {WEIGHTS};
    for (int o = 0; o < OUTPUTS; ++o) {
      int sum = 0;
      for (int i = 0; i < INPUTS; ++i) sum += weights[o][i] * (entries[i] + 10);
      const double real = std::floor(sum * (0.02f * 0.002f / (double)0.1f) + 0.5) + 4;
      results[o] = (std::int8_t)(real < -128 ? -128 : real > 127 ? 127 : real);
    }
    return kTfLiteOk;
  }

 private:
  std::size_t room;
  bool aligned;
  std::int8_t entries[INPUTS], results[OUTPUTS];
  TfLiteTensor in, out;
};
}
"""


@pytest.fixture
def stub(tmp_path):
    """A tree that looks like a checkout of TFLite Micro."""
    weights = np.random.default_rng(1).integers(-127, 128, (4, 1960), dtype=np.int8)
    rows = ",".join("{" + ",".join(map(str, row)) + "}" for row in weights.tolist())
    text = STUB.replace("WEIGHTS", rows).replace("OUTPUTS", "4").replace("INPUTS", "1960")
    lite = tmp_path / "tree" / "tensorflow" / "lite"
    for header in (
        "micro/micro_interpreter.h",
        "micro/micro_mutable_op_resolver.h",
        "schema/schema_generated.h",
    ):
        (lite / header).parent.mkdir(parents=True, exist_ok=True)
        (lite / header).write_text('#include "tensorflow/lite/micro/stub.h"\n')
    (lite / "micro" / "stub.h").write_text(text)
    (tmp_path / "tree" / "third_party" / "flatbuffers" / "include" / "flatbuffers").mkdir(parents=True)
    (tmp_path / "lib.a").write_text("")
    return Tflm(tmp_path / "tree", tmp_path / "lib.a")


def test_the_app_with_tflite_micro_says_the_same(run, sound, compiled_says, stub, tmp_path):
    parts = write_app(run, out=tmp_path / "out", compiled=False)
    include = [f"-I{path}" for path in (*parts.include, *stub.headers())]
    engine = tmp_path / "tflm.o"
    strict = ["-std=c++17", "-Wall", "-Wextra", "-Werror", "-fno-exceptions", "-fno-rtti"]
    subprocess.run(
        ["g++", *strict, *SANITIZE, *include, "-c", firmware.tflm_engine(), "-o", engine], check=True
    )
    app = tmp_path / "app"
    subprocess.run(["g++", *SANITIZE, engine, *objects_of(parts, tmp_path), "-o", app], check=True)
    assert said(app, sound, tmp_path) == (0, compiled_says)


def test_a_wrong_output_stops_the_app(run, sound, tmp_path):
    parts = write_app(run, out=tmp_path)
    golden = tmp_path / "c" / "kws_golden.c"
    model = TflmModel((run / "model.tflite").read_bytes())
    assert model.output.shape == (1, 4)
    head, numbers = golden.read_text().rsplit("{", 1)
    first = int(numbers.split(",")[0])
    golden.write_text(f"{head}{{\n    {first ^ 1},{numbers.split(',', 1)[1]}")
    objects = objects_of(parts, tmp_path)
    subprocess.run(["gcc", *SANITIZE, *objects, "-o", tmp_path / "app"], check=True)
    assert said(tmp_path / "app", sound, tmp_path) == (3, "kws: self-test failed\n")


def test_what_is_no_build_of_tflite_micro_is_refused(stub, tmp_path):
    assert stub.headers()[0] == stub.tree
    with pytest.raises(ToolError, match=r"has no tensorflow/lite/micro/micro_interpreter\.h; a checkout of"):
        Tflm(tmp_path, stub.library).headers()
    with pytest.raises(ToolError, match=r"none\.a: is no file; the library of a checkout"):
        Tflm(stub.tree, tmp_path / "none.a").headers()
    (stub.tree / "third_party" / "flatbuffers" / "include" / "flatbuffers").rmdir()
    with pytest.raises(ToolError, match=r"lacks the headers of flatbuffers"):
        stub.headers()
