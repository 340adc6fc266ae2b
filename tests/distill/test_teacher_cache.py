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


def _taps(teacher, clips):
    """Logits and whole taps, by the model alone."""
    from tinykd._keras import keras
    from tinykd.distill.training import tap_layers

    tapped = keras.Model(teacher.inputs, [teacher.output, *(x.output for x in tap_layers(teacher))])
    return [value.numpy() for value in tapped(clips.astype(np.float32)[..., None], training=False)]


def test_the_cache_holds_logits_and_pooled_taps_of_every_view(features, tmp_path):
    teacher = _teacher(1)
    cache = _cache([teacher], features, tmp_path)
    assert cache.logits.shape == (1, 2, 30, 3)
    scales = [np.sqrt((tap.mean(axis=2) ** 2).mean()) for tap in _taps(teacher, features[0])[1:]]
    for view in range(2):
        logits, *taps = _taps(teacher, features[view])
        np.testing.assert_allclose(cache.logits[0, view], logits, atol=1e-5)
        for got, tap, scale in zip(cache.taps, taps, scales, strict=True):
            # half precision keeps 11 bits; few channels are kept as they are
            np.testing.assert_allclose(got[view][:, :, 0], tap.mean(axis=2) / scale, rtol=1e-3, atol=1e-3)


def test_a_tap_is_averaged_in_time_and_frequency(features, tmp_path):
    teacher = _teacher(1)
    cache = _cache([teacher], features, tmp_path, tap_frames=5, tap_bands=2)
    _, *taps = _taps(teacher, features[0])
    assert cache.tap_shapes == [(5, 2, 4), (5, 2, 6)]
    for got, tap in zip(cache.taps, taps, strict=True):
        clips, time, frequency, channels = tap.shape  # 10 or 5 frames, 4 or 2 bands: both divide
        means = tap.reshape(clips, 5, time // 5, 2, frequency // 2, channels).mean(axis=(2, 4))
        scale = np.sqrt((means**2).mean())
        np.testing.assert_allclose(got[0], means / scale, rtol=1e-3, atol=1e-3)


def test_a_wide_tap_is_kept_in_its_main_directions(features, tmp_path):
    teacher = _teacher(1)
    cache = _cache([teacher], features, tmp_path, tap_channels=3)
    _, *taps = _taps(teacher, features[0])
    for got, tap in zip(cache.taps, taps, strict=True):
        pooled = tap.mean(axis=2).reshape(-1, tap.shape[-1])
        kept = np.linalg.svd(pooled / np.sqrt((pooled**2).mean()), compute_uv=False)[:3]
        # the best form of rank 3 keeps the three largest singular values, the largest first
        lengths = np.sqrt((got[0].astype(float) ** 2).sum(axis=(0, 1, 2)))
        np.testing.assert_allclose(lengths, kept, rtol=2e-3)


def test_the_scale_comes_from_clips_of_the_whole_set(tmp_path):
    from tinykd.distill.tapped_teacher import TappedTeacher
    from tinykd.recipe import DistillSection

    # 3000 clips of which the first 1500 are silent: their taps alone would give another scale.
    clips = np.zeros((3000, 20, 8), np.float16)
    clips[1500:] = np.random.default_rng(0).normal(size=(1500, 20, 8))
    teacher = _teacher(1)
    found = TappedTeacher(teacher, DistillSection()).reductions(clips, most=32)
    for reduction, tap in zip(found, _taps(teacher, clips)[1:], strict=True):
        assert reduction.scale == pytest.approx(np.sqrt((tap.mean(axis=2) ** 2).mean()), rel=0.05)


def test_every_teacher_keeps_its_own_logits_and_the_first_its_taps(features, tmp_path):
    one, two = _teacher(1), _teacher(2)
    both = _cache([one, two], features, tmp_path)
    apart = [_cache([t], features, tmp_path) for t in (one, two)]
    for member in (0, 1):
        np.testing.assert_allclose(both.logits[member], apart[member].logits[0], atol=1e-6)
    for got, own in zip(both.taps, apart[0].taps, strict=True):
        np.testing.assert_array_equal(got, own)


def test_a_teacher_s_weights_do_not_move_and_name_its_cache(features, tmp_path):
    from tinykd.distill.teacher_cache import weights_digest

    teacher = _teacher(1)
    before = weights_digest([teacher])
    _cache([teacher], features, tmp_path)
    assert weights_digest([teacher]) == before
    assert weights_digest([_teacher(2)]) != before
    _cache([_teacher(2)], features, tmp_path)
    assert len(list((tmp_path / "teachers").iterdir())) == 2
