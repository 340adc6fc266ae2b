"""From a recipe's methods to one number per example that training can minimise."""

from __future__ import annotations

from typing import Any

from tinykd._keras import tf
from tinykd.distill import losses
from tinykd.distill.check import check_methods
from tinykd.distill.methods import METHODS, Outputs
from tinykd.distill.phoneme_head import PhonemeHead
from tinykd.distill.self_terms import ExitsTerm, PeersTerm
from tinykd.distill.step import Shapes, Step
from tinykd.distill.terms import EmbeddingsTerm, FlowTerm, FramesTerm, LogitsTerm, MapsTerm, ScoreTerm, Term

TERMS: dict[str, type[Term]] = {
    "logits": LogitsTerm,
    "score": ScoreTerm,
    "maps": MapsTerm,
    "frames": FramesTerm,
    "flow": FlowTerm,
    "embeddings": EmbeddingsTerm,
    "exits": ExitsTerm,
    "peers": PeersTerm,
}


class Objective:
    """Labels and teachers into one loss; owns connectors, exits and peers, which export drops."""

    outputs: Outputs = "classes"

    def __init__(self, shapes: Shapes, *, head: PhonemeHead | None = None) -> None:
        """Build one term a method.

        Args:
          shapes: of student and teachers.
          head: of a teacher, trained with it.

        Raises:
          RecipeError: a method or parameter that cannot be.
        """
        section = shapes.section
        params = check_methods(section, where="recipe [distill]", outputs=self.outputs)
        self.shapes = shapes
        self.terms: list[Term | PhonemeHead] = [
            TERMS[METHODS[name].term](name, given, shapes) for name, given in params.items()
        ]
        self.terms += [] if head is None else [head]
        given_up = sum(given["weight"] for name, given in params.items() if METHODS[name].labels is None)
        self.label_weight = max(0.0, 1.0 - given_up) if section.labels else 0.0

    @property
    def variables(self) -> list[Any]:
        """Return what is trained beside the student."""
        return [variable for term in self.terms for variable in term.variables]

    @property
    def state(self) -> list[Any]:
        """Return all that the next step depends on: the variables, and what the peers keep besides."""
        kept = [weight for peer in self.shapes.peers for weight in peer.non_trainable_weights]
        return [*self.variables, *kept]

    def __call__(self, step: Step) -> Any:
        """Return the loss of each example, [batch] float32."""
        return self.truth(step) + sum(term(step) for term in self.terms)

    def truth(self, step: Step) -> Any:
        """Return [batch]: what the labels say; 0 for an example without one."""
        labelled = tf.reduce_sum(step.labels, axis=-1)
        smoothing = self.shapes.label_smoothing
        return (
            self.label_weight
            * labelled
            * losses.cross_entropy(step.labels, step.logits, label_smoothing=smoothing)
        )


class ScoreObjective(Objective):
    """The same for a model whose output is an anomaly score; it has no labels.

    Without method `score` the model is an autoencoder that says its own error, and that error is the loss.
    """

    outputs: Outputs = "score"

    def truth(self, step: Step) -> Any:
        """Return [batch]: the model's own error, where no score is taught."""
        taught = any(isinstance(term, ScoreTerm) for term in self.terms)
        return tf.zeros_like(step.logits[:, 0]) if taught else step.logits[:, 0]
