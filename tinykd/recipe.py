"""Recipes: TOML data into strict, frozen models; every default lives here once."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tinykd.storage import digest_of


def _low_first(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] > pair[1]:
        raise ValueError("the first number is above the second")
    return pair


Positive = Annotated[int, Field(gt=0)]
Count = Annotated[int, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Range = Annotated[tuple[float, float], AfterValidator(_low_first)]


class Section(BaseModel):
    """A table of a recipe: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class BaseDataset(Section):
    """What the [dataset] of every task has."""

    name: str = ""
    train_fraction: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    # of the training examples; the rest teach by what a teacher says of them alone
    labelled_fraction: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0


class BaseAugment(Section):
    """What the [augment] of every task has; `views` differing copies of each example are cached."""

    views: Positive = 8


class SoundSection(BaseDataset):
    """What the [dataset] of every task that listens has."""

    sample_rate_hz: Positive = 16000
    clip_ms: Positive = 1000


class DatasetSection(SoundSection):
    """Which clips, which classes."""

    name: str = "synthetic_speech"
    words: tuple[str, ...] = ()  # empty: the data set's own default word list
    unknown: bool = True  # a class for every other word
    silence: bool = True  # a class for background noise
    unknown_fraction: Fraction = 0.1  # of all clips of a split, as in the benchmark
    silence_fraction: Fraction = 0.1
    # rooms: plain, validation and test clips too go [augment]'s way to the microphone, each split its own
    place: Literal["recorded", "rooms"] = "recorded"
    synthetic_clips: Count = (
        0  # made-up clips a word that join a real training split; unknown: times unknown_factor
    )


class SyntheticSection(Section):
    """How much speech espeak-ng makes, and how varied."""

    train_clips_per_word: Positive = 1000
    validation_clips_per_word: Positive = 100
    test_clips_per_word: Positive = 100
    unknown_factor: Annotated[float, Field(gt=0.0)] = 3.0  # unknown clips per keyword clip count
    seed: Count = 7


class FeatureSection(Section):
    """The front end; the same numbers are exported to the device."""

    kind: Literal["log_mel", "mfcc", "waveform"] = "log_mel"
    window_ms: Positive = 30
    hop_ms: Positive = 20
    fft_size: Positive = 512
    mel_bins: Positive = 40
    low_hz: Annotated[float, Field(ge=0.0)] = 20.0
    high_hz: Annotated[float, Field(gt=0.0)] = 7600.0
    mel_scale: Literal["slaney", "htk"] = "htk"
    mel_norm: Literal["none", "slaney"] = "none"
    log_floor: Annotated[float, Field(ge=1e-30)] = 1e-6  # the device has float32
    coefficients: Positive = 10  # MFCC only
    normalise: Literal["none", "clip", "band"] = "none"


class AugmentSection(BaseAugment):
    """Made on training clips only; `views` differing copies of each are cached."""

    shift_ms: Count = 100
    gain_db: Range = (-10.0, 6.0)
    speed: Range = (0.9, 1.1)
    pitch_semitones: Range = (0.0, 0.0)
    noise_chance: Fraction = 0.8
    noise_snr_db: Range = (0.0, 30.0)
    room_chance: Fraction = 0.0
    equaliser_db: Annotated[float, Field(ge=0.0)] = 0.0
    band_limit_chance: Fraction = 0.0
    soft_clip_chance: Fraction = 0.0
    mu_law_chance: Fraction = 0.0
    time_masks: Count = 1
    time_mask_frames: Count = 8
    mel_masks: Count = 1
    mel_mask_bins: Count = 6


class TrainSection(Section):
    """One training: how long, how fast."""

    epochs: Positive = 30
    passes: Positive = 1  # through the training data in an epoch
    batch: Positive = 128
    learning_rate: Annotated[float, Field(gt=0.0)] = 2e-3
    warmup_epochs: Count = 2
    weight_decay: Annotated[float, Field(ge=0.0)] = 1e-4
    label_smoothing: Fraction = 0.1
    ema: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    layer_decay: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0  # of each layer's rate to the next one's
    balance: Fraction = 0.0  # classes below this share of the largest are repeated up to it
    mixup_alpha: Annotated[float, Field(ge=0.0)] = 0.0  # not with a teacher: its outputs are cached unmixed
    patience: Positive = 30  # epochs without a better validation before stopping


class FurtherTeacher(Section):
    """One more teacher, of any architecture; trained as the first."""

    model: str
    params: dict[str, Any] = {}


class TeacherSection(Section):
    """The large model; `members` above 1 and `others` make several, heard as [distill] `teachers` says."""

    model: str = "bcresnet"
    params: dict[str, Any] = {}
    members: Positive = 1  # of this model, each from a seed of its own
    others: tuple[FurtherTeacher, ...] = ()  # { model = "kwt", params = {} } each
    train: TrainSection = TrainSection()
    phonemes: Annotated[float, Field(ge=0.0)] = 0.0  # weight of a phoneme head on the last tap; 0: no head
    sees: dict[str, dict[str, Any]] = {}  # keys of dataset, features and augment that are its own


class StudentSection(Section):
    """The small model."""

    model: str = "tenet"
    params: dict[str, Any] = {}
    train: TrainSection = TrainSection()


class DistillSection(Section):
    """What the student learns from the teacher; params are checked against the losses."""

    methods: tuple[str, ...] = ("logits", "time_axis")
    params: dict[str, Any] = {}
    labels: bool = True  # false: the teacher alone says what is right
    # teacher: only what it sees has labels; it is asked about what its student sees, which has none
    labels_of: Literal["student", "teacher"] = "student"
    standardise: bool = False  # logits of both sides get mean 0 and deviation 1 before any loss of logits
    # mean: of their logits, then one teacher; else of their losses, each weighed as named
    teachers: Literal["mean", "average", "learned", "choice", "best", "attention"] = "mean"
    tap_weights: Literal["even", "learned", "cost"] = "even"  # of tap pairs; cost: by what leads there
    start: Literal["fresh", "teacher"] = "fresh"  # teacher: with weights chosen out of its own
    assistants: tuple[
        dict[str, Any], ...
    ] = ()  # params of students between teacher and student, each taught by the last
    generations: Positive = 1  # of the student, each taught by the one before
    peers: Positive = 1  # untaught students beside it that it learns with, for method `mutual`
    tap_frames: Positive = 25  # of a teacher's tap, at most; longer ones are averaged
    tap_bands: Positive = 1  # along its frequency, at most; 1 is the mean of all
    tap_channels: Positive = 32  # its main directions, at most
    frames: Literal["activity", "phonemes"] = "activity"  # what weighs them: energy, or a phoneme head
    up_to: str = ""  # the last tap asked of a teacher, as tap_1; empty: all of them and its logits


class QuantiseSection(Section):
    """From float to int8."""

    scheme: Literal["qat", "ptq"] = "qat"
    teach: bool = True  # the float teacher goes on teaching in qat
    epochs: Positive = 8
    learning_rate: Annotated[float, Field(gt=0.0)] = 3e-4
    calibration_clips: Positive = 500


class BudgetSection(Section):
    """Limits in bytes, strict: what is measured must be below (1 KB = 1000 bytes). Each task has its own."""

    model_bytes: Positive = 50_000
    arena_bytes: Positive = 32_000


class StreamDetection(Section):
    """From windows to detections: how a device tells a class in a stream."""

    hop_ms: Positive = 100
    smooth_hops: Positive = 4
    # Of the class against the likeliest other one, by the mean of the log odds of `smooth_hops` windows.
    probability: Annotated[float, Field(ge=0.5, lt=1.0)] = 0.9
    refractory_ms: Count = 700


class StudySection(Section):
    """What `tinykd study` crosses: student sizes, shares of the training data, and methods."""

    sizes: dict[str, dict[str, Any]] = {}  # a name for each set of [student] params
    fractions: tuple[Annotated[float, Field(gt=0.0, le=1.0)], ...] = (0.1, 0.3, 1.0)
    methods: tuple[tuple[str, ...], ...] = ((), ("logits",), ("time_axis",), ("logits", "time_axis"))


class ProgressiveSection(Section):
    """Ever smaller students, each taught by the one before: `tinykd progressive`."""

    stages: tuple[dict[str, Any], ...] = ()  # params of the student, the largest first
    floor: Fraction = 0.0  # of the figure on validation, int8; below it no smaller stage is tried
    clock_mhz: Annotated[float, Field(gt=0.0)] = 64.0  # of the core, at one instruction a tick
    active_mw: Annotated[float, Field(gt=0.0)] = 10.0  # of the chip while it runs: its data sheet's
    latency_ms: Annotated[float, Field(ge=0.0)] = 0.0  # limit of one inference; 0: none
    energy_uj: Annotated[float, Field(ge=0.0)] = 0.0  # likewise


class FederatedSection(Section):
    """What `tinykd federated` does: who has which training examples, and how often they meet.

    Groups are what must not stand in two splits: speakers, persons.
    """

    clients: Annotated[int, Field(ge=1, le=64)] = 4
    rounds: Positive = 3
    public_fraction: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.5  # of the examples; without labels
    groups_per_client: Count = 0  # at most; 0: all that are left, shared out
    class_skew: Annotated[float, Field(ge=0.0)] = 0.0  # 1 / alpha of a Dirichlet draw over its classes
    digest_epochs: Positive = 4  # of a round, on the public set, towards the mean logits
    revisit_epochs: Positive = 2  # of a round, on the client's own examples
    learning_rate: Annotated[float, Field(gt=0.0)] = 1e-3  # of both
    temperature: Annotated[float, Field(gt=0.0)] = 1.0  # of the mean logits as targets
    time_limit_s: Positive = 900  # for a client's answer in a round


class Recipe(Section):
    """One whole run; the same recipe, seed and data give the same model bytes.

    This is what every task shares. A task's own recipe narrows `task` and gives
    the sections up to `augment` their keys; `recipe_tasks.TASK_RECIPES` lists them.
    """

    task: str = ""  # kws, wakeword, gesture or anomaly; kws where a recipe names none
    base: str = ""  # another recipe's name, whose values this one overrides
    seed: Count = 1
    dataset: BaseDataset = BaseDataset()
    synthetic: Section = Section()
    features: Section = Section()
    augment: BaseAugment = BaseAugment()
    teacher: TeacherSection = TeacherSection()
    student: StudentSection = StudentSection()
    distill: DistillSection = DistillSection()
    quantise: QuantiseSection = QuantiseSection()
    budget: BudgetSection = BudgetSection()
    study: StudySection = StudySection()
    progressive: ProgressiveSection = ProgressiveSection()
    federated: FederatedSection = FederatedSection()


class SoundRecipe(Recipe):
    """Sound: what keyword spotting and wake words share."""

    dataset: SoundSection = SoundSection()
    features: FeatureSection = FeatureSection()
    augment: AugmentSection = AugmentSection()


class AudioRecipe(SoundRecipe):
    """Clips of words."""

    dataset: DatasetSection = DatasetSection()
    synthetic: SyntheticSection = SyntheticSection()


def recipe_digest(recipe: Recipe) -> str:
    """Return a 16-digit hex digest of everything in the recipe."""
    return section_digest(recipe, *type(recipe).model_fields)


def section_digest(recipe: Recipe, *sections: str) -> str:
    """Return a 16-digit hex digest of the named sections (or top-level keys) alone.

    A stage whose digest names just what it reads is not run again when
    something else in the recipe changes.
    """
    values = recipe.model_dump(mode="json")
    return digest_of({section: values[section] for section in sections})
