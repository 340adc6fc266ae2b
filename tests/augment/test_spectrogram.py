import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinykd.augment.spectrogram import mask_spectrograms
from tinykd.recipe import AugmentSection


def distinct(n=20, frames=49, bins=40):
    """Features whose values are all different from each other and from their clips' means."""
    return np.random.default_rng(0).permutation(n * frames * bins).reshape(n, frames, bins).astype(np.float32)


@given(
    seed=st.integers(0, 1000),
    widest=st.tuples(st.integers(0, 60), st.integers(0, 60)),
    counts=st.tuples(st.integers(0, 3), st.integers(0, 3)),
)
def test_masks_are_whole_bars_within_the_limits_and_hold_the_mean(seed, widest, counts):
    section = AugmentSection(
        time_masks=counts[0], time_mask_frames=widest[0], mel_masks=counts[1], mel_mask_bins=widest[1]
    )
    features = distinct(n=6)
    made = mask_spectrograms(features, section=section, rng=np.random.default_rng(seed))
    assert made.dtype == np.float32
    masked = made != features
    for clip in range(6):
        frames, bins = masked[clip].all(axis=1), masked[clip].all(axis=0)
        if frames.all() or bins.all():
            continue
        np.testing.assert_array_equal(masked[clip], frames[:, None] | bins[None, :])
        assert frames.sum() <= counts[0] * widest[0]
        assert bins.sum() <= counts[1] * widest[1]
        mean = features[clip].mean(dtype=np.float64)
        np.testing.assert_allclose(made[clip][masked[clip]], mean, rtol=1e-5)


def test_every_width_up_to_the_limit_and_every_place_comes_up():
    section = AugmentSection(time_masks=1, time_mask_frames=3, mel_masks=0)
    features = distinct(n=2000, frames=10, bins=4)
    masked = (mask_spectrograms(features, section=section, rng=np.random.default_rng(0)) != features)[:, :, 0]
    counts = np.bincount(masked.sum(axis=1), minlength=4)
    assert counts[:4] == pytest.approx([500] * 4, abs=80)  # four standard deviations
    assert masked[:, 0].any()
    assert masked[:, 9].any()


def test_the_input_stays_and_the_seed_decides():
    features = distinct()
    before = features.copy()
    first = mask_spectrograms(features, section=AugmentSection(), rng=np.random.default_rng(5))
    np.testing.assert_array_equal(features, before)
    np.testing.assert_array_equal(
        first, mask_spectrograms(features, section=AugmentSection(), rng=np.random.default_rng(5))
    )
