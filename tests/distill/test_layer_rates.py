"""Layers that learn slower the earlier they stand."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # TensorFlow


def a_model():
    from tinykd.models import build_model

    return build_model(
        "sparknet", frames=12, bins=6, classes=3, params={"stem": 4, "channels": 4, "depth": 3}
    )


def test_each_block_has_so_much_of_the_next_ones_rate_and_branches_share_one():
    from tinykd.distill.layer_rates import layer_rates

    model = a_model()
    rates = layer_rates(model, decay=0.5)
    assert len(rates) == len(model.trainable_variables)
    by_name = {
        layer.name: rates[layer.trainable_variables[0].ref()] for layer in model.layers if layer.weights
    }
    assert by_name["logits"] == 1.0
    assert by_name["block2_pw__conv0"] == by_name["block2_pw__bn0"] == 0.5
    assert by_name["block2_dw__conv0"] == by_name["block2_dw__conv1"] == 0.25
    assert by_name["stem__conv0"] == 0.5**7  # logits, three blocks of two, stem


def test_a_step_moves_each_variable_by_its_rate_of_the_plain_step():
    from tinykd._keras import be_deterministic, keras
    from tinykd.distill.batches import epoch_batches
    from tinykd.distill.examples import Examples
    from tinykd.distill.layer_rates import layer_rates
    from tinykd.distill.objective import Objective
    from tinykd.distill.step import shapes_of
    from tinykd.distill.training import _State
    from tinykd.recipe import DistillSection, TrainSection

    be_deterministic()
    rng = np.random.default_rng(0)
    examples = Examples(
        features=rng.normal(size=(1, 8, 12, 6)).astype(np.float16), labels=np.arange(8, dtype=np.int32) % 3
    )
    plain = {
        "classes": 3,
        "batch": 8,
        "seed": 1,
        "epoch": 0,
        "change": None,
        "mixup_alpha": 0.0,
        "balance": 0.0,
    }
    (batch,) = epoch_batches(examples, **plain)
    moves = []
    for decay in (1.0, 0.5):
        keras.utils.set_random_seed(1)
        model = a_model()
        before = [v.numpy() for v in model.trainable_variables]
        objective = Objective(shapes_of(model, DistillSection(methods=()), label_smoothing=0.0))
        state = _State(model, objective, TrainSection(layer_decay=decay, weight_decay=0.0))
        state.step(batch, 1e-3, 0.0)
        moves.append([v.numpy() - b for v, b in zip(model.trainable_variables, before, strict=True)])
        factors = layer_rates(model, decay=0.5)
        wanted = [factors[v.ref()] for v in model.trainable_variables]
    for whole, slowed, factor in zip(*moves, wanted, strict=True):
        np.testing.assert_allclose(slowed, factor * whole, rtol=1e-3, atol=1e-6)
