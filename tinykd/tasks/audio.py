"""Classifiers that listen: clips of one length, a spectral front end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.augment.chain import check_ranges
from tinykd.augment.place import in_place
from tinykd.augment.spectrogram import mask_spectrograms
from tinykd.datasets import SPLITS, load_dataset
from tinykd.datasets.clips import AudioDataset, Progress
from tinykd.datasets.wav import fit_length, read_clip
from tinykd.export.audio import FILES, check_exportable, render
from tinykd.feature_cache import CachedFeatures, cache_features, standardised
from tinykd.features import front_end
from tinykd.phoneme_frames import PhonemeFrames, cache_phonemes
from tinykd.recipe import SoundRecipe, recipe_digest
from tinykd.tasks.classifier import Classifier

if TYPE_CHECKING:
    from tinykd.distill.batches import SpectrogramChange
    from tinykd.tasks.finished import FinishedRun
    from tinykd.tasks.run import Run
    from tinykd.tflm import TflmModel

A = TypeVar("A", bound=SoundRecipe)


class AudioClassifier(Classifier[A, AudioDataset]):
    """Which of some sounds a clip is."""

    folder_dataset = "speech_commands"
    front_end_files = FILES
    settings = ("mean", "deviation")

    def check(self, recipe: A) -> None:
        """Refuse models, methods, augmentations and front ends that cannot be."""
        super().check(recipe)
        self.check_view(recipe)
        check_exportable(front_end(recipe.features, recipe.dataset.sample_rate_hz))

    def check_view(self, recipe: A) -> None:
        """Refuse augmentations and front ends that cannot be."""
        check_ranges(recipe.augment)
        self.input_shape(recipe)

    def input_shape(self, recipe: A) -> tuple[int, ...]:
        """Return (frames, bins) of one clip."""
        section = recipe.dataset
        front = front_end(recipe.features, section.sample_rate_hz)
        return front.shape(section.sample_rate_hz * section.clip_ms // 1000)

    def change(self, recipe: A) -> SpectrogramChange:
        """Return SpecAugment with the recipe's masks."""
        return lambda features, rng: mask_spectrograms(features, section=recipe.augment, rng=rng)

    def load(
        self,
        recipe: A,
        *,
        data_dir: Path | None,
        cache_dir: Path,
        splits: Sequence[str] = SPLITS,
        progress: Progress | None = None,
    ) -> AudioDataset:
        """Return the clips of the recipe's data set."""
        dataset = load_dataset(
            recipe, data_dir=data_dir, cache_dir=cache_dir, splits=splits, progress=progress
        )
        return cast(AudioDataset, dataset)

    def features(
        self, dataset: AudioDataset, recipe: A, *, cache_dir: Path, progress: Progress
    ) -> CachedFeatures:
        """Return standardised features: augmented views of the training clips, plain ones of the rest."""
        return cache_features(dataset, recipe=recipe, cache_dir=cache_dir, progress=progress)

    def phonemes(self, run: Run[A, AudioDataset]) -> Callable[[], PhonemeFrames]:
        """Return what finds the phoneme of every frame of a run's features."""
        return lambda: cache_phonemes(
            run.dataset, recipe=run.recipe, features=run.features, cache_dir=storage.cache_root()
        )

    def plain_features(self, split: Any, recipe: A, settings: dict[str, Any]) -> npt.NDArray[np.float32]:
        """Return what the model sees of clips: [n, frames, bins] float32."""
        return standardised(np.asarray(split.audio), recipe=recipe, settings=settings)

    def evaluate(self, finished: FinishedRun[A], dataset: AudioDataset, split: str) -> dict[str, Any]:
        """Return what a classifier does, on clips heard where the recipe judges them."""
        audio = in_place(
            np.asarray(dataset.splits[split].audio),
            split,
            dataset=dataset,
            recipe=finished.recipe,
            cache_dir=storage.cache_root(),
        )
        heard = replace(dataset.splits[split], audio=audio)
        return super().evaluate(finished, replace(dataset, splits={split: heard}), split)

    def read(self, recording: Path, recipe: A, settings: dict[str, Any]) -> npt.NDArray[np.float32]:
        """Return what the model sees of a recording; a long one is heard at its loudest window."""
        section = recipe.dataset
        audio = read_clip(recording, sample_rate_hz=section.sample_rate_hz)
        clip = fit_length(audio, section.sample_rate_hz * section.clip_ms // 1000)
        return standardised(clip[None], recipe=recipe, settings=settings)

    def front_end_c(self, recipe: A, settings: dict[str, Any], model: TflmModel) -> dict[str, str]:
        """Return the tables of the front end in firmware/src/frontend."""
        return render(
            front_end(recipe.features, recipe.dataset.sample_rate_hz),
            name=recipe.task,
            frames=self.input_shape(recipe)[0],
            mean=settings["mean"],
            deviation=settings["deviation"],
            quantisation=model.input,
            recipe_digest=recipe_digest(recipe),
        )

    def stream(self, finished: FinishedRun[A], recording: Path) -> npt.NDArray[np.int16]:
        """Return a recording as int16 of any length, at least a clip's by silence after it."""
        section = finished.recipe.dataset
        audio = read_clip(recording, sample_rate_hz=section.sample_rate_hz)
        short = section.sample_rate_hz * section.clip_ms // 1000 - len(audio)
        return np.pad(audio, (0, short)) if short > 0 else audio
