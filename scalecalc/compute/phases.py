"""Runs of several phases, each with its own sequence length: what attention makes of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from scalecalc.compute.flops import training_flops_per_token
from scalecalc.compute.transformer import Shape
from scalecalc.laws.arithmetic import require_positive


@dataclass(frozen=True, slots=True)
class Phase:
    """`tokens` trained on in sequences of `length`."""

    tokens: float
    length: float

    def __post_init__(self) -> None:
        require_positive("tokens", self.tokens)
        require_positive("length", self.length)


def phase_flops(shape: Shape, phase: Phase, convention: str = "exact") -> float:
    """Return the FLOPs of one phase.

    The last tokens of Llama 3 405B, 800B in sequences of 128K, by PaLM's convention (arXiv 2407.21783,
    section 3.4.2): attention in full makes them more than twice as expensive as 6ND.

    >>> llama = Shape(
    ...     n_layers=126, d_model=16384, n_heads=128, n_kv_heads=8, d_head=128, d_ff=53248, vocab=128256
    ... )
    >>> long = Phase(800e9, 131072)
    >>> round(phase_flops(llama, long, "palm") / phase_flops(llama, long, "6n"), 2)
    2.33
    """
    return training_flops_per_token(shape, phase.length, convention).total * phase.tokens


def run_flops(shape: Shape, phases: Sequence[Phase], convention: str = "exact") -> float:
    """Return the FLOPs of all phases."""
    if not phases:
        raise ValueError("phases must have at least one phase, not none")
    return sum(phase_flops(shape, phase, convention) for phase in phases)
