"""Distillation losses: pure functions of tensors, one value per example.

The training step alone averages, weights and stops gradients. Arguments after
the tensors are keyword-only; they are the keys a recipe may set. One file an
idea; all are reached as `losses.name`, weights of several teachers as
`losses.teachers.name`.

Feature losses take a teacher's and a student's map, both [batch, time,
frequency, channels], averaged to the same time and frequency by the caller.
Those that compare channel by channel also need equal channels (a connector):
`hint`, `squared_distance`, `gram`, `fsp`. The others are free.

A loss that looks at the whole batch gives each example its share, so that the
mean over the batch is the paper's value.
"""

from tinykd.distill.losses import teachers
from tinykd.distill.losses.along_time import resample_time, time_axis
from tinykd.distill.losses.attention import attention_transfer
from tinykd.distill.losses.contrast import crd
from tinykd.distill.losses.correlation import dist
from tinykd.distill.losses.cross_architecture import ofa
from tinykd.distill.losses.flow import fsp, gram
from tinykd.distill.losses.hints import hint, squared_distance
from tinykd.distill.losses.relations import relational, similarity
from tinykd.distill.losses.score import score_huber
from tinykd.distill.losses.soft_targets import cross_entropy, kd_kl
from tinykd.distill.losses.standardised import standardise
from tinykd.distill.losses.target import decoupled

__all__ = [
    "attention_transfer",
    "crd",
    "cross_entropy",
    "decoupled",
    "dist",
    "fsp",
    "gram",
    "hint",
    "kd_kl",
    "ofa",
    "relational",
    "resample_time",
    "score_huber",
    "similarity",
    "squared_distance",
    "standardise",
    "teachers",
    "time_axis",
]
