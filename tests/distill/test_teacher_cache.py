"""What the teacher said of each view, kept whole and never another teacher's."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # imports TensorFlow


def _teacher(seed):
    from tinykd._keras import keras
    from tinykd.models import build_model

    keras.utils.set_random_seed(seed)
    return build_model("resnet", frames=20, bins=8, classes=3, params={"widths": [4, 6], "depth": 1})


def _cache(teachers, features, folder):
    from tinykd.distill.teacher_cache import cache_teacher

    return cache_teacher(teachers, features, features_digest="f", cache_dir=folder, progress=lambda *_: None)


@pytest.fixture
def features():
    return np.random.default_rng(0).normal(size=(2, 30, 20, 8)).astype(np.float16)


def test_the_cache_holds_logits_and_frequency_pooled_taps_of_every_view(features, tmp_path):
    from tinykd._keras import keras
    from tinykd.distill.training import tap_layers

    teacher = _teacher(1)
    cache = _cache([teacher], features, tmp_path)
    tapped = keras.Model(teacher.inputs, [teacher.output, *(x.output for x in tap_layers(teacher))])
    for view in range(2):
        logits, *taps = tapped(features[view].astype(np.float32)[..., None], training=False)
        np.testing.assert_allclose(cache.logits[view], logits.numpy(), atol=1e-5)
        for got, tap in zip(cache.taps, taps, strict=True):
            # half precision keeps 11 bits
            np.testing.assert_allclose(got[view], tap.numpy().mean(axis=2), rtol=2e-3, atol=1e-4)


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
