import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tflite_models import classifier, random_inputs

from tinykd.errors import DataError, ModelError
from tinykd.export.tflm import FILES, arena_with_margin, export, op_methods, render
from tinykd.tflm import TflmModel

MODEL = classifier()
GOLDEN = random_inputs((1, 8, 4, 1), 1)
FLAGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
COMPILERS = (["gcc", "-std=c11", "-xc"], ["g++", "-std=c++17", "-xc++"])
FRONT_END = {"kind": "log_mel", "window_ms": 40, "low_hz": 20.0, "log_floor": 1e-6, "center": False}


def exported(folder, *, labels=("yes", "no", "_silence_"), name="kws", **changes):
    arguments = {"front_end": FRONT_END, "golden_input": GOLDEN, "recipe_digest": "0123abcd", **changes}
    return export(MODEL, name=name, labels=labels, out_dir=folder, **arguments)


def test_the_files_are_those_promised_and_the_same_each_time(tmp_path):
    first = exported(tmp_path / "a")
    assert [path.name for path in first] == [f"kws_{file}" for file in FILES]
    second = exported(tmp_path / "b")
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
        assert "0123abcd" in one.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_settings_say_what_the_model_says(tmp_path):
    text = exported(tmp_path / "c")[2].read_text()
    for line in (
        "#define TKD_KWS_CLASSES 3",
        "TKD_KWS_LABEL_SILENCE = 2",
        "#define TKD_KWS_INPUT_SCALE 0.0299999993f",  # 0.03 as float32, nine digits
        "#define TKD_KWS_INPUT_ZERO_POINT (-5)",
        "#define TKD_KWS_INPUT_BYTES (1 * 8 * 4 * 1)",
        "#define TKD_KWS_OUTPUT_SCALE 0.00390625f",
        '#define TKD_KWS_FRONT_END_KIND "log_mel"',
        "#define TKD_KWS_FRONT_END_LOG_FLOOR 1e-06f",
        "#define TKD_KWS_FRONT_END_CENTER 0",
        f"#define TKD_KWS_ARENA_BYTES {arena_with_margin(TflmModel(MODEL).arena().arena_bytes)}",
    ):
        assert line in text


def test_a_number_below_zero_stands_in_parentheses(tmp_path):
    decision = {"hop_ms": 100, "threshold": -24}
    front_end = {**FRONT_END, "mean": -3.5}
    text = exported(tmp_path / "c", decision=decision, front_end=front_end)[2].read_text()
    assert "#define TKD_KWS_DECISION_HOP_MS 100\n" in text
    assert "#define TKD_KWS_DECISION_THRESHOLD (-24)\n" in text
    assert "#define TKD_KWS_FRONT_END_MEAN (-3.5f)\n" in text


def test_the_arena_margin_is_a_kilobyte_or_an_eighth():
    assert arena_with_margin(2000) == 3024
    assert arena_with_margin(16000) == 18000
    assert arena_with_margin(16001) == 18016  # rounded up to 16


MAIN = (
    r"""
#include <stdio.h>
#include <stdint.h>
#include "kws_golden.h"
#include "kws_model.h"
#include "kws_settings.h"
int main(void) {
    unsigned int i;
    printf("%u %u\n", kws_len, (unsigned int)((uintptr_t)kws_model % 16u));
    for (i = 0; i < kws_len; ++i) printf("%02x", kws_model[i]);
    printf("\n");
    for (i = 0; i < TKD_KWS_INPUT_BYTES; ++i) printf("%d ", tkd_kws_golden_input[i]);
    printf("\n");
    for (i = 0; i < TKD_KWS_CLASSES; ++i) printf("%d ", tkd_kws_golden_output[i]);
    printf("\n%.9g %d\n", (double)TKD_KWS_INPUT_SCALE, TKD_KWS_INPUT_ZERO_POINT);
    for (i = 0; i < TKD_KWS_CLASSES; ++i) printf("%s%c", tkd_kws_labels[i], 1);
    return 0;
}
""".replace("kws_len", "tkd_kws_model_len")
    .replace("kws_model[", "tkd_kws_model[")
    .replace("(uintptr_t)kws_model", "(uintptr_t)tkd_kws_model")
)


@pytest.mark.parametrize("compiler", COMPILERS, ids=("c11", "cpp17"))
def test_the_compiled_arrays_hold_the_models_bytes_and_golden_pair(tmp_path, compiler):
    labels = ('"; }', "??/\n\\", "größe 12%d")
    folder = tmp_path / "c"
    files = [str(path) for path in exported(folder, labels=labels) if path.suffix == ".c"]
    (tmp_path / "main.c").write_text(MAIN)
    program = tmp_path / "main"
    command = [*compiler, *FLAGS, f"-I{folder}", *files, str(tmp_path / "main.c"), "-o", str(program)]
    subprocess.run(command, check=True)
    said = subprocess.run([program], capture_output=True, check=True).stdout
    head, body, entry, result, scale, texts = said.split(b"\n", 5)
    assert head.split() == [str(len(MODEL)).encode(), b"0"]
    assert bytes.fromhex(body.decode()) == MODEL
    assert [int(value) for value in entry.split()] == GOLDEN.reshape(-1).tolist()
    assert [int(value) for value in result.split()] == TflmModel(MODEL).run(GOLDEN).reshape(-1).tolist()
    assert np.float32(scale.split()[0]) == np.float32(0.03)
    assert tuple(texts.decode().split("\1")[:-1]) == labels


def test_whatever_the_labels_and_the_name_the_c_compiles(tmp_path):
    # Thirty names with three labels each, drawn by hypothesis; compiled in one go as C and as C++.
    text = st.text(st.characters(blacklist_characters="\0", blacklist_categories=("Cs",)), max_size=12)
    drawn = [
        ("int", "a b", "a-b", "A_B"),
        ("1/*", "*/", "//\\", "??/"),
        ("2x", "\\", "", ""),
        ("é", "日", "🙂", "%s"),
    ]

    @settings(max_examples=30, database=None, phases=[Phase.generate], derandomize=True)
    @given(st.tuples(text, text, text, text))
    def draw(one):
        drawn.append(one)

    draw()
    model = TflmModel(MODEL)
    golden = (GOLDEN, model.run(GOLDEN))
    texts = {}
    for number, (name, *labels) in enumerate(drawn):
        texts |= render(
            MODEL,
            model,
            name=f"{number} {name}",
            labels=tuple(labels),
            front_end=FRONT_END,
            golden=golden,
            decision={},
            recipe_digest="0",
        )
    assert len(texts) == len(drawn) * len(FILES)
    for file, body in texts.items():
        (tmp_path / file).write_text(body, encoding="ascii")
    sources = [str(tmp_path / file) for file in texts if file.endswith(".c") and "model" not in file]
    for compiler in COMPILERS:
        subprocess.run([*compiler, *FLAGS, "-fsyntax-only", *sources], check=True)


STUB = """
#ifndef STUB_H_
#define STUB_H_
enum TfLiteStatus { kTfLiteOk = 0, kTfLiteError = 1 };
namespace tflite {
template <unsigned int kOps>
class MicroMutableOpResolver {
 public:
  unsigned int used = 0;
METHODS
 private:
  TfLiteStatus Add() { return ++used <= kOps ? kTfLiteOk : kTfLiteError; }
};
}
#endif
"""


def test_the_op_resolver_registers_exactly_the_models_operators(tmp_path):
    methods = op_methods(MODEL, where="m")
    assert methods == [
        *("AddAdd", "AddAveragePool2D", "AddConv2D", "AddDepthwiseConv2D"),
        *("AddFullyConnected", "AddReshape", "AddSoftmax"),
    ]
    folder = tmp_path / "c"
    header = exported(folder)[4]
    text = header.read_text()
    assert "MicroMutableOpResolver<TKD_KWS_OPS>" in text
    assert "#define TKD_KWS_OPS 7" in text
    stub = tmp_path / "tensorflow/lite/micro/micro_mutable_op_resolver.h"
    stub.parent.mkdir(parents=True)
    stub.write_text(
        STUB.replace("METHODS", "\n".join(f"  TfLiteStatus {name}() {{ return Add(); }}" for name in methods))
    )
    main = tmp_path / "main.cc"
    main.write_text(
        '#include "kws_ops.h"\nint main() {\n'
        "  if (tkd_kws_op_resolver() != tkd_kws_op_resolver()) return 1;\n"
        "  return tkd_kws_op_resolver()->used == TKD_KWS_OPS ? 0 : 2;\n}\n"
    )
    program = tmp_path / "main"
    subprocess.run(
        ["g++", "-std=c++17", *FLAGS, f"-I{tmp_path}", f"-I{folder}", main, "-o", program], check=True
    )
    subprocess.run([program], check=True)


def test_labels_that_do_not_fit_leave_nothing_behind(tmp_path):
    with pytest.raises(ModelError, match="2 labels, 3 outputs"):
        exported(tmp_path / "c", labels=("yes", "no"))
    with pytest.raises(DataError, match="holds a NUL"):
        exported(tmp_path / "c", labels=("yes", "no", "\0"))
    with pytest.raises(ModelError, match="recipe digest"):
        exported(tmp_path / "c", recipe_digest="*/")
    assert list(tmp_path.iterdir()) == []


def test_the_compilers_are_here():
    assert shutil.which("gcc")
    assert shutil.which("g++")
