"""The fold from training form to deploy form, and the table of models."""

import numpy as np
import pytest

from tinykd.errors import RecipeError
from tinykd.models import MODELS, build_model

pytestmark = pytest.mark.slow  # imports TensorFlow


def _shaken(model):
    """Give every batch normalisation statistics that a training could leave."""
    from tinykd._keras import keras

    rng = np.random.default_rng(3)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in layer.get_weights()])
    return model


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_deploy_form_computes_what_the_training_form_does(name):
    from tinykd.models.blocks import fold

    trained = _shaken(build_model(name, frames=49, bins=40, classes=5))
    deployed = build_model(name, frames=49, bins=40, classes=5, deploy=True)
    fold(trained, deployed)
    x = np.random.default_rng(1).normal(size=(2, *trained.input_shape[1:])).astype(np.float32)
    expected, got = trained(x, training=False).numpy(), deployed(x).numpy()
    # float32 sums of a few hundred terms, in another order
    np.testing.assert_allclose(got, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("name", sorted(MODELS))
def test_both_forms_have_the_same_taps_in_order(name):
    from tinykd.distill.taps import tap_layers, tap_shapes

    forms = [build_model(name, frames=49, bins=40, classes=5, deploy=deploy) for deploy in (False, True)]
    names = [[layer.name for layer in tap_layers(form)] for form in forms]
    assert names[0] == names[1] == [f"tap_{i}" for i in range(len(names[0]))]
    assert names[0]
    assert tap_shapes(forms[0]) == tap_shapes(forms[1])


def test_a_folded_branch_stands_in_the_middle_of_the_larger_kernel():
    from tinykd._keras import keras
    from tinykd.models import blocks

    def make(deploy):
        inputs = keras.layers.Input((9, 1, 1))
        x = blocks.depthwise(inputs, [(5, 1), (3, 1)], name="dw", deploy=deploy, relu=False)
        return keras.Model(inputs, x)

    trained, deployed = make(False), make(True)
    trained.get_layer("dw__conv0").set_weights([np.reshape([1.0, 2, 3, 4, 5], (5, 1, 1, 1))])
    trained.get_layer("dw__conv1").set_weights([np.reshape([10.0, 20, 30], (3, 1, 1, 1))])
    # gamma 1, beta 0.5, mean 2, variance such that gamma / sqrt(variance + epsilon) = 1
    statistics = [np.array([v]) for v in (1.0, 0.5, 2.0, 1.0 - blocks.EPSILON)]
    for branch in ("dw__bn0", "dw__bn1"):
        trained.get_layer(branch).set_weights(statistics)
    blocks.fold(trained, deployed)
    kernel, bias = deployed.get_layer("dw").get_weights()
    np.testing.assert_allclose(kernel.ravel(), [1, 12, 23, 34, 5], rtol=1e-6)
    np.testing.assert_allclose(bias, [2 * (0.5 - 2.0)], rtol=1e-6)


def test_an_unknown_model_lists_those_known():
    with pytest.raises(RecipeError, match=r"unknown model 'lstm'; known models: autoencoder, bcresnet"):
        build_model("lstm", frames=49, bins=40, classes=5)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"channels": 3}, "has no parameter 'channels'; known parameters: "),
        ({"stem": "wide"}, "'stem' is 'wide'; allowed: a whole number above 0"),
        ({"stem": 0}, "'stem' is 0"),
        ({"first_kernel": [3, -1]}, "allowed: a list of whole numbers above 0"),
    ],
)
def test_a_bad_parameter_is_named_with_what_is_allowed(params, words):
    with pytest.raises(RecipeError, match=words.replace("(", r"\(")):
        build_model("dscnn", frames=49, bins=40, classes=5, params=params)
