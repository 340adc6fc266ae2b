"""Packages for boards: whole, valid, compiled without warnings, and they detect what Python detects."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import yaml
from front_ends import SANITIZE, STRICT

from tinykd.boards.table import board
from tinykd.boards.tools import COMPILER, missing_tools, run_tool
from tinykd.cli import main
from tinykd.device.package import FORMATS, contents, dressed, write_package
from tinykd.inference import open_finished

NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}"  # what every one of the tools takes
LINT = ["-Wall", "-Wextra", "-Werror", "-std=c++17"]


@pytest.fixture(scope="module")
def every_format(heard_run):
    """(task, the texts of its package in every format)."""
    task, run, _ = heard_run
    found = contents(run)
    return task, {form: dressed(found, form=form) for form in FORMATS}


@dataclass
class Package:
    """A task's package for Arduino, whose C is that of all, built with sanitizers."""

    task: str
    folder: Path
    objects: list
    expected: list  # what Python detects in the recording
    samples: np.ndarray  # what a sensor would give of it

    @property
    def include(self):
        return f"-I{self.folder / 'src'}"

    @property
    def key(self):
        return f"TKD_{self.task.upper()}"


@pytest.fixture(scope="module")
def package(heard_run, tmp_path_factory):
    name, run, recording = heard_run
    folder, place = tmp_path_factory.mktemp(name) / "package", tmp_path_factory.mktemp("objects")
    write_package(run, form="arduino", out=folder)
    command = ["gcc", *STRICT, *SANITIZE, f"-I{folder / 'src'}", "-c", *(folder / "src").rglob("*.c")]
    subprocess.run(command, check=True, cwd=place)
    task, finished = open_finished(run)
    samples = task.stream(finished, recording)
    expected = [word for _, word in task.listen(finished, recording)]
    assert len(expected) > 2
    return Package(
        name,
        folder,
        sorted(place.glob("*.o")),
        expected,
        samples.astype(samples.dtype.newbyteorder("<")),
    )


def said(program, *words, samples):
    done = subprocess.run([program, *words], input=samples.tobytes(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode().splitlines()


def test_every_format_has_the_same_c(every_format):
    task, every = every_format
    for form, files in every.items():
        assert {"README.md", "LICENSE", f"src/tinykd_{task}.h", f"src/{task}_golden.c"} <= set(files)
        assert {name: text for name, text in files.items() if name.startswith("src/")} == {
            name: text for name, text in every["c"].items() if name.startswith("src/")
        }
        assert "Apache License" in files["LICENSE"]
        assert [name for name, text in files.items() if not text.endswith("\n")] == []
        stray = [name for name in files if "_model" in name or "_ops" in name]
        assert stray == [], "the interpreter's files"
        if form in ("c", "esp-idf", "zephyr"):
            named = set(re.findall(r"src/[\w/]+\.c", files["CMakeLists.txt"]))
            assert named == {name for name in files if name.endswith(".c")}


def test_the_manifests_have_what_their_tools_demand(every_format):
    task, files = every_format
    version = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]["version"]

    # Source: the Arduino CLI's "Library specification", and the schema of arduino-lint.
    rows = files["arduino"]["library.properties"].splitlines()
    fields = dict(row.split("=", 1) for row in rows)
    assert len(rows) == len(fields)
    wanted = {"name", "version", "author", "maintainer", "sentence", "paragraph", "category", "url"}
    assert {*wanted, "architectures"} <= set(fields)
    assert all(fields.values())
    assert (fields["name"], fields["version"]) == (f"tinykd_{task}", version)
    assert re.fullmatch(NAME, fields["name"])
    assert fields["category"] == "Data Processing"  # one of the nine
    assert fields["dot_a_linkage"] == "true"  # two of our libraries may hold the same code
    assert f"src/{fields['includes']}" in files["arduino"]
    assert f"examples/{task}/{task}.ino" in files["arduino"]  # a sketch has its folder's name

    # Source: PlatformIO's "library.json".
    manifest = json.loads(files["platformio"]["library.json"])
    assert (manifest["name"], manifest["version"]) == (f"tinykd_{task}", version)
    assert len(manifest["description"]) < 255
    assert all(re.fullmatch(r"[a-z\d\-+. ]{1,50}", word) for word in manifest["keywords"])
    assert [f"src/{name}" for name in manifest["headers"] if f"src/{name}" not in files["platformio"]] == []
    assert manifest["build"] == {"srcDir": "src", "includeDir": "src", "flags": ["-O2"]}

    # Source: Espressif's "idf_component.yml Manifest File" and "Build System".
    component = yaml.safe_load(files["esp-idf"]["idf_component.yml"])
    assert set(component) == {"version", "description", "url", "license", "dependencies"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", component["version"])
    assert component["dependencies"] == {"idf": ">=5.0"}
    assert files["esp-idf"]["CMakeLists.txt"].count("idf_component_register(") == 1

    # Source: Zephyr's scripts/zephyr_module.py, and "Kconfig language" of the Linux kernel.
    module = yaml.safe_load(files["zephyr"]["zephyr/module.yml"])
    assert module == {"name": f"tinykd_{task}", "build": {"cmake": ".", "kconfig": "Kconfig"}}
    option = re.findall(r"^config (\w+)\n\tbool \"", files["zephyr"]["Kconfig"], re.MULTILINE)
    assert option == [f"TINYKD_{task.upper()}"]
    assert f"if(CONFIG_{option[0]})" in files["zephyr"]["CMakeLists.txt"]
    for form in FORMATS:
        cmake = files[form].get("CMakeLists.txt", "")
        assert cmake.count("(") == cmake.count(")")
        assert f"CONFIG_{option[0]}=y" in files[form]["README.md"] or form != "zephyr"


# The part of Arduino's core that the sketch calls: the serial line is standard input and output.
ARDUINO = """
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
struct Line {
  void begin(unsigned long) {}
  explicit operator bool() const { return true; }
  std::size_t readBytes(char *to, std::size_t most) {
    const std::size_t count = std::fread(to, 1, most, stdin);
    if (count == 0) std::exit(0);
    return count;
  }
  void println(const char *text) { std::puts(text); }
};
static Line Serial;
"""


def test_the_arduino_example_detects_what_python_detects(package, tmp_path):
    task = package.task
    (tmp_path / "Arduino.h").write_text(ARDUINO)
    sketch = f'#include <Arduino.h>\n#include "{package.folder}/examples/{task}/{task}.ino"\n'
    (tmp_path / "sketch.cpp").write_text(sketch + "int main() { setup(); while (true) loop(); }\n")
    parts = [package.include, f"-I{tmp_path}", tmp_path / "sketch.cpp", *package.objects]
    subprocess.run(["g++", *LINT, *SANITIZE, *parts, "-o", tmp_path / "sketch"], check=True)
    assert said(tmp_path / "sketch", samples=package.samples) == ["self-test passed", *package.expected]


def test_the_readme_s_program_detects_what_python_detects_and_stops_at_a_wrong_byte(package, tmp_path):
    text = re.findall(r"```c\n(.*?)```", (package.folder / "README.md").read_text(), re.DOTALL)[0]
    source, kind = re.findall(r"^(size_t next_\w+\((\w+) \*to, size_t most\));", text, re.MULTILINE)[0]
    reader = f"static {source} {{ return fread(to, {package.key}_WIDTH * sizeof({kind}), most, stdin); }}\n"
    (tmp_path / "main.c").write_text(text.replace(source, "static " + source) + reader)
    command = ["gcc", *STRICT, *SANITIZE, package.include, tmp_path / "main.c", "-o", tmp_path / "main"]
    subprocess.run([*command, *package.objects], check=True)
    found = said(tmp_path / "main", samples=package.samples)
    assert [line.split(",")[0] for line in found] == package.expected

    golden = f"{package.task}_golden"
    head, numbers = (package.folder / "src" / f"{golden}.c").read_text().rsplit("{", 1)
    first = int(numbers.split(",")[0])
    (tmp_path / "wrong.c").write_text(f"{head}{{\n    {first ^ 1},{numbers.split(',', 1)[1]}")
    rest = [part for part in package.objects if part.stem != golden]
    subprocess.run([*command, tmp_path / "wrong.c", *rest], check=True)
    assert subprocess.run([tmp_path / "main"], input=b"", check=False).returncode == 1


@pytest.mark.skipif(bool(missing_tools()), reason="needs the Arm compiler and QEMU: tinykd doctor")
def test_its_c_compiles_for_a_cortex_m4_without_warnings(package, tmp_path):
    sources = [str(path) for path in (package.folder / "src").rglob("*.c")]
    flags = [*STRICT, *board("nrf52840").flags, "-mthumb", "-O2", package.include, "-c"]
    run_tool(COMPILER, [*flags, *sources], folder=tmp_path)
    assert len(list(tmp_path.glob("*.o"))) == len(sources)


@pytest.mark.slow
def test_a_second_checker_finds_nothing(package):
    if not shutil.which("cppcheck"):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("apt-get install cppcheck")
    rules = ["-q", "--std=c11", "--enable=warning,portability,performance", "--error-exitcode=1"]
    rules.append("--suppress=shiftTooManyBitsSigned")  # value >> 31: each compiler we know shifts in the sign
    done = subprocess.run(
        ["cppcheck", *rules, package.include, package.folder / "src"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


PUSHES = """
#include <stdio.h>
#include <stdlib.h>
#include "tinykd_TASK.h"
int main(int count, char **words) {
  static KIND data[4000000 / sizeof(KIND)];
  const size_t units = fread(data, KEY_WIDTH * sizeof *data, sizeof data / (KEY_WIDTH * sizeof *data), stdin);
  const size_t least = count > 1 ? (size_t)atoi(words[1]) : 1;
  if (tkd_TASK_start() != TKD_OK) return 1;
  for (size_t at = 0, next = least; at < units; at += next, next = next % 7 + least) {
    if (next > units - at) next = units - at;
    const int32_t found = tkd_TASK_push(data + at * KEY_WIDTH, next);
    if (found >= 0) printf("%d\\n", (int)found);
  }
  return 0;
}
"""


def test_any_number_of_samples_at_a_time_gives_the_same(package, tmp_path):
    kind = "int16_t" if package.samples.ndim == 1 else "float"
    text = PUSHES.replace("TASK", package.task).replace("KEY", package.key).replace("KIND", kind)
    (tmp_path / "main.c").write_text(text)
    command = ["gcc", *STRICT, *SANITIZE, package.include, tmp_path / "main.c", *package.objects]
    subprocess.run([*command, "-o", tmp_path / "main"], check=True)
    assert len(said(tmp_path / "main", "1", samples=package.samples)) == len(package.expected)
    few = "997" if package.samples.ndim == 1 else "3"
    assert len(said(tmp_path / "main", few, samples=package.samples)) == len(package.expected)


@pytest.mark.slow
def test_bad_use_is_one_line(kws_run, tmp_path, capsys):
    command = ["export", str(kws_run), "--out", str(tmp_path / "out"), "--format"]
    assert main([*command, "elf"]) == 2
    line = "--format: unknown format 'elf'; one of tflm, c, arduino, platformio, esp-idf, zephyr\n"
    assert capsys.readouterr().err == line
    assert main([*command, "arduino"]) == 0
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert main([*command, "arduino"]) == 0
    assert {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()} == before
    assert f"{tmp_path / 'out' / 'library.properties'}\n" in capsys.readouterr().out
    assert main([*command, "zephyr"]) == 2
    assert (
        "it holds 'examples/kws/kws.ino', which would be lost; a new or empty folder"
        in capsys.readouterr().err
    )
    (tmp_path / "out" / "src" / "mine.c").write_text("")
    assert main([*command, "arduino"]) == 2
    assert "it holds 'src/mine.c', which would be lost" in capsys.readouterr().err
    assert main(["export", str(tmp_path), "--format", "arduino"]) == 2
    assert f"{tmp_path}: it has no recipe.lock.toml" in capsys.readouterr().err
