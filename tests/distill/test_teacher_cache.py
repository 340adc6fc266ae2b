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
    from tinykd.distill.taps import tap_layers

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


class Killed(Exception):
    pass


def _killed_after(rows):
    def progress(what, done, total):
        if done >= rows:
            raise Killed

    return progress


def _write(teachers, features, folder, *, key=None, progress=lambda *_: None, **section):
    from tinykd.distill.teacher_cache import write_container
    from tinykd.recipe import DistillSection

    return write_container(
        folder,
        teachers,
        features,
        section=DistillSection(**section),
        key=key or {"features": "f"},
        figures={"params": 5},
        beside={"scores": np.arange(3.0)},
        progress=progress,
    )


def _files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_caching_that_was_killed_goes_on_and_ends_in_the_same_bytes(features, tmp_path, monkeypatch):
    from tinykd.distill import tapped_teacher, teacher_cache
    from tinykd.errors import DataError

    monkeypatch.setattr(teacher_cache, "BATCH", 8)
    monkeypatch.setattr(teacher_cache, "_ROWS_A_MARK", 16)
    teachers = [_teacher(1), _teacher(2)]
    whole = _write(teachers, features, tmp_path / "whole.d")
    with pytest.raises(Killed):
        _write(teachers, features, tmp_path / "cache.d", progress=_killed_after(30))
    with pytest.raises(DataError, match=r"only 30 of 60 rows are there"):
        teacher_cache.container.open_whole(tmp_path / "cache.d")
    asked, run = [], tapped_teacher.TappedTeacher.__call__

    def counted(self, clips):
        asked.append(len(clips))
        return run(self, clips)

    monkeypatch.setattr(tapped_teacher.TappedTeacher, "__call__", counted)
    _write(teachers, features, tmp_path / "cache.d")
    assert asked == [8, 8, 8, 6]  # the second view alone
    assert _files(tmp_path / "cache.d") == _files(whole.folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache.d", "whole.d"]
    _write(teachers, features, tmp_path / "cache.d")
    assert len(asked) == 4  # whole: nothing to do


def test_a_container_of_another_teacher_or_of_other_settings_stays_as_it_is(features, tmp_path):
    from tinykd.errors import DataError

    _write([_teacher(1)], features, tmp_path / "c.d")
    before = _files(tmp_path / "c.d")
    for line, teacher, key, section in (
        ("another features", 1, {"features": "g"}, {}),
        ("another weights", 2, None, {}),
        ("another tap bands", 1, None, {"tap_bands": 2}),
    ):
        with pytest.raises(DataError, match=line):
            _write([_teacher(teacher)], features, tmp_path / "c.d", key=key, **section)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("dear")
    with pytest.raises(DataError, match=r"mine: it has no manifest.json; allowed: a folder that"):
        _write([_teacher(1)], features, tmp_path / "mine")
    (tmp_path / "mine" / "diary.txt").rename(tmp_path / "file")
    with pytest.raises(DataError, match=r"file: it has no manifest.json"):
        _write([_teacher(1)], features, tmp_path / "file")
    assert _files(tmp_path / "c.d") == before
    (tmp_path / "c.d" / "tap_0.npy").write_bytes(before["tap_0.npy"][:-2] + b"xx")
    with pytest.raises(DataError, match="its checksum is not the manifest's; delete it"):
        _write([_teacher(1)], features, tmp_path / "c.d")


def test_the_cache_s_own_folder_is_made_again_where_it_is_damaged(features, tmp_path):
    first = _cache([_teacher(1)], features, tmp_path)
    said = np.array(first.logits)
    (first.folder / "logits.npy").write_bytes(b"")
    np.testing.assert_array_equal(_cache([_teacher(1)], features, tmp_path).logits, said)


def test_a_teacher_that_says_no_number_is_refused(features, tmp_path):
    from tinykd.errors import ModelError

    teacher = _teacher(1)
    teacher.set_weights([np.full_like(weight, np.nan) for weight in teacher.get_weights()])
    with pytest.raises(ModelError, match="not finite"):
        _cache([teacher], features, tmp_path)


def test_a_partial_teacher_is_smaller_and_says_the_same_of_its_taps(features, tmp_path):
    from tinykd.distill.tapped_teacher import up_to_tap
    from tinykd.distill.taps import tap_layers

    teacher = _teacher(1)
    part = up_to_tap(teacher, "tap_0")
    assert part.count_params() < 0.4 * teacher.count_params()
    assert [layer.name for layer in tap_layers(part)] == ["tap_0"]
    whole = _cache([teacher, _teacher(2)], features, tmp_path)
    cache = _cache([teacher, _teacher(2)], features, tmp_path, up_to="tap_0")
    assert cache.logits is None
    assert cache.tap_shapes == whole.tap_shapes[:1]
    np.testing.assert_allclose(cache.taps[0], whole.taps[0], rtol=1e-3, atol=1e-3)
    np.testing.assert_array_equal(
        part(features[0].astype(np.float32)[..., None], training=False), _taps(teacher, features[0])[1]
    )


def test_a_tap_that_the_teacher_has_not_is_named(features, tmp_path):
    from tinykd.errors import RecipeError

    with pytest.raises(
        RecipeError, match="up_to is 'tap_7', and the teacher has no such tap; one of tap_0, tap_1"
    ):
        _cache([_teacher(1)], features, tmp_path, up_to="tap_7")
