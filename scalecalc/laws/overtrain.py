"""Smaller models on more tokens: what the same loss then costs, and from which demand on it pays.

de Vries 2023 ("Go smol or go home"), over any surface. In the ratios k_N = N / N* and k_D = D / D* to the
optimum of the same loss, the terms of the power sum are as beta : alpha at the optimum, so
    k_D = [1 - (k_N**-alpha - 1) beta / alpha]**(-1 / beta)
which is free of compute and of A, B and E. Where the bracket is not positive no data is enough.
"""

from dataclasses import dataclass
from math import exp, inf, log, log1p
from typing import final

from scalecalc.laws.arithmetic import FLOPS_PER_TOKEN_PER_PARAM, power, require_positive
from scalecalc.laws.constraints import FLOPS_PER_TOKEN_SERVED
from scalecalc.laws.roots import falling_root
from scalecalc.laws.surface import Surface

CRITICAL_OVERHEAD = 1.0
"""De Vries calls the size critical at which the compute doubles."""


@final
@dataclass(frozen=True, slots=True)
class Overtrained:
    """A model beside the compute-optimal one of the same loss; tokens are infinite where no data suffices."""

    params: float
    tokens: float
    optimal_params: float
    optimal_tokens: float
    loss: float

    @property
    def extra_tokens(self) -> float:
        """Tokens beyond those of the optimum."""
        return self.tokens - self.optimal_tokens

    @property
    def overhead(self) -> float:
        """Compute beyond that of the optimum, as a share of it."""
        return self.params / self.optimal_params * (self.tokens / self.optimal_tokens) - 1

    @property
    def extra_flops(self) -> float:
        """Compute beyond that of the optimum."""
        optimal = FLOPS_PER_TOKEN_PER_PARAM * self.optimal_params * self.optimal_tokens
        return self.overhead * optimal

    @property
    def pays_from(self) -> float:
        """Tokens served from which the smaller model has cost less; infinite for one that is not smaller.

        Each token served saves 2 FLOPs for every parameter that is not there.
        """
        saved = FLOPS_PER_TOKEN_SERVED * (self.optimal_params - self.params)
        return self.extra_flops / saved if saved > 0 else inf


def overtrain(law: Surface, flops: float, params: float) -> Overtrained:
    """A model of this size, trained until it has the loss of the optimum of `flops`.

    De Vries 2023: half the optimal size at 1e23 FLOPs.

    >>> from scalecalc.laws import Additive
    >>> law = Additive(E=1.62, A=406.4, B=410.7, alpha=0.336, beta=0.283)
    >>> found = overtrain(law, 1e23, params=9.367e9)
    >>> f"{found.tokens / 1e9:.0f}B tokens, {found.overhead:.1%} more compute"
    '2149B tokens, 20.8% more compute'
    """
    require_positive("params", params)
    optimal_params, optimal_tokens = law.optimal(flops)
    loss = law.loss(optimal_params, optimal_tokens)
    tokens = optimal_tokens * token_ratio(law, params / optimal_params)
    return Overtrained(params, tokens, optimal_params, optimal_tokens, loss)


def token_ratio(law: Surface, size_ratio: float) -> float:
    """Tokens for the same loss over those of the optimum; infinite where no data suffices."""
    require_positive("size_ratio", size_ratio)
    terms = law.terms
    left = 1 - (power(size_ratio, -terms.alpha) - 1) * terms.beta / terms.alpha
    return power(left, -1 / terms.beta) if left > 0 else inf


def smallest_ratio(law: Surface) -> float:
    """Size over the optimal one at which no data reaches the loss: (1 + alpha / beta)**(-1 / alpha)."""
    terms = law.terms
    return power(1 + terms.alpha / terms.beta, -1 / terms.alpha)


def critical_ratio(law: Surface, overhead: float = CRITICAL_OVERHEAD) -> float:
    """Size over the optimal one, below 1, at which the same loss takes this share of compute more.

    >>> from scalecalc.laws import Additive
    >>> law = Additive(E=1.62, A=406.4, B=410.7, alpha=0.336, beta=0.283)
    >>> f"{critical_ratio(law):.3f} (smallest {smallest_ratio(law):.3f})"
    '0.305 (smallest 0.097)'
    """
    require_positive("overhead", overhead)
    terms = law.terms
    total = terms.alpha + terms.beta

    def log_ratios(odds: float) -> tuple[float, float]:
        """ln k_N and ln k_D where the term of the parameters is e**odds times that of the tokens."""
        size = log(terms.beta / total) + _softplus(-odds)
        data = log(terms.alpha / total) + _softplus(odds)
        return size / terms.alpha, data / terms.beta

    # the optimum has the odds ln(beta / alpha), smaller models lie above: e**u is what they have in excess
    optimum = log(terms.beta / terms.alpha)
    excess = falling_root(lambda u: log1p(overhead) - sum(log_ratios(optimum + exp(u))), 0.0)
    return exp(log_ratios(optimum + exp(excess))[0])


def _softplus(x: float) -> float:
    """ln(1 + e**x) without overflow."""
    return max(x, 0.0) + log1p(exp(-abs(x)))
