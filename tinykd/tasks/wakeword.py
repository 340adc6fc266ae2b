"""Wake word: whether a phrase was just said, judged on hours of sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from tinykd import storage
from tinykd.datasets import SPLITS
from tinykd.datasets.clips import AudioDataset, Progress
from tinykd.datasets.wake_word import WakeDataset
from tinykd.detection.detector import Detector
from tinykd.detection.scoring import int8_scores
from tinykd.detection.windows import hop_frames, stream_frames, window_end_s
from tinykd.errors import RecipeError
from tinykd.features import front_end
from tinykd.listening import Listening, spans_s
from tinykd.mining import mine
from tinykd.recipe_tasks import WakewordRecipe
from tinykd.tasks.audio import AudioClassifier
from tinykd.tasks.finished import FinishedRun
from tinykd.tasks.run import Run
from tinykd.tasks.task import Listener
from tinykd.tflm import TflmModel

if TYPE_CHECKING:
    from rich.console import RenderableType

    from tinykd.distill.training import Judge
    from tinykd.learning import Figure

DETECTION = "detection.json"


class Wakeword(AudioClassifier[WakewordRecipe], Listener[WakewordRecipe]):
    """One phrase against everything else."""

    folder_dataset = "wake_recordings"
    figure = "phrases heard at the wanted rate of false accepts"
    judged = "phrase"

    def check(self, recipe: WakewordRecipe) -> None:
        """Refuse what a classifier would, and hops and front ends that no stream can have."""
        super().check(recipe)
        section = recipe.detection
        hop_frames(section.hop_ms, recipe.features.hop_ms)
        if recipe.features.normalise != "none":
            what = f"'{recipe.features.normalise}' wants a whole clip, and a stream has no end"
            raise RecipeError("[features] normalise", what, "'none' for a wake word")
        made = recipe.synthetic
        if made.speech_share + made.noise_share <= 0:
            what = "speech_share and noise_share are both 0"
            raise RecipeError("[synthetic]", what, "one above 0, for validation and test")

    def load(
        self,
        recipe: WakewordRecipe,
        *,
        data_dir: Path | None,
        cache_dir: Path,
        splits: Sequence[str] = SPLITS,
        progress: Progress | None = None,
    ) -> AudioDataset:
        """Return streams and clips, with hard negatives where there is a training split."""
        found = cast(
            WakeDataset,
            super().load(recipe, data_dir=data_dir, cache_dir=cache_dir, splits=splits, progress=progress),
        )
        if "train" not in splits or not recipe.mining.rounds:
            return found
        tell = progress or (lambda what, done, total: None)
        return mine(found, recipe, cache_dir=cache_dir, progress=tell)

    def count(self, run: Run[WakewordRecipe, AudioDataset], split: str) -> int:
        """Return how many clips are trained on, or how many phrases a stream holds."""
        if split == "train":
            return super().count(run, split)
        return len(spans_s(cast(WakeDataset, run.dataset).positives[split]))

    def judge(self, run: Run[WakewordRecipe, AudioDataset]) -> Judge:
        """Return what chooses the best epoch: false rejects at the wanted rate of false accepts."""
        return self._listening(run).judge

    def figure_of(self, run: Run[WakewordRecipe, AudioDataset]) -> Figure:
        """Return what a float model is measured by: phrases heard at the wanted rate of false accepts."""
        listening = self._listening(run)

        def figure(predict: Any, split: str) -> float:
            return 1.0 + listening.judge(predict, split)[0]

        return figure

    def measure(
        self, run: Run[WakewordRecipe, AudioDataset], model: TflmModel, *, split: str = "test"
    ) -> float:
        """Return the share of a split's phrases heard at the wanted rate, smoothing chosen on validation."""
        listening = self._listening(run)
        validation = listening.by_int8(model, "validation")
        scores = validation if split == "validation" else listening.by_int8(model, split)
        found = listening.result(split, scores, listening.detector(validation))
        return 1.0 - float(found["rejects_at_wanted"])

    def prove(self, run: Run[WakewordRecipe, AudioDataset]) -> None:
        """Run the int8 model over the test clips, then both int8 models over hours of sound."""
        super().prove(run)
        files = [run.out / "model.tflite", run.work / "no_kd.tflite"]
        key = storage.digest_of([run.digest, *(storage.sha256_of_file(path) for path in files)])
        run.stages.once("detection", key, [run.out / DETECTION], lambda: self._detect(run, files))

    def _detect(self, run: Run[WakewordRecipe, AudioDataset], files: list[Path]) -> None:
        listening = self._listening(run)
        written: dict[str, Any] = {
            "phrase": run.recipe.dataset.phrase,
            "wanted_accepts_per_hour": run.recipe.detection.accepts_per_hour,
        }
        for name, path in zip(("model", "no_kd"), files, strict=True):
            model = TflmModel(path.read_bytes(), where=str(path))
            heard = {}
            for split in ("validation", "test"):
                hours = listening.dataset.negatives[split].hours
                with run.reporter.busy(f"TFLite Micro listens to {hours:.1f} h of {split} sound ({name})"):
                    heard[split] = listening.by_int8(model, split)
            detector = listening.detector(heard["validation"])
            written[name] = {
                "detector": detector.settings(),
                **{split: listening.result(split, found, detector) for split, found in heard.items()},
            }
        storage.write_json(run.out / DETECTION, written)

    def report(self, run: Run[WakewordRecipe, AudioDataset]) -> None:
        """Write metrics.json, history.csv and the plots, with the trade-off among them."""
        super().report(run)
        path = run.out / DETECTION
        key = storage.digest_of([run.digest, storage.sha256_of_file(path)])
        run.stages.once("det", key, [run.out / "det.png"], lambda: self._plot(run))

    def _plot(self, run: Run[WakewordRecipe, AudioDataset]) -> None:
        from tinykd.report.det import plot_det

        found = storage.read_json(run.out / DETECTION)
        curves = {
            "distilled, int8": found["model"]["test"]["curve"],
            "student alone, int8": found["no_kd"]["test"]["curve"],
        }
        point = (found["model"]["test"]["accepts_per_hour"], found["model"]["test"]["rejects"])
        plot_det(curves, run.out / "det.png", point=point, wanted=found["wanted_accepts_per_hour"])

    def metrics(
        self,
        run: Run[WakewordRecipe, AudioDataset],
        parts: dict[str, dict[str, Any]],
        predicted: npt.NDArray[np.integer[Any]],
    ) -> dict[str, Any]:
        """Return the figures of a classifier's clips, and of the streams."""
        found = super().metrics(run, parts, predicted)
        detection = storage.read_json(run.out / DETECTION)
        clips = found["test"]["student_int8"]
        brief = {
            name: {
                "detector": detection[name]["detector"],
                **{
                    split: {key: value for key, value in detection[name][split].items() if key != "curve"}
                    for split in ("validation", "test")
                },
            }
            for name in ("model", "no_kd")
        }
        test = {
            "n": detection["model"]["test"]["phrases"],
            "teacher": {"accuracy": parts["teacher"]["test_accuracy"]},
            "no_kd": {
                "accuracy": 1.0 - detection["no_kd"]["test"]["rejects_at_wanted"],
                "float_accuracy": parts["no_kd"]["test_accuracy"],
            },
            "student_float": {"accuracy": parts["student"]["test_accuracy"]},
            "student_int8": {"accuracy": 1.0 - detection["model"]["test"]["rejects_at_wanted"]},
        }
        return {
            **found,
            "phrase": run.recipe.dataset.phrase,
            "figure": self.figure,
            "wanted_accepts_per_hour": detection["wanted_accepts_per_hour"],
            "test": test,
            "test_clips": clips,
            "detection": brief,
        }

    def summary(self, run: Run[WakewordRecipe, AudioDataset]) -> RenderableType:
        """Return false rejects and false accepts, sizes and what to do next."""
        from tinykd.report.wakeword_table import wakeword_table

        return wakeword_table(
            storage.read_json(run.out / "metrics.json"),
            storage.read_json(run.out / "verify.json"),
            run.recipe.budget,
            run=run.out,
        )

    def device_settings(self, run: Path, *, recipe: WakewordRecipe, model: TflmModel) -> dict[str, Any]:
        """Return the numbers of the detection, for the exported C."""
        return {**_detector(storage.read_json(run / DETECTION)["model"]).settings(), "words": 1}

    def evaluate(
        self, finished: FinishedRun[WakewordRecipe], dataset: AudioDataset, split: str
    ) -> dict[str, Any]:
        """Return how the run's int8 model and detector do on the streams of other data."""
        listening = Listening(
            recipe=finished.recipe,
            dataset=cast(WakeDataset, dataset),
            settings=finished.settings,
            window_frames=self.input_shape(finished.recipe)[0],
            cache_dir=storage.cache_root(),
        )
        detection = storage.read_json(finished.folder / DETECTION)
        result: dict[str, Any] = {}
        for name, model in (("model", finished.model), ("no_kd", finished.alone)):
            if model is None:
                continue
            found = listening.result(split, listening.by_int8(model, split), _detector(detection[name]))
            found.pop("curve")
            result |= found if name == "model" else {name: found}
        return result

    def predict(self, finished: FinishedRun[WakewordRecipe], recording: Path) -> list[tuple[str, float]]:
        """Return (class, probability) at the moment that sounds most like the phrase, smoothed."""
        scores, detector = self._scores(finished, recording)
        sums = np.convolve(scores.astype(np.float64), np.ones(detector.smooth_hops), "full")[: len(scores)]
        odds = float(sums.max()) / detector.smooth_hops * finished.model.output.scale
        chance = 1.0 / (1.0 + float(np.exp(-odds)))
        return list(zip(finished.classes, (chance, 1.0 - chance), strict=True))

    def timing(self, recipe: WakewordRecipe) -> dict[str, int]:
        """Return how long a window is, and how many frames lie from one to the next."""
        return {
            "WINDOW_MS": recipe.dataset.clip_ms,
            "HOP_FRAMES": hop_frames(recipe.detection.hop_ms, recipe.features.hop_ms),
        }

    def listen(self, finished: FinishedRun[WakewordRecipe], recording: Path) -> list[tuple[float, str]]:
        """Return when the phrase is detected in a recording, as a device would say it."""
        scores, detector = self._scores(finished, recording)
        hops = detector.detections(scores)
        clip_ms = finished.recipe.dataset.clip_ms
        seconds = window_end_s(hops, hop_ms=detector.hop_ms, clip_ms=clip_ms)
        return [(float(second), finished.classes[0]) for second in seconds]

    def _scores(
        self, finished: FinishedRun[WakewordRecipe], recording: Path
    ) -> tuple[npt.NDArray[np.int16], Detector]:
        recipe, section = finished.recipe, finished.recipe.dataset
        audio = self.stream(finished, recording)
        frames = stream_frames(audio, front_end(recipe.features, section.sample_rate_hz))
        frames = (frames - np.float32(finished.settings["mean"])) / np.float32(finished.settings["deviation"])
        detector = _detector(storage.read_json(finished.folder / DETECTION)["model"])
        scores = int8_scores(
            finished.model,
            frames,
            length=self.input_shape(recipe)[0],
            hop=hop_frames(detector.hop_ms, recipe.features.hop_ms),
        )
        return scores, detector

    def _listening(self, run: Run[WakewordRecipe, AudioDataset]) -> Listening:
        return Listening(
            recipe=run.recipe,
            dataset=cast(WakeDataset, run.dataset),
            settings=run.features.settings,
            window_frames=int(run.features.validation.shape[1]),
            cache_dir=storage.cache_root(),
        )


def _detector(said: dict[str, Any]) -> Detector:
    return Detector(**{field.name: int(said["detector"][field.name]) for field in fields(Detector)})


TASK = Wakeword()
