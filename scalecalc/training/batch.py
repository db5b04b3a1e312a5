"""Batch size: what a larger one saves in steps and costs in tokens.

McCandlish et al. 2018 (arXiv 1812.06162). A run at batch size B takes S steps and E = B S tokens, with
(S / S_min - 1) (E / E_min - 1) = 1: S_min is what endless batches would take, E_min what the smallest would.
Their ratio is the critical batch size, at which both are twice their least.
"""

from scalecalc.laws.arithmetic import Number


def critical_batch(least_tokens: Number, least_steps: Number) -> Number:
    """Batch size B_crit = E_min / S_min, in tokens."""
    return least_tokens / least_steps


def steps_at(batch: Number, critical: Number, least_steps: Number) -> Number:
    """Steps at a batch size: S = S_min (1 + B_crit / B).

    >>> steps_at(1e6, critical=2e6, least_steps=10_000.0)
    30000.0
    """
    return least_steps * (1 + critical / batch)


def tokens_at(batch: Number, critical: Number, least_tokens: Number) -> Number:
    """Tokens at a batch size: E = E_min (1 + B / B_crit)."""
    return least_tokens * (1 + batch / critical)


def simple_noise_scale(variance: Number, squared_gradient: Number) -> Number:
    """B_simple = tr(Sigma) / |G|**2: total variance of a gradient over its squared length.

    Both for a batch of one; equal to the critical batch size where the curvature is the same all round.
    """
    return variance / squared_gradient


def gain(batch: Number, noise_scale: Number) -> Number:
    """Share of the best improvement of a step that this batch size reaches: 1 / (1 + B_noise / B).

    >>> f"{gain(2e6, noise_scale=2e6):.2f}"
    '0.50'
    """
    return 1 / (1 + noise_scale / batch)
