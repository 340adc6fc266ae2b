import numpy as np
import pytest

from tinykd.augment import augment_audio
from tinykd.errors import DataError, RecipeError
from tinykd.recipe import AugmentSection

NOTHING = AugmentSection(shift_ms=0, gain_db=(0.0, 0.0), speed=(1.0, 1.0), noise_chance=0.0)
EVERYTHING = AugmentSection(
    pitch_semitones=(-2.0, 2.0),
    room_chance=0.5,
    equaliser_db=6.0,
    band_limit_chance=0.5,
    soft_clip_chance=0.5,
    mu_law_chance=0.5,
)
RNG = np.random.default_rng(0)
AUDIO = RNG.normal(0, 3000, (40, 16000)).astype(np.int16)
NOISE = [RNG.normal(0, 500, size).astype(np.int16) for size in (40000, 900)]
ROOMS = (RNG.normal(0, 1, (5, 400)) * np.exp(-np.arange(400) / 50)).astype(np.float32)


def augment(section, seed=1, audio=AUDIO, noise=NOISE, rooms=ROOMS):
    return augment_audio(
        audio,
        section=section,
        sample_rate_hz=16000,
        noise=noise,
        rooms=rooms,
        rng=np.random.default_rng(seed),
    )


def test_everything_on_gives_int16_clips_of_the_same_shape_that_all_differ():
    before = AUDIO.copy()
    made = augment(EVERYTHING)
    assert made.dtype == np.int16
    assert made.shape == AUDIO.shape
    assert (made != AUDIO).any(axis=1).all()
    np.testing.assert_array_equal(AUDIO, before)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not():
    assert augment(EVERYTHING).tobytes() == augment(EVERYTHING).tobytes()
    assert augment(EVERYTHING).tobytes() != augment(EVERYTHING, seed=2).tobytes()


def test_threads_do_not_change_the_bytes(monkeypatch):
    both = augment(EVERYTHING)
    monkeypatch.setattr("tinykd.augment.chain.usable_cores", lambda: 1)
    assert augment(EVERYTHING).tobytes() == both.tobytes()


def test_nothing_on_changes_nothing():
    np.testing.assert_array_equal(augment(NOTHING, noise=[], rooms=None), AUDIO)


def test_no_clips_give_no_clips():
    assert augment(EVERYTHING, audio=AUDIO[:0]).shape == (0, 16000)


def test_gain_is_exact_and_saturates():
    quiet = augment(NOTHING.model_copy(update={"gain_db": (-20.0, -20.0)}))
    np.testing.assert_array_equal(quiet, np.rint(AUDIO * np.float32(0.1)))
    loud = augment(NOTHING.model_copy(update={"gain_db": (40.0, 40.0)}))
    np.testing.assert_array_equal(loud, np.clip(AUDIO.astype(np.int64) * 100, -32768, 32767))


def test_shifts_stay_within_the_limit_and_reach_it():
    impulse = np.zeros((4000, 200), np.int16)
    impulse[:, 100] = 1000
    made = augment(NOTHING.model_copy(update={"shift_ms": 2}), audio=impulse)
    assert set(made.argmax(axis=1)) == set(range(100 - 32, 100 + 33))


@pytest.mark.parametrize(
    ("changes", "chance"),
    [({"noise_chance": 0.3}, 0.3), ({"room_chance": 0.6}, 0.6), ({"mu_law_chance": 0.5}, 0.5)],
)
def test_a_chance_is_the_share_of_clips_that_change(changes, chance):
    audio = np.tile(AUDIO[:, :500], (50, 1))
    changed = (augment(NOTHING.model_copy(update=changes), audio=audio) != audio).any(axis=1)
    assert changed.mean() == pytest.approx(chance, abs=0.045)  # four standard deviations of 2000


def test_band_limits_come_without_an_equaliser_too():
    made = augment(NOTHING.model_copy(update={"band_limit_chance": 1.0}))
    spectrum = np.abs(np.fft.rfft(made)).mean(axis=0)
    assert spectrum[:20].mean() < 0.2 * spectrum[500:2500].mean()


def test_noise_without_recordings_is_an_error_only_when_it_is_wanted():
    augment(NOTHING, noise=[])
    with pytest.raises(DataError) as error:
        augment(NOTHING.model_copy(update={"noise_chance": 0.1}), noise=[])
    assert str(error.value).startswith("[augment] noise_chance: the data set has no noise recordings")


def test_rooms_that_are_wanted_and_not_there_are_an_error():
    for rooms in (None, ROOMS[:0]):
        with pytest.raises(DataError, match=r"\[augment\] room_chance: there is no room"):
            augment(NOTHING.model_copy(update={"room_chance": 0.1}), rooms=rooms)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gain_db": (6.0, -6.0)}, r"\[augment\] gain_db: 6 is above -6; the lower end first"),
        ({"speed": (0.0, 1.0)}, r"\[augment\] speed: 0 to 1; factors from 0.25 to 4"),
        ({"pitch_semitones": (-13.0, 0.0)}, r"\[augment\] pitch_semitones: -13 to 0; -12 to 12"),
    ],
)
def test_ranges_that_make_no_sense_are_refused(changes, message):
    with pytest.raises(RecipeError, match=message):
        augment(NOTHING.model_copy(update=changes))
