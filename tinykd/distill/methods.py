"""The table of what a recipe's [distill] `methods` may name: one row a loss, no class each.

This module does not import TensorFlow, so `tinykd list methods` stays fast: a
row names its loss in `tinykd.distill.losses` and the term that applies it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outputs = Literal["classes", "score"]  # what a model says: a logit a class, or how anomalous a window is

# What the loss is applied to: each teacher's logits; an anomaly score; each pair of taps as maps over time
# and frequency, or as frames; what lies between two pairs; embeddings of the last pair; exits at the
# student's own taps; students that learn side by side.
Term = Literal["logits", "score", "maps", "frames", "flow", "embeddings", "exits", "peers"]


@dataclass(frozen=True, kw_only=True)
class MethodRow:
    """One method: which loss, how it is applied, which outputs it can teach, its defaults, its source.

    labels: what the labels weigh beside it; None where they get what `weight` leaves of 1.
    """

    description: str
    formula: str
    loss: str
    term: Term
    outputs: tuple[Outputs, ...]
    connector: str
    defaults: dict[str, float]
    source: str
    labels: float | None = 1.0

    @property
    def asks_teacher(self) -> bool:
        """Return whether it needs a teacher beside the student."""
        return self.term not in ("exits", "peers")

    @property
    def asks_taps(self) -> bool:
        """Return whether it needs the teacher's taps."""
        return self.term in ("maps", "frames", "flow", "embeddings")

    @property
    def asks_logits(self) -> bool:
        """Return whether it needs the teacher's logits."""
        return self.term in ("logits", "score")


_BOTH: tuple[Outputs, ...] = ("classes", "score")
_CONNECTOR = "1x1 channels, dropped at export"

# Weights of losses on taps are such that their gradient starts at a tenth to a half of the labels' (digits
# drawn with a phone, temporal student and teacher); the papers' own are for image networks' scales.
METHODS: dict[str, MethodRow] = {
    "logits": MethodRow(
        description="soft targets: temperature-scaled KL divergence to the teacher's classes",
        formula="w T^2 KL(softmax(zT / T) || softmax(zS / T)) + (1 - w) CE",
        loss="kd_kl",
        term="logits",
        outputs=("classes",),
        connector="none",
        defaults={"weight": 0.7, "temperature": 4.0},
        source="Hinton et al. 2015, arXiv:1503.02531",
        labels=None,
    ),
    "time_axis": MethodRow(
        description="features along time: frames, their movement, their self-similarity; fades out",
        formula="a |fT - fS|^2 + b |dfT - dfS|^2 + c |FT FT' - FS FS'|^2, unit frames f, weighed by activity",
        loss="time_axis",
        term="frames",
        outputs=_BOTH,
        connector=_CONNECTOR,
        defaults={"weight": 0.03, "until": 0.7, "frame": 1.0, "delta": 0.5, "similarity": 0.5},
        source="tinykd; nearest: TextBrewer arXiv:2002.12620, SP arXiv:1907.09682",
    ),
    "fitnets": MethodRow(
        description="hints: the student's maps regress the teacher's",
        formula="mean (r(FS) - FT)^2",
        loss="hint",
        term="maps",
        outputs=_BOTH,
        connector=_CONNECTOR,
        defaults={"weight": 0.3},
        source="Romero et al. 2015, arXiv:1412.6550",
    ),
    "attention_transfer": MethodRow(
        description="where the energy is, over time and frequency",
        formula="mean (norm(mean_c |FS|^p) - norm(mean_c |FT|^p))^2",
        loss="attention_transfer",
        term="maps",
        outputs=_BOTH,
        connector="none",
        defaults={"weight": 10.0, "power": 2.0},
        source="Zagoruyko and Komodakis 2017, arXiv:1612.03928",
    ),
    "gram": MethodRow(
        description="style: which channels go together",
        formula="mean (GS - GT)^2, G = mean over positions of F (x) F",
        loss="gram",
        term="maps",
        outputs=_BOTH,
        connector=_CONNECTOR,
        defaults={"weight": 0.1},
        source="Huang and Wang 2017, arXiv:1707.01219",
    ),
    "fsp": MethodRow(
        description="flow: how one layer's channels lead to a later layer's",
        formula="mean (GS - GT)^2, G = mean over positions of F1 (x) F2",
        loss="fsp",
        term="flow",
        outputs=_BOTH,
        connector=_CONNECTOR,
        defaults={"weight": 0.5},
        source="Yim et al. 2017, CVPR, A gift from knowledge distillation",
    ),
    "crd": MethodRow(
        description="contrast: embeddings of the same clip close, of other clips apart",
        formula="-log h(pos) - sum log(1 - h(neg)), h from exp(s t / T)",
        loss="crd",
        term="embeddings",
        outputs=("classes",),
        connector="one dense layer a side, dropped at export",
        defaults={"weight": 0.005, "temperature": 0.07, "dimensions": 64},
        source="Tian et al. 2020, arXiv:1910.10699",
    ),
    "similarity": MethodRow(
        description="SP: which clips of a batch resemble each other",
        formula="|rownorm(FS FS') - rownorm(FT FT')|^2 / B^2",
        loss="similarity",
        term="maps",
        outputs=_BOTH,
        connector="none",
        defaults={"weight": 100.0},
        source="Tung and Mori 2019, arXiv:1907.09682",
    ),
    "relational": MethodRow(
        description="RKD: distances and angles among the clips of a batch",
        formula="a huber(dS - dT) + b huber(cos S - cos T)",
        loss="relational",
        term="embeddings",
        outputs=_BOTH,
        connector="none",
        defaults={"weight": 0.01, "distance": 25.0, "angle": 50.0},
        source="Park et al. 2019, arXiv:1904.05068",
    ),
    "dkd": MethodRow(
        description="decoupled: the true class's share and the other classes' shares apart",
        formula="T^2 (a KL(target) + b KL(others))",
        loss="decoupled",
        term="logits",
        outputs=("classes",),
        connector="none",
        defaults={"weight": 0.5, "alpha": 1.0, "beta": 2.0, "temperature": 2.0, "warmup": 0.2},
        source="Zhao et al. 2022, arXiv:2203.08679",
    ),
    "dist": MethodRow(
        description="correlation with the teacher's classes, along clips and along the batch",
        formula="T^2 (b (1 - pearson of rows) + g (1 - pearson of columns))",
        loss="dist",
        term="logits",
        outputs=("classes",),
        connector="none",
        defaults={"weight": 0.5, "beta": 1.0, "gamma": 1.0, "temperature": 1.0},
        source="Huang et al. 2022, arXiv:2205.10536",
    ),
    "ofa": MethodRow(
        description="soft targets in which the true class counts more, for teachers of another architecture",
        formula="-((1 + pT_y)^e - 1) log pS_y - sum of others pT log pS",
        loss="ofa",
        term="logits",
        outputs=("classes",),
        connector="none",
        defaults={"weight": 0.5, "epsilon": 1.5},
        source="Hao et al. 2023, arXiv:2310.19444",
    ),
    "score": MethodRow(
        description="the teacher's anomaly score of normal and perturbed windows",
        formula="huber(min(sT, ceiling) - sS)",
        loss="score_huber",
        term="score",
        outputs=("score",),
        connector="none",
        defaults={"weight": 1.0, "bend": 0.5, "ceiling": 8.0},
        source="Huber 1964, doi 10.1214/aoms/1177703732; the questions asked: tinykd",
    ),
    "own_teacher": MethodRow(
        description="be your own teacher: exits at the taps learn from the deepest; gone at export",
        formula="(1 - soft) sum CE_i + soft T^2 sum KL(p_deepest || p_i) + beta sum |F_i - F_deepest|^2",
        loss="kd_kl",
        term="exits",
        outputs=("classes",),
        connector="two dense layers an exit, dropped at export",
        defaults={"weight": 1.0, "soft": 0.1, "temperature": 3.0, "beta": 1e-6},
        source="Zhang et al. 2019, arXiv:1905.08094",
    ),
    "mutual": MethodRow(
        description="deep mutual learning: students side by side teach each other; one is kept",
        formula="CE_i + 1 / (K - 1) sum KL(p_j || p_i)",
        loss="kd_kl",
        term="peers",
        outputs=("classes",),
        connector="none",
        defaults={"weight": 1.0, "temperature": 1.0},
        source="Zhang et al. 2018, arXiv:1706.00384",
    ),
}
