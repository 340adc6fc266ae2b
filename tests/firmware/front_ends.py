"""The front end in C, built for this machine with sanitizers, as a function of clips."""

import atexit
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from tinykd.export.audio import render
from tinykd.features import front_end
from tinykd.tflm import Quantisation

FIRMWARE = Path(__file__).parents[2] / "firmware"
SOURCES = sorted([*FIRMWARE.glob("src/*.c"), *FIRMWARE.glob("src/frontend/*.c")])
STRICT = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]
SANITIZE = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
BODIES = {"float": 1, "integer": 0}
MEAN, DEVIATION = -3.2, 3.9  # of log-mel features, about those of the recipes
QUANTISATION = Quantisation(shape=(1, 49, 40, 1), scale=0.027, zero_point=-6)


def quantised(features, *, mean=MEAN, deviation=DEVIATION, quantisation=QUANTISATION):
    """What Python gives the model for features [n, frames, bins]: int8, as TflmModel.quantise_input does."""
    standard = (features - np.float32(mean)) / np.float32(deviation)
    steps = np.rint(standard / np.float32(quantisation.scale)) + quantisation.zero_point
    return np.clip(steps, -128, 127).astype(np.int8)


@cache
def built(body, flags):
    """Object files of the library, compiled once a session."""
    folder = Path(tempfile.mkdtemp(prefix="tinykd-"))
    atexit.register(shutil.rmtree, folder)
    define = f"-DTKD_AUDIO_FLOAT={BODIES[body]}"
    command = ["gcc", *STRICT, *flags, define, f"-I{FIRMWARE / 'include'}", "-c", *SOURCES]
    subprocess.run(command, check=True, cwd=folder)
    return sorted(folder.glob("*.o"))


class CFrontEnd:
    """A recipe's front end as a program: int16 clips [n, samples] to int8 [n, frames, bins]."""

    def __init__(self, section, folder, *, samples, body, flags=SANITIZE, rate=16000, **quantiser):
        self.front = front_end(section, rate)
        self.samples = samples
        self.shape = self.front.shape(samples)
        settings = {"mean": MEAN, "deviation": DEVIATION, "quantisation": QUANTISATION, **quantiser}
        texts = render(self.front, name="kws", frames=self.shape[0], recipe_digest="0123", **settings)
        for name, text in texts.items():
            (folder / name).write_text(text)
        self.program = folder / f"front_end_{body}"
        sources = [folder / "kws_front_end.c", Path(__file__).with_name("front_end_main.c")]
        folders = [f"-I{FIRMWARE / 'include'}", f"-I{folder}"]
        define = f"-DTKD_AUDIO_FLOAT={BODIES[body]}"
        subprocess.run(
            ["gcc", *STRICT, *flags, define, *folders, *sources, *built(body, flags), "-o", self.program],
            check=True,
        )

    def __call__(self, clips, *, push=0):
        done = subprocess.run(
            [self.program, str(self.samples), str(push)],
            input=np.ascontiguousarray(clips, "<i2").tobytes(),
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        return np.frombuffer(done.stdout, np.int8).reshape(-1, *self.shape)
