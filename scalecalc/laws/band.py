"""The near-optimal band: how far from the optimum a model may be and cost almost nothing.

A model of N = N* e**u on the optimum's budget has S(u) / S* = (beta e**(-alpha u) + alpha e**(beta u)) /
(alpha + beta), and the optimum of (1 - less) C has S* (1 - less)**-(alpha beta / (alpha + beta)). Both
ratios are free of C and of A, B and E, so a law has one band in N / N* for each share of compute.
"""

from functools import lru_cache
from math import exp, expm1, log, log1p

from scalecalc.laws.arithmetic import Number
from scalecalc.laws.surface import Surface


def band(law: Surface, flops: Number, less: float) -> tuple[Number, Number]:
    """Sizes (low, high) that on this budget lose no more than `less` of it, each with its tokens C / 6N.

    Between them the loss is one that the optimum would reach with the share `less` of the compute
    saved: L(N, C / 6N) <= L*((1 - less) C), with equality at both ends, to a relative 1e-12.

    >>> from scalecalc.laws import Additive
    >>> law = Additive(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658)
    >>> low, high = band(law, 1e23, less=0.01)
    >>> f"{low / 1e9:.1f}B to {high / 1e9:.1f}B"
    '24.9B to 34.8B'
    """
    low, high = band_of_ratios(law, less)
    params, _ = law.optimal(flops)
    return params * low, params * high


def band_of_ratios(law: Surface, less: float) -> tuple[float, float]:
    """Band as (low / N*, high / N*), the same at every budget."""
    if not 0 < less < 1:
        raise ValueError(f"less must be a share of compute between 0 and 1, not {less!r}")
    _, _, alpha, beta = law.terms
    return _ratios(alpha, beta, float(less))


@lru_cache(maxsize=256)
def _ratios(alpha: float, beta: float, less: float) -> tuple[float, float]:
    rise = expm1(-alpha * beta / (alpha + beta) * log1p(-less))
    # swapping alpha and beta mirrors the curve, so the lower end is the upper end of the mirror
    return exp(-_upper_end(beta, alpha, rise)), exp(_upper_end(alpha, beta, rise))


def _upper_end(alpha: float, beta: float, rise: float) -> float:
    """Root u > 0 of (beta expm1(-alpha u) + alpha expm1(beta u)) / (alpha + beta) == rise.

    The left side is convex and at least (alpha e**(beta u)) / (alpha + beta) - 1, which bounds u from above:
    Newton's steps from that bound fall to the root and cannot cross it.
    """
    total = alpha + beta
    u = log((1 + rise) * total / alpha) / beta
    while True:
        above = (beta * expm1(-alpha * u) + alpha * expm1(beta * u)) / total - rise
        slope = alpha * beta * (expm1(beta * u) - expm1(-alpha * u)) / total
        lower = u - above / slope
        if not 0 < lower < u:
            return u
        u = lower
