"""Made-up clips beside real ones, for training only, because a recipe asks for them.

A small recording campaign has few other words for the unknown class. Synthetic
speech has hundreds; the keywords come too, so that a made-up voice is not itself
the mark of an unknown word.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from tinykd import storage
from tinykd.datasets import synthetic_speech
from tinykd.datasets.clips import AudioDataset, AudioSplit, Progress
from tinykd.recipe import AudioRecipe


def with_synthetic_clips(
    real: AudioDataset, recipe: AudioRecipe, *, cache_dir: Path, progress: Progress | None = None
) -> AudioDataset:
    """Return `real` with `dataset.synthetic_clips` made-up clips a word in its training split.

    Validation and test stay as they are. The digest names both parts.
    """
    words = tuple(name for name in real.classes if not name.startswith("_"))
    section = recipe.dataset.model_copy(
        update={"name": "synthetic_speech", "words": words, "silence": False, "train_fraction": 1.0}
    )
    counts = recipe.synthetic.model_copy(update={"train_clips_per_word": recipe.dataset.synthetic_clips})
    made = synthetic_speech.load(
        recipe.model_copy(update={"dataset": section, "synthetic": counts}),
        data_dir=None,
        cache_dir=cache_dir,
        splits=("train",),
        progress=progress,
    )
    index = np.array([real.classes.index(name) for name in made.classes], np.int32)
    train, extra = real.splits["train"], made.splits["train"]
    joined = AudioSplit(
        audio=np.concatenate([train.audio, extra.audio]),
        labels=np.concatenate([train.labels, index[extra.labels]]),
        sources=train.sources + extra.sources,
        speakers=train.speakers + extra.speakers,
        phonemes=(train.phonemes or (None,) * len(train)) + (extra.phonemes or (None,) * len(extra)),
    )
    return replace(
        real,
        splits={**real.splits, "train": joined},
        digest=storage.digest_of([real.digest, made.digest]),
    )
