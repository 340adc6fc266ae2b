"""Keyword Transformer: every frame is a token, self-attention is the whole body. A teacher only.

Post-norm blocks, learned positions and a class token as in Berg et al. 2021,
arXiv:2104.00769. The defaults are its KWT-1; KWT-2 is dim 128, heads 2, mlp 512, and KWT-3 dim
192, heads 3, mlp 768.
"""

from __future__ import annotations

from typing import Any

from tinykd._keras import keras

L = keras.layers
TAPS = 3


def build(
    *,
    frames: int,
    bins: int,
    classes: int,
    deploy: bool = False,
    dim: int = 64,
    heads: int = 1,
    depth: int = 12,
    mlp: int = 256,
) -> Any:
    """Build the model.

    Its taps are what the blocks at each third of the depth read (all blocks, if there are
    fewer than three). What the last block leaves in the frames is no tap: the
    logits do not depend on it, so nothing trains it.

    Args:
      frames: time steps, one token each.
      bins: mel bins or coefficients.
      classes: logits.
      deploy: ignored: there is no batch normalisation to fold.
      dim: size of a token.
      heads: attention heads, each of size dim / heads.
      depth: blocks.
      mlp: units between the two dense layers of a block.

    Returns:
      keras.Model: [batch, frames, 1, bins] float32 -> [batch, classes] logits; each tap
      is [batch, frames, 1, dim].
    """
    inputs = L.Input((frames, 1, bins), name="features")
    x = L.Reshape((frames, bins), name="frames")(inputs)
    # An empty frame in front becomes the class token, which its position alone makes.
    x = L.ZeroPadding1D((1, 0), name="class_token")(x)
    x = L.EinsumDense(
        "btf,fd->btd",
        (frames + 1, dim),
        bias_axes="td",
        bias_initializer=keras.initializers.TruncatedNormal(stddev=0.02),
        name="tokens",
    )(x)
    taps = min(TAPS, depth)
    read = {depth * (tap + 1) // taps - 1: f"tap_{tap}" for tap in range(taps)}
    for index in range(depth):
        if index in read:
            # In the path of the tokens, so that a model of taps is part of this one.
            own, rest = L.Cropping1D((0, frames))(x), L.Cropping1D((1, 0))(x)
            rest = L.Reshape((frames, 1, dim), name=read[index])(rest)
            x = L.Concatenate(axis=1)([own, L.Reshape((frames, dim))(rest)])
        x = _block(x, dim=dim, heads=heads, mlp=mlp, name=f"block{index}")
    x = L.Flatten(name="class")(L.Cropping1D((0, frames))(x))
    return keras.Model(inputs, L.Dense(classes, name="logits")(x), name="kwt")


def _block(x: Any, *, dim: int, heads: int, mlp: int, name: str) -> Any:
    """Apply self-attention, then two dense layers; each is added to its input and normalised."""
    y = L.MultiHeadAttention(heads, max(1, dim // heads), name=f"{name}_attention")(x, x)
    x = L.LayerNormalization(epsilon=1e-5, name=f"{name}_norm0")(L.Add(name=f"{name}_add0")([x, y]))
    y = L.Dense(mlp, activation="gelu", name=f"{name}_wide")(x)
    y = L.Dense(dim, name=f"{name}_narrow")(y)
    return L.LayerNormalization(epsilon=1e-5, name=f"{name}_norm1")(L.Add(name=f"{name}_add1")([x, y]))
