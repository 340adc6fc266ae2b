"""The front end in C gives the model what Python gave it in training."""

import numpy as np
import pytest
from finished_runs import dense_model
from front_ends import BODIES, CFrontEnd, quantised
from hypothesis import given, settings
from hypothesis import strategies as st

from tinykd.features import front_end
from tinykd.recipe import FeatureSection
from tinykd.tflm import Quantisation, TflmModel

SECTIONS = {
    "kws": FeatureSection(),
    "kws of 40 ms": FeatureSection(window_ms=40, fft_size=1024),
    "mfcc": FeatureSection(kind="mfcc"),
    "mfcc of 40 ms, slaney": FeatureSection(
        kind="mfcc", window_ms=40, fft_size=1024, mel_scale="slaney", mel_norm="slaney"
    ),
    "clip": FeatureSection(normalise="clip"),
    "band": FeatureSection(normalise="band"),
    "waveform": FeatureSection(kind="waveform", window_ms=10, hop_ms=10),
}


def fitted(features):
    """What a run's statistics and a converter's calibration would make of `features`."""
    mean, deviation = float(features.mean()), float(features.std())
    low, high = (float(edge(features) - mean) / deviation for edge in (np.min, np.max))
    scale = (high - low) / 255
    quantisation = Quantisation((1, *features.shape[1:], 1), scale, round(-128 - low / scale))
    return {"mean": mean, "deviation": deviation, "quantisation": quantisation}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("name", SECTIONS)
def test_of_real_clips_999_in_1000_inputs_are_equal_and_none_is_two_steps_off(name, body, clips, tmp_path):
    section = SECTIONS[name]
    features = front_end(section, 16000)(clips)
    fit = fitted(features)
    in_c = CFrontEnd(section, tmp_path, samples=16000, body=body, flags=("-O2",), **fit)(clips)
    steps = np.abs(in_c.astype(int) - quantised(features, **fit))
    assert steps.size > 150_000
    assert steps.max() <= 1
    assert (steps == 0).mean() >= 0.999


@pytest.mark.parametrize("body", BODIES)
def test_a_model_is_as_accurate_on_features_in_c(body, named_clips, tmp_path):
    clips, names = named_clips
    words, labels = np.unique(names, return_inverse=True)
    section = FeatureSection()
    features = front_end(section, 16000)(clips)
    fit = fitted(features) | {"quantisation": Quantisation((1, *features.shape[1:], 1), 0.02, -10)}
    inputs = quantised(features, **fit)
    # Ridge regression on half of the clips: a weak model, but one that has learnt these words.
    rows = inputs.reshape(len(inputs), -1) / 64.0
    half = np.arange(len(rows)) % 2 == 0
    kernel = rows[half] @ rows[half].T + 300.0 * np.eye(half.sum())
    weights = np.linalg.solve(kernel, np.eye(len(words))[labels[half]] - 1 / len(words)).T @ rows[half]
    model = TflmModel(dense_model(np.round(weights / np.abs(weights).max() * 127).astype(np.int8)))
    in_c = CFrontEnd(section, tmp_path, samples=16000, body=body, flags=("-O2",), **fit)(clips)
    answers = [model.run(one).reshape(len(one), -1).argmax(axis=1) for one in (inputs, in_c)]
    right = [int((answer == labels)[~half].sum()) for answer in answers]
    assert right[0] > 2 * half.sum() / len(words)  # far above chance
    assert right[1] == right[0]
    assert (answers[0] == answers[1]).mean() >= 0.99


def loudness_extremes():
    """[8, 16000] int16 that no microphone gives."""
    rng = np.random.default_rng(5)
    n = np.arange(16000)
    return np.stack(
        [
            np.zeros(16000),
            np.full(16000, -32768),
            np.where(n % 2, 32767, -32768),
            np.where(n // 8 % 2, 32767, -32768),
            np.where(n % 1600 == 0, -32768, 0),
            rng.choice([-32768, 32767], 16000),
            rng.integers(-1, 2, 16000),
            np.round(32767 * np.sin(n**2 * (np.pi / 32000))),
        ]
    ).astype(np.int16)


@pytest.mark.parametrize("body", BODIES)
def test_the_loudest_and_the_quietest_samples_are_within_a_step(body, tmp_path):
    clips = loudness_extremes()
    program = CFrontEnd(FeatureSection(), tmp_path, samples=16000, body=body)
    steps = np.abs(program(clips).astype(int) - quantised(program.front(clips)))
    assert steps.max() <= 1
    assert (steps == 0).mean() >= 0.999


@pytest.mark.parametrize("body", BODIES)
def test_every_sample_of_a_waveform_is_bent_as_in_python_and_cuts_make_no_difference(body, tmp_path):
    clips = np.concatenate(
        [np.arange(-32768, 32768).astype(np.int16).reshape(64, 1024), np.zeros((1, 1024), np.int16)]
    )
    section = FeatureSection(kind="waveform", window_ms=4, hop_ms=4)
    fit = {"mean": 0.01, "deviation": 1.7, "quantisation": Quantisation((1, 16, 64, 1), 0.026, 3)}
    program = CFrontEnd(section, tmp_path, samples=1024, body=body, **fit)
    assert program.shape == (16, 64)
    whole = program(clips)
    steps = np.abs(whole.astype(int) - quantised(program.front(clips), **fit))
    assert steps.max() <= 1  # where a bent sample lies between two steps
    assert (steps == 0).mean() >= 0.999
    np.testing.assert_array_equal(program(clips, push=7), whole)


@pytest.fixture(scope="module", params=BODIES)
def short(request, tmp_path_factory):
    """A front end of odd lengths: 10 frames of 200 samples, 80 apart, at 8 kHz."""
    section = FeatureSection(
        window_ms=25, hop_ms=10, fft_size=256, mel_bins=13, low_hz=100.0, high_hz=3900.0, mel_scale="slaney"
    )
    folder = tmp_path_factory.mktemp("short")
    return CFrontEnd(section, folder, samples=920 + 33, body=request.param, rate=8000)


@given(pcm=st.lists(st.integers(-32768, 32767), min_size=1, max_size=953), push=st.integers(1, 1000))
@settings(max_examples=40, deadline=None)
def test_any_samples_cut_anyhow_give_the_same(short, pcm, push):
    clip = np.resize(np.array(pcm, np.int16), short.samples)[None]
    np.testing.assert_array_equal(short(clip, push=push), short(clip))


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("fft_size", [32, 64, 128, 256, 512, 1024, 2048, 4096, 8192])
def test_every_length_of_transform_is_right(fft_size, body, tmp_path):
    section = FeatureSection(
        window_ms=fft_size // 16,
        hop_ms=1 if fft_size == 32 else fft_size // 64,
        fft_size=fft_size,
        mel_bins=3,
    )
    samples = fft_size + 3 * 16 * section.hop_ms
    noise = np.random.default_rng(fft_size).normal(0, 3000, (20, samples)).astype(np.int16)
    program = CFrontEnd(section, tmp_path, samples=samples, body=body)
    steps = np.abs(program(noise).astype(int) - quantised(program.front(noise)))
    assert steps.max() <= 1
    assert (steps == 0).mean() >= 0.99


@pytest.mark.parametrize("body", BODIES)
def test_hops_longer_than_the_window_skip_samples(body, tmp_path):
    section = FeatureSection(window_ms=10, hop_ms=25, fft_size=256, mel_bins=20)
    noise = np.random.default_rng(2).normal(0, 3000, (30, 4000)).astype(np.int16)
    program = CFrontEnd(section, tmp_path, samples=4000, body=body)
    assert program.shape == (10, 20)
    whole = program(noise)
    steps = np.abs(whole.astype(int) - quantised(program.front(noise)))
    assert steps.max() <= 1
    np.testing.assert_array_equal(program(noise, push=7), whole)


def test_the_multiplication_of_16_by_16_bits_gives_the_bits_of_the_long_one(clips, tmp_path):
    long = CFrontEnd(FeatureSection(), tmp_path, samples=16000, body="integer")(clips[::10])
    cortex_m0 = ("-D__ARM_ARCH=6", "-O1", "-fsanitize=undefined", "-fno-sanitize-recover=all")
    short = CFrontEnd(FeatureSection(), tmp_path, samples=16000, body="integer", flags=cortex_m0)
    np.testing.assert_array_equal(short(clips[::10]), long)
