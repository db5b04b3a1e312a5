"""A model held against the optimum of its own budget: what it wastes, and on which side it errs."""

from dataclasses import dataclass
from typing import Literal, final

from scalecalc.laws.arithmetic import FLOPS_PER_TOKEN_PER_PARAM
from scalecalc.laws.inverse import flops_for
from scalecalc.laws.law import Allocator
from scalecalc.laws.surface import Surface

Verdict = Literal["model-heavy", "compute-optimal", "data-heavy"]

OPTIMAL_WITHIN = 0.05
"""A model that wastes no larger share of its compute is called compute-optimal."""

OPTIMAL_FACTOR = 1.5
"""Where a law predicts no loss, a size within this factor of the optimum is. It is about what 5 % of the
compute come to on the Chinchilla surfaces: 0.68 to 1.46 times the optimal size by Besiroglu et al. 2024."""


@final
@dataclass(frozen=True, slots=True)
class Audit:
    """Parameters and tokens as trained, and what the law says of them; losses are None where it says none."""

    params: float
    tokens: float
    best_params: float
    best_tokens: float
    loss: float | None
    best_loss: float | None
    flops_needed: float | None

    @property
    def flops(self) -> float:
        """The budget, 6ND."""
        return FLOPS_PER_TOKEN_PER_PARAM * self.params * self.tokens

    @property
    def extra_loss(self) -> float | None:
        """Loss above what the same budget could have reached."""
        if self.loss is None or self.best_loss is None:
            return None
        return max(0.0, self.loss - self.best_loss)

    @property
    def wasted(self) -> float | None:
        """Share of the budget that the optimum would have saved at the same loss."""
        if self.flops_needed is None:
            return None
        return min(max(0.0, 1 - self.flops_needed / self.flops), 1.0)

    @property
    def verdict(self) -> Verdict:
        """Whether the compute went into too large a model, into too much data, or was well spent."""
        ratio = self.params / self.best_params
        wasted = self.wasted
        if wasted is None:
            well_spent = 1 / OPTIMAL_FACTOR <= ratio <= OPTIMAL_FACTOR
        else:
            well_spent = wasted <= OPTIMAL_WITHIN
        if well_spent:
            return "compute-optimal"
        return "model-heavy" if ratio > 1 else "data-heavy"


def audit(law: Allocator, params: float, tokens: float) -> Audit:
    """Hold a model of `params` trained on `tokens` against the law's optimum for 6 * params * tokens.

    GPT-3 175B on 300B tokens, and Chinchilla 70B on 1.4T:

    >>> from scalecalc.laws import Additive
    >>> law = Additive(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658)
    >>> gpt3, chinchilla = audit(law, 174.6e9, 300e9), audit(law, 70e9, 1.4e12)
    >>> gpt3.verdict, chinchilla.verdict
    ('model-heavy', 'compute-optimal')
    >>> f"{gpt3.wasted:.2f}"
    '0.39'
    """
    best_params, best_tokens = law.optimal(FLOPS_PER_TOKEN_PER_PARAM * params * tokens)
    if not isinstance(law, Surface):
        return Audit(params, tokens, best_params, best_tokens, None, None, None)
    loss = law.loss(params, tokens)
    best_loss = law.loss(best_params, best_tokens)
    return Audit(params, tokens, best_params, best_tokens, loss, best_loss, flops_for(law, loss))
