"""Estimates of a divergence from samples, and penalized rewards, as rows of an answer."""

from collections.abc import Sequence
from math import fsum
from typing import Annotated

from pydantic import Field

from scalecalc.commands._information_samples import Samples
from scalecalc.quantity import Share
from scalecalc.result import Row, Shown
from scalecalc.training.reward import (
    ESTIMATORS,
    Estimator,
    Mean,
    estimate,
    mean,
    mean_per_token,
    penalized_reward,
)

FORMULAS: dict[Estimator, str] = {"k1": "-log r", "k2": "(log r)^2 / 2", "k3": "(r - 1) - log r"}

KNOWN: dict[Estimator, str] = {
    "k1": "unbiased, noisy",
    "k2": "biased",
    "k3": "unbiased, never below 0",
}

Nats = Annotated[float, Shown(digits=4)]
MaybeNats = Annotated[float | None, Shown(digits=4)]


class Divergence(Row):
    """One estimator of KL(policy || reference), in nats."""

    estimator: str
    formula: str = Field(title="r = ref/policy")
    per_token: MaybeNats = Field(description="Nats per token; null where a row is a sequence.")
    per_token_error: MaybeNats = Field(title="std error", description="Of per_token.")
    per_sequence: Nats = Field(description="Nats per sequence, the mean over sequences.")
    per_sequence_error: MaybeNats = Field(title="std error", description="Of per_sequence; null for one.")
    negative: Share = Field(title="below 0", description="Share of the rows where the estimate is negative.")
    properties: str = Field(title="known to be")


class RewardedSequence(Row):
    """One sequence: its reward, its divergence and what is left of the reward."""

    sequence: str
    tokens: int | None = Field(description="Null where a row of the table is a sequence.")
    reward: MaybeNats
    kl: Nats = Field(title="KL (nats)", description="By the estimator of the penalty, summed over tokens.")
    penalty: Nats = Field(description="beta times that.")
    penalized_reward: Nats = Field(description="The reward less the penalty; without rewards the penalty.")


class Token(Row):
    """One token (or sequence) of the table; the reward of its sequence counts at the last token."""

    sequence: str
    position: int = Field(description="Within its sequence, from 1.")
    policy: Nats = Field(description="Log-probability, in nats.")
    reference: Nats
    k1: Nats
    k2: Nats
    k3: Nats
    penalized_reward: Nats = Field(description="Less beta times the penalty's estimate.")


def divergences(samples: Samples) -> tuple[Divergence, ...]:
    """The estimates beside each other, by token and by sequence, with their standard errors."""
    return tuple(_divergence(name, samples, _estimates(name, samples)) for name in ESTIMATORS)


def sequences(samples: Samples, name: Estimator, beta: float) -> tuple[RewardedSequence, ...]:
    """The sequences with their penalized rewards."""
    estimates = _estimates(name, samples)
    rewards: Sequence[float | None] = samples.rewards or [None] * len(samples.places)
    return tuple(
        _sequence(samples, label, fsum(estimates[row] for row in rows), reward, beta)
        for (label, rows), reward in zip(samples.places.items(), rewards, strict=True)
    )


def tokens(samples: Samples, name: Estimator, beta: float) -> tuple[Token, ...]:
    """The tokens with their estimates and rewards, sequence by sequence."""
    rewards = samples.rewards or [0.0] * len(samples.places)
    return tuple(
        _token(samples, label, (position, place), name, reward if position == len(places) else 0.0, beta)
        for (label, places), reward in zip(samples.places.items(), rewards, strict=True)
        for position, place in enumerate(places, start=1)
    )


def _token(
    samples: Samples, label: str, at: tuple[int, int], name: Estimator, reward: float, beta: float
) -> Token:
    """The token at a position of its sequence and a row of the table."""
    position, row = at
    policy, reference = samples.policy[row], samples.reference[row]
    k1, k2, k3 = (estimate(each, policy, reference) for each in ESTIMATORS)
    penalty = {"k1": k1, "k2": k2, "k3": k3}[name]
    return Token.model_construct(
        sequence=label,
        position=position,
        policy=policy,
        reference=reference,
        k1=k1,
        k2=k2,
        k3=k3,
        penalized_reward=penalized_reward(reward, penalty, beta),
    )


def _estimates(name: Estimator, samples: Samples) -> list[float]:
    pairs = zip(samples.policy, samples.reference, strict=True)
    return [estimate(name, policy, reference) for policy, reference in pairs]


def _divergence(name: Estimator, samples: Samples, estimates: Sequence[float]) -> Divergence:
    totals = [fsum(estimates[row] for row in rows) for rows in samples.places.values()]
    lengths = [len(rows) for rows in samples.places.values()]
    if samples.are_sequences:
        per_token = None
    elif len(totals) == 1:
        per_token = mean(estimates)
    else:
        per_token = mean_per_token(totals, lengths)
    per_sequence: Mean = mean(totals)
    return Divergence(
        estimator=name,
        formula=FORMULAS[name],
        per_token=per_token and per_token.value,
        per_token_error=per_token and per_token.standard_error,
        per_sequence=per_sequence.value,
        per_sequence_error=per_sequence.standard_error,
        negative=Share(sum(each < 0 for each in estimates) / len(estimates)),
        properties=KNOWN[name],
    )


def _sequence(samples: Samples, label: str, kl: float, reward: float | None, beta: float) -> RewardedSequence:
    return RewardedSequence.model_construct(
        sequence=label,
        tokens=None if samples.are_sequences else len(samples.places[label]),
        reward=reward,
        kl=kl,
        penalty=beta * kl,
        penalized_reward=penalized_reward(reward or 0.0, kl, beta),
    )
