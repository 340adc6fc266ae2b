"""What one training step knows, and what a model must be like for a term of the objective to be built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tinykd.distill.taps import TapShape, tap_costs, tap_shapes
from tinykd.recipe import DistillSection


@dataclass(frozen=True, kw_only=True)
class Step:
    """One batch seen by the student, and what its teachers said of it.

    features: the student's input.
    labels: [batch, classes] float32, rows sum to 1, or to 0 where an example has no label.
    logits: [batch, classes] float32 of the student; [batch, 1] its score.
    taps: the student's, each [batch, time, bands, channels].
    teacher_logits: [batch, teachers, classes] float32; of 0 teachers without one.
    teacher_taps: the first teacher's, each [batch, time, bands, channels].
    frame_weights: [batch, frames] float32, how much each frame counts.
    progress: scalar float32, 0..1, how much of the training is done.
    phonemes: [batch, frames, sounds] float32, rows sum to 1, or to 0 where nobody knows; None without a
      phoneme head.
    """

    features: Any
    labels: Any
    logits: Any
    taps: Sequence[Any]
    teacher_logits: Any
    teacher_taps: Sequence[Any]
    frame_weights: Any
    progress: Any
    phonemes: Any = None


@dataclass(frozen=True, kw_only=True)
class Shapes:
    """Student and teachers as the terms see them.

    section: the recipe's [distill].
    label_smoothing: of the label term.
    classes: logits.
    student_taps, teacher_taps: first to last.
    tap_costs: multiply-accumulates of the student up to each of its taps.
    teachers: how many.
    peers: untaught students that learn beside this one, Keras models.
    seed: of initial weights.
    """

    section: DistillSection
    label_smoothing: float
    classes: int
    student_taps: Sequence[TapShape] = ()
    teacher_taps: Sequence[TapShape] = ()
    tap_costs: Sequence[float] = ()
    teachers: int = 1
    peers: Sequence[Any] = ()
    seed: int = 1

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Return (student tap, teacher tap), matched from the last backwards, the last pair first."""
        students, teachers = len(self.student_taps), len(self.teacher_taps)
        return [(students - back, teachers - back) for back in range(1, min(students, teachers) + 1)]


def shapes_of(
    model: Any,
    section: DistillSection,
    *,
    label_smoothing: float,
    teacher_taps: Sequence[TapShape] = (),
    teachers: int = 1,
    peers: Sequence[Any] = (),
    seed: int = 1,
) -> Shapes:
    """Return the shapes of a student, of what its teachers said, and of its peers; as in `Shapes`."""
    return Shapes(
        section=section,
        label_smoothing=label_smoothing,
        classes=int(model.output_shape[-1]),
        student_taps=tap_shapes(model),
        teacher_taps=teacher_taps,
        tap_costs=tap_costs(model),
        teachers=teachers,
        peers=peers,
        seed=seed,
    )
