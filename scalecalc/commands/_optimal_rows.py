"""What `optimal` answers: one budget split, held against other laws and other splits."""

from collections.abc import Iterable
from math import exp
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from scalecalc.commands._conventions import Convention, told_loss
from scalecalc.commands._forecast import Forecast
from scalecalc.commands._limited_rows import Limited
from scalecalc.commands._spending import Spending
from scalecalc.laws import PublishedLaw
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Flops, Params, Share, Tokens, TokensPerParam, significant
from scalecalc.result import Note, Result, Row, Shown, Span

if TYPE_CHECKING:
    from scalecalc.laws.audit import Audit

NATS = "nats/token"


class Split(Row):
    """One budget, split; with what it wastes where a side was fixed."""

    flops: Annotated[Flops, Shown(unit="FLOPs")] = Field(title="compute")
    params: Params = Field(title="model size")
    tokens: Tokens = Field(title="training tokens")
    tokens_per_param: TokensPerParam = Field(title="tokens per parameter")
    loss: Annotated[float | None, Shown(digits=4)] = Field(
        title="loss", description="In the law's own unit; null where the law predicts none."
    )
    loss_unit: str | None = Field(title="in", description="The unit of the loss.")
    perplexity: Annotated[float | None, Shown(digits=4)] = Field(
        title="perplexity", description="Per token: exp(loss), where the loss is in nats per token."
    )
    law: str
    beyond_range: float | None = Field(
        title="times beyond fitted range",
        description="Times that the budget exceeds the largest compute the law was fitted on, or falls "
        "below the smallest; 1 inside, null where the range is not published.",
    )
    verdict: str = Field(description="model-heavy, compute-optimal or data-heavy.")
    wasted: Share | None = Field(
        title="compute wasted",
        description="Share of the budget that the optimum would save at the same loss.",
    )


class SplitByOneLaw(Split):
    """One of several budgets: the same keys, but a reader has the unit of losses in what is assumed."""

    told: ClassVar[frozenset[str]] = frozenset({"loss_unit", "perplexity"})


class SplitBySeveralLaws(Split):
    """The same by one of several laws: how far off a split is, a reader sees by what it wastes."""

    told: ClassVar[frozenset[str]] = frozenset({"perplexity", "verdict"})


def split_kind(laws: int) -> type[Split]:
    """How a table of budgets looks, for that many laws: it is to fit 100 columns."""
    return SplitByOneLaw if laws == 1 else SplitBySeveralLaws


class Comparison(Row):
    """A split held against the optimum of the same budget; null where the law predicts no loss."""

    params: Params = Field(title="optimal model size")
    tokens: Tokens = Field(title="optimal tokens")
    loss: Annotated[float | None, Shown(digits=4)] = Field(title="optimal loss")
    extra_loss: Annotated[float | None, Shown(digits=3)] = Field(title="extra loss")
    flops_needed: Annotated[Flops | None, Shown(unit="FLOPs")] = Field(
        title="optimum needs", description="Compute with which the optimum reaches the loss of the split."
    )
    wasted: Share | None = Field(title="compute wasted")


class Band(Row):
    """The sizes whose loss the optimum would reach with a little less compute, each on the whole budget."""

    less: Share = Field(title="compute given up")
    params_low: Params = Field(title="smallest model")
    tokens_low: Tokens = Field(title="on tokens", description="Training tokens of the smallest model.")
    params_high: Params = Field(title="largest model")
    tokens_high: Tokens = Field(title="on tokens", description="Training tokens of the largest model.")


class LawSplit(Row):
    """What one law makes of the budget."""

    law: str
    flops: Flops | None = Field(
        None, title="compute", description="Of training; null where one budget holds for all laws."
    )
    params: Params = Field(title="model size")
    tokens: Tokens = Field(title="training tokens")
    tokens_per_param: TokensPerParam = Field(title="tokens per parameter")
    loss: Annotated[float | None, Shown(digits=4)]
    loss_unit: str | None = Field(title="in")


class OptimalResult(Split, Result):
    """Where a compute budget goes."""

    told: ClassVar[frozenset[str]] = frozenset(
        {"params", "tokens", "tokens_per_param", "loss", "loss_unit", "verdict", "wasted"}
    )

    splits: tuple[Split, ...] = Field((), exclude=True, description="By each law that was asked for.")
    spending: Spending | None = Field(None, title="the budget")
    against_optimum: Comparison | None = Field(None, title="against the optimum of this budget")
    fitted: Forecast | None = Field(
        None, title="by the fit, with intervals", description="Null for laws without a fit of their own."
    )
    near_optimal: tuple[Band, ...] = Field((), title="near-optimal band")
    params_over_laws: Span | None = Field(None, title="model size across laws")
    limited: Limited | None = Field(
        None, title="within the limits", description="Null where none was given beside the budget."
    )
    other_laws: tuple[LawSplit, ...] = Field((), title="other laws")

    def headline(self) -> str:
        """The split in one line."""
        ratio = f"{self.tokens_per_param} tokens per parameter"
        loss = f", {told_loss(self.loss, self.loss_unit)}" if self.loss else ""
        split = f"{self.params} parameters on {self.tokens} tokens ({ratio}){loss}"
        if self.limited is not None:
            return f"{split}{_compared(self.limited)}"
        if self.against_optimum is None:
            return split
        waste = "" if self.wasted is None else f", {self.wasted} of the compute is wasted"
        return f"{split}: {self.verdict}{waste}"

    def records(self) -> tuple[Split, ...]:
        """One row for each law that was asked for, as a range of budgets has them."""
        return self.splits


def _compared(limited: Limited) -> str:
    """What the limits cost, or what the demand saves, in words."""
    reference, life = limited.reference, limited.life
    if reference is None:
        return ""
    ratio = reference.cost_ratio
    saved = f"{significant(100 * (1 - ratio))}% cheaper than"
    told = saved if ratio < 1 else f"costs {significant(ratio, 4)} times"
    is_given = reference.what == "as given"
    other = f"{reference.params} on {reference.tokens}" if is_given else f"the {reference.what}"
    served = f", {life.inference_tokens} tokens served" if life else ""
    return f": {told} {other}{served}"


def split_row(
    read: Convention,
    flops: float,
    split: tuple[float, float],
    loss: float | None,
    found: "Audit | None" = None,
) -> Split:
    """One budget as a law splits it, or as it was found split.

    Not validated again, for 100,000 of them are streamed.
    """
    law = read.law
    params, tokens = read.params(split[0]), split[1]
    wasted = found.wasted if found else None
    return Split.model_construct(
        flops=Flops(flops),
        params=params,
        tokens=Tokens(tokens),
        tokens_per_param=TokensPerParam(tokens / params),
        loss=read.loss(loss),
        loss_unit=read.unit(loss),
        perplexity=exp(loss) if loss is not None and law.loss_unit == NATS else None,
        law=law.name,
        beyond_range=_beyond(law, flops),
        verdict=found.verdict if found else "compute-optimal",
        wasted=None if wasted is None else Share(wasted),
    )


def law_split(
    read: Convention, split: tuple[float, float], loss: float | None, flops: float | None = None
) -> LawSplit:
    """What another law makes of it."""
    params, tokens = read.params(split[0]), split[1]
    return LawSplit(
        law=read.law.name,
        flops=None if flops is None else Flops(flops),
        params=params,
        tokens=Tokens(tokens),
        tokens_per_param=TokensPerParam(tokens / params),
        loss=read.loss(loss),
        loss_unit=read.unit(loss),
    )


def span_of(params: Params, others: Iterable[LawSplit]) -> Span | None:
    """Model sizes from the smallest to the largest over the laws; None where there is one law."""
    sizes = [other.params for other in others]
    return Span(low=min(params, *sizes), high=max(params, *sizes)) if sizes else None


def comparability(strange: list[str]) -> tuple[Note, ...]:
    """A note where the losses of these laws stand beside those of another text or tokenizer."""
    if not strange:
        return ()
    message = f"losses by {', '.join(strange)} are on other text or tokenizers: compare only their N and D"
    return (Note(code="incomparable-losses", message=message),)


def tiny(flops: float, law: PublishedLaw) -> Problem:
    """The problem of a budget that is too small for any model."""
    return Problem(
        "tiny-budget",
        f"{Flops(flops)} FLOPs leave less than one parameter or token by {law.name}",
        "laws of language models begin near 1e16 FLOPs",
        ExitCode.NO_ANSWER,
    )


def _beyond(law: PublishedLaw, flops: float) -> float | None:
    fitted = law.ranges.flops
    return fitted.excess(flops) if fitted.high or fitted.low else None
