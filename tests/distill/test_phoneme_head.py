"""A phoneme head: its loss, its file, what it says, and how it is trained with a teacher."""

import numpy as np
import pytest
import scipy.special

from tinykd.datasets.sounds import CLASSES, UNKNOWN
from tinykd.errors import ModelError, TinykdError

pytestmark = pytest.mark.slow  # imports TensorFlow

SOUNDS = len(CLASSES)


def _head(channels=4, *, weight=1.0, seed=1):
    from tinykd.distill.phoneme_head import PhonemeHead

    return PhonemeHead(channels, weight=weight, seed=seed)


def _known_head(channels=4):
    """A head with drawn kernel and bias, and both."""
    rng = np.random.default_rng(1)
    kernel = rng.normal(size=(channels, SOUNDS)).astype("f4")
    bias = rng.normal(size=SOUNDS).astype("f4")
    head = _head(channels)
    head.layer.set_weights([kernel, bias])
    return head, kernel, bias


def _step(taps, phonemes):
    from tinykd.distill.step import Step

    nothing = dict.fromkeys(
        ("features", "labels", "logits", "teacher_logits", "teacher_taps", "frame_weights", "progress")
    )
    return Step(**{**nothing, "taps": [None, taps], "phonemes": phonemes})


def test_the_loss_is_the_cross_entropy_of_frames_by_numpy():
    rng = np.random.default_rng(0)
    head, kernel, bias = _known_head()
    head.weight = 0.3
    tap = rng.normal(size=(3, 5, 2, 4)).astype("f4")
    sounds = rng.integers(0, SOUNDS, (3, 10))
    shown = np.eye(SOUNDS, dtype="f4")[sounds]
    shown[2, 4:] = 0.0  # nobody knows
    log_p = scipy.special.log_softmax(tap.mean(axis=2) @ kernel + bias, axis=-1)
    targets = shown.reshape(3, 5, 2, SOUNDS).mean(axis=2)  # a frame of the tap is two of the input
    expected = 0.3 * -(targets * log_p).sum(axis=-1).mean(axis=1)
    np.testing.assert_allclose(head(_step(tap, shown)), expected, rtol=1e-5)


def test_how_likely_a_phoneme_is_by_scipy():
    head, kernel, bias = _known_head()
    tap = np.random.default_rng(2).normal(size=(3, 7, 2, 4)).astype("f4")
    expected = 1 - scipy.special.softmax(tap.mean(axis=2) @ kernel + bias, axis=-1)[..., 0]
    np.testing.assert_allclose(head.presence(tap), expected, rtol=1e-5)


def test_a_head_is_the_same_when_it_is_read_and_a_damaged_one_is_one_line(tmp_path):
    from tinykd.distill.phoneme_head import read_head

    head, kernel, bias = _known_head()
    path = tmp_path / "teacher_phonemes.npy"
    head.save(path)
    np.testing.assert_array_equal(np.load(path), np.vstack([kernel, bias]))
    assert read_head(path).digest == head.digest != _head().digest
    for content in (b"", path.read_bytes()[:-9]):
        path.write_bytes(content)
        with pytest.raises(ModelError, match=r"teacher_phonemes\.npy: the file is damaged: it is no array"):
            read_head(path)
    np.save(path, np.zeros((5, 3), "f4"))
    with pytest.raises(TinykdError, match=r"it holds float32 \[5, 3\]; delete it"):
        read_head(path)


def _echo(frames, bins):
    """A model whose one tap is its input."""
    from tinykd._keras import keras

    inputs = keras.layers.Input((frames, bins, 1))
    tap = keras.layers.Permute((1, 3, 2), name="tap_0")(inputs)
    return keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(tap)))


def test_the_figures_by_hand():
    from tinykd.distill.phoneme_figures import frame_figures

    head = _head(SOUNDS)
    head.layer.set_weights([np.eye(SOUNDS, dtype="f4"), np.zeros(SOUNDS, "f4")])
    truth = np.array([[0, 0, 5, 5], [7, 7, 0, 0], [UNKNOWN] * 4], np.uint8)
    said = np.array([[0, 5, 5, 6], [7, 0, 0, 0], [1, 1, 1, 1]])
    features = 20 * np.eye(SOUNDS, dtype="f4")[said]
    found = frame_figures(_echo(4, SOUNDS), head, features, truth)
    assert found == {"frames": 8, "accuracy": 5 / 8, "presence": 6 / 8, "none": 4 / 8}
    assert frame_figures(_echo(4, SOUNDS), head, features[2:], truth[2:]) == {}
    # Unsure of the sound, and sure that there is one: nothing is the likeliest, and not likely.
    unsure = np.zeros((1, 4, SOUNDS), "f4")
    unsure[..., 0] = 1.0
    found = frame_figures(_echo(4, SOUNDS), head, unsure, np.full((1, 4), 9, np.uint8))
    assert (found["accuracy"], found["presence"]) == (0.0, 1.0)


def _teacher(seed=1):
    from tinykd._keras import keras
    from tinykd.models import build_model

    keras.utils.set_random_seed(seed)
    params = {"channels": 8, "stem": 8, "depth": 3, "kernel": 3, "branches": 1}
    return build_model("sparknet", frames=20, bins=6, classes=3, params=params)


def _cached(folder, head, **section):
    from tinykd.distill.teacher_cache import cache_teacher
    from tinykd.recipe import DistillSection

    features = np.random.default_rng(0).normal(size=(2, 30, 20, 6)).astype(np.float16)
    teacher = _teacher()
    said = cache_teacher(
        [teacher],
        features,
        section=DistillSection(**section),
        features_digest="f",
        cache_dir=folder,
        progress=lambda *_: None,
        head=head,
    )
    return said, teacher, features


def test_the_cache_keeps_how_likely_a_phoneme_is_at_each_frame_of_every_view(tmp_path):
    from tinykd._keras import keras
    from tinykd.distill.container import open_whole

    head, kernel, bias = _known_head(8)
    cache, teacher, features = _cached(tmp_path, head)
    tap = keras.Model(teacher.inputs, teacher.get_layer("tap_2").output)
    for view in range(2):
        last = tap(features[view].astype("f4")[:, :, None], training=False).numpy()
        expected = 1 - scipy.special.softmax(last.mean(axis=2) @ kernel + bias, axis=-1)[..., 0]
        np.testing.assert_allclose(cache.frames[view], expected, atol=1e-3)  # half precision
    assert cache.manifest.key["phoneme_head"] == head.digest
    np.testing.assert_array_equal(open_whole(cache.folder).frames, cache.frames)
    short = _cached(tmp_path, head, tap_frames=5)[0]
    means = np.asarray(cache.frames, "f4").reshape(2, 30, 5, 4).mean(axis=-1)
    np.testing.assert_allclose(short.frames, means, atol=1e-3)


def test_another_head_and_none_have_caches_of_their_own(tmp_path):
    folders = {_cached(tmp_path, head)[0].folder for head in (None, _head(8, seed=1), _head(8, seed=2))}
    assert len(folders) == 3
    assert _cached(tmp_path, None)[0].frames is None


def _examples():
    """Clips whose one loud bin says the sound of its frame, and whose class is that of all of them."""
    from tinykd.distill.examples import Examples

    rng = np.random.default_rng(0)
    labels = np.arange(48, dtype=np.int32) % 3
    phonemes = rng.integers(0, 6, (2, 48, 4)).repeat(5, axis=2).astype(np.uint8)
    features = rng.normal(0, 0.3, size=(2, 48, 20, 6)) + 3 * np.eye(6)[phonemes] + labels[:, None, None]
    return Examples(features=features.astype(np.float16), labels=labels, phonemes=phonemes)


def _trained(folder, *, epochs=4, passes=1, stop_after=None, name="t", ema=0.8):
    from tinykd._keras import be_deterministic, keras
    from tinykd.distill.objective import Objective
    from tinykd.distill.step import shapes_of
    from tinykd.distill.training import Validation, train
    from tinykd.recipe import DistillSection, TrainSection

    class Killed(Exception):
        pass

    def on_epoch(row):
        if row["epoch"] == stop_after:
            raise Killed

    be_deterministic()
    keras.backend.clear_session()
    model, head, examples = _teacher(), _head(8), _examples()
    shapes = shapes_of(model, DistillSection(methods=()), label_smoothing=0.0)
    try:
        train(
            model,
            examples,
            Validation(features=examples.features[0], labels=examples.labels),
            objective=Objective(shapes, head=head),
            section=TrainSection(
                epochs=epochs, passes=passes, batch=16, warmup_epochs=0, ema=ema, learning_rate=1e-2
            ),
            seed=1,
            digest="d",
            checkpoint=folder / f"{name}.npz",
            on_epoch=on_epoch,
        )
    except Killed:
        return None
    return model, head


def test_a_head_learns_with_its_teacher(tmp_path):
    from tinykd.distill.phoneme_figures import frame_figures

    model, head = _trained(tmp_path, epochs=4, passes=40, ema=0.0)
    examples = _examples()
    found = frame_figures(model, head, examples.features[0].astype("f4"), examples.phonemes[0])
    assert found["accuracy"] > 0.6  # of six sounds
    assert found["presence"] > 0.8


def test_a_killed_training_goes_on_to_the_same_head_and_the_kept_one_is_averaged(tmp_path):
    whole = _trained(tmp_path)
    assert _trained(tmp_path, stop_after=1, name="cut") is None
    model, head = _trained(tmp_path, name="cut")
    assert head.digest == whole[1].digest
    for got, expected in zip(model.get_weights(), whole[0].get_weights(), strict=True):
        np.testing.assert_array_equal(got, expected)
    saved = np.load(tmp_path / "t.npz")
    last = [saved[name] for name in saved.files if saved[name].shape == (8, SOUNDS)]
    assert any(np.array_equal(one, head.layer.get_weights()[0]) for one in last)
    assert len({one.tobytes() for one in last}) > 1  # the last step's, its moments, the average


def test_a_batch_mixes_sounds_as_it_mixes_classes():
    from dataclasses import replace

    from tinykd.distill.batches import epoch_batches

    examples = _examples()
    alike = np.broadcast_to(examples.labels.astype(np.uint8)[None, :, None], examples.phonemes.shape)
    settings = {"classes": 3, "batch": 16, "seed": 1, "epoch": 0, "change": None, "balance": 0.0}
    for batch in epoch_batches(replace(examples, phonemes=alike), mixup_alpha=0.4, **settings):
        np.testing.assert_array_equal(batch.phonemes[:, 7, :3], batch.labels)
    for batch in epoch_batches(replace(examples, phonemes=None), mixup_alpha=0.4, **settings):
        assert batch.phonemes.shape == (16, 0, SOUNDS)


def test_frames_count_as_the_teacher_says_plus_a_floor():
    from dataclasses import replace

    from tinykd.distill.batches import epoch_batches
    from tinykd.distill.examples import frame_activity

    examples = _examples()
    said = np.broadcast_to(np.arange(48)[None, :, None] / 64, (2, 48, 10)).astype(np.float16)
    settings = {"classes": 3, "batch": 48, "seed": 1, "epoch": 0, "change": None, "balance": 0.0}
    (batch,) = epoch_batches(replace(examples, teacher_frames=said), mixup_alpha=0.0, **settings)
    assert batch.frame_weights.shape == (48, 10)
    np.testing.assert_allclose(np.sort(batch.frame_weights[:, 3]), 0.1 + np.arange(48) / 64, rtol=1e-6)
    (batch,) = epoch_batches(examples, mixup_alpha=0.0, **settings)
    np.testing.assert_array_equal(batch.frame_weights, frame_activity(batch.features))
