from tflite_models import classifier, classifier_graph

from tinykd.compress.slim import slim
from tinykd.cost.macs import count
from tinykd.flatbuffer import read_model


def test_the_cost_of_a_small_classifier_is_that_worked_by_hand():
    cost = count(read_model(classifier()))
    rows = [(row.name, row.macs, row.params, row.weight_bytes) for row in cost.operators]
    assert rows == [
        # 8 * 4 * 4 outputs of 3 * 3 * 1 products; 36 weights, 4 biases of 4 bytes
        ("CONV_2D", 1152, 40, 52),
        # 8 * 4 * 4 outputs of 3 * 1 products; 12 weights, 4 biases
        ("DEPTHWISE_CONV_2D", 384, 16, 28),
        ("ADD", 0, 0, 0),
        ("AVERAGE_POOL_2D", 0, 0, 0),
        ("RESHAPE", 0, 0, 8),  # the shape: two int32
        ("FULLY_CONNECTED", 24, 27, 36),  # 3 outputs of 8 products; 24 weights, 3 biases
        ("SOFTMAX", 0, 0, 0),
    ]
    assert (cost.macs, cost.params, cost.weight_bytes) == (1560, 83, 124)
    assert cost.operators[0].output_shape == (1, 8, 4, 4)


def test_slimming_does_not_change_the_cost():
    assert count(read_model(slim(classifier()))) == count(read_model(classifier()))


def test_weights_that_two_operators_read_are_counted_once():
    graph = classifier_graph()
    graph.operators[1].inputs[2] = graph.operators[0].inputs[2]  # the depthwise takes the conv's bias
    cost = count(read_model(graph.pack()))
    assert cost.params == 83 - 4
    assert cost.macs == 1560


def test_a_convolution_without_bias_counts_its_weights_only():
    graph = classifier_graph()
    graph.operators[0].inputs = [*graph.operators[0].inputs[:2], -1]
    assert count(read_model(graph.pack())).operators[0].params == 36
