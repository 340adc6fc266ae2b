"""How much slower each layer learns than the last one."""

from __future__ import annotations

from typing import Any


def layer_rates(model: Any, *, decay: float) -> dict[Any, float]:
    """Return a factor of the learning rate for each trainable variable, by its `ref()`.

    The last layer with weights has 1, each one before it `decay` times the next one's. Parallel
    branches of one block stand on one step.

    Args:
      model: Keras model, layers in order from the input.
      decay: above 0, to 1.

    Source: Howard and Ruder 2018, ULMFiT, arXiv:1801.06146, discriminative fine-tuning.
    """
    steps: list[tuple[str, list[Any]]] = []
    for layer in model.layers:
        if not layer.trainable_variables:
            continue
        block = str(layer.name).split("__", 1)[0]
        if not steps or steps[-1][0] != block:
            steps.append((block, []))
        steps[-1][1].extend(layer.trainable_variables)
    return {
        variable.ref(): decay**back
        for back, (_, variables) in enumerate(reversed(steps))
        for variable in variables
    }
