"""What the teacher said of each view, kept whole and never another teacher's."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # imports TensorFlow


def _teacher(seed):
    from tinykd._keras import keras
    from tinykd.models import build_model

    keras.utils.set_random_seed(seed)
    return build_model("resnet", frames=20, bins=8, classes=3, params={"widths": [4, 6], "depth": 1})


def _cache(teachers, features, folder, **section):
    from tinykd.distill.teacher_cache import cache_teacher
    from tinykd.recipe import DistillSection

    return cache_teacher(
        teachers,
        features,
        section=DistillSection(**section),
        features_digest="f",
        cache_dir=folder,
        progress=lambda *_: None,
    )


@pytest.fixture
def features():
    return np.random.default_rng(0).normal(size=(2, 30, 20, 8)).astype(np.float16)


def _frames(tapped, clips):
    """Unit frames of each tap, frequency pooled, by numpy."""
    _, *taps = tapped(clips.astype(np.float32)[..., None], training=False)
    pooled = [tap.numpy().mean(axis=2) for tap in taps]
    return [tap / np.linalg.norm(tap, axis=-1, keepdims=True) for tap in pooled]


def test_the_cache_holds_logits_and_unit_frames_of_every_view(features, tmp_path):
    from tinykd._keras import keras
    from tinykd.distill.training import tap_layers

    teacher = _teacher(1)
    cache = _cache([teacher], features, tmp_path)
    tapped = keras.Model(teacher.inputs, [teacher.output, *(x.output for x in tap_layers(teacher))])
    for view in range(2):
        logits = teacher(features[view].astype(np.float32)[..., None], training=False)
        np.testing.assert_allclose(cache.logits[view], logits.numpy(), atol=1e-5)
        for got, unit in zip(cache.taps, _frames(tapped, features[view]), strict=True):
            # half precision keeps 11 bits; few channels are kept as they are
            np.testing.assert_allclose(got[view], unit, atol=1e-3)


def test_a_long_wide_tap_is_averaged_in_time_and_kept_in_its_main_directions(features, tmp_path):
    from tinykd._keras import keras
    from tinykd.distill.training import tap_layers

    teacher = _teacher(1)
    cache = _cache([teacher], features, tmp_path, tap_frames=5, tap_channels=3)
    assert cache.tap_shapes == [(5, 3)] * len(cache.taps)
    tapped = keras.Model(teacher.inputs, [teacher.output, *(x.output for x in tap_layers(teacher))])
    _, *taps = tapped(features[0].astype(np.float32)[..., None], training=False)
    for got, tap in zip(cache.taps, taps, strict=True):
        pooled = tap.numpy().mean(axis=2)
        means = pooled.reshape(len(pooled), 5, -1, pooled.shape[-1]).mean(axis=2)  # 20 or 10 frames into 5
        units = means / np.linalg.norm(means, axis=-1, keepdims=True)
        kept = np.linalg.svd(units.reshape(-1, units.shape[-1]), compute_uv=False)[:3]
        # the best rank-3 form keeps the three largest singular values
        np.testing.assert_allclose(np.linalg.norm(got[0].astype(float)) ** 2, (kept**2).sum(), rtol=2e-3)


def test_two_teachers_average_their_logits(features, tmp_path):
    one, two = _teacher(1), _teacher(2)
    both = _cache([one, two], features, tmp_path)
    apart = [_cache([t], features, tmp_path).logits for t in (one, two)]
    np.testing.assert_allclose(both.logits, (apart[0] + apart[1]) / 2, atol=1e-6)


def test_a_teacher_s_weights_do_not_move_and_name_its_cache(features, tmp_path):
    from tinykd.distill.teacher_cache import weights_digest

    teacher = _teacher(1)
    before = weights_digest([teacher])
    _cache([teacher], features, tmp_path)
    assert weights_digest([teacher]) == before
    assert weights_digest([_teacher(2)]) != before
    _cache([_teacher(2)], features, tmp_path)
    assert len(list((tmp_path / "teachers").iterdir())) == 2
