"""Models and real recordings that several tests share; its place puts tests/ on the import path."""

from __future__ import annotations

import gzip
import tarfile
from pathlib import Path

import numpy as np
import pytest
from recordings import pack, read_wav, write_wav


def _int8(model, seed: int) -> bytes:
    """Give `model` random weights and statistics and convert it on random calibration data."""
    from tinykd._keras import tf

    rng = np.random.default_rng(seed)
    for weight in model.weights:
        if "moving_variance" in weight.name:
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
        elif any(kind in weight.name for kind in ("beta", "moving_mean", "bias")):
            weight.assign(rng.normal(0, 0.2, weight.shape))
        else:
            fan_in = np.prod(weight.shape[:2] if "depthwise" in weight.name else weight.shape[:-1])
            weight.assign(rng.normal(0, 1.5 * fan_in**-0.5, weight.shape))
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    shape = (1, *model.input_shape[1:])
    converter.representative_dataset = lambda: (
        [rng.normal(size=shape).astype(np.float32)] for _ in range(20)
    )
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    return converter.convert()


@pytest.fixture(scope="session")
def ds_cnn_bytes() -> bytes:
    """The keyword-spotting network of MLPerf Tiny (Banbury et al. 2021), random weights, as int8."""
    from tinykd._keras import keras

    layers = keras.layers
    entry = x = layers.Input((49, 10, 1), batch_size=1)
    x = layers.Conv2D(64, (10, 4), strides=2, padding="same", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    for _ in range(4):
        x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
        x = layers.Conv2D(64, 1, use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.Flatten()(layers.AveragePooling2D((25, 5))(x))
    return _int8(keras.Model(entry, layers.Softmax()(layers.Dense(12)(x))), 1)


@pytest.fixture(scope="session")
def temporal_bytes() -> bytes:
    """A temporal network: (k, 1) kernels over mel bands as channels, a shortcut, a mean, a dense layer."""
    from tinykd._keras import keras

    layers = keras.layers
    entry = layers.Input((49, 40, 1), batch_size=1)
    x = layers.Conv2D(16, (9, 1), padding="same", use_bias=False)(layers.Reshape((49, 1, 40))(entry))
    shortcut = x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.DepthwiseConv2D((9, 1), padding="same", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.BatchNormalization()(layers.Conv2D(16, 1, use_bias=False)(x))
    x = layers.ReLU()(layers.Add()([x, shortcut]))
    x = layers.ReLU()(layers.Conv2D(24, (9, 1), strides=(2, 1), padding="same")(x))
    return _int8(keras.Model(entry, layers.Dense(12)(layers.GlobalAveragePooling2D()(x))), 2)


@pytest.fixture(scope="session")
def clips(named_clips):
    """[399, 16000] int16: the keyword pack's clips, shorter ones followed by silence."""
    return named_clips[0]


@pytest.fixture(scope="session")
def named_clips():
    """(clips, [399] the folder that each lies in, its word)."""
    found, words = [], []
    with tarfile.open(pack("kws_commands_12", "sc_kws12_eval.tar.xz")) as tar:
        for member in tar:
            if member.name.endswith(".wav"):
                found.append(np.pad(read_wav(tar.extractfile(member).read()), (0, 16000))[:16000])
                words.append(Path(member.name).parent.name)
    return np.stack(found), np.array(words)


@pytest.fixture(scope="session")
def words_wav(clips, tmp_path_factory):
    """A dozen clips of words in a row and a bit, whose end is no whole hop."""
    samples = np.concatenate([clips[5::33].ravel(), clips[0, :3333]])
    return write_wav(tmp_path_factory.mktemp("words") / "clips.wav", samples)


@pytest.fixture(scope="session")
def wake_wav(tmp_path_factory):
    """People saying "computer", then other wake words: the first clips of the pack, some 20 s."""
    found = {"computer": [], "alexa": [], "jarvis": []}
    with tarfile.open(pack("wake_word", "wake_word_clips.tar.gz")) as tar:
        for member in tar:
            word = Path(member.name).parent.name
            if member.name.endswith(".wav") and len(found.get(word, [0] * 3)) < 3:
                found[word].append(read_wav(tar.extractfile(member).read()))
            if min(map(len, found.values())) == 3:
                break
    samples = np.concatenate([clip for clips in found.values() for clip in clips])
    return write_wav(tmp_path_factory.mktemp("wake") / "computer.wav", samples)


@pytest.fixture(scope="session")
def takes_csv(tmp_path_factory):
    """Three digits drawn in the air with a phone, one after the other, as CSV with its uneven times."""
    found = np.load(pack("gesture", "imu_digits.npz"))
    rows = found["offsets"][3]
    times = np.cumsum(np.maximum(np.diff(found["time_ms"][:rows], prepend=0), 4))
    path = tmp_path_factory.mktemp("takes") / "digits.csv"
    columns = np.column_stack([times, found["signals"][:rows]])
    head = "time_ms,acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z"
    np.savetxt(path, columns, delimiter=",", header=head, comments="", fmt="%.7g")
    return path


@pytest.fixture(scope="session")
def fan_csv(tmp_path_factory):
    """A minute and a half of the fan at two speeds, as CSV."""
    with gzip.open(pack("anomaly", "fan_vibration.csv.gz"), "rt") as file:
        head = file.readline().strip().split(",")
        columns = [head.index(axis) for axis in ("x", "y", "z")]
        rows = np.loadtxt(file, delimiter=",", usecols=columns, max_rows=4200)
    path = tmp_path_factory.mktemp("fan") / "fan.csv"
    np.savetxt(path, rows, delimiter=",", header="x,y,z", comments="", fmt="%.6g")
    return path
