"""Measures of distributions, and the outcomes behind them, as rows of an answer."""

from math import inf, log
from typing import Annotated

from pydantic import Field

from scalecalc.commands._information_distribution import Distribution
from scalecalc.result import Row, Shown
from scalecalc.training.divergence import (
    cross_entropy,
    entropy,
    jensen_shannon,
    kl_divergence,
    perplexity,
)

MOST_LISTED = 12
"""Outcomes that are listed; of more, those that weigh most."""


class Measure(Row):
    """One measure, in nats and in bits; null where it is infinite."""

    measure: str
    symbol: str = Field(title="is")
    nats: Annotated[float | None, Shown(digits=4)] = Field(description="Null where infinite.")
    bits: Annotated[float | None, Shown(digits=4)] = Field(description="Null where infinite.")
    perplexity: Annotated[float | None, Shown(digits=4)] = Field(
        None, description="e to the nats; null for divergences, and where infinite."
    )


class Outcome(Row):
    """One outcome, with what it takes to tell it in a code made for p, and for q."""

    outcome: str
    p: Annotated[float, Shown(digits=3)]
    q: Annotated[float | None, Shown(digits=3)] = None
    bits_by_p: Annotated[float | None, Shown(unit="bits", digits=3)] = Field(
        title="-log p", description="Surprisal; null where infinite."
    )
    bits_by_q: Annotated[float | None, Shown(unit="bits", digits=3)] = Field(
        None, title="-log q", description="Surprisal by q; null where infinite."
    )
    share_of_entropy: Annotated[float | None, Shown(unit="bits", digits=3)] = Field(
        None, title="-p log p", description="What it adds to the entropy of p."
    )
    share_of_kl: Annotated[float | None, Shown(unit="bits", digits=3)] = Field(
        None, title="p log p/q", description="What it adds to KL(p || q); null where infinite."
    )


def measure(name: str, symbol: str, nats: float, *, of_code: bool = False) -> Measure:
    """A measure in both units, and as a perplexity where it is the length of a code."""
    return Measure(
        measure=name,
        symbol=symbol,
        nats=nats,
        bits=nats / log(2),
        perplexity=perplexity(nats) if of_code else None,
    )


def measures_of_one(p: Distribution) -> tuple[Measure, ...]:
    """Entropy, and what it is at most: that of a uniform distribution."""
    size = len(p.probabilities)
    most = log(size)
    return (
        measure("entropy", "H(p)", min(entropy(p.probabilities), most), of_code=True),
        measure("at most, if uniform", "log n", most, of_code=True),
        measure("below that", "KL(p || u)", kl_divergence(p.probabilities, [1 / size] * size)),
    )


def measures_of_two(p: Distribution, q: Distribution) -> tuple[Measure, ...]:
    """Entropies, cross-entropies and divergences, both ways round."""
    ours, theirs = p.probabilities, q.probabilities
    return (
        measure("entropy of p", "H(p)", entropy(ours), of_code=True),
        measure("entropy of q", "H(q)", entropy(theirs), of_code=True),
        measure("cross-entropy of p by q", "H(p, q)", cross_entropy(ours, theirs), of_code=True),
        measure("cross-entropy of q by p", "H(q, p)", cross_entropy(theirs, ours), of_code=True),
        measure("divergence of p from q", "KL(p || q)", kl_divergence(ours, theirs)),
        measure("divergence of q from p", "KL(q || p)", kl_divergence(theirs, ours)),
        measure("Jensen-Shannon", "JS(p, q)", jensen_shannon(ours, theirs)),
    )


def outcomes(p: Distribution, q: Distribution | None) -> tuple[Outcome, ...]:
    """The outcomes in their order; of many, those that weigh most, the heaviest first."""
    theirs = q.probabilities if q else (None,) * len(p.probabilities)
    names = p.names or tuple(map(str, range(1, len(p.probabilities) + 1)))
    rows = [_Weighed(*each) for each in zip(names, p.probabilities, theirs, strict=True)]
    if len(rows) > MOST_LISTED:
        rows = sorted(rows, key=_Weighed.weight, reverse=True)[:MOST_LISTED]
    return tuple(row.outcome() for row in rows)


class _Weighed:
    """An outcome with its probabilities."""

    def __init__(self, name: str, p: float, q: float | None) -> None:
        self.name, self.p, self.q = name, p, q

    def weight(self) -> float:
        """What it adds to the divergence, without sign; alone, to the entropy."""
        return abs(self._weight())

    def outcome(self) -> Outcome:
        """The outcome as a row."""
        added = self._weight()
        return Outcome(
            outcome=self.name,
            p=self.p,
            q=self.q,
            bits_by_p=_surprisal(self.p),
            bits_by_q=None if self.q is None else _surprisal(self.q),
            share_of_entropy=added if self.q is None else None,
            share_of_kl=None if self.q is None else added,
        )

    def _weight(self) -> float:
        """Bits that it adds to the entropy, or to the divergence."""
        if not self.p:
            return 0.0
        ours = self.p * _surprisal(self.p)
        return ours if self.q is None else self.p * _surprisal(self.q) - ours


def _surprisal(probability: float) -> float:
    """Bits of the outcome in the code made for its distribution."""
    return -log(probability) / log(2) + 0.0 if probability else inf
