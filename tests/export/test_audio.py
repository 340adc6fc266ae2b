from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinykd.errors import RecipeError
from tinykd.export.audio import Scaling, check_exportable, scaling
from tinykd.export.segments import segments
from tinykd.features import front_end
from tinykd.features.log_mel import LogMel
from tinykd.recipe import FeatureSection
from tinykd.tflm import Quantisation


@pytest.mark.parametrize(
    "section",
    [
        FeatureSection(),
        FeatureSection(window_ms=40, fft_size=1024, mel_scale="slaney"),
        FeatureSection(mel_bins=5, low_hz=0.0, high_hz=8000.0),
    ],
)
def test_the_segments_are_the_filter_bank(section):
    front = LogMel(section, 16000)
    parts = segments(front.edges_hz, bin_hz=16000 / section.fft_size)
    bank = np.zeros_like(front.filters)
    for segment in range(section.mel_bins + 1):
        for place, index in enumerate(range(parts.first[segment], parts.first[segment + 1])):
            weight = parts.rise[segment] + place * parts.step[segment]
            if segment < section.mel_bins:
                bank[segment, index] += weight
            if segment > 0:
                bank[segment - 1, index] += 1 - weight
    np.testing.assert_allclose(bank, front.filters, atol=1e-12)


def test_one_step_of_scaling_is_standardising_and_quantising():
    found = scaling(mean=-3.0, deviation=4.0, quantisation=Quantisation((1,), 0.025, -6))
    # ln 2 / (4 * 0.025) a doubling; the mean lands on the zero point.
    assert found.scale == pytest.approx(6.931471805599453)
    assert found.offset + found.scale * (-3.0 / np.log(2)) == pytest.approx(-6)


@given(
    scale=st.floats(1e-3, 1e4),
    offset=st.floats(-1e5, 1e5),
    level=st.integers(-(2**28), 2**28),
)
def test_integers_scale_as_the_real_numbers_do_and_fit_64_bits(scale, offset, level):
    factor, shift, bias = Scaling(scale, offset).as_integers()
    assert 1 <= shift <= 62
    assert abs(factor) < 2**31
    assert abs(level * factor) + abs(bias) < 2**63
    exact = Fraction(level, 2**20) * Fraction(scale) + Fraction(offset)
    found = Fraction(level * factor + bias, 2**shift) - Fraction(1, 2)
    # The shift keeps at least 17 bits behind the point of an offset and 20 bits of a usual scale.
    assert abs(found - exact) <= abs(exact - Fraction(offset)) / 2**20 + Fraction(1, 2**18)


def test_what_the_c_front_end_cannot_be_is_refused():
    with pytest.raises(RecipeError, match=r"fft_size: 480 is no length .*; one of 32, 64"):
        check_exportable(front_end(FeatureSection(fft_size=480), 16000))
    check_exportable(front_end(FeatureSection(kind="mfcc"), 16000))
