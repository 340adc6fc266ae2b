"""The training loop: one forward pass a step, exact resume, schedule, batches."""

import math

import numpy as np
import pytest

from tinykd.distill.examples import Examples, epoch_order, frame_activity
from tinykd.distill.schedule import learning_rate


def _examples(views=3, clips=40, teacher=False):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, clips).astype(np.int32)
    features = rng.normal(size=(views, clips, 12, 6)).astype(np.float16)
    features[:, np.arange(clips), labels * 3] += 3
    if not teacher:
        return Examples(features=features, labels=labels)
    return Examples(
        features=features,
        labels=labels,
        teacher_logits=rng.normal(size=(2, views, clips, 3)).astype(np.float32),
        teacher_taps=tuple(rng.normal(size=(views, clips, t, 2, 5)).astype(np.float16) for t in (12, 6)),
    )


def test_the_rate_warms_up_then_falls_as_half_a_cosine():
    rates = [learning_rate(s, peak=1.0, warmup_steps=4, total_steps=12) for s in range(12)]
    assert rates[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert rates[8] == pytest.approx(0.5 * (1 + math.cos(math.pi / 2)))
    assert 0 < rates[-1] < 0.05


def test_an_epoch_has_every_clip_once_and_views_take_turns():
    examples = _examples(views=3)
    seen = {}
    for epoch in range(3):
        order, views = epoch_order(examples, seed=5, epoch=epoch)
        assert sorted(order) == list(range(40))
        for clip, view in zip(order, views, strict=True):
            seen.setdefault(clip, set()).add(view)
    assert all(views == {0, 1, 2} for views in seen.values())


def test_an_epoch_of_several_passes_is_so_many_epochs_of_one():
    examples = _examples()
    clips, views = epoch_order(examples, seed=5, epoch=2, passes=3)
    apart = [epoch_order(examples, seed=5, epoch=epoch) for epoch in (6, 7, 8)]
    np.testing.assert_array_equal(clips, np.concatenate([one for one, _ in apart]))
    np.testing.assert_array_equal(views, np.concatenate([one for _, one in apart]))


def test_epoch_order_depends_on_seed_and_epoch_alone():
    examples = _examples()
    one, two = (epoch_order(examples, seed=5, epoch=7) for _ in range(2))
    assert np.array_equal(one, two)
    assert not np.array_equal(one[0], epoch_order(examples, seed=6, epoch=7)[0])


def test_frame_activity_by_hand():
    features = np.array([[[0.0, 0.0], [2.0, 2.0], [4.0, 4.0]]], np.float32)
    np.testing.assert_allclose(frame_activity(features), [[0.1, 0.6, 1.1]], atol=1e-5)


def _train(tmp_path, name, *, epochs, methods=(), stop_after=None, ema=0.0, judge=None):
    from tinykd._keras import be_deterministic, keras
    from tinykd.distill.objective import Objective
    from tinykd.distill.step import shapes_of
    from tinykd.distill.training import Validation, train
    from tinykd.models import build_model
    from tinykd.recipe import DistillSection, TrainSection

    be_deterministic()
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)

    def build():
        params = {"channels": 8, "stem": 8, "depth": 3}
        return build_model("sparknet", frames=12, bins=6, classes=3, params=params)

    model = build()
    examples = _examples(teacher=bool(methods))
    section = DistillSection(methods=methods)
    taps = [(12, 2, 5), (6, 2, 5)]
    peers = [build()] if "mutual" in methods else ()
    objective = Objective(shapes_of(model, section, label_smoothing=0.1, teacher_taps=taps, peers=peers))

    class Killed(Exception):
        pass

    def on_epoch(row):
        if row["epoch"] == stop_after:
            raise Killed

    try:
        history = train(
            model,
            examples,
            Validation(features=examples.features[0], labels=examples.labels, judge=judge),
            objective=objective,
            section=TrainSection(epochs=epochs, batch=16, warmup_epochs=1, ema=ema),
            seed=1,
            digest="d",
            checkpoint=tmp_path / f"{name}.npz",
            on_epoch=on_epoch,
        )
    except Killed:
        return None, None
    return model, history


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ema", "methods"),
    [(0.0, ("logits", "time_axis")), (0.9, ("logits", "time_axis")), (0.0, ("mutual", "own_teacher"))],
)
def test_a_training_killed_between_epochs_ends_with_the_same_weights(tmp_path, ema, methods):
    whole, history = _train(tmp_path, "whole", epochs=4, methods=methods, ema=ema)
    _train(tmp_path, "killed", epochs=4, methods=methods, stop_after=1, ema=ema)
    resumed, again = _train(tmp_path, "killed", epochs=4, methods=methods, ema=ema)
    for a, b in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        assert np.array_equal(a, b)
    columns = ("loss", "val_loss", "val_accuracy")
    assert [[r[c] for c in columns] for r in history] == [[r[c] for c in columns] for r in again]


@pytest.mark.slow
def test_a_judge_is_asked_in_the_second_half_and_decides_before_accuracy(tmp_path):
    asked = []

    def judge(predict):
        asked.append(predict(np.zeros((2, 12, 6), np.float32)).shape)
        return (-0.125 * len(asked), 0.0)  # worse each time: the first judged epoch is the best

    _, history = _train(tmp_path, "judged", epochs=5, judge=judge)
    assert asked == [(2, 3)] * 3
    assert [row.get("val_judged") for row in history] == [None, None, -0.125, -0.25, -0.375]
    assert [row["epoch"] for row in history if row["best"]][-1] == 2


@pytest.mark.slow
def test_a_step_with_two_taps_is_one_forward_pass_of_the_student(tmp_path):
    from tinykd._keras import keras

    model, _ = _train(tmp_path, "one", epochs=1, methods=("logits", "time_axis"))
    # Two batches of 16 out of 40 clips: a normalisation that moved once a batch
    # has momentum**2 of its first variance left, and batch statistics for the rest.
    layer = next(x for x in model.layers if isinstance(x, keras.layers.BatchNormalization))
    calls = []
    original = keras.layers.BatchNormalization.call

    def counted(self, inputs, training=None, mask=None):
        if training and self.name == layer.name:
            calls.append(self.name)
        return original(self, inputs, training=training, mask=mask)

    keras.layers.BatchNormalization.call = counted
    try:
        _train(tmp_path, "two", epochs=1, methods=("logits", "time_axis"))
    finally:
        keras.layers.BatchNormalization.call = original
    assert calls == [layer.name]  # the step's graph is traced once, with one pass through the student


@pytest.mark.slow
def test_a_damaged_checkpoint_or_one_of_another_recipe_is_not_used(tmp_path):
    from tinykd.distill.checkpoint import load_checkpoint, save_checkpoint

    path = tmp_path / "c.npz"
    save_checkpoint(path, groups={"model": [np.arange(3), np.ones(12)]}, meta={"digest": "a", "epoch": 3})
    groups, meta = load_checkpoint(path, digest="a")
    assert [v.tolist() for v in groups["model"]] == [[0, 1, 2], [1] * 12]
    assert meta["epoch"] == 3
    assert load_checkpoint(path, digest="b") is None
    path.write_bytes(path.read_bytes()[:40])
    assert load_checkpoint(path, digest="a") is None
    assert load_checkpoint(tmp_path / "none.npz", digest="a") is None


def test_a_rare_class_is_repeated_up_to_its_share_in_other_views():
    labels = np.array([0] * 20 + [1] * 3, np.int32)
    examples = Examples(features=np.zeros((4, 23, 2, 2), np.float16), labels=labels)
    order, views = epoch_order(examples, seed=1, epoch=0, balance=0.5)
    assert np.bincount(labels[order]).tolist() == [20, 10]  # half of 20
    for clip in (20, 21, 22):
        seen = views[order == clip]
        assert len(set(seen)) == len(seen)
    order, _ = epoch_order(examples, seed=1, epoch=0, balance=0.0)
    assert sorted(order) == list(range(23))
