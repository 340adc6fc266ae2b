"""A run as a package that a board's usual tool takes: front end, compiled model, decision, self-test."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tinykd
from tinykd import storage
from tinykd.device import firmware
from tinykd.device.app import compiled_model
from tinykd.device.apps import app_headers, app_of, app_words
from tinykd.errors import DataError
from tinykd.export.rendering import environment
from tinykd.inference import open_finished, require_replaceable, write_c

URL = "https://github.com/tinykd/tinykd"


@dataclass(frozen=True, kw_only=True)
class Format:
    """What a tool wants beside the C.

    description: whose package it is.
    files: templates of templates/package by the path in the package, in which NAME stands for the task.
    """

    description: str
    files: Mapping[str, str]


FORMATS = {
    "c": Format(description="plain C11 with a CMake library", files={"CMakeLists.txt": "cmake.jinja"}),
    "arduino": Format(
        description="Arduino library",
        files={
            "library.properties": "library.properties.jinja",
            "examples/NAME/NAME.ino": "example.ino.jinja",
        },
    ),
    "platformio": Format(description="PlatformIO library", files={"library.json": "library.json.jinja"}),
    "esp-idf": Format(
        description="ESP-IDF component",
        files={"CMakeLists.txt": "idf_cmake.jinja", "idf_component.yml": "idf_component.yml.jinja"},
    ),
    "zephyr": Format(
        description="Zephyr module",
        files={
            "zephyr/module.yml": "module.yml.jinja",
            "CMakeLists.txt": "zephyr_cmake.jinja",
            "Kconfig": "Kconfig.jinja",
        },
    ),
}


def write_package(run: Path, *, form: str, out: Path) -> list[Path]:
    """Write a run as a package; return its files. The same run gives the same bytes.

    Args:
      run: a finished run folder.
      form: a key of FORMATS.
      out: a folder that is replaced, whole or not at all.

    Raises:
      DataError: the folder is not a finished run, or `out` holds anything but an earlier package.
      ModelError: the model has an operator that the compiler lacks.
    """
    if form not in FORMATS:
        raise DataError("--format", f"unknown format '{form}'", f"one of tflm, {', '.join(FORMATS)}")
    files = dressed(contents(run), form=form)
    require_replaceable(out, list(files))
    with storage.atomic_folder(out) as folder:
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return [out / name for name in files]


@dataclass(frozen=True)
class Contents:
    """What the packages of a run share: texts of the C by path, and what the templates say of it."""

    sources: Mapping[str, str]
    words: Mapping[str, Any]


def contents(run: Path) -> Contents:
    """Return what every package of a run holds; errors as `write_package`."""
    task, finished = open_finished(run)
    folder = app_of(run, finished).folder
    words = app_words(run, task, finished, compiled=True)
    sources = {f"src/{name}": text for name, text in app_headers(run, task, finished, compiled=True).items()}
    with tempfile.TemporaryDirectory(prefix="tinykd-") as place:
        written = write_c(
            run,
            recipe=finished.recipe,
            classes=finished.classes,
            settings=finished.settings,
            out=Path(place) / "c",
        )
        of_tflm = (f"{words['file']}_model", f"{words['file']}_ops")
        sources |= {f"src/{path.name}": _text(path) for path in written if path.stem not in of_tflm}
    net = compiled_model(run, finished)
    sources |= {f"src/{name}": text for name, text in net.files.items()}
    sources |= {f"src/{path.name}": _text(path) for path in firmware.stream(folder)}
    sources |= {f"src/{name}": _text(path) for name, path in firmware.tree().items()}
    words |= {
        "version": tinykd.__version__,
        "url": URL,
        "arena_bytes": net.arena_bytes + net.state_bytes,
        "const_bytes": net.const_bytes,
        "rate": finished.settings.get("sample_rate_hz"),
        "sources": sorted(name for name in sources if name.endswith(".c")),
    }
    return Contents(sources, words)


def dressed(found: Contents, *, form: str) -> dict[str, str]:
    """Return the text of every file of a package in a format, by its path in it, in order."""
    templates = {"README.md": "README.md.jinja", **FORMATS[form].files}
    words = {**found.words, "format": form}
    texts = {
        name.replace("NAME", words["file"]): environment().get_template(f"package/{template}").render(words)
        for name, template in templates.items()
    }
    return dict(sorted({**found.sources, **texts, "LICENSE": _text(firmware.licence())}.items()))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")
