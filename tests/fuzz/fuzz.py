"""libFuzzer on the C under AddressSanitizer and UndefinedBehaviorSanitizer: any bytes, no crash.

Run as ``python tests/fuzz/fuzz.py --seconds 60`` (make fuzz): each target in turn for so long. What it learns
stays in build/fuzz, and so does an input that breaks something. Exits 1 at the first one, 2 where clang or
libFuzzer is missing.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parents[1]))
sys.path.append(str(Path(__file__).parents[1] / "compiled"))
sys.path.append(str(Path(__file__).parents[1] / "firmware"))

from cases import CASES
from finished_runs import CLASSES, make_anomaly_run, make_gesture_run, make_kws_run, make_wakeword_run
from networks import network
from recordings import write_wav
from tflite_models import classifier

from tinykd.compiled.compiler import compile_model
from tinykd.device import firmware
from tinykd.device.apps import APPS
from tinykd.device.package import contents

HERE = Path(__file__).parent
KEPT = HERE.parents[1] / "build" / "fuzz"
FLAGS = [
    *("-std=c11", "-g", "-O1", "-fno-omit-frame-pointer", "-Wall", "-Wextra", "-Werror"),
    *("-fsanitize=fuzzer,address,undefined,float-cast-overflow", "-fno-sanitize-recover=all"),
]
NETWORKS = 12
LONGEST = 4096  # bytes of an input
SEED = 1


class Missing(Exception):
    """clang, or its libFuzzer, is not installed."""


@dataclass(frozen=True)
class Target:
    """A program to fuzz: C files, folders of headers and the compiler's own flags."""

    name: str
    sources: list[Path]
    include: list[Path]
    flags: tuple[str, ...] = ()


def clang() -> str:
    """Return the newest clang of this machine that has libFuzzer."""
    found = {
        path for name in ("clang", *(f"clang-{n}" for n in range(11, 30))) if (path := shutil.which(name))
    }
    text = (
        "#include <stdint.h>\n#include <stddef.h>\nint LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);\n"
    )
    text += "int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n) { (void)d; (void)n; return 0; }\n"
    for path in sorted(found, reverse=True):
        with tempfile.TemporaryDirectory() as place:
            command = [path, *FLAGS, "-x", "c", "-", "-o", f"{place}/try"]
            if (
                subprocess.run(command, input=text, text=True, capture_output=True, check=False).returncode
                == 0
            ):
                return path
    raise Missing("clang with libFuzzer: is not installed; run: apt-get install clang libclang-rt-14-dev")


def runs(place: Path) -> dict[str, Path]:
    """Make a finished run of each task."""
    rng = np.random.default_rng(SEED)
    sound = write_wav(place / "noise.wav", rng.integers(-9000, 9000, 40_000))
    np.savetxt(place / "rows.csv", rng.normal(size=(400, 3)), delimiter=",", header="x,y,z", comments="")
    axes = ["acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"]
    size = ["features.frame_samples=32", "features.hop_samples=16", "features.frames=5", "features.bands=4"]
    machine = {"channels": ["x", "y", "z"], "rate_hz": 50.0, "recording": place / "rows.csv"}
    levels = [*size, "features.kind=levels", "features.settle_samples=8", 'features.ratio_channels=["x"]']
    return {
        "kws": make_kws_run(place / "kws", overrides=[], classes=CLASSES),
        "kws_band": make_kws_run(place / "band", overrides=["features.normalise=band"], classes=CLASSES),
        "kws_mfcc": make_kws_run(place / "mfcc", overrides=["features.kind=mfcc"], classes=CLASSES),
        "wakeword": make_wakeword_run(place / "wakeword", recording=sound),
        "gesture": make_gesture_run(place / "gesture", overrides=[], classes=["one", "none"], channels=axes),
        "anomaly": make_anomaly_run(place / "anomaly", overrides=size, **machine),
        "anomaly_levels": make_anomaly_run(place / "levels", overrides=levels, **machine),
    }


def targets(place: Path) -> list[Target]:
    """Write the C of every target below `place`."""
    found = []
    for name, run in runs(place).items():
        folder = place / f"{name}_c"
        for path, text in contents(run).sources.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        sources = [HERE / "stream.c", *sorted((folder / "src").rglob("*.c"))]
        found.append(Target(name, sources, [folder / "src"]))
        if APPS[name.split("_")[0]].sensor == "audio":
            found.append(Target(f"{name}_int32", sources, [folder / "src"], ("-DTKD_AUDIO_FLOAT=0",)))
    return [*found, detector_target(), invoke_target(place)]


def detector_target() -> Target:
    """Return the target of detectors with any numbers."""
    library = [path for path in firmware.library() if path.stem in ("detector", "status")]
    return Target("detector", [HERE / "detector.c", *library], firmware.includes())


def invoke_target(place: Path) -> Target:
    """Write the target of many models: each operator's, and random networks."""
    rng = np.random.default_rng(SEED)
    models = [classifier(), *(make(rng)[0] for make in CASES.values())]
    models += [network(rng)[0] for _ in range(NETWORKS)]
    folder = place / "invoke"
    folder.mkdir()
    parts: dict[str, list[str]] = {"includes": [], "calls": [], "rows": []}
    for number, data in enumerate(models):
        name, key = f"m{number}", f"M{number}"
        made = compile_model(data, name=name)
        for file, text in made.files.items():
            (folder / file).write_text(text)
        parts["includes"].append(f'#include "{name}.h"')
        body = f"{name}_invoke(in, out);"
        parts["calls"].append(f"static void call_{name}(const void *in, void *out) {{ {body} }}")
        remembers = int(made.state_bytes > 0)
        parts["rows"].append(f"    {{{key}_INPUT_BYTES, {key}_OUTPUT_BYTES, {remembers}, call_{name}}},")
    text = (HERE / "invoke.c.in").read_text().format(**{key: "\n".join(rows) for key, rows in parts.items()})
    (folder / "main.c").write_text(text)
    return Target("invoke", sorted(folder.glob("*.c")), [folder])


def fuzz(target: Target, *, seconds: int, place: Path, kept: Path) -> int:
    """Fuzz one target for some seconds; return how many inputs it ran.

    Raises:
      SystemExit: an input breaks it; libFuzzer's last words are printed, and the input is in `kept`.
    """
    program = place / f"fuzz_{target.name}"
    include = [f"-I{path}" for path in target.include]
    sources = [str(path) for path in target.sources]
    subprocess.run([clang(), *FLAGS, *target.flags, *include, *sources, "-o", program], check=True)
    corpus = kept / target.name
    corpus.mkdir(parents=True, exist_ok=True)
    seed_corpus(corpus)
    options = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", f"-seed={SEED}", "-timeout=10"]
    # No limit of resident memory: Linux counts in the peak of the process that started this one.
    options += [
        "-malloc_limit_mb=256",
        "-rss_limit_mb=0",
        "-print_final_stats=1",
        f"-artifact_prefix={corpus}-",
    ]
    done = subprocess.run([program, corpus, *options], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print("\n".join(done.stderr.splitlines()[-60:]), file=sys.stderr)
        raise SystemExit(1)
    return int(re.findall(r"number_of_executed_units: (\d+)", done.stderr)[0])


def seed_corpus(corpus: Path) -> None:
    """Give a new corpus inputs that are long enough to fill windows: zeros, extremes, noise, no numbers."""
    if any(corpus.iterdir()):
        return
    rng = np.random.default_rng(SEED)
    nan = np.full(LONGEST // 4, np.nan, "<f4").tobytes()
    for number, data in enumerate(
        [bytes(LONGEST), b"\x7f" * LONGEST, b"\x80" * LONGEST, nan, rng.bytes(LONGEST), rng.bytes(64)]
    ):
        (corpus / f"seed{number}").write_bytes(data)


def main() -> int:
    """Fuzz every target; return the exit code."""
    parser = argparse.ArgumentParser(description="fuzz the C with libFuzzer")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--keep", type=Path, default=KEPT, help="folder of what it learns")
    chosen = parser.parse_args()
    try:
        clang()
    except Missing as error:
        print(error, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="tinykd-") as name:
        for target in targets(Path(name)):
            count = fuzz(target, seconds=chosen.seconds, place=Path(name), kept=chosen.keep)
            print(f"{target.name:16}{count:12,} inputs, no fault", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
