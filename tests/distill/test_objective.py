"""How methods become one number an example; expected values are put together by hand from the losses."""

import numpy as np
import pytest

from tinykd.distill.methods import METHODS
from tinykd.recipe import DistillSection

pytestmark = pytest.mark.slow  # TensorFlow

LABELS = np.eye(3, dtype="f4")[[0, 1, 2, 0]]
CLASSES = sorted(name for name, row in METHODS.items() if "classes" in row.outputs)


def shapes(section, **more):
    from tinykd.distill.step import Shapes

    given = {
        "label_smoothing": 0.1,
        "classes": 3,
        "student_taps": [(20, 2, 6), (10, 2, 6)],
        "teacher_taps": [(10, 1, 8), (5, 1, 12)],
        "tap_costs": [100.0, 300.0],
    }
    return Shapes(section=section, **{**given, **more})


def a_step(seed=0, *, labels=LABELS, teachers=1, progress=0.5):
    from tinykd._keras import tf
    from tinykd.distill.step import Step

    rng = np.random.default_rng(seed)

    def drawn(*shape):
        return tf.Variable(rng.normal(size=shape).astype("f4"))

    return Step(
        features=drawn(4, 20, 1, 5),
        labels=tf.constant(labels),
        logits=drawn(4, 3),
        taps=[drawn(4, 20, 2, 6), drawn(4, 10, 2, 6)],
        teacher_logits=drawn(4, teachers, 3),
        teacher_taps=[drawn(4, 10, 1, 8), drawn(4, 5, 1, 12)],
        frame_weights=np.ones((4, 20), "f4"),
        progress=tf.constant(progress),
    )


def a_peer():
    from tinykd._keras import keras

    keras.utils.set_random_seed(1)  # every peer starts alike
    inputs = keras.layers.Input((20, 1, 5))
    x = keras.layers.BatchNormalization()(keras.layers.Flatten()(inputs))
    return keras.Model(inputs, keras.layers.Dense(3)(x))


def objective(section, **more):
    from tinykd.distill.objective import Objective

    if "mutual" in section.methods:
        more["peers"] = [a_peer()]
    return Objective(shapes(section, **more))


@pytest.mark.parametrize("name", CLASSES)
def test_every_method_has_one_finite_value_an_example_and_teaches_the_student(name):
    from tinykd._keras import tf

    step = a_step()
    one = objective(DistillSection(methods=(name,)))
    with tf.GradientTape() as tape:
        loss = one(step)
        total = tf.reduce_sum(loss)
    assert loss.shape == (4,)
    assert np.isfinite(loss.numpy()).all()
    tapped = {"exits": step.taps[:1]}.get(
        METHODS[name].term, step.taps[-1:] if METHODS[name].asks_taps else []
    )
    gradients = tape.gradient(total, [step.logits, *tapped, *one.variables])
    assert all(g is not None and np.isfinite(g.numpy()).all() and np.any(g.numpy() != 0) for g in gradients)


@pytest.mark.parametrize("name", CLASSES)
def test_nothing_flows_to_the_teacher(name):
    from tinykd._keras import tf

    step = a_step()
    with tf.GradientTape() as tape:
        loss = objective(DistillSection(methods=(name,)))(step)
    assert tape.gradient(loss, [step.teacher_logits, *step.teacher_taps]) == [None, None, None]


@pytest.mark.parametrize("name", CLASSES)
def test_any_logits_loss_goes_with_any_other_loss(name):
    both = tuple(dict.fromkeys(["dkd", name]))
    step = a_step()
    section = DistillSection(methods=both)
    apart = [objective(DistillSection(methods=(one,)))(step).numpy() for one in both]
    together = objective(section)
    truth = together.truth(step).numpy()
    singles = [
        loss - objective(DistillSection(methods=(one,))).truth(step).numpy()
        for loss, one in zip(apart, both, strict=True)
    ]
    np.testing.assert_allclose(together(step).numpy(), truth + sum(singles), rtol=2e-5, atol=1e-6)


def test_the_weights_of_labels_and_teacher_sum_to_one():
    from tinykd.distill.losses import cross_entropy, kd_kl

    step = a_step()
    section = DistillSection(methods=("logits",), params={"logits": {"weight": 0.75, "temperature": 2.0}})
    expected = 0.25 * cross_entropy(LABELS, step.logits, label_smoothing=0.1) + 0.75 * kd_kl(
        step.teacher_logits[:, 0], step.logits, temperature=2.0
    )
    np.testing.assert_allclose(objective(section)(step).numpy(), expected.numpy(), rtol=1e-6)


def test_an_example_without_a_label_is_taught_by_the_teacher_alone():
    from tinykd.distill.losses import cross_entropy, kd_kl

    labels = LABELS * np.array([[1], [0], [1], [0]], "f4")
    step = a_step(labels=labels)
    section = DistillSection(methods=("logits",), params={"logits": {"weight": 0.5, "temperature": 1.0}})
    truth = cross_entropy(LABELS, step.logits, label_smoothing=0.1).numpy() * [0.5, 0, 0.5, 0]
    soft = 0.5 * kd_kl(step.teacher_logits[:, 0], step.logits, temperature=1.0).numpy()
    np.testing.assert_allclose(objective(section)(step).numpy(), truth + soft, rtol=1e-5)
    alone = objective(DistillSection(methods=("logits",), params=section.params, labels=False))
    np.testing.assert_allclose(alone(step).numpy(), soft, rtol=1e-5)


@pytest.mark.parametrize("name", ["dkd", "ofa"])
def test_a_missing_label_is_the_teachers_guess(name):
    step = a_step()
    guessed = np.eye(3, dtype="f4")[step.teacher_logits[:, 0].numpy().argmax(axis=1)]
    section = DistillSection(methods=(name,), labels=False)
    without = objective(section)(a_step(labels=0 * LABELS)).numpy()
    np.testing.assert_allclose(without, objective(section)(a_step(labels=guessed)).numpy(), rtol=1e-6)


def test_logits_are_standardised_on_both_sides_before_the_loss():
    step = a_step()
    section = DistillSection(methods=("logits",), standardise=True, labels=False)
    got = objective(section)(step).numpy()

    def z(x):  # by hand: mean 0 and deviation 1 a row
        return (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)

    def log_p(x):
        return x - np.log(np.exp(x).sum(axis=1, keepdims=True))

    t, s = log_p(z(step.teacher_logits[:, 0].numpy()) / 4), log_p(z(step.logits.numpy()) / 4)
    np.testing.assert_allclose(got, 0.7 * 16 * (np.exp(t) * (t - s)).sum(axis=1), rtol=1e-4)


def test_time_axis_fades_in_a_straight_line_and_asks_for_no_more_directions_than_the_student_has():
    from tinykd.distill.losses import time_axis

    step = a_step(progress=0.0)
    section = DistillSection(methods=("time_axis",), params={"time_axis": {"weight": 2.0, "until": 0.5}})
    one = objective(section, student_taps=[(10, 2, 6)], teacher_taps=[(5, 1, 12)])
    step = a_step(progress=0.0)
    assert [v.shape for v in one.variables] == [(6, 6)]
    frames = step.taps[-1].numpy().reshape(4, 5, 2, 2, 6).mean(axis=(2, 3)) @ one.variables[0].numpy()
    teacher = step.teacher_taps[-1].numpy()[:, :, 0, :6]
    whole = time_axis(teacher, frames, np.ones((4, 20), "f4"), frame=1.0, delta=0.5, similarity=0.5).numpy()

    def at(progress):
        from dataclasses import replace

        from tinykd._keras import tf

        given = replace(step, taps=step.taps[-1:], teacher_taps=step.teacher_taps[-1:])
        given = replace(given, progress=tf.constant(progress))
        return one(given).numpy() - one.truth(given).numpy()

    np.testing.assert_allclose(at(0.0), 2.0 * whole, rtol=1e-4)
    np.testing.assert_allclose(at(0.25), 1.0 * whole, rtol=1e-4)
    np.testing.assert_allclose(at(0.5), 0.0, atol=1e-7)
    np.testing.assert_allclose(at(0.9), 0.0, atol=1e-7)


def test_a_warm_up_raises_the_weight_in_a_straight_line():
    section = DistillSection(
        methods=("logits",), params={"logits": {"warmup": 0.5, "weight": 1.0}}, labels=False
    )
    whole, half = (objective(section)(a_step(progress=at)).numpy() for at in (0.5, 0.25))
    np.testing.assert_allclose(half, whole / 2, rtol=1e-6)


@pytest.mark.parametrize(
    ("how", "weights"),
    [
        ("even", [0.5, 0.5]),
        ("cost", [0.75, 0.25]),  # 300 and 100 multiply-accumulates, the last tap first
        ("learned", [0.5, 0.5]),  # where it starts
    ],
)
def test_pairs_of_taps_are_weighed(how, weights):
    from tinykd.distill.losses import attention_transfer
    from tinykd.distill.terms import resample_map

    step = a_step()
    section = DistillSection(methods=("attention_transfer",), tap_weights=how)
    one = objective(section)
    pairs = [(step.teacher_taps[i], resample_map(step.taps[i], t, 1)) for i, t in ((1, 5), (0, 10))]
    each = [attention_transfer(t, s, power=2.0).numpy() for t, s in pairs]
    expected = 10.0 * (weights[0] * each[0] + weights[1] * each[1])
    np.testing.assert_allclose(one(step).numpy() - one.truth(step).numpy(), expected, rtol=1e-4)
    assert len(one.variables) == (how == "learned")


@pytest.mark.parametrize("how", ["average", "learned", "choice", "best", "attention"])
def test_several_teachers_are_weighed_example_by_example(how):
    from tinykd.distill.losses import kd_kl

    step = a_step(teachers=3)
    section = DistillSection(methods=("logits",), teachers=how, labels=False)
    got = objective(section, teachers=3)(step).numpy() / 0.7
    each = np.stack(
        [kd_kl(step.teacher_logits[:, k], step.logits, temperature=4.0) for k in range(3)], axis=1
    )
    if how in ("average", "learned"):
        np.testing.assert_allclose(got, each.mean(axis=1), rtol=1e-4)
    logits = step.teacher_logits.numpy()
    truth = np.einsum("bc,bkc->bk", LABELS, np.log(np.exp(logits).sum(-1, keepdims=True)) - logits)
    if how == "best":
        np.testing.assert_allclose(got, each[np.arange(4), truth.argmin(axis=1)], rtol=1e-4)
    if how == "choice":
        soft = np.exp(truth) / np.exp(truth).sum(axis=1, keepdims=True)
        np.testing.assert_allclose(got, ((1 - soft) / 2 * each).sum(axis=1), rtol=1e-4)
    assert np.isfinite(got).all()


def test_teachers_of_one_voice_are_averaged_before_the_loss():
    from tinykd.distill.losses import kd_kl

    step = a_step(teachers=3)
    got = objective(DistillSection(methods=("logits",), labels=False), teachers=3)(step).numpy()
    mean = step.teacher_logits.numpy().mean(axis=1)
    np.testing.assert_allclose(got, 0.7 * kd_kl(mean, step.logits, temperature=4.0).numpy(), rtol=1e-5)


def test_exits_learn_labels_and_the_deepest_exit_by_hand():
    step = a_step()
    one = objective(DistillSection(methods=("own_teacher",), params={"own_teacher": {"beta": 0.5}}))
    space, kernel, bias = (v.numpy() for v in one.variables)
    first, deepest = (tap.numpy().mean(axis=(1, 2)) for tap in step.taps)
    vector = np.maximum(first @ space, 0)
    own = vector @ kernel + bias

    def log_p(x):
        return x - np.log(np.exp(x).sum(axis=1, keepdims=True))

    targets = LABELS * 0.9 + 0.1 / 3
    truth = -(targets * log_p(own)).sum(axis=1)
    deep, soft = log_p(step.logits.numpy() / 3), log_p(own / 3)
    kl = 9 * (np.exp(deep) * (deep - soft)).sum(axis=1)
    distance = np.square(deepest - vector).sum(axis=1)
    expected = 0.9 * truth + 0.1 * kl + 0.5 * distance
    np.testing.assert_allclose(one(step).numpy() - one.truth(step).numpy(), expected, rtol=1e-4)


def test_peers_learn_from_labels_and_from_each_other_by_hand():
    from tinykd._keras import keras, tf
    from tinykd.distill.objective import Objective

    flat = keras.Sequential([keras.layers.Input((20, 1, 5)), keras.layers.Flatten(), keras.layers.Dense(3)])
    one = Objective(shapes(DistillSection(methods=("mutual",)), peers=[flat]))
    step = a_step()
    with tf.GradientTape() as tape:
        loss = one(step)
        total = tf.reduce_sum(loss)
    peer = flat(step.features).numpy()

    def log_p(x):
        return x - np.log(np.exp(x).sum(axis=1, keepdims=True))

    a, b = log_p(step.logits.numpy()), log_p(peer)
    expected = (np.exp(b) * (b - a)).sum(axis=1) + (np.exp(a) * (a - b)).sum(axis=1)
    expected -= ((LABELS * 0.9 + 0.1 / 3) * b).sum(axis=1)
    np.testing.assert_allclose(loss.numpy() - one.truth(step).numpy(), expected, rtol=1e-4)
    # The student's gradient: of its labels and of KL(peer || student), not of what the peer learns from it.
    p, q = np.exp(a), np.exp(b)
    np.testing.assert_allclose(
        tape.gradient(total, step.logits).numpy(), (p - LABELS * 0.9 - 0.1 / 3) + (p - q), atol=1e-5
    )
