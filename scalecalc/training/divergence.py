"""Entropy and divergences of discrete distributions, in nats; closed forms, summed without rounding error.

A distribution is a sequence of probabilities that sum to 1, but for rounding, which is divided out; two are
over the same outcomes in the same order. A term of probability zero counts nothing (0 log 0 = 0).
Shannon 1948; Cover & Thomas, Elements of Information Theory, chapter 2; Lin 1991 for Jensen-Shannon.
"""

from collections.abc import Sequence
from math import exp, fsum, inf, isfinite, log, log1p

SUM_TOLERANCE = 1e-6
"""How far from 1 probabilities may sum: what single precision leaves of a softmax."""

Distribution = Sequence[float]


def entropy(p: Distribution) -> float:
    """H(p) = -sum p log p, the nats that an outcome takes on average.

    Cover & Thomas, example 2.1.1 (eight horses), in bits:

    >>> f"{entropy([1/2, 1/4, 1/8, 1/16, 1/64, 1/64, 1/64, 1/64]) / log(2):.3f}"
    '2.000'
    """
    return fsum(-each * log(each) for each in _normalized("p", p) if each > 0)


def cross_entropy(p: Distribution, q: Distribution) -> float:
    """H(p, q) = -sum p log q, the nats an outcome of p takes by q; infinite where q rules one out."""
    p, q = _pair(p, q)
    if impossible(p, q):
        return inf
    return fsum(-ours * log(theirs) for ours, theirs in zip(p, q, strict=True) if ours > 0)


def kl_divergence(p: Distribution, q: Distribution) -> float:
    """KL(p || q) = sum p log(p / q), never negative and zero for equal distributions only.

    Each term is p log(p / q) - p + q, which is never negative and adds nothing to the sum.

    >>> f"{kl_divergence([0.5, 0.5], [0.75, 0.25]) / log(2):.4f}"
    '0.2075'
    """
    p, q = _pair(p, q)
    if impossible(p, q):
        return inf
    return fsum(_excess(ours, theirs) for ours, theirs in zip(p, q, strict=True))


def jensen_shannon(p: Distribution, q: Distribution) -> float:
    """Half of KL(p || m) and half of KL(q || m) with m halfway between: symmetric and at most log 2."""
    p, q = _pair(p, q)
    middle = [(ours + theirs) / 2 for ours, theirs in zip(p, q, strict=True)]
    terms = [_excess(ours, half) for ours, half in zip(p, middle, strict=True)]
    terms += [_excess(theirs, half) for theirs, half in zip(q, middle, strict=True)]
    return min(fsum(terms) / 2, log(2))


def perplexity(nats: float) -> float:
    """e to the nats: among how many equally likely outcomes the choice is as hard."""
    return exp(nats) if nats < 709 else inf


def impossible(p: Distribution, q: Distribution) -> tuple[int, ...]:
    """The places of outcomes that p has and q rules out, which make KL(p || q) infinite."""
    return tuple(place for place, (ours, theirs) in enumerate(zip(p, q, strict=True)) if ours > 0 >= theirs)


def _excess(p: float, q: float) -> float:
    """p log(p / q) - p + q, without the cancellation where q is close to p."""
    if p == 0 or q == 0:  # where p is not zero, q is half of the smallest float
        return max(p, q)
    if not 0.5 < q / p < 2:
        return p * (log(p) - log(q)) - p + q
    step = (q - p) / p
    if abs(step) > 0.01:
        return p * (step - log1p(step))
    # step - log(1 + step) as a series; the first term left out is below 1e-18 of the first
    return p * step * step * fsum((-step) ** power / (power + 2) for power in range(9))


def _pair(p: Distribution, q: Distribution) -> tuple[Distribution, Distribution]:
    if len(p) != len(q):
        raise ValueError(f"q must have as many outcomes as p, {len(p)}, not {len(q)}")
    return _normalized("p", p), _normalized("q", q)


def _normalized(name: str, values: Distribution) -> Distribution:
    """The values divided by their sum, which is 1 but for rounding."""
    wrong = next((value for value in values if not (isfinite(value) and value >= 0)), None)
    if wrong is not None:
        raise ValueError(f"{name} must hold probabilities, not {wrong!r}")
    total = fsum(values)
    if abs(total - 1) > SUM_TOLERANCE:
        raise ValueError(f"{name} must sum to 1, not {total!r}")
    return values if total == 1 else [value / total for value in values]
