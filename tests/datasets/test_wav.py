import io

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from tinykd.datasets.wav import fit_length, read_clip
from tinykd.errors import DataError

RAMP = np.arange(-400, 400, dtype=np.int16)


def encoded(samples, *, rate_hz=16000, subtype=None, form="WAV"):
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, subtype=subtype, format=form)
    return file.getvalue()


def wav_bytes(samples, *, rate_hz=16000):
    """16-bit PCM WAV with the 44-byte header; two columns are stereo."""
    return encoded(np.asarray(samples, dtype=np.int16), rate_hz=rate_hz, subtype="PCM_16")


def test_16_bit_pcm_at_the_wanted_rate_comes_out_sample_for_sample(tmp_path):
    (tmp_path / "x.wav").write_bytes(wav_bytes(RAMP))
    clip = read_clip(tmp_path / "x.wav", sample_rate_hz=16000)
    assert clip.dtype == np.int16
    np.testing.assert_array_equal(clip, RAMP)


@pytest.mark.parametrize(
    ("subtype", "form"),
    [
        ("PCM_16", "FLAC"),
        ("PCM_24", "WAV"),
        ("PCM_32", "WAV"),
        ("FLOAT", "WAV"),
        ("PCM_16", "AIFF"),
        ("PCM_16", "WAVEX"),
    ],
)
def test_other_lossless_encodings_give_the_same_samples(subtype, form):
    data = encoded(RAMP / 32768.0, subtype=subtype, form=form)
    np.testing.assert_array_equal(read_clip(data, sample_rate_hz=16000), RAMP)


def test_stereo_is_the_mean_of_the_channels():
    both = np.stack([RAMP, RAMP + 10], axis=1)
    np.testing.assert_array_equal(read_clip(wav_bytes(both), sample_rate_hz=16000), RAMP + 5)


def test_floats_beyond_full_scale_are_clipped():
    data = encoded(np.array([2.0, -2.0, 0.5]), subtype="FLOAT")
    np.testing.assert_array_equal(read_clip(data, sample_rate_hz=16000), [32767, -32768, 16384])


def test_absurdly_large_floats_are_full_scale_at_any_rate():
    data = encoded(np.full(4000, -1e308), subtype="DOUBLE", rate_hz=8000)
    with np.errstate(all="raise"):
        clip = read_clip(data, sample_rate_hz=16000)
    assert (clip[3000:5000] <= -32767).all()  # the ends ring


@pytest.mark.parametrize("rate_hz", [8000, 22050, 44100, 48000])
def test_another_rate_is_resampled_so_that_a_tone_stays_that_tone(rate_hz):
    def tone(rate):
        return 8000 * np.sin(2 * np.pi * 1000 * np.arange(rate) / rate)

    clip = read_clip(wav_bytes(np.rint(tone(rate_hz)), rate_hz=rate_hz), sample_rate_hz=16000)
    assert abs(len(clip) - 16000) <= 1
    middle = slice(4000, 12000)  # the ends ring
    # Rounding at both ends (one step) and the filter's ripple (100 dB down) stay below three steps.
    assert np.abs(clip[middle] - tone(16000)[middle]).max() < 3


def test_what_is_above_half_the_new_rate_is_gone():
    high = np.rint(8000 * np.sin(2 * np.pi * 7000 * np.arange(16000) / 16000))
    clip = read_clip(wav_bytes(high), sample_rate_hz=8000)
    assert np.abs(clip[1000:-1000]).max() < 10


WHOLE = wav_bytes(RAMP)
NAN = encoded(np.array([0.0, np.nan]), subtype="FLOAT")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"hello, this is text", "not a recording"),
        (WHOLE[:-1], "cut short: the header says 1600 bytes of sound, 1599 are there"),
        (WHOLE[:44], "cut short: the header says 1600 bytes of sound, 0 are there"),
        (WHOLE[:30], "no data chunk"),
        (WHOLE[:12], "no data chunk"),
        (wav_bytes([]), "holds no sound"),
        (WHOLE[:8] + b"AVI " + WHOLE[12:], "not a WAV"),
        (WHOLE[:12] + WHOLE[36:], "nothing of its format"),
        (WHOLE[:22] + b"\x09\x00" + WHOLE[24:], "9 channels"),
        (WHOLE[:24] + b"\x01\x00\x00\x00" + WHOLE[28:], "1 Hz"),
        (WHOLE[:40] + b"\x3f\x06\x00\x00" + WHOLE[44:-1], "not whole frames"),
        (encoded(RAMP / 32768.0, form="FLAC")[:-200], ""),
        (encoded(RAMP / 32768.0, form="AIFF")[:-2], "cut short: the AIFF header"),
        (b"OggS" + bytes(60), "not a recording"),
        (NAN, "not numbers"),
    ],
    ids=range(16),  # an encoder writes the time of day into its file, and a name must not change
)
def test_a_bad_recording_is_named_with_what_is_wrong(tmp_path, data, said):
    path = tmp_path / "bed" / "x.wav"
    path.parent.mkdir()
    path.write_bytes(data)
    with pytest.raises(DataError) as caught:
        read_clip(path, sample_rate_hz=16000)
    assert str(caught.value).startswith(f"{path}: ")
    assert said in caught.value.what
    assert "WAV" in caught.value.allowed


def test_a_recording_that_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(DataError, match=r"gone\.wav: cannot be read"):
        read_clip(tmp_path / "gone.wav", sample_rate_hz=16000)


def test_short_recordings_get_zeros_at_the_end():
    np.testing.assert_array_equal(fit_length(np.array([3, 4], np.int16), 5), [3, 4, 0, 0, 0])
    np.testing.assert_array_equal(fit_length(np.array([3, 4], np.int16), 2), [3, 4])


@given(st.lists(st.integers(-32768, 32767), min_size=1, max_size=60), st.integers(1, 40))
def test_of_long_recordings_the_loudest_window_is_taken_the_first_of_equals(values, samples):
    audio = np.array(values, np.int16)
    fitted = fit_length(audio, samples)
    assert fitted.shape == (samples,)
    if len(values) > samples:
        # By hand: every window's energy in Python's own integers.
        energies = [sum(v * v for v in values[i : i + samples]) for i in range(len(values) - samples + 1)]
        start = energies.index(max(energies))
        assert fitted.tolist() == values[start : start + samples]


def decodes_or_data_error(data):
    try:
        clip = read_clip(data, sample_rate_hz=16000)
    except DataError:
        return
    assert clip.dtype == np.int16
    assert clip.ndim == 1
    assert len(clip) > 0


BASES = [WHOLE, wav_bytes(np.stack([RAMP, RAMP], axis=1), rate_hz=8000)] + [
    encoded(RAMP / 32768.0, subtype=subtype, form=form)
    for subtype, form in [
        ("FLOAT", "WAV"),
        ("PCM_U8", "WAV"),
        ("IMA_ADPCM", "WAV"),
        ("PCM_16", "FLAC"),
        ("PCM_16", "AIFF"),
    ]
]


@settings(max_examples=400, deadline=None)
@given(
    base=st.sampled_from(BASES),
    edits=st.lists(st.tuples(st.integers(0, 80), st.binary(min_size=1, max_size=4)), max_size=5),
    end=st.one_of(st.none(), st.integers(0, 2000)),
)
def test_any_change_of_a_recording_decodes_or_gives_a_data_error(base, edits, end):
    data = bytearray(base)
    for place, value in edits:
        data[place : place + len(value)] = value
    decodes_or_data_error(bytes(data[:end]))


@settings(deadline=None)
@given(
    magic=st.sampled_from([b"", b"RIFF\x10\0\0\0WAVE", b"RIFF\x10\0\0\0WAVEfmt ", b"fLaC", b"FORM"]),
    rest=st.binary(),
)
def test_any_bytes_decode_or_give_a_data_error(magic, rest):
    decodes_or_data_error(magic + rest)
