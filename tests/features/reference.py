"""The same features, by librosa, a clip at a time."""

import librosa
import numpy as np


def librosa_log_mel(clip, section, sample_rate_hz):
    """[frames, mel_bins]. librosa centres a short window in the transform; padding the clip undoes that."""
    window = section.window_ms * sample_rate_hz // 1000
    spare = section.fft_size - window
    audio = np.pad(clip.astype(np.float32) / 32768, (spare // 2, spare - spare // 2))
    energy = librosa.feature.melspectrogram(
        y=audio,
        sr=sample_rate_hz,
        n_fft=section.fft_size,
        win_length=window,
        hop_length=section.hop_ms * sample_rate_hz // 1000,
        window="hann",
        center=False,
        power=2.0,
        n_mels=section.mel_bins,
        fmin=section.low_hz,
        fmax=section.high_hz,
        htk=section.mel_scale == "htk",
        norm=None if section.mel_norm == "none" else section.mel_norm,
    )
    return np.log(np.maximum(energy, section.log_floor)).T


def librosa_mfcc(clip, section, sample_rate_hz):
    """[frames, coefficients]."""
    log_mel = librosa_log_mel(clip, section, sample_rate_hz)
    return librosa.feature.mfcc(S=log_mel.T, n_mfcc=section.coefficients, dct_type=2, norm="ortho").T
