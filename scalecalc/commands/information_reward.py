"""The KL-penalized reward of RLHF from log-probabilities, and estimates of the divergence behind it."""

from collections.abc import Iterator
from math import fsum
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from scalecalc.commands._information_rewards import (
    Divergence,
    RewardedSequence,
    Token,
    divergences,
    sequences,
    tokens,
)
from scalecalc.commands._information_samples import HOLDS, Samples, samples_of_file, samples_of_words
from scalecalc.problem import Problem
from scalecalc.quantity import significant
from scalecalc.result import Inputs, Note, Positional, Result, Shown
from scalecalc.training.reward import Estimator

MOST_SHOWN = 20
"""Tokens, and sequences, up to which the screen lists them; JSON and CSV have them all."""


class InformationRewardInputs(Inputs):
    """The reward less beta times the divergence from the reference, by token and by sequence, as in RLHF.

    FILE is a table of tokens that were sampled from the policy, with their natural log-probabilities in the
    columns policy and reference; sequence and reward may stand beside them. Or give one sequence's tokens
    with --policy and --reference. The estimators k1, k2 and k3 of the divergence stand beside each other.
    """

    group: ClassVar[str] = "Train"
    examples: ClassVar[tuple[str, ...]] = (
        "information reward logprobs.csv --beta 0.1",
        "information reward --policy -0.5,-1.2,-0.1,-2.0 --reference -0.7,-1.0,-0.6,-2.2",
        "information reward --policy -0.5,-1.2 --reference -0.7,-1.0 --reward 1.5 --beta 0.05 --json",
    )

    file: Annotated[str | None, Positional()] = Field(
        None, description="A table, CSV or JSON Lines, or - for standard input."
    )
    policy: str | None = Field(None, description="Log-probabilities by the policy, e.g. -0.5,-1.2.")
    reference: str | None = Field(None, description="Log-probabilities by the reference.")
    reward: float | None = Field(
        None, allow_inf_nan=False, description="Reward of that sequence. [none: the penalty alone]"
    )
    beta: float = Field(0.1, ge=0, allow_inf_nan=False, description="Weight of the penalty.")
    penalty: Estimator = Field("k1", description="Estimator of the penalty: k1, as in PPO, k2 or k3.")
    columns: str | None = Field(
        None, description="Columns of the table, e.g. policy=logp,reference=ref,sequence=id,reward=score."
    )
    row_per_sequence: bool = Field(
        False, description="Each row of the table is a sequence, its log-probabilities summed over tokens."
    )

    @model_validator(mode="after")
    def _one_way_of_giving(self) -> Self:
        words = [f"--{name}" for name in ("policy", "reference", "reward") if getattr(self, name) is not None]
        if self.file is not None and words:
            text = f"FILE and {words[0]} are two ways to give tokens"
            raise Problem("conflict", text, f"keep one of them; {HOLDS}")
        if self.file is None and (self.policy is None or self.reference is None):
            hint = f"name a table: {HOLDS}; or give --policy and --reference"
            raise Problem("no-samples", "no log-probabilities of both are given", hint)
        if self.file is None and (self.columns is not None or self.row_per_sequence):
            option = "--columns" if self.columns is not None else "--row-per-sequence"
            raise Problem("conflict", f"{option} says nothing without a table", "name one, or leave it out")
        return self

    def samples(self) -> Samples:
        """The tokens that are given."""
        if self.file is not None:
            return samples_of_file(self.file, self.columns, row_per_sequence=self.row_per_sequence)
        return samples_of_words(self.policy or "", self.reference or "", self.reward)


class InformationRewardResult(Result):
    """Estimates of KL(policy || reference) in nats, and rewards less beta times one of them."""

    told: ClassVar[frozenset[str]] = frozenset({"kl", "tokens", "sequences"})

    beta: float
    penalty: str = Field(title="penalty by", description="The estimator that the rewards are penalized by.")
    kl: float = Field(description="By k3, in nats per token; per sequence where a row is one.")
    mean_reward: Annotated[float | None, Shown(digits=4)] = Field(description="Over sequences.")
    mean_penalty: Annotated[float, Shown(digits=4)] = Field(description="beta times the divergence.")
    mean_penalized_reward: Annotated[float, Shown(digits=4)] = Field(description="Over sequences.")
    divergences: tuple[Divergence, ...] = Field(title="divergence from the reference, in nats")
    sequences: tuple[RewardedSequence, ...]
    tokens: tuple[Token, ...] = Field(description="Rows of the table, sequence by sequence.")

    def headline(self) -> str:
        """The divergence by the estimator to trust, and what is left of the reward."""
        k3 = self.divergences[-1]
        per, error = "token", k3.per_token_error
        if k3.per_token is None:
            per, error = "sequence", k3.per_sequence_error
        spread = "" if error is None else f" (standard error {significant(error, 2)})"
        told = f"KL(policy || reference) is {significant(self.kl, 4)} nats per {per}{spread}"
        left = significant(self.mean_penalized_reward, 4)
        if self.mean_reward is None:
            return f"{told}; at beta {self.beta:g} a sequence loses {significant(self.mean_penalty, 4)}"
        mean = significant(self.mean_reward, 4)
        return f"{told}; at beta {self.beta:g} a mean reward of {mean} becomes {left}"

    def records(self) -> tuple[Token, ...]:
        """One record for each token."""
        return self.tokens


class _WithSequences(InformationRewardResult):
    """The same with few sequences, which the screen lists."""

    told: ClassVar[frozenset[str]] = frozenset({"kl", "tokens"})


class _WithTokens(InformationRewardResult):
    """The same with few tokens, which the screen lists too."""

    told: ClassVar[frozenset[str]] = frozenset({"kl"})


def information_reward(inputs: InformationRewardInputs) -> InformationRewardResult:
    """Estimates and penalized rewards of the tokens that are given."""
    samples = inputs.samples()
    estimates = divergences(samples)
    by_sequence = sequences(samples, inputs.penalty, inputs.beta)
    count, k3 = len(by_sequence), estimates[-1]
    return _shown(samples)(
        beta=inputs.beta,
        penalty=inputs.penalty,
        kl=k3.per_sequence if k3.per_token is None else k3.per_token,
        mean_reward=None if samples.rewards is None else fsum(samples.rewards) / count,
        mean_penalty=fsum(each.penalty for each in by_sequence) / count,
        mean_penalized_reward=fsum(each.penalized_reward for each in by_sequence) / count,
        divergences=estimates,
        sequences=by_sequence,
        tokens=tokens(samples, inputs.penalty, inputs.beta),
        assumptions=tuple(_assumptions(samples, inputs.penalty)),
        notes=tuple(_notes(samples, estimates)),
        sources=(
            "Schulman 2020, Approximating KL divergence: k1, k2 and k3",
            "Ouyang et al. 2022 (arXiv 2203.02155), eq. 2: reward less beta log(policy / reference)",
        ),
    )


def _shown(samples: Samples) -> type[InformationRewardResult]:
    """The class of the result by what its screen has room for."""
    if len(samples.policy) <= MOST_SHOWN and not samples.are_sequences:
        return _WithTokens
    return _WithSequences if len(samples.places) <= MOST_SHOWN else InformationRewardResult


def _assumptions(samples: Samples, penalty: str) -> Iterator[str]:
    yield "the tokens were sampled from the policy, at temperature 1; else every estimator is off"
    if samples.are_sequences:
        yield f"each row is a sequence, charged beta times {penalty}"
        yield "standard errors take sequences as independent of each other"
        return
    yield f"each token is charged beta times {penalty}; a sequence has its reward at its last token"
    if len(samples.places) > 1:
        yield "standard errors take sequences as independent of each other, not the tokens of one"
    else:
        yield "one sequence: standard errors take its tokens as independent, which makes them too small"


def _notes(samples: Samples, estimates: tuple[Divergence, ...]) -> Iterator[Note]:
    k1 = estimates[0]
    if k1.per_sequence < 0:
        text = "k1 is negative on this sample, which no divergence is: it takes more samples, or k3"
        yield Note(code="negative-k1", message=text)
    elif k1.negative > 0:
        share = f"k1 is negative on {k1.negative} of the rows"
        text = f"{share} and right on average; k3 is right on average too, and never negative"
        yield Note(code="negative-k1", message=text)
    if samples.rewards is None:
        yield Note(code="no-rewards", message="no rewards are given: penalized rewards are the penalty alone")
    if len(samples.policy) > MOST_SHOWN:
        rows = f"{len(samples.policy)} rows in {len(samples.places)} sequences"
        text = f"{rows} are not listed one by one; --json has them, --format csv the rows"
        yield Note(code="listed", message=text)
