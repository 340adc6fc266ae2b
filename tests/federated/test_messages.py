"""A client's bytes are believed only when they are the logits that were asked for."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinykd.federated.messages import BadAnswer, agreement, consensus, pack, unpack

SHAPE = (5, 3)


def npy(array) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def logits(seed: int = 0):
    return np.random.default_rng(seed).normal(size=SHAPE).astype(np.float32)


def test_logits_come_back_as_they_were_sent():
    assert unpack(pack(logits()), shape=SHAPE).tobytes() == logits().tobytes()


def test_what_is_sent_is_the_array_and_numpys_header():
    assert [len(tensor) for tensor in pack(logits())] == [128 + 5 * 3 * 4]
    np.testing.assert_array_equal(np.load(io.BytesIO(pack(logits())[0])), logits())


@pytest.mark.parametrize(
    ("tensors", "why"),
    [
        ([], "its answer is empty"),
        ([b""], "its answer is empty"),
        (pack(logits()) * 2, "its answer has 2 tensors where 1 is wanted"),
        ([b"not an array"], "its answer is not an array"),
        ([npy(logits().T)], "its logits have the wrong shape, 3 x 5 where 5 x 3 is wanted"),
        ([npy(logits()[:4])], "its logits have the wrong shape, 4 x 3 where 5 x 3 is wanted"),
        ([npy(np.float32(1))], "its logits have the wrong shape, a single number where 5 x 3 is wanted"),
        ([npy(logits().astype(np.float64))], "its logits are float64, not float32 by row"),
        ([npy(np.asfortranarray(logits()))], "its logits are float32 by column, not float32 by row"),
        ([pack(logits())[0][:-1]], "its logits are 59 bytes, not 60"),
        ([pack(logits())[0] + b"x"], "its logits are 61 bytes, not 60"),
        (pack(np.where(np.eye(5, 3) > 0, np.nan, logits())), r"its logits hold NaN \(3 of 15 values\)"),
        (pack(np.where(np.eye(5, 3) > 0, np.inf, logits())), "its logits hold infinite values"),
    ],
)
def test_an_answer_of_another_kind_is_refused_with_the_reason(tensors, why):
    with pytest.raises(BadAnswer, match=f"^{why}$"):
        unpack(tensors, shape=SHAPE)


@given(st.lists(st.binary(max_size=300), max_size=3))
def test_any_bytes_are_logits_or_a_bad_answer(tensors):
    with contextlib.suppress(BadAnswer):
        assert unpack(tensors, shape=SHAPE).shape == SHAPE


@given(st.integers(0, 187), st.integers(0, 255))
def test_one_changed_byte_is_logits_or_a_bad_answer(place, value):
    changed = bytearray(pack(logits())[0])
    changed[place] = value
    with contextlib.suppress(BadAnswer):
        assert np.isfinite(unpack([bytes(changed)], shape=SHAPE)).all()


def test_a_header_that_promises_a_terabyte_takes_none():
    lie = pack(logits())[0].replace(b"(5, 3)", b"(5, 3" + b"0" * 11 + b")")
    with pytest.raises(BadAnswer):
        unpack([lie], shape=SHAPE)


def test_the_consensus_is_the_mean_and_knows_no_order_of_arrival():
    answers = {index: logits(index) * 10.0**index for index in range(4)}
    mean = consensus(answers)
    np.testing.assert_allclose(mean, np.mean(list(answers.values()), axis=0, dtype=np.float64), rtol=1e-6)
    assert consensus(dict(reversed(answers.items()))).tobytes() == mean.tobytes()
    assert consensus({2: answers[2]}).tobytes() == answers[2].tobytes()


def test_agreement_counts_the_likeliest_classes():
    one = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]], np.float32)
    other = np.array([[3.0, 0], [0, 3], [0, 3], [0, 3]], np.float32)
    # The mean says 0, 1, 1, 1: the first client is right 3 of 4 times, the second always.
    assert agreement({0: one, 1: other}, consensus({0: one, 1: other})) == 7 / 8
