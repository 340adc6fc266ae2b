"""The recipe of anomaly detection: sensors, their front end, and how normal windows are perturbed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from tinykd.recipe import (
    BaseAugment,
    BaseDataset,
    BudgetSection,
    Count,
    DistillSection,
    Fraction,
    Positive,
    QuantiseSection,
    Range,
    Recipe,
    Section,
    StudentSection,
    StudySection,
    TeacherSection,
)

BelowOne = Annotated[float, Field(ge=0.0, lt=1.0)]
Share = Annotated[float, Field(gt=0.0, le=1.0)]


class SensorDatasetSection(BaseDataset):
    """Which machine, and what of it is normal."""

    name: str = "machine_vibration"
    healthy: str = ""  # fan_vibration: calm or labelled
    channels: tuple[str, ...] = ()  # sensor_csv: which columns; empty: all
    machine: str = ""  # machine_sound: one id like id_01; empty: all
    states: tuple[str, ...] = ()  # machines or operating points (speeds, loads); empty: all
    # fan_vibration, machine_vibration: above 0 where nobody says which windows are healthy
    faulty_share: BelowOne = 0.0  # of the windows to learn from
    run_samples: Positive = 1150  # skab: training is cut into runs of this length
    run_hop_samples: Positive = 230


class SimulatorSection(Section):
    """The embedded machines: how many, how they are run, how badly they break."""

    machines: Positive = 3
    speeds: Positive = 3  # operating points of each
    sample_rate_hz: Positive = 1600
    run_s: Annotated[float, Field(gt=0.0)] = 4.0
    train_runs: Positive = 12  # healthy runs at each speed of each machine
    validation_runs: Positive = 3
    test_runs: Positive = 4
    severity: Range = (
        0.3,
        1.5,
    )  # of a fault; 1 is as strong as the machine's own vibration in the fault's place
    seed: Count = 11


class SensorFeatureSection(Section):
    """The front end: frames of samples, and a window of frames; the same numbers are exported."""

    kind: Literal["bands", "levels"] = "bands"
    frame_samples: Positive = 128  # bands: a power of two
    hop_samples: Positive = 128
    frames: Positive = 12  # of a window
    stride_frames: Positive = 1  # from one window to the next
    train_offsets: Positive = 1  # training frames are cut again, shifted by a part of the hop
    bands: Positive = 8  # bands: of each channel
    band_scale: Literal["linear", "mel"] = "linear"
    floor: Annotated[float, Field(gt=0.0)] = 1e-5  # bands: power that the logarithm starts from
    settle_samples: Count = 0  # levels: the run's first samples, its reference
    ratio_channels: tuple[
        str, ...
    ] = ()  # levels: compared by ratio with the reference, the others by difference
    clip: Annotated[float, Field(gt=0.0)] = 6.0  # standardised features end here

    @property
    def window_samples(self) -> int:
        """Return the samples from the start of a run to the end of its first window."""
        return self.settle_samples + self.frame_samples + (self.frames - 1) * self.hop_samples


class PerturbSection(BaseAugment):
    """Normal windows moved away from normal; what they are worth, the teacher says."""

    views: Positive = 12  # of each window; the first is not perturbed
    strength: Range = (0.1, 4.0)  # in standard deviations, drawn on a logarithmic scale


class ThresholdSection(Section):
    """When the device calls a window anomalous."""

    false_alarms: Fraction = 0.01  # share of normal validation windows above the threshold


class DensityTeacherSection(TeacherSection):
    """The density of normal windows; fitted in closed form, so its `train` is not used."""

    model: str = "density"
    # Where labels_of is teacher: those that the density of the teacher's own machine calls nearest to normal.
    # The density that teaches the student is fitted on them.
    believes: Share = 0.7  # share of the student's windows that are taken for healthy


class ScorerSection(StudentSection):
    """The small model; `alone` is what stands in its place where no teacher's score is taught."""

    model: str = "prototypes"
    alone: str = "autoencoder"
    alone_params: dict[str, Any] = Field(default={})


class ScoreDistillSection(DistillSection):
    """What the student learns from the teacher; params are checked against the losses."""

    methods: tuple[str, ...] = ("score", "time_axis")


class ScoreQuantiseSection(QuantiseSection):
    """From float to int8."""

    scheme: Literal["qat", "ptq"] = "ptq"


class AnomalyBudget(BudgetSection):
    """Limits of an anomaly model."""

    model_bytes: Positive = 10_000
    arena_bytes: Positive = 8_000


class ScoreStudySection(StudySection):
    """What `tinykd study` crosses: student sizes, shares of the training data, and methods."""

    fractions: tuple[Annotated[float, Field(gt=0.0, le=1.0)], ...] = (1.0,)
    methods: tuple[tuple[str, ...], ...] = ((), ("score",), ("time_axis",), ("score", "time_axis"))


class AnomalyRecipe(Recipe):
    """Anomalies of a machine or a process, learnt from normal data alone."""

    task: Literal["anomaly"] = "anomaly"
    dataset: SensorDatasetSection = SensorDatasetSection()
    synthetic: SimulatorSection = SimulatorSection()
    features: SensorFeatureSection = SensorFeatureSection()
    augment: PerturbSection = PerturbSection()
    teacher: DensityTeacherSection = DensityTeacherSection()
    student: ScorerSection = ScorerSection()
    distill: ScoreDistillSection = ScoreDistillSection()
    quantise: ScoreQuantiseSection = ScoreQuantiseSection()
    threshold: ThresholdSection = ThresholdSection()
    budget: AnomalyBudget = AnomalyBudget()
    study: ScoreStudySection = ScoreStudySection()
