"""What every loss keeps: one value an example, finite gradients, nothing where nothing is to learn."""

import inspect

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # imports TensorFlow

BATCH = 6
MAP, OTHER_CHANNELS, VECTOR, CLASSES = (BATCH, 5, 3, 4), (BATCH, 5, 3, 7), (BATCH, 8), (BATCH, 4)

# name: teacher's shape, student's shape, parameters, whether equal inputs have no loss
LOSSES = {
    "attention_transfer": (MAP, OTHER_CHANNELS, {"power": 2.0}, True),
    "crd": (VECTOR, VECTOR, {"temperature": 0.07}, False),
    "decoupled": (CLASSES, CLASSES, {"alpha": 1.0, "beta": 8.0, "temperature": 4.0}, True),
    "dist": (CLASSES, CLASSES, {"beta": 1.0, "gamma": 1.0, "temperature": 1.0}, True),
    "gram": (MAP, MAP, {}, True),
    "hint": (MAP, MAP, {}, True),
    "kd_kl": (CLASSES, CLASSES, {"temperature": 4.0}, True),
    "ofa": (CLASSES, CLASSES, {"epsilon": 1.5}, False),
    "relational": (MAP, OTHER_CHANNELS, {"distance": 25.0, "angle": 50.0}, True),
    "score_huber": ((BATCH, 1), (BATCH, 1), {"bend": 0.5, "ceiling": 8.0}, True),
    "similarity": (MAP, OTHER_CHANNELS, {}, True),
    "squared_distance": (MAP, MAP, {}, True),
}
# Those of more tensors, as functions of one teacher and one student, and what is no loss.
OF_MORE_TENSORS = {"cross_entropy", "fsp", "time_axis"}
NO_LOSS = {"resample_time", "standardise", "teachers"}
LABELS = np.eye(4, dtype="f4")[[0, 1, 2, 3, 1, 0]]


def _value(name, teacher, student, labels=LABELS):
    from tinykd.distill import losses

    params = LOSSES[name][2]
    if name in ("decoupled", "ofa"):
        return getattr(losses, name)(teacher, student, labels, **params)
    return getattr(losses, name)(teacher, student, **params)


def _gradient(name, teacher, student):
    from tinykd._keras import tf

    student = tf.Variable(student)
    with tf.GradientTape() as tape:
        loss = _value(name, teacher, student)
    return loss.numpy(), tape.gradient(loss, student).numpy()


def _pair(name, seed=0):
    rng = np.random.default_rng(seed)
    teacher, student = LOSSES[name][:2]
    return rng.normal(size=teacher).astype("f4"), rng.normal(size=student).astype("f4")


def test_every_loss_is_held_to_the_contract():
    from tinykd.distill import losses

    assert set(losses.__all__) == set(LOSSES) | OF_MORE_TENSORS | NO_LOSS


@pytest.mark.parametrize("name", LOSSES)
def test_parameters_come_by_name_and_have_no_defaults(name):
    from tinykd.distill import losses

    signature = inspect.signature(getattr(losses, name))
    named = {key for key, p in signature.parameters.items() if p.kind is p.KEYWORD_ONLY}
    assert named == set(LOSSES[name][2])
    assert all(signature.parameters[key].default is inspect.Parameter.empty for key in named)


@pytest.mark.parametrize("name", LOSSES)
def test_one_finite_value_an_example_and_a_gradient_that_teaches(name):
    loss, gradient = _gradient(name, *_pair(name))
    assert loss.shape == (BATCH,)
    assert loss.dtype == np.float32
    assert np.all(np.isfinite(loss))
    assert np.all(loss >= 0)
    assert np.all(np.isfinite(gradient))
    assert np.any(gradient != 0)


@pytest.mark.parametrize("name", LOSSES)
def test_equal_inputs_have_a_finite_gradient_and_no_loss_where_there_is_nothing_to_learn(name):
    teacher, _ = _pair(name)
    loss, gradient = _gradient(name, teacher, teacher)
    assert np.all(np.isfinite(gradient))
    if LOSSES[name][3]:
        np.testing.assert_allclose(loss, 0, atol=1e-5)
        np.testing.assert_allclose(gradient, 0, atol=1e-5)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("dead", ["student", "teacher", "both"])
def test_zeros_have_a_finite_value_and_a_finite_gradient(name, dead):
    teacher, student = _pair(name)
    teacher, student = teacher * (dead == "student"), student * (dead == "teacher")
    loss, gradient = _gradient(name, teacher, student)
    assert np.all(np.isfinite(loss))
    assert np.all(np.isfinite(gradient))


@pytest.mark.parametrize("name", LOSSES)
def test_equal_examples_in_a_batch_have_a_finite_gradient(name):
    teacher, student = _pair(name)
    loss, gradient = _gradient(
        name, np.repeat(teacher[:1], BATCH, axis=0), np.repeat(student[:1], BATCH, axis=0)
    )
    assert np.all(np.isfinite(loss))
    assert np.all(np.isfinite(gradient))


@pytest.mark.parametrize("name", LOSSES)
def test_another_order_of_the_batch_gives_the_same_values_in_that_order(name):
    teacher, student = _pair(name)
    order = np.array([3, 1, 5, 0, 4, 2])
    straight = _value(name, teacher, student).numpy()
    other = _value(name, teacher[order], student[order], LABELS[order]).numpy()
    np.testing.assert_allclose(other, straight[order], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_a_few_steps_down_the_gradient_lower_the_loss(name):
    teacher, student = _pair(name)
    before, gradient = _gradient(name, teacher, student)
    step = 1e-3 / np.abs(gradient).max()
    for _ in range(5):
        student = student - step * _gradient(name, teacher, student)[1]
    assert _value(name, teacher, student).numpy().sum() < before.sum()


@pytest.mark.parametrize("name", LOSSES)
def test_a_compiled_step_with_a_batch_of_any_size_gives_the_same(name):
    from tinykd._keras import tf

    teacher, student = _pair(name)
    shapes = [tf.TensorSpec((None, *x.shape[1:]), tf.float32) for x in (teacher, student, LABELS)]
    compiled = tf.function(lambda t, s, labels: _value(name, t, s, labels), input_signature=shapes)
    expected = _value(name, teacher, student).numpy()
    np.testing.assert_allclose(compiled(teacher, student, LABELS).numpy(), expected, rtol=1e-5, atol=1e-6)
