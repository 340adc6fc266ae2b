"""The C that is written by hand: what compilers and a static analyser say of it."""

import os
import re
import shutil
import subprocess

import pytest
from front_ends import FIRMWARE, STRICT

from tinykd.boards.tools import COMPILER, missing_tools

HEADERS = sorted((FIRMWARE / "include/tinykd").glob("*.h"))
SOURCES = sorted([*FIRMWARE.glob("src/*.c"), *FIRMWARE.glob("src/*/*.c")])
INCLUDE = f"-I{FIRMWARE / 'include'}"
MOST_STACK = 240  # bytes of one function; none calls itself, and the deepest chain is five calls


@pytest.mark.parametrize("header", HEADERS, ids=lambda path: path.name)
@pytest.mark.parametrize(
    "compiler", [["gcc", *STRICT, "-xc"], ["g++", "-std=c++17", "-Wall", "-Werror", "-xc++"]]
)
def test_every_header_stands_alone_in_c_and_in_cpp(header, compiler):
    text = f'#include "tinykd/{header.name}"\n'
    subprocess.run([*compiler, "-fsyntax-only", INCLUDE, "-"], input=text, text=True, check=True)


def test_the_static_analyser_has_nothing_to_say():
    if not shutil.which("cppcheck"):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("apt-get install cppcheck")
    rules = ["--enable=warning,performance,portability,style", "--suppress=missingIncludeSystem"]
    for body in (0, 1):
        done = subprocess.run(
            ["cppcheck", "-q", "--std=c11", f"-DTKD_AUDIO_FLOAT={body}", *rules, INCLUDE, FIRMWARE / "src"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout + done.stderr == ""


@pytest.mark.skipif(bool(missing_tools()), reason="needs the Arm compiler and QEMU: tinykd doctor")
@pytest.mark.parametrize("core", ["cortex-m0plus", "cortex-m4"])
def test_no_function_takes_much_stack_or_any_library_but_copying(core, tmp_path):
    flags = ["-mthumb", f"-mcpu={core}", "-O2", "-fstack-usage", "-c"]
    if core == "cortex-m4":
        flags += ["-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"]
    subprocess.run([COMPILER, *STRICT, *flags, INCLUDE, *SOURCES], check=True, cwd=tmp_path)
    frames = [line.split("\t") for path in tmp_path.glob("*.su") for line in path.read_text().splitlines()]
    assert len(frames) > 20
    assert {kind for _, _, kind in frames} == {"static"}
    assert max((int(size), name) for name, size, _ in frames) < (MOST_STACK, "")
    symbols = subprocess.run(
        ["arm-none-eabi-nm", "-u", *tmp_path.glob("*.o")], capture_output=True, text=True, check=True
    ).stdout
    wanted = set(re.findall(r"U (\S+)", symbols))
    assert {name for name in wanted if not name.startswith(("tkd_", "__aeabi_"))} <= {
        "memcpy",
        "memmove",
        "memset",
    }
    if core == "cortex-m4":
        assert not [name for name in wanted if re.match(r"__aeabi_[fd]", name)]  # no float in software
