"""What this machine has of what tinykd needs, and how to get the rest."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tinykd import storage
from tinykd.boards.tools import COMPILER, EMULATOR, how_to_get
from tinykd.machine import usable_cores

GET_PACKAGES = "run: make setup"
PYTHON = (3, 11)
FREE_DISK = 2_000_000_000  # bytes; audio, features and teacher outputs of one run, with room to spare
KEY_PACKAGES = ("tensorflow", "tf_keras", "tensorflow-model-optimization", "tflite-micro")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing looked for.

    name: what it is.
    needed: `make kws` cannot do without it.
    present: it is there, and good enough.
    detail: its version or size, or what is wrong with it.
    remedy: how to get it; empty where it is there.
    """

    name: str
    needed: bool
    present: bool
    detail: str
    remedy: str


def examine() -> list[Finding]:
    """Look for everything; imports none of the large packages."""
    return [
        _python(),
        *_packages(),
        _espeak(),
        _disk(),
        _data(),
        _tool("gcc", "runs the tests of the exported C", "apt-get install gcc"),
        _tool("g++", "runs the tests of the exported C", "apt-get install g++"),
        _tool(COMPILER, "builds firmware for Arm boards", how_to_get(COMPILER)),
        _tool(EMULATOR, "runs firmware without a board", how_to_get(EMULATOR)),
        _machine(),
    ]


def healthy(findings: list[Finding]) -> bool:
    """Return whether everything that `make kws` needs is there."""
    return all(finding.present for finding in findings if finding.needed)


def _finding(name: str, present: bool, detail: str, remedy: str, *, needed: bool) -> Finding:
    return Finding(name=name, needed=needed, present=present, detail=detail, remedy="" if present else remedy)


def _python() -> Finding:
    wanted = ".".join(map(str, PYTHON))
    return _finding(
        "python",
        sys.version_info >= PYTHON,
        platform.python_version(),
        f"install Python {wanted} or newer",
        needed=True,
    )


def _packages() -> list[Finding]:
    """Compare what is installed with what this version of tinykd asks for."""
    from packaging.requirements import Requirement

    asked = [Requirement(line) for line in importlib.metadata.requires("tinykd") or ()]
    asked = [item for item in asked if item.marker is None or item.marker.evaluate({"extra": ""})]
    findings, others, faults = [], 0, []
    for requirement in asked:
        try:
            version = importlib.metadata.version(requirement.name)
            fault = (
                ""
                if requirement.specifier.contains(version, prereleases=True)
                else f"{version}, wanted {requirement.specifier}"
            )
        except importlib.metadata.PackageNotFoundError:
            version, fault = "", "not installed"
        if requirement.name in KEY_PACKAGES:
            findings.append(
                _finding(requirement.name, not fault, fault or version, GET_PACKAGES, needed=True)
            )
        elif fault:
            faults.append(f"{requirement.name} {fault}")
        else:
            others += 1
    detail = "; ".join(faults) or f"all {others}"
    return [*findings, _finding("other packages", not faults, detail, GET_PACKAGES, needed=True)]


def _espeak() -> Finding:
    def load() -> str:
        import ctypes

        import espeakng_loader

        library = ctypes.CDLL(espeakng_loader.get_library_path())
        library.espeak_Info.restype = ctypes.c_char_p
        return str(library.espeak_Info(None).decode())

    return _tried("espeak-ng library", load, GET_PACKAGES)


def _tried(name: str, attempt: Callable[[], str], remedy: str) -> Finding:
    try:
        return _finding(name, True, attempt(), remedy, needed=True)
    except (ImportError, OSError, AttributeError) as error:
        return _finding(name, False, str(error), remedy, needed=True)


def _disk() -> Finding:
    root = storage.cache_root()
    standing = next(folder for folder in (root.absolute(), *root.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(standing).free
    writable = os.access(standing, os.W_OK)
    detail = f"{root}, {free / 1e9:.1f} GB free" + ("" if writable else ", not writable")
    remedy = f"free {FREE_DISK / 1e9:.0f} GB there, or set TINYKD_CACHE to a folder with room"
    return _finding("cache", writable and free >= FREE_DISK, detail, remedy, needed=True)


def _data() -> Finding:
    root = storage.data_root()
    remedy = "set TINYKD_DATA, or say --data-dir, for real recordings; synthetic speech needs none"
    if root is None:
        return _finding("data", False, "TINYKD_DATA is not set", remedy, needed=False)
    return _finding(
        "data", root.is_dir(), str(root) if root.is_dir() else f"{root} is no folder", remedy, needed=False
    )


def _tool(command: str, purpose: str, remedy: str) -> Finding:
    path = shutil.which(command)
    if path is None:
        return _finding(command, False, purpose, remedy, needed=False)
    try:
        asked = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return _finding(command, False, f"{path} does not run", remedy, needed=False)
    return _finding(command, True, asked.stdout.partition("\n")[0].strip(), remedy, needed=False)


def _machine() -> Finding:
    detail = f"{usable_cores()} cores, {platform.machine()}"
    meminfo = Path("/proc/meminfo")
    if meminfo.is_file():
        fields = dict(line.split(":", 1) for line in meminfo.read_text().splitlines() if ":" in line)
        available = int(fields.get("MemAvailable", fields["MemTotal"]).split()[0]) * 1024
        detail += f", {available / 1e9:.1f} GB of memory free"
    return _finding("machine", True, detail, "", needed=False)
