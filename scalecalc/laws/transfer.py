"""Transfer: what pre-training is worth to fine-tuning, in data of the fine-tuning kind."""

from dataclasses import dataclass
from typing import ClassVar, final

from scalecalc.laws.arithmetic import Number, require_positive
from scalecalc.laws.law import Law, require_coefficients


@final
@dataclass(frozen=True, slots=True)
class Transfer(Law):
    """D_T = k * D_F**alpha * N**beta: characters of fine-tuning data that pre-training stands for.

    Hernandez et al. 2021 (arXiv 2102.01293), table 1. D_F counts the characters fine-tuned on, N the
    non-embedding parameters. For little data only: D_F up to a tenth of what a model of this size needs
    without pre-training.
    """

    k: float
    alpha: float
    beta: float

    form: ClassVar[str] = "transfer"

    def __post_init__(self) -> None:
        require_coefficients(self, "k", "alpha", "beta")

    @property
    def formula(self) -> str:
        """The law in plain text."""
        return "D_T = k*D_F^alpha*N^beta"

    def transferred(self, params: Number, characters: Number) -> Number:
        """Characters that a model of the same size without pre-training would need on top of these.

        >>> text_to_python = Transfer(k=1.9e4, alpha=0.18, beta=0.38)
        >>> f"{text_to_python.transferred(4e7, 3e5):.3e}"
        '1.424e+08'
        """
        require_positive("params", params)
        require_positive("characters", characters)
        worth: Number = self.k * characters**self.alpha * params**self.beta
        return worth

    def multiplier(self, params: Number, characters: Number) -> Number:
        """How many times the fine-tuning data seems to be there: (D_F + D_T) / D_F."""
        return 1 + self.transferred(params, characters) / characters
