"""The table of who teaches, when, and how far: ways to set up a distillation beside its losses.

A way is settings of a recipe, a recipe of its own (where teacher and student need data that
shows them different things), or a command. `tinykd compare` takes the first kind by name,
alone or joined to losses: ``born_again``, ``standardised+dkd``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tinykd.distill.methods import Outputs

_CLASSES: tuple[Outputs, ...] = ("classes",)
_BOTH: tuple[Outputs, ...] = ("classes", "score")
_KWT = {"dim": 48, "heads": 2, "depth": 4, "mlp": 96}  # of a size with the other teachers
_THREE = {"teacher.members": 2, "teacher.others": ({"model": "kwt", "params": _KWT},)}


@dataclass(frozen=True, kw_only=True)
class WayRow:
    """One way.

    methods: the losses that go with it where none is named.
    settings: dotted keys of a recipe with the values that make it go this way.
    recipe: one that goes this way.
    command: what does it, where no recipe's student is the result.
    """

    description: str
    formula: str
    source: str
    outputs: tuple[Outputs, ...] = _CLASSES
    methods: tuple[str, ...] = ("logits",)
    settings: dict[str, Any] | None = None
    recipe: str = ""
    command: str = ""


WAYS: dict[str, WayRow] = {
    "transfer": WayRow(
        description="no teacher in training: the student starts from weights chosen out of the teacher's",
        formula="CE, from W_S = W_T[evenly spaced channels]",
        source="Xu et al. 2024, arXiv:2311.18823",
        methods=(),
        settings={"distill.start": "teacher"},
    ),
    "standardised": WayRow(
        description="logit standardisation, before any loss of logits",
        formula="z -> (z - mean) / std on both sides, then the loss",
        source="Sun et al. 2024, arXiv:2403.01427",
        settings={"distill.standardise": True, "distill.params.logits.temperature": 2.0},
    ),
    "born_again": WayRow(
        description="generation k learns from generation k - 1, a student like itself; all together as well",
        formula="S_1 from T, S_k from S_(k - 1)",
        source="Furlanello et al. 2018, arXiv:1805.04770",
        settings={"distill.generations": 3},
    ),
    "teachers_average": WayRow(
        description="several teachers of different architectures, their losses averaged",
        formula="1/K sum KD_k",
        source="You et al. 2017, KDD, learning from multiple teacher networks",
        settings={**_THREE, "distill.teachers": "average"},
    ),
    "teachers_learned": WayRow(
        description="several teachers, weights trained with the student; an entropy guard against collapse",
        formula="sum softmax(theta)_k KD_k + guard (log K - H)",
        source="AMTML-KD, Liu et al. 2020, arXiv:2103.04062",
        settings={**_THREE, "distill.teachers": "learned"},
    ),
    "teachers_choice": WayRow(
        description="several teachers, each example hears those most that know its label best",
        formula="w_k = (1 - softmax_k(CE_k)) / (K - 1)",
        source="CA-MKD, Zhang et al. 2022, arXiv:2201.00007",
        settings={**_THREE, "distill.teachers": "choice"},
    ),
    "teachers_best": WayRow(
        description="several teachers, each example hears the one that knows its label best",
        formula="w_k = [k = argmin CE_k]",
        source="CA-MKD's limit; AE-KD, Du et al. 2020, NeurIPS",
        settings={**_THREE, "distill.teachers": "best"},
    ),
    "teachers_attention": WayRow(
        description="several teachers, attention over them from the student's features",
        formula="w = softmax(q(F_S) . k(p_T))",
        source="AMTML-KD, Liu et al. 2020, arXiv:2103.04062",
        settings={**_THREE, "distill.teachers": "attention"},
    ),
    "cross_architecture": WayRow(
        description="a Transformer teaches a convolutional student",
        formula="OFA: the true class's probability counts more",
        source="KWT, Berg et al. 2021, arXiv:2104.00769; Hao et al. 2023, arXiv:2310.19444",
        methods=("ofa",),
        settings={
            "teacher.model": "kwt",
            "teacher.params": _KWT,
            "teacher.train.learning_rate": 1e-3,
            "teacher.train.warmup_epochs": 5,
        },
    ),
    "tap_weights": WayRow(
        description="layer-wise importance: the weights of the taps are trained, with an entropy guard",
        formula="sum softmax(theta)_i loss_i + guard (log n - H)",
        source="layer weights of FitNets, Romero et al. 2015, arXiv:1412.6550; guard: tinykd",
        outputs=_BOTH,
        methods=("time_axis",),
        settings={"distill.tap_weights": "learned"},
    ),
    "tap_costs": WayRow(
        description="layer-wise importance by hardware cost: a tap counts as the work that leads to it",
        formula="w_i = MACs up to tap i / their sum",
        source="tinykd",
        outputs=_BOTH,
        methods=("time_axis",),
        settings={"distill.tap_weights": "cost"},
    ),
    "phonemes": WayRow(
        description="a phoneme head on the teacher says which frames are speech, and these count along time",
        formula="time_axis, frame weights 0.1 + PT(a phoneme is there)",
        source="tinykd; nearest: multi-task CE over phones, Seltzer and Droppo 2013, ICASSP",
        methods=("time_axis",),
        settings={"teacher.phonemes": 0.3, "distill.frames": "phonemes"},
    ),
    "layer_rates": WayRow(
        description="layer-wise learning rates: each layer learns slower than the one after it",
        formula="rate_l = rate decay^(L - l)",
        source="ULMFiT, Howard and Ruder 2018, arXiv:1801.06146",
        outputs=_BOTH,
        methods=("logits",),
        settings={"student.train.layer_decay": 0.8},
    ),
    "inside_qat": WayRow(
        description="the float teacher goes on teaching while fake-quantisation is on",
        formula="the student's whole loss in QAT",
        source="Mishra and Marr 2018, arXiv:1711.05852",
        settings={"quantise.scheme": "qat", "quantise.teach": True},
    ),
    "cross_modal": WayRow(
        description="the teacher sees a stroke as a picture, its student reads it as points in time",
        formula="any loss of logits, on paired examples",
        source="Gupta et al. 2016, arXiv:1507.00448",
        recipe="gesture-wand_pictures",
    ),
    "cross_sensor": WayRow(
        description="the teacher has accelerometer and gyroscope, its student the accelerometer alone",
        formula="any loss, on paired examples",
        source="Gupta et al. 2016, arXiv:1507.00448; the pairs: tinykd",
        recipe="gesture-accelerometer",
    ),
    "fewer_axes": WayRow(
        description="the teacher feels three axes of a machine's vibration, its student one",
        formula="the score of paired windows",
        source="Gupta et al. 2016, arXiv:1507.00448; the pairs: tinykd",
        outputs=("score",),
        methods=("score",),
        recipe="anomaly-one_axis",
    ),
    "low_resolution": WayRow(
        description="the teacher hears the full band at 16 kHz, its student the same clip at 8 kHz",
        formula="any loss, on paired examples",
        source="low-resolution distillation, ECCV 2022",
        recipe="kws-8khz",
    ),
    "raw_waveform": WayRow(
        description="the teacher sees the spectrogram, its student the samples themselves",
        formula="any loss of logits, on paired examples",
        source="Gupta et al. 2016, arXiv:1507.00448; the student: Dai et al. 2016, arXiv:1610.00087",
        recipe="kws-waveform",
    ),
    "cross_domain": WayRow(
        description="a teacher of clean, labelled clips says what noisy ones in rooms are; no labels there",
        formula="T^2 KL(pT(target) || pS(target)), no CE",
        source="tinykd; Hinton et al. 2015, arXiv:1503.02531, for the transfer set",
        recipe="kws-far",
    ),
    "cross_machine": WayRow(
        description="the healthy state of one machine says which unlabelled windows of another to trust",
        formula="density of the windows lowest under the source's density -> score -> S",
        source="tinykd; the trimming: Rousseeuw and Van Driessen 1999, doi 10.1080/00401706.1999.10485670",
        outputs=("score",),
        methods=("score",),
        recipe="anomaly-other_speed",
    ),
    "transfer_set": WayRow(
        description="one clip in ten has a label; the others teach by what the teacher says of them alone",
        formula="labelled: w KD + (1 - w) CE; the others: w KD",
        source="Hinton et al. 2015, arXiv:1503.02531",
        recipe="kws-transfer_set",
    ),
    "cached_teacher": WayRow(
        description="logits and taps said once, kept in a container, learned from where no teacher is",
        formula="any loss, with T read from the cache: the same student to the byte",
        source="torchdistill, Matsubara 2021, arXiv:2011.12913; the container: tinykd, docs/teacher-cache.md",
        outputs=_BOTH,
        command="tinykd cache-teacher kws --out teacher.d",
    ),
    "partial_teacher": WayRow(
        description="the teacher is run as far as the last tap that is asked, and no further",
        formula="losses on taps up to l; nothing behind T_l is there",
        source="tinykd; hints need no more, Romero et al. 2015, arXiv:1412.6550",
        methods=("time_axis",),
        settings={"distill.up_to": "tap_1"},
    ),
    "federated": WayRow(
        description="clients share logits of a public set, their mean teaches them and the server's student",
        formula="S learns from 1/K sum S_k(public), round after round",
        source="FedMD, Li and Wang 2019, arXiv:1910.03581; FedDF, Lin et al. 2020, arXiv:2006.07242",
        command="tinykd federated kws-federated",
    ),
    "capacity": WayRow(
        description="accuracy against the student's size: the knee, and the gap to the teacher",
        formula="sizes x shares of the data x methods x seeds",
        source="TAKD, Mirzadeh et al. 2020, arXiv:1902.03393; Kneedle, Satopaa et al. 2011",
        outputs=_BOTH,
        command="tinykd study kws-study",
    ),
    "progressive": WayRow(
        description="2x, 4x, 8x, 16x smaller, each taught by the one before, down to a floor and the limits",
        formula="S_1 from T, S_k from S_(k - 1), while the figure is above the floor",
        source="TAKD, Mirzadeh et al. 2020, arXiv:1902.03393",
        outputs=_BOTH,
        command="tinykd progressive kws-study",
    ),
    "qat_alone": WayRow(
        description="the same without the teacher in QAT, to compare with",
        formula="CE in QAT",
        source="Jacob et al. 2018, arXiv:1712.05877",
        settings={"quantise.scheme": "qat", "quantise.teach": False},
    ),
}


def table() -> dict[str, str]:
    """Return every method and way with its description, as `tinykd list methods` shows them."""
    from tinykd.distill.methods import METHODS

    losses = {name: row.description for name, row in METHODS.items()}
    return losses | {name: row.description for name, row in WAYS.items()}
