"""Made-up clips join the training split of real ones, and nothing else."""

import numpy as np

from tinykd.datasets.clips import AudioDataset, AudioSplit
from tinykd.datasets.synthetic_addition import with_synthetic_clips
from tinykd.recipe import AudioRecipe, DatasetSection, SyntheticSection


def _split(count):
    return AudioSplit(
        audio=np.zeros((count, 16000), np.int16),
        labels=np.arange(count, dtype=np.int32) % 4,
        sources=("real",) * count,
        speakers=("r",) * count,
    )


def test_training_gains_clips_of_every_spoken_class_and_the_rest_stays(tmp_path):
    real = AudioDataset(
        name="speech_commands",
        classes=("bed", "cat", "_silence_", "_unknown_"),
        sample_rate_hz=16000,
        splits={name: _split(8) for name in ("train", "validation", "test")},
        digest="real",
    )
    recipe = AudioRecipe(
        dataset=DatasetSection(name="speech_commands", synthetic_clips=3),
        synthetic=SyntheticSection(unknown_factor=2.0),
    )
    joined = with_synthetic_clips(real, recipe, cache_dir=tmp_path)
    train = joined.splits["train"]
    assert np.bincount(train.labels[8:], minlength=4).tolist() == [3, 3, 0, 6]
    assert train.audio.shape == (8 + 12, 16000)
    assert all(source.startswith("synthetic:") for source in train.sources[8:])
    assert train.sources[:8] == ("real",) * 8
    assert train.phonemes[:8] == (None,) * 8
    assert all(train.phonemes[8:])
    assert joined.splits["validation"] is real.splits["validation"]
    assert joined.splits["test"] is real.splits["test"]
    assert joined.digest != real.digest
