"""Who is labelled, and who teaches whom."""

import numpy as np

from tinykd.distill.examples import UNLABELLED, Examples, epoch_order, labelled


def test_the_same_share_of_each_class_is_labelled_and_always_the_same_examples():
    labels = np.repeat(np.arange(3, dtype=np.int32), [10, 40, 3])
    some = labelled(labels, 0.1, seed=1)
    assert np.bincount(labels[some]).tolist() == [1, 4, 1]  # never none
    assert np.array_equal(some, labelled(labels, 0.1, seed=1))
    assert not np.array_equal(some, labelled(labels, 0.1, seed=2))
    assert np.array_equal(labelled(labels, 1.0, seed=1), np.arange(53))


def test_an_epoch_goes_through_the_chosen_examples_only_and_repeats_rare_known_classes():
    labels = np.array([0] * 8 + [1] * 2 + [UNLABELLED] * 4, np.int32)
    features = np.zeros((2, 14, 1, 1), np.float16)
    some = Examples(features=features, labels=labels, chosen=np.array([1, 3, 9]))
    assert sorted(epoch_order(some, seed=1, epoch=0)[0]) == [1, 3, 9]
    order, _ = epoch_order(Examples(features=features, labels=labels), seed=1, epoch=0, balance=0.5)
    assert np.bincount(labels[order] + 1).tolist() == [4, 8, 4]
