"""The keys of a gesture recipe: windows of an inertial sensor, its front end, its augmentation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tinykd.recipe import (
    BaseAugment,
    BaseDataset,
    BudgetSection,
    Count,
    Positive,
    Range,
    Recipe,
    Section,
    StreamDetection,
)

NotNegative = Annotated[float, Field(ge=0.0)]
AboveZero = Annotated[float, Field(gt=0.0)]


class GestureDataset(BaseDataset):
    """Which recordings, which classes, and how windows are cut from them."""

    name: str = "synthetic_strokes"
    classes: tuple[str, ...] = ()  # empty: every class that the data has
    channels: tuple[str, ...] = ()  # empty: every channel that the data has
    rate_hz: Positive = 50  # recordings are brought to this rate first
    window_ms: Positive = 2560
    windows: Literal["one", "sliding"] = "one"  # one: where a recording moves most; sliding: every hop_ms
    moves_in: tuple[str, ...] = ()  # one: the channels whose motion counts; empty: all that are seen
    hop_ms: Positive = 500
    label: Literal["most", "middle"] = (
        "most"  # of a sliding window: what most of its rows are, or its middle row
    )
    max_gap_ms: Positive = 200  # a longer pause between two rows is a fault of the recording


class GestureSynthetic(Section):
    """How many strokes the rigid-body simulator makes; no made-up person is in two splits."""

    train_takes_per_class: Positive = 120
    validation_takes_per_class: Positive = 40
    test_takes_per_class: Positive = 60
    people: Annotated[int, Field(ge=10)] = 60
    drawn_takes: Count = 0  # of each of the wand's strokes, to join the training takes of imu_digits
    seed: Count = 7


class ImuFeatures(Section):
    """The front end; the same numbers are exported to the device."""

    kind: Literal["raw", "aligned", "stroke", "motion", "picture"] = "motion"
    frame_ms: Positive = 40  # rows are averaged over this long
    acc_scale: AboveZero = 5.0  # m/s^2 that become 1
    gyro_scale: AboveZero = 1.0  # rad/s that become 1
    stroke_floor: AboveZero = 0.05  # radians (points: their unit); a smaller stroke is not blown up to size 1
    picture_pixels: Annotated[int, Field(ge=8)] = 32  # picture only: of a side
    pen_pixels: AboveZero = 2.0  # picture only: width of the line


class ImuAugment(BaseAugment):
    """Made on training windows only; `views` differing copies of each are cached."""

    rotation_deg: Annotated[float, Field(ge=0.0, le=180.0)] = 20.0  # about any axis, up to this
    scale: Range = (0.8, 1.25)  # of the motion; gravity stays
    speed: Range = (0.8, 1.25)
    warp: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.2  # how much the speed may change inside a window
    shift_ms: Count = 300
    acc_noise: NotNegative = 0.1  # m/s^2
    gyro_noise: NotNegative = 0.02  # rad/s
    gyro_bias: NotNegative = 0.02  # rad/s
    point_noise: NotNegative = 0.005  # of 2-D strokes, in their unit


class GestureBudget(BudgetSection):
    """Limits of a gesture model."""

    model_bytes: Positive = 30_000
    arena_bytes: Positive = 16_000


class GestureDetection(StreamDetection):
    """From windows to detections: how a device tells a gesture in a stream."""

    hop_ms: Positive = 200
    smooth_hops: Positive = 3
    refractory_ms: Count = 1500


class GestureRecipe(Recipe):
    """Gestures and activities from an inertial sensor."""

    task: Literal["gesture"] = "gesture"
    dataset: GestureDataset = GestureDataset()
    synthetic: GestureSynthetic = GestureSynthetic()
    features: ImuFeatures = ImuFeatures()
    augment: ImuAugment = ImuAugment()
    detection: GestureDetection = GestureDetection()
    budget: GestureBudget = GestureBudget()
