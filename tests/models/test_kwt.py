"""The keyword transformer: its size against the paper, its tokens against numpy, its taps, its learning."""

import numpy as np
import pytest

from tinykd.errors import RecipeError
from tinykd.models import build_model, check_student

SMALL = {"dim": 16, "heads": 2, "depth": 3, "mlp": 32}


def test_it_is_refused_as_a_student_before_anything_is_trained():
    with pytest.raises(RecipeError, match=r"\[student\]: model 'kwt' only teaches: .*; known students: auto"):
        check_student("kwt", {}, where="recipe [student]")
    with pytest.raises(RecipeError, match="no parameter 'width'; known parameters: depth, dim, heads, mlp"):
        check_student("kwt", {"width": 3}, where="recipe [student]")
    check_student("dscnn", {}, where="recipe [student]")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("params", "thousands"),
    [
        ({}, 607),
        ({"dim": 128, "heads": 2, "mlp": 512}, 2394),
        ({"dim": 192, "heads": 3, "mlp": 768}, 5361),
    ],
)
def test_its_three_sizes_are_those_of_the_papers_table(params, thousands):
    model = build_model("kwt", frames=98, bins=40, classes=12, params=params)
    # The paper's attention has no biases in its queries, keys and values: 0.4 % of the smallest.
    assert model.count_params() == pytest.approx(1000 * thousands, rel=0.005)


@pytest.mark.slow
def test_tokens_are_projected_frames_and_the_class_token_plus_positions():
    from tinykd._keras import keras

    model = build_model("kwt", frames=6, bins=4, classes=3, params=SMALL)
    kernel, positions = model.get_layer("tokens").get_weights()
    x = np.random.default_rng(0).normal(size=(2, 6, 1, 4)).astype("f4")
    got = keras.Model(model.inputs, model.get_layer("tokens").output)(x).numpy()
    np.testing.assert_allclose(got[:, 1:], x[:, :, 0] @ kernel + positions[1:], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(got[:, 0], np.repeat(positions[:1], 2, axis=0))


@pytest.mark.slow
@pytest.mark.parametrize(("depth", "taps"), [(1, 1), (2, 2), (3, 3), (12, 3)])
def test_taps_are_the_frames_in_order_each_trained_by_the_logits(depth, taps):
    from tinykd._keras import keras, tf
    from tinykd.distill.taps import tap_layers, tap_shapes

    model = build_model("kwt", frames=6, bins=4, classes=3, params={**SMALL, "depth": depth})
    assert [layer.name for layer in tap_layers(model)] == [f"tap_{i}" for i in range(taps)]
    assert tap_shapes(model) == [(6, 1, 16)] * taps
    tapped = keras.Model(model.inputs, [model.output, *(layer.output for layer in tap_layers(model))])
    with tf.GradientTape() as tape:
        logits, *found = tapped(np.random.default_rng(0).normal(size=(2, 6, 1, 4)).astype("f4"))
    assert all(tap.shape == (2, 6, 1, 16) for tap in found)
    assert all(gradient is not None for gradient in tape.gradient(logits, found))


@pytest.mark.slow
def test_the_order_of_frames_counts():
    model = build_model("kwt", frames=6, bins=4, classes=3, params=SMALL)
    x = np.random.default_rng(0).normal(size=(1, 6, 1, 4)).astype("f4")
    assert np.abs(model(x).numpy() - model(x[:, ::-1]).numpy()).max() > 1e-3


@pytest.mark.slow
def test_a_saved_teacher_is_loaded_without_its_module(tmp_path):
    from tinykd._keras import keras

    model = build_model("kwt", frames=6, bins=4, classes=3, params=SMALL)
    model.save(tmp_path / "teacher.keras")
    x = np.random.default_rng(0).normal(size=(3, 6, 1, 4)).astype("f4")
    loaded = keras.models.load_model(tmp_path / "teacher.keras", compile=False)
    np.testing.assert_array_equal(loaded(x).numpy(), model(x).numpy())


@pytest.mark.slow
def test_a_short_training_teaches_it_which_half_is_loud():
    from tinykd._keras import keras

    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 256)
    x = rng.normal(size=(256, 6, 1, 4)).astype("f4")
    x[labels == 0, :3] += 1.0
    x[labels == 1, 3:] += 1.0
    model = build_model("kwt", frames=6, bins=4, classes=2, params={**SMALL, "depth": 2})
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(5e-3), loss, metrics=["accuracy"])
    before = model.evaluate(x, labels, verbose=0)[0]
    model.fit(x, labels, epochs=20, batch_size=32, verbose=0)
    after, accuracy = model.evaluate(x, labels, verbose=0)
    assert after < 0.5 * before
    assert accuracy > 0.9
