"""All changes of a waveform, in the order in which a sound meets them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinykd.augment import microphone
from tinykd.augment.noise import NoiseBank, mix_noise
from tinykd.augment.pitch import change_pitch
from tinykd.augment.room import Rooms
from tinykd.augment.waveform import Waves, change_speed, gain, shift, to_int16
from tinykd.errors import DataError, RecipeError
from tinykd.machine import usable_cores
from tinykd.recipe import AugmentSection, Range

Audio = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_CHUNK_SAMPLES = 1 << 17  # what a thread works on at a time: 8 clips of 1 s


@dataclass(frozen=True, kw_only=True)
class _Draws:
    """Every random number of every clip, drawn before any work, so threads cannot change them."""

    speed: Floats
    semitones: Floats
    shift: Indices
    in_room: Flags
    room: Indices
    noisy: Flags
    noise_start: Indices
    snr_db: Floats
    knots_db: Floats
    limited: Flags
    low_hz: Floats
    high_hz: Floats
    clipped: Flags
    drive_db: Floats
    coarse: Flags
    gain_db: Floats


def augment_audio(
    audio: Audio,
    *,
    section: AugmentSection,
    sample_rate_hz: int,
    noise: Sequence[Audio],
    rooms: Waves | None,
    rng: np.random.Generator,
) -> Audio:
    """Return one differing copy of each training clip.

    In the order in which a sound meets them: the speaker (speed, pitch), the moment
    (shift), the room, other sounds (noise), the microphone and its line (colour, band
    limits, soft clipping, coarse steps), and the recording level (gain, with what is too
    loud held at full scale). A range whose ends are equal and neutral, and a chance of 0,
    leave their step out.

    Args:
      audio: [n, samples] int16, may be a memory map; stays as it is.
      section: the recipe's [augment].
      sample_rate_hz: rate of the clips, the noise and the rooms.
      noise: recordings of any length.
      rooms: [rooms, taps] float32 from `room_bank`; None when `room_chance` is 0.
      rng: the only source of randomness; the same state gives the same bytes.

    Returns:
      [n, samples] int16.

    Raises:
      DataError: noise or rooms are wanted and there are none.
      RecipeError: a range that runs backwards.
    """
    check_ranges(section)
    if section.room_chance > 0 and (rooms is None or len(rooms) == 0):
        raise DataError("[augment] room_chance", "there is no room to play clips in", "0, or a bank of rooms")
    samples = audio.shape[1]
    bank = NoiseBank(noise, samples) if section.noise_chance > 0 else None
    halls = Rooms(rooms, samples) if rooms is not None and section.room_chance > 0 else None
    draws = _draw(section, len(audio), sample_rate_hz, bank, halls, rng)
    out = np.empty_like(audio, shape=audio.shape)
    step = max(1, _CHUNK_SAMPLES // max(1, samples))

    def fill(start: int) -> None:
        part = slice(start, min(start + step, len(audio)))
        out[part] = _augment(audio[part], section, sample_rate_hz, bank, halls, _cut(draws, part))

    with ThreadPoolExecutor(usable_cores()) as threads:
        list(threads.map(fill, range(0, len(audio), step)))
    return out


def time_changes(
    section: AugmentSection, n: int, *, sample_rate_hz: int, rng: np.random.Generator
) -> tuple[Floats, Indices]:
    """Return what `augment_audio` does to the times of clips, from the same state of `rng`.

    A sound at sample s is then at ``middle + (s - middle) / speed + shift``, middle the clip's.

    Args:
      section: the recipe's [augment].
      n: clips.
      sample_rate_hz: of the clips.
      rng: as `augment_audio` would be given it.

    Returns:
      (speed [n] float64, shift [n] int64 samples).
    """
    # Drawn before anything that depends on noise or on rooms, so neither is needed.
    draws = _draw(section, n, sample_rate_hz, None, None, rng)
    return draws.speed, draws.shift


def _augment(
    audio: Audio,
    section: AugmentSection,
    sample_rate_hz: int,
    bank: NoiseBank | None,
    halls: Rooms | None,
    draws: _Draws,
) -> Audio:
    waves = audio.astype(np.float32)
    if section.speed != (1.0, 1.0):
        waves = change_speed(waves, draws.speed)
    if section.pitch_semitones != (0.0, 0.0):
        waves = change_pitch(waves, draws.semitones, sample_rate_hz=sample_rate_hz)
    if section.shift_ms > 0:
        waves = shift(waves, draws.shift)
    if halls is not None and (some := draws.in_room).any():
        waves[some] = halls.play(waves[some], draws.room[some])
    if bank is not None and (some := draws.noisy).any():
        pieces = bank.cut(draws.noise_start[some])
        waves[some] = mix_noise(waves[some], pieces, draws.snr_db[some], sample_rate_hz=sample_rate_hz)
    waves = _record(waves, section, sample_rate_hz, draws)
    return to_int16(gain(waves, draws.gain_db))


def _record(waves: Waves, section: AugmentSection, sample_rate_hz: int, draws: _Draws) -> Waves:
    """Pass clips through their microphones and lines."""
    hz = microphone.response_hz(waves.shape[1], sample_rate_hz)
    if section.equaliser_db > 0:
        responses = microphone.equaliser_curve(draws.knots_db, hz)
        responses *= microphone.band_limits(draws.low_hz, draws.high_hz, hz)
        waves = microphone.colour(waves, responses)
    elif (some := draws.limited).any():
        responses = microphone.band_limits(draws.low_hz[some], draws.high_hz[some], hz)
        waves[some] = microphone.colour(waves[some], responses)
    if (some := draws.clipped).any():
        waves[some] = microphone.soft_clip(waves[some], draws.drive_db[some])
    if (some := draws.coarse).any():
        waves[some] = microphone.mu_law(waves[some])
    return waves


def _draw(
    section: AugmentSection,
    n: int,
    sample_rate_hz: int,
    bank: NoiseBank | None,
    halls: Rooms | None,
    rng: np.random.Generator,
) -> _Draws:
    reach = section.shift_ms * sample_rate_hz // 1000
    limited = rng.random(n) < section.band_limit_chance
    return _Draws(
        # Equal steps of the logarithm, so that faster and slower are equally likely.
        speed=np.exp(rng.uniform(np.log(section.speed[0]), np.log(section.speed[1]), n)),
        semitones=rng.uniform(*section.pitch_semitones, n),
        shift=rng.integers(-reach, reach, n, endpoint=True),
        in_room=rng.random(n) < section.room_chance,
        room=rng.integers(0, len(halls), n) if halls is not None else np.zeros(n, np.int64),
        noisy=rng.random(n) < section.noise_chance,
        noise_start=bank.draw(n, rng) if bank is not None else np.zeros(n, np.int64),
        snr_db=rng.uniform(*section.noise_snr_db, n),
        knots_db=rng.uniform(-1.0, 1.0, (n, microphone.EQUALISER_KNOTS)) * section.equaliser_db,
        limited=limited,
        low_hz=np.where(limited, np.exp(rng.uniform(np.log(50.0), np.log(300.0), n)), 0.0),
        high_hz=np.where(limited, np.exp(rng.uniform(np.log(3000.0), np.log(8000.0), n)), np.inf),
        clipped=rng.random(n) < section.soft_clip_chance,
        drive_db=rng.uniform(0.0, 12.0, n),
        coarse=rng.random(n) < section.mu_law_chance,
        gain_db=rng.uniform(*section.gain_db, n),
    )


def _cut(draws: _Draws, part: slice) -> _Draws:
    return _Draws(**{name: values[part] for name, values in vars(draws).items()})


def check_ranges(section: AugmentSection) -> None:
    """Raise RecipeError for a range that runs backwards or goes further than a voice can."""
    ranges: dict[str, Range] = {
        "gain_db": section.gain_db,
        "speed": section.speed,
        "pitch_semitones": section.pitch_semitones,
        "noise_snr_db": section.noise_snr_db,
    }
    for key, (low, high) in ranges.items():
        if not low <= high:
            raise RecipeError(f"[augment] {key}", f"{low:g} is above {high:g}", "the lower end first")
    if section.speed[0] < 0.25 or section.speed[1] > 4.0:
        low, high = section.speed
        raise RecipeError("[augment] speed", f"{low:g} to {high:g}", "factors from 0.25 to 4")
    if max(map(abs, section.pitch_semitones)) > 12.0:
        low, high = section.pitch_semitones
        raise RecipeError("[augment] pitch_semitones", f"{low:g} to {high:g}", "-12 to 12")
