"""A distillation epoch with cached teacher against a plain student epoch, side by side.

Run as ``python -m benchmarks.distillation``. The two kinds take turns in one
process, so both see the same machine; the figure is the median of the rounds'
ratios. Ends with 1 when it is above the limit.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tinykd._keras import be_deterministic, keras
from tinykd.distill.examples import Examples
from tinykd.distill.objective import Objective
from tinykd.distill.step import shapes_of
from tinykd.distill.teacher_cache import cache_teacher
from tinykd.distill.training import Validation, train
from tinykd.models import build_model
from tinykd.recipe_file import load_recipe

LIMIT = 1.2
CLIPS, VIEWS, EPOCHS, ROUNDS = 4096, 2, 4, 5


def main() -> int:
    """Measure and print; return the exit code."""
    be_deterministic()
    recipe = load_recipe("kws")
    rng = np.random.default_rng(1)
    # What the features hold does not change what an epoch costs; their shape does.
    features = rng.normal(size=(VIEWS, CLIPS, 49, recipe.features.mel_bins)).astype(np.float16)
    labels = rng.integers(0, 12, CLIPS).astype(np.int32)
    shape = {"frames": 49, "bins": recipe.features.mel_bins, "classes": 12}
    teacher = build_model(recipe.teacher.model, **shape, params=recipe.teacher.params)
    with tempfile.TemporaryDirectory() as folder:
        cache = cache_teacher(
            [teacher],
            features,
            section=recipe.distill,
            features_digest="bench",
            cache_dir=Path(folder),
            progress=lambda *_: None,
        )
        plain = Examples(features=features, labels=labels)
        taught = Examples(
            features=features, labels=labels, teacher_logits=cache.logits, teacher_taps=cache.taps
        )
        kinds: dict[str, Any] = {
            "plain": ((), plain, []),
            "distilled": (recipe.distill.methods, taught, cache.tap_shapes),
        }
        seconds: dict[str, list[float]] = {name: [] for name in kinds}
        section = recipe.student.train.model_copy(update={"epochs": EPOCHS})
        for turn in range(ROUNDS):
            for name, (methods, examples, shapes) in kinds.items():
                keras.backend.clear_session()
                keras.utils.set_random_seed(1)
                student = build_model(recipe.student.model, **shape, params=recipe.student.params)
                rows = train(
                    student,
                    examples,
                    Validation(features=features[0, :256], labels=labels[:256]),
                    objective=Objective(
                        shapes_of(
                            student,
                            recipe.distill.model_copy(update={"methods": methods}),
                            label_smoothing=0.1,
                            teacher_taps=shapes,
                        )
                    ),
                    section=section,
                    seed=1,
                    digest=f"{name} {turn}",
                    checkpoint=Path(folder) / f"{name}.npz",
                )
                # the first epoch traces the graph and is not counted
                seconds[name].append(statistics.median(row["seconds"] for row in rows[1:]))
    ratios = [b / a for a, b in zip(seconds["plain"], seconds["distilled"], strict=True)]
    ratio = statistics.median(ratios)
    for name, values in seconds.items():
        print(f"{name:<10} {statistics.median(values):6.2f} s an epoch of {CLIPS:,} clips")
    spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
    print(f"distilled / plain: {ratio:.3f} (median of {len(ratios)} rounds, {spread})")
    print(f"limit: {LIMIT}")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
