"""Conventions that differ between papers: what N counts, what C counts, and the units of both."""

from scalecalc.laws.arithmetic import PF_DAY, Number, require_positive

EMBEDDING_SCALE = 47491.0
"""Embedding parameters over the cube root of all others: a fit to the models of Hoffmann et al. 2022, table
A9, by Pearce & Song 2024 (arXiv 2406.12907)."""

EMBEDDING_VOCAB = 32_000
"""The vocabulary of those models."""


def total_from_non_embedding(params: Number, vocab: float = EMBEDDING_VOCAB) -> Number:
    """All parameters of a model with so many outside of its embedding: N + 47491 (V / 32000) N**(1/3).

    Pearce & Song 2024 (arXiv 2406.12907). The layers have 12 L d**2 parameters and the embedding V d, once;
    the cube root stands for width over depth being one number, 39.2. Exact counts need the shape.

    >>> f"{total_from_non_embedding(8.5e7):.3e}"
    '1.059e+08'
    """
    require_positive("params", params)
    total: Number = params + _embedding_scale(vocab) * params ** (1 / 3)
    return total


def non_embedding_from_total(params: Number, vocab: float = EMBEDDING_VOCAB) -> Number:
    """Parameters outside of the embedding of a model with so many in all; undoes `total_from_non_embedding`.

    The cube root x solves x**3 + k x = N, whose one real root Cardano gives as p - k / 3p; written as a
    quotient it keeps its digits where the embedding is nearly all there is.
    """
    require_positive("params", params)
    third = _embedding_scale(vocab) / 3
    half: Number = params / 2
    ratio: Number = third / half
    p = (half + half * (1 + third * ratio * ratio) ** 0.5) ** (1 / 3)
    q = third / p
    root: Number = params / (p * p + third + q * q)
    return root**3


def _embedding_scale(vocab: float) -> float:
    require_positive("vocab", vocab)
    return EMBEDDING_SCALE * vocab / EMBEDDING_VOCAB


def pf_days(flops: Number) -> Number:
    """FLOPs in PF-days, the unit of Kaplan et al. 2020 and Brown et al. 2020.

    >>> round(pf_days(3.14e23))
    3634
    """
    return flops / PF_DAY


def flops_from_pf_days(days: Number) -> Number:
    """PF-days in FLOPs."""
    return days * PF_DAY


def least_compute(flops: Number, batch: Number, critical_batch: Number) -> Number:
    """C_min = C / (1 + B / B_crit): what a batch far below the critical size would have taken.

    Kaplan et al. 2020 (arXiv 2001.08361), section 5.1. Training at B_crit takes twice C_min.
    """
    return flops / (1 + batch / critical_batch)


def compute_at_batch(least: Number, batch: Number, critical_batch: Number) -> Number:
    """C = C_min (1 + B / B_crit): undoes `least_compute`."""
    return least * (1 + batch / critical_batch)


def least_steps(steps: Number, batch: Number, critical_batch: Number) -> Number:
    """S_min = S / (1 + B_crit / B): what a batch far above the critical size would have taken."""
    return steps / (1 + critical_batch / batch)
