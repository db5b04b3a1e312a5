"""The KL-penalized reward of RLHF, and estimates of the divergence from sampled tokens alone.

Tokens are sampled from the policy; of each is known its log-probability (natural logarithm) under the policy
and under the reference. With r = reference / policy the estimators of KL(policy || reference) are those of
Schulman 2020, "Approximating KL divergence": k1 = -log r, k2 = (log r)^2 / 2, k3 = (r - 1) - log r.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import expm1, fsum, inf, sqrt
from typing import Literal, get_args

from scalecalc.laws.arithmetic import beyond_floats

Estimator = Literal["k1", "k2", "k3"]

ESTIMATORS: tuple[Estimator, ...] = get_args(Estimator)


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over samples with its standard error, None for a single sample."""

    value: float
    standard_error: float | None


def estimate(name: Estimator, policy: float, reference: float) -> float:
    """One token's estimate of KL(policy || reference), in nats.

    k1 is unbiased, and negative where the reference finds the token likelier. k3 is unbiased too, since
    r - 1 is zero on average, and is never negative. k2 is biased, by little where the two are close.

    >>> [f"{estimate(name, -1.0, -1.5):.4f}" for name in ("k1", "k2", "k3")]
    ['0.5000', '0.1250', '0.1065']
    """
    log_ratio = reference - policy
    if name == "k1":
        return -log_ratio
    if name == "k2":
        return log_ratio * log_ratio / 2
    if name == "k3":
        return _k3(log_ratio)
    raise ValueError(f"name must be one of {', '.join(ESTIMATORS)}, not {name!r}")


def penalized_reward(reward: float, penalty: float, beta: float) -> float:
    """Reward minus beta times the divergence: Ouyang et al. 2022 (arXiv 2203.02155), eq. 2, without gamma."""
    if not 0 <= beta < inf:
        raise ValueError(f"beta must be zero or positive and finite, not {beta!r}")
    return reward - beta * penalty


def mean(values: Sequence[float]) -> Mean:
    """The mean of independent samples, and s / sqrt(n).

    >>> mean([1.0, 2.0, 3.0, 4.0])
    Mean(value=2.5, standard_error=0.6454972243679028)
    """
    count = len(values)
    if not count:
        raise ValueError("values must not be empty")
    value = fsum(values) / count
    if count == 1:
        return Mean(value, None)
    return Mean(value, sqrt(fsum((each - value) ** 2 for each in values) / (count - 1) / count))


def mean_per_token(totals: Sequence[float], tokens: Sequence[int]) -> Mean:
    """The mean over all tokens of sequences, whose sums and lengths are given.

    Tokens of a sequence depend on each other, so the error is that of a ratio of sums over independent
    sequences (Cochran 1977, Sampling Techniques, eq. 6.13); None for a single sequence.
    """
    if len(totals) != len(tokens) or not totals:
        raise ValueError("totals and tokens must have one entry for each sequence")
    length, count = sum(tokens), len(totals)
    value = fsum(totals) / length
    if count == 1:
        return Mean(value, None)
    spread = fsum((total - value * size) ** 2 for total, size in zip(totals, tokens, strict=True))
    return Mean(value, sqrt(spread * count / (count - 1)) / length)


def grouped(labels: Sequence[str]) -> Mapping[str, list[int]]:
    """The places of the rows of each sequence, in the order in which sequences appear.

    >>> grouped(["a", "b", "a"])
    {'a': [0, 2], 'b': [1]}
    """
    places: dict[str, list[int]] = {}
    for place, label in enumerate(labels):
        places.setdefault(label, []).append(place)
    return places


def _k3(log_ratio: float) -> float:
    """e^x - 1 - x, as a series where the difference would cancel."""
    x = log_ratio
    if x > 709:
        raise beyond_floats("reference - policy", x)
    if abs(x) > 0.01:
        return expm1(x) - x
    return x * x / 2 * (1 + x / 3 * (1 + x / 4 * (1 + x / 5 * (1 + x / 6))))
