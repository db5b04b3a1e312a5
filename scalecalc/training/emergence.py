"""From a smooth loss to measures that seem to jump: what metrics make of the probability of a token.

Schaeffer et al. 2023 (arXiv 2304.15004), section 2: a loss of L nats on the tokens of an answer gives each
the probability p = exp(-L). An answer of k tokens is all right with p**k, which stays near zero and then
rises; the tokens that must be mended are about k (1 - p), and the Brier score is (1 - p)**2, which both fall
evenly. Tokens are taken as independent, which those of a real answer are not.

Where L is a power law (C/c)**-alpha, exact match is exp(-exp(-alpha (ln C - ln c) + ln k)): the same curve
in log C for every k, moved by ln(k)/alpha. A longer answer emerges later, not more sharply.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, expm1, inf, log, log1p, sqrt
from statistics import median

from scalecalc.laws.arithmetic import power, require_positive


@dataclass(frozen=True, slots=True)
class AnswerLoss:
    """Loss on the tokens of an answer, from a law's loss on its corpus; all in nats per token.

    answer = floor + difficulty * (loss - entropy). `entropy` is the law's irreducible loss: text may go on in
    many ways. An answer that is determined has none, so its `floor` is zero.
    """

    entropy: float = 0.0
    floor: float = 0.0
    difficulty: float = 1.0

    def __call__(self, loss: float) -> float:
        """The answer's loss at a loss of the law.

        >>> AnswerLoss(entropy=1.8172)(2.0)
        0.18280000000000007
        """
        return self.floor + self.difficulty * max(loss - self.entropy, 0.0)


@dataclass(frozen=True, slots=True)
class PowerLoss:
    """L(x) = (x / one_nat_at)**-exponent in nats per token, of compute or of size x.

    Schaeffer et al. 2023 (arXiv 2304.15004), section 2, with alpha = -exponent and c = one_nat_at.
    """

    exponent: float
    one_nat_at: float

    def __post_init__(self) -> None:
        require_positive("exponent", self.exponent)
        require_positive("one_nat_at", self.one_nat_at)

    def __call__(self, scale: float) -> float:
        """The loss at that scale, infinite where a float cannot hold it."""
        return power(scale / self.one_nat_at, -self.exponent)


def token_probability(loss: float) -> float:
    """Probability p = exp(-loss) that a model gives the right token, its loss in nats."""
    return exp(-loss)


def exact_match(loss: float, answer_tokens: float) -> float:
    """Probability p**k that all k tokens of an answer are right.

    >>> f"{exact_match(0.1, 1):.3f} {exact_match(0.1, 10):.3f} {exact_match(1.0, 10):.1e}"
    '0.905 0.368 4.5e-05'
    """
    return exp(-loss * answer_tokens)


def edit_distance(loss: float, answer_tokens: float) -> float:
    """Expected number k (1 - p) of wrong tokens in an answer of k; approximately the token edit distance."""
    return -answer_tokens * expm1(-loss)


def brier_score(loss: float) -> float:
    """(1 - p)**2 of one right token against all others: 0 is best, 1 worst."""
    return expm1(-loss) ** 2


def loss_at(accuracy: float, answer_tokens: float) -> float:
    """Loss in nats per token at which that share of answers of k tokens is all right."""
    if not 0 < accuracy <= 1:
        raise ValueError(f"accuracy must be above 0 and at most 1, not {accuracy!r}")
    return -log(accuracy) / answer_tokens


def smallest_seen(items: int, certainty: float) -> float:
    """The accuracy at which, with this probability, at least one of so many test items comes out right.

    Below it a test of n items reads zero: 1 - (1 - q)**(1/n), about 0.69/n for q = 0.5 and 3/n for 0.95.

    >>> f"{smallest_seen(100, 0.5):.4f} {smallest_seen(100, 0.95):.4f}"
    '0.0069 0.0295'
    """
    if items < 1:
        raise ValueError(f"items must be at least 1, not {items!r}")
    if not 0 < certainty < 1:
        raise ValueError(f"certainty must be between 0 and 1, not {certainty!r}")
    return -expm1(log1p(-certainty) / items)


def seen(accuracy: float, items: int) -> float:
    """Probability that at least one of so many items comes out right."""
    return 1.0 if accuracy >= 1 else -expm1(items * log1p(-accuracy))


def reached_at(loss: Callable[[float], float], target: float, low: float, high: float) -> float | None:
    """The scale between low and high at which a falling loss comes down to the target; None if it does not.

    By bisection of the logarithm, to the last digits of a float.

    >>> f"{reached_at(PowerLoss(0.5, 1e9), 0.1, 1e6, 1e13):.3g}"
    '1e+11'
    """
    if loss(low) <= target or loss(high) > target:
        return None
    start, stop = log(low), log(high)
    while start < (middle := (start + stop) / 2) < stop:
        if loss(exp(middle)) > target:
            start = middle
        else:
            stop = middle
    return exp(stop)


def emergence_score(values: Sequence[float]) -> float | None:
    """BIG-bench's score of a measure over growing models: total change over the median step; signed.

    Schaeffer et al. 2023 (arXiv 2304.15004), eq. 1, from Srivastava et al. 2022. Even steps give their
    number; None with fewer than two of them, or where the median step is zero.

    >>> emergence_score([0.0, 0.1, 0.2, 0.3]), emergence_score([0.0, 0.01, 0.02, 0.9])
    (3.0, 90.0)
    """
    steps = _steps(values)
    if len(steps) < 2:
        return None
    size = sqrt(median(step * step for step in steps))
    lowest, highest = min(values), max(values)
    if size == 0:
        return None
    sign = 1 if values.index(highest) > values.index(lowest) else -1
    return float(f"{sign * (highest - lowest) / size:.12g}")


def largest_step(values: Sequence[float]) -> float | None:
    """Share of the whole change of a measure that its largest single step holds; None without a change.

    >>> largest_step([0.0, 0.1, 0.2, 1.0])
    0.8
    """
    spread = max(values, default=0.0) - min(values, default=0.0)
    if not 0 < spread < inf:
        return None
    return max(map(abs, _steps(values))) / spread


def _steps(values: Sequence[float]) -> list[float]:
    return [after - before for before, after in pairwise(values)]
