"""Weights chosen from a wider model, against numpy indexing by hand."""

import numpy as np
import pytest

from tinykd.errors import RecipeError

pytestmark = pytest.mark.slow  # TensorFlow


def built(model, **params):
    from tinykd.models import build_model

    return build_model(model, frames=12, bins=6, classes=3, params=params)


def test_every_axis_takes_evenly_spaced_entries_of_the_wider_one():
    from tinykd.models.inherit import inherit

    narrow = built("sparknet", stem=4, channels=6, depth=3)
    wide = built("sparknet", stem=8, channels=9, depth=3)
    for layer in wide.layers:  # so that no two entries are alike
        layer.set_weights([np.arange(w.size, dtype="f4").reshape(w.shape) for w in layer.get_weights()])
    assert inherit(narrow, wide, where="test") == len(narrow.weights)
    own, theirs = (m.get_layer("block0_pw__conv0").get_weights()[0] for m in (narrow, wide))
    assert np.array_equal(own, theirs[:, :, ::2][..., [0, 1, 3, 4, 6, 7]])  # 8 -> 4, 9 -> 6
    own, theirs = (m.get_layer("block1_dw__conv0").get_weights()[0] for m in (narrow, wide))
    assert np.array_equal(own, theirs[:, :, [0, 1, 3, 4, 6, 7]])
    own, theirs = (m.get_layer("logits").get_weights() for m in (narrow, wide))
    assert np.array_equal(own[0], theirs[0][[0, 1, 3, 4, 6, 7]])
    assert np.array_equal(own[1], theirs[1])


def test_a_teacher_as_large_gives_its_very_function():
    from tinykd.models.inherit import inherit

    x = np.random.default_rng(0).normal(size=(2, 12, 1, 6)).astype("f4")
    one, other = (built("sparknet", stem=4, channels=6, depth=3) for _ in range(2))
    inherit(one, other, where="test")
    assert np.array_equal(one(x).numpy(), other(x).numpy())


def test_a_teacher_of_another_kind_is_refused():
    from tinykd.models.inherit import inherit

    with pytest.raises(RecipeError, match="finds less than half of itself"):
        inherit(built("sparknet", stem=4, channels=6, depth=3), built("resnet"), where="recipe [distill]")
