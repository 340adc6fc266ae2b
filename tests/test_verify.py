import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from tflite_models import OP, Graph, classifier, classifier_graph, random_inputs

from tinykd.compress.slim import slim
from tinykd.errors import ModelError
from tinykd.tflm import TflmModel
from tinykd.verify import scores, verify

MODEL = classifier()


def relu6_model() -> bytes:
    # real 6 is 6 / 0.05 = 120 steps above zero point -60.
    graph = Graph()
    graph.inputs = [graph.tensor([1, 5], scale=0.05, zero=-60)]
    graph.outputs = [graph.tensor([1, 5], scale=0.05, zero=-60)]
    graph.op(OP.RELU6, graph.inputs, graph.outputs)
    return graph.pack()


def test_outputs_are_those_worked_by_hand():
    inputs = np.array([[-128, -60, 0, 60, 127], [-61, -59, 59, 61, 1]], np.int8)
    expected = np.array([[-60, -60, 0, 60, 60], [-60, -59, 59, 60, 1]], np.int8)
    np.testing.assert_array_equal(TflmModel(relu6_model()).run(inputs), expected)


def test_many_samples_come_back_in_order_whatever_the_split():
    inputs = np.random.default_rng(0).integers(-128, 128, (301, 5), dtype=np.int8)
    np.testing.assert_array_equal(TflmModel(relu6_model()).run(inputs), np.clip(inputs, -60, 60))


def test_the_loaded_model_says_its_scales_shapes_and_memory():
    model = TflmModel(MODEL)
    assert model.input.shape == (1, 8, 4, 1)
    assert model.input.scale == pytest.approx(0.03, rel=1e-7)
    assert (model.input.zero_point, model.output.zero_point) == (-5, -128)
    arena = model.arena()
    # Largest moment: two [8, 4, 4] int8 activations and a third (ADD), 128 bytes each.
    assert arena.arena_head_bytes >= 384
    assert arena.arena_bytes > arena.arena_head_bytes


def test_inputs_are_quantised_by_the_models_own_numbers():
    model = TflmModel(relu6_model())
    values = np.array([[0.0, 0.05, -0.12, 100.0, -100.0]], np.float32)
    np.testing.assert_array_equal(model.quantise_input(values), [[-60, -59, -62, 127, -128]])
    np.testing.assert_allclose(model.dequantise_output(np.array([-60, 60], np.int8)), [0.0, 6.0], atol=1e-6)


def test_wrong_inputs_are_refused():
    model = TflmModel(relu6_model())
    with pytest.raises(ModelError, match=r"inputs are float32 \[5\] a sample; give int8 \[5\]"):
        model.run(np.zeros((2, 5), np.float32))
    with pytest.raises(ModelError, match=r"inputs are int8 \[4\]"):
        model.run(np.zeros((2, 4), np.int8))
    assert model.run(np.zeros((0, 5), np.int8)).shape == (0, 5)


def test_an_arena_too_small_is_one_line_in_tflms_own_words(capfd):
    for arena_bytes in (0, 100, 1500):
        with pytest.raises(
            ModelError, match=r"TFLite Micro refuses it \(.*\): .*(Failed to|Too many)"
        ) as caught:
            TflmModel(MODEL, arena_bytes=arena_bytes)
        assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_what_makes_tflm_refuse_or_crash_is_a_model_error():
    graph = classifier_graph()
    graph.operators[0].inputs = graph.operators[0].inputs[:1]  # a convolution without weights
    with pytest.raises(ModelError, match="TFLite Micro refuses it"):
        TflmModel(graph.pack())
    with pytest.raises(ModelError, match=r"crashed with signal \d+.*Failed to allocate"):
        TflmModel(MODEL, arena_bytes=100)  # the interpreter writes to the null it was given


def test_a_model_without_scale_or_with_two_inputs_is_refused():
    graph = classifier_graph()
    graph.tensors[1].quantization = None
    with pytest.raises(ModelError, match="its input has no scale"):
        TflmModel(graph.pack())
    graph = classifier_graph()
    graph.inputs = [1, 1]
    with pytest.raises(ModelError, match="2 inputs and 1 outputs"):
        TflmModel(graph.pack())


def test_the_worker_needs_neither_the_folder_nor_tensorflow(tmp_path):
    (tmp_path / "json.py").write_text("raise SystemExit('taken from the working folder')")
    code = (
        "import sys, numpy; from tinykd.tflm import TflmModel; m = TflmModel(sys.stdin.buffer.read());"
        "assert m.run(numpy.zeros((1, 5), 'int8')).tolist() == [[0] * 5]; assert 'tensorflow' not in sys.modules"
    )
    env = {**os.environ, "PYTHONPATH": ""}
    subprocess.run([sys.executable, "-P", "-c", code], input=relu6_model(), cwd=tmp_path, env=env, check=True)


def test_verify_reports_what_was_measured():
    model = TflmModel(MODEL)
    inputs = random_inputs(model.input.shape, 40)
    outputs = model.run(inputs)
    labels = outputs.argmax(axis=1)
    labels[:10] = (labels[:10] + 1) % 3
    report = verify(slim(MODEL), inputs=inputs, labels=labels, reference_bytes=MODEL)
    assert report["bit_exact"] is True
    assert report["samples"] == 40
    assert report["accuracy"] == 0.75
    assert report["runtime"] == "tflite-micro"
    assert report["ops"][0] == {"name": "ADD", "count": 1}
    assert report["arena_bytes"] > report["arena_head_bytes"] > 0
    assert report["outputs_sha256"] == hashlib.sha256(outputs.tobytes()).hexdigest()


def test_verify_sees_a_model_that_differs():
    inputs = random_inputs((1, 8, 4, 1), 20)
    report = verify(classifier(1), inputs=inputs, labels=np.zeros(20, int), reference_bytes=MODEL)
    assert report["bit_exact"] is False


def test_verify_refuses_labels_that_do_not_fit():
    inputs = random_inputs((1, 8, 4, 1), 2)
    for labels in ([0, 3], [0], [-1, 0]):
        with pytest.raises(ModelError, match="give one label of 0..2 a sample"):
            verify(MODEL, inputs=inputs, labels=np.array(labels))


def test_scores_are_those_worked_by_hand():
    # class 0: 2 of 3 right, class 2: 0 of 1 right, class 1 does not occur.
    accuracy, macro_recall = scores(np.array([0, 0, 1, 1]), np.array([0, 0, 0, 2]))
    assert accuracy == 0.5
    assert macro_recall == pytest.approx((2 / 3 + 0) / 2)
