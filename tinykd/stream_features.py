"""The frames of streams as a model sees them, computed once and mapped ever after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.datasets.streams import Stream
from tinykd.detection.windows import stream_frames
from tinykd.features import front_end
from tinykd.recipe import SoundRecipe

VERSION = 1  # raise it when the same stream would give other frames


def stream_features(
    stream: Stream, *, recipe: SoundRecipe, settings: dict[str, Any], cache_dir: Path
) -> npt.NDArray[np.float32]:
    """Return the stream's standardised frames: [frames, bins] float32, a memory map.

    Args:
      stream: the sound.
      recipe: its [features].
      settings: the front end's numbers with `mean` and `deviation`.
      cache_dir: holds `stream_features/<digest>`.
    """
    mean, deviation = settings["mean"], settings["deviation"]
    digest = storage.digest_of(
        [VERSION, stream.digest, recipe.features.model_dump(mode="json"), mean, deviation]
    )

    def make(folder: Path) -> None:
        frames = stream_frames(stream.audio, front_end(recipe.features, stream.rate_hz))
        frames -= np.float32(mean)
        frames /= np.float32(deviation)
        np.save(folder / "frames.npy", frames)

    def read(folder: Path) -> npt.NDArray[np.float32]:
        found: npt.NDArray[np.float32] = np.load(folder / "frames.npy", mmap_mode="r")
        return found

    return storage.cached_folder(cache_dir / "stream_features" / digest, make=make, read=read)
