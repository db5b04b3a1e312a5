"""What a model computes for one token of training, by the conventions that an MFU is stated in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from scalecalc import tables
from scalecalc.commands._sequence import SequenceLength
from scalecalc.compute.flops import CONVENTIONS, training_flops_per_token
from scalecalc.compute.throughput import training_flops
from scalecalc.compute.transformer import Shape
from scalecalc.problem import Problem
from scalecalc.quantity import Params

ConventionName = Literal["6n", "causal", "window", "palm", "exact"]

WORDS = {
    "6n": "6N, attention not counted",
    "causal": "6N and the causal half of attention",
    "window": "6N and attention in full within its windows",
    "palm": "6N and attention in full, PaLM's",
    "exact": "every matrix product, masked ones skipped",
}

ORDINARY_CONTEXT = 8192
"""Contexts up to this are those of the training; longer ones are mostly reached in a last phase."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A model whose FLOPs per token can be told: by its shape and sequence, or by its parameters alone."""

    name: str
    params: float
    active_params: float | None
    shape: Shape | None
    sequence: SequenceLength | None
    is_sequence_assumed: bool = False

    @classmethod
    def published(cls, name: str, sequence: SequenceLength | None) -> "Counted":
        """The published model of that name, on sequences of its context unless told or too long to assume."""
        model = tables.model(name)
        context = model.context if model.shape and model.context else None
        assumed = sequence is None and context is not None and context <= ORDINARY_CONTEXT
        if sequence and model.shape is None:
            raise Problem(
                "no-shape",
                f"the shape of {model.id} is not known, so --sequence changes nothing",
                "leave --sequence out: 6N is counted",
            )
        return cls(
            name=model.name,
            params=model.params,
            active_params=model.active_params,
            shape=model.shape,
            sequence=SequenceLength(context) if assumed and context else sequence,
            is_sequence_assumed=assumed,
        )

    @property
    def working(self) -> float:
        """The parameters that work on a token."""
        return self.active_params or self.params

    @property
    def default(self) -> ConventionName:
        """PaLM's convention where attention can be counted, within windows where the model has them."""
        if self.shape is None or self.sequence is None:
            return "6n"
        return "window" if self.shape.n_windowed_layers else "palm"

    def flops_per_token(self, convention: ConventionName) -> float:
        """FLOPs to train on one token; attention needs a shape and a sequence."""
        if convention == "6n":
            return training_flops(self.working, 1.0)
        if self.shape is None or self.sequence is None:
            missing = "--sequence" if self.shape else "--model with a published shape"
            raise Problem(
                "no-shape", f"--convention {convention} counts attention, which takes {missing}", "or use 6n"
            )
        return training_flops_per_token(self.shape, self.sequence, convention).total

    def conventions(self) -> Iterator[ConventionName]:
        """The conventions that this model can be counted by."""
        yield "6n"
        if self.shape is None or self.sequence is None:
            return
        yield "causal"
        if self.shape.n_windowed_layers:
            yield "window"
        yield from ("palm", "exact")

    def assumptions(self, convention: ConventionName) -> tuple[str, ...]:
        """How the FLOPs were counted."""
        of = f"{Params(self.working)}{' active' if self.active_params else ''} parameters"
        told = f"FLOPs of a token: {CONVENTIONS[convention].formula}, N = {of}"
        if convention == "6n":
            return (f"{told}; attention is not counted",)
        where = "its context, taken for the length of training" if self.is_sequence_assumed else "as given"
        return (f"{told}, sequences of {self.sequence} tokens, {where}",)
