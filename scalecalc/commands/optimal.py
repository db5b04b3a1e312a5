"""How a compute budget is best split between model size and training tokens."""

from collections.abc import Iterable
from math import exp, sqrt
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from scalecalc import tables
from scalecalc.commands._budget import Budget, Means
from scalecalc.commands._forecast import Forecast, forecast_by_file
from scalecalc.commands._laws import (
    LawChoice,
    allocator,
    is_comparable,
    law_assumptions,
    law_notes,
    law_source,
)
from scalecalc.commands._spending import Spending
from scalecalc.laws import PublishedLaw, Surface, band
from scalecalc.laws.audit import audit
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Flops, Params, Share, Tokens, TokensPerParam, significant
from scalecalc.result import Note, Result, Row, Shown, Span, Stream

NATS = "nats/token"

BANDS = (0.01, 0.05)
"""Shares of compute given up at the ends of the near-optimal bands."""


class OptimalInputs(LawChoice, Budget):
    """Split a compute budget between model size and training tokens, and say how much that matters.

    Give one budget: --flops, or --gpus with --time, or --usd. Fix one side with --params, --tokens or
    --tokens-per-param to see what that costs against the optimum.
    """

    group: ClassVar[str] = "Plan"
    examples: ClassVar[tuple[str, ...]] = (
        "optimal --flops 1e23",
        "optimal --gpus 512xH100 --time 30d",
        "optimal --flops 1e24 --params 8B",
        "optimal --flops 1e21..1e25 --law all --format csv",
    )

    params: Params | None = Field(None, description="Fix the model size, e.g. 8B.")
    tokens: Tokens | None = Field(None, description="Fix the training tokens, e.g. 2T.")
    tokens_per_param: TokensPerParam | None = Field(
        None, description="Fix the tokens per parameter, e.g. 20."
    )

    @model_validator(mode="after")
    def _one_fixed_side(self) -> Self:
        sides = ("params", "tokens", "tokens_per_param")
        fixed = [f"--{side.replace('_', '-')}" for side in sides if getattr(self, side) is not None]
        if len(fixed) > 1:
            raise Problem(
                "conflict",
                f"{' and '.join(fixed)} with a budget leave nothing to split",
                "fix one side: the budget gives the other by C = 6ND",
            )
        return self

    @property
    def fixes_a_side(self) -> bool:
        """Whether the split is given, not asked for."""
        return any((self.params, self.tokens, self.tokens_per_param))

    def fixed_split(self, flops: float) -> tuple[float, float]:
        """The (params, tokens) on the budget that the fixed side leaves."""
        if self.params:
            return self.params, flops / (6 * self.params)
        if self.tokens:
            return flops / (6 * self.tokens), self.tokens
        params = sqrt(flops / (6 * (self.tokens_per_param or 1)))
        return params, flops / (6 * params)


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
    other_laws: tuple[LawSplit, ...] = Field((), title="other laws at this budget")

    def headline(self) -> str:
        """The split in one line."""
        ratio = f"{self.tokens_per_param} tokens per parameter"
        loss = f", loss {significant(self.loss, 4)} {self.loss_unit}" if self.loss else ""
        split = f"{self.params} parameters on {self.tokens} tokens ({ratio}){loss}"
        if self.against_optimum is None:
            return split
        waste = "" if self.wasted is None else f", {self.wasted} of the compute is wasted"
        return f"{split}: {self.verdict}{waste}"

    def records(self) -> tuple[Split, ...]:
        """One row for each law that was asked for, as a range of budgets has them."""
        return self.splits


def optimal(inputs: OptimalInputs) -> OptimalResult | Stream:
    """The best split of the budget by the chosen law, or the given split held against it."""
    laws = inputs.laws()
    means = inputs.means()
    if means.is_one:
        (flops,) = means.flops
        return _result(inputs, laws, flops, means)
    return Stream(
        row=Split,
        varies="flops",
        rows=(_split(inputs, law, flops) for flops in means.flops for law in laws),
        assumptions=(*law_assumptions(laws[0]), *means.assumptions),
        notes=tuple(note for law in laws for note in law_notes(law)),
        sources=(*map(law_source, laws), *means.sources),
    )


def _split(inputs: OptimalInputs, law: PublishedLaw, flops: float) -> Split:
    """One budget by one law; not validated again, for 100,000 of them are streamed."""
    rule = allocator(law)
    params, tokens = inputs.fixed_split(flops) if inputs.fixes_a_side else rule.optimal(flops)
    if min(params, tokens) < 1:
        raise Problem(
            "tiny-budget",
            f"{Flops(flops)} FLOPs leave less than one parameter or token by {law.name}",
            "laws of language models begin near 1e16 FLOPs",
            ExitCode.NO_ANSWER,
        )
    if inputs.fixes_a_side:
        found = audit(rule, params, tokens)
        loss, verdict, wasted = found.loss, found.verdict, found.wasted
    else:
        loss = rule.loss(params, tokens) if isinstance(rule, Surface) else rule.optimal_loss(flops)
        verdict, wasted = "compute-optimal", None
    return Split.model_construct(
        flops=Flops(flops),
        params=Params(params),
        tokens=Tokens(tokens),
        tokens_per_param=TokensPerParam(tokens / params),
        loss=loss,
        loss_unit=None if loss is None else law.loss_unit,
        perplexity=exp(loss) if loss is not None and law.loss_unit == NATS else None,
        law=law.name,
        beyond_range=_beyond(law, flops),
        verdict=verdict,
        wasted=None if wasted is None else Share(wasted),
    )


def _result(
    inputs: OptimalInputs, laws: tuple[PublishedLaw, ...], flops: float, means: Means
) -> OptimalResult:
    law = laws[0]
    split = _split(inputs, law, flops)
    others = laws[1:] or tuple(other for other in tables.laws().values() if other.spread and other != law)
    others = tuple(other for other in others if min(allocator(other).optimal(flops)) >= 1)
    compared = tuple(_by_law(other, flops) for other in others)
    sizes = [allocator(each).optimal(flops)[0] for each in (law, *others)]
    return OptimalResult(
        **dict(split),
        splits=(split, *(_split(inputs, other, flops) for other in others if other in laws)),
        spending=means.spending,
        against_optimum=_comparison(law, split) if inputs.fixes_a_side else None,
        fitted=None if inputs.fixes_a_side else forecast_by_file(inputs.fit(), flops),
        near_optimal=() if inputs.fixes_a_side else _bands(law, flops),
        params_over_laws=Span(low=Params(min(sizes)), high=Params(max(sizes))) if compared else None,
        other_laws=compared,
        assumptions=(*law_assumptions(law), *means.assumptions),
        notes=(*law_notes(law, flops), *_comparability(law, others)),
        sources=(law_source(law), *means.sources),
    )


def _comparison(law: PublishedLaw, split: Split) -> Comparison:
    found = audit(allocator(law), split.params, split.tokens)
    return Comparison(
        params=Params(found.best_params),
        tokens=Tokens(found.best_tokens),
        loss=found.best_loss,
        extra_loss=found.extra_loss,
        flops_needed=None if found.flops_needed is None else Flops(found.flops_needed),
        wasted=None if found.wasted is None else Share(found.wasted),
    )


def _bands(law: PublishedLaw, flops: float) -> tuple[Band, ...]:
    """The near-optimal bands; none for a law without a loss surface."""
    surface = law.law
    if not isinstance(surface, Surface):
        return ()
    ends = [(less, *band(surface, flops, less)) for less in BANDS]
    return tuple(
        Band(
            less=Share(less),
            params_low=Params(low),
            tokens_low=Tokens(flops / (6 * low)),
            params_high=Params(high),
            tokens_high=Tokens(flops / (6 * high)),
        )
        for less, low, high in ends
    )


def _by_law(law: PublishedLaw, flops: float) -> LawSplit:
    rule = allocator(law)
    params, tokens = rule.optimal(flops)
    loss = rule.optimal_loss(flops)
    return LawSplit(
        law=law.name,
        params=Params(params),
        tokens=Tokens(tokens),
        tokens_per_param=TokensPerParam(tokens / params),
        loss=loss,
        loss_unit=None if loss is None else law.loss_unit,
    )


def _beyond(law: PublishedLaw, flops: float) -> float | None:
    fitted = law.ranges.flops
    return fitted.excess(flops) if fitted.high or fitted.low else None


def _comparability(law: PublishedLaw, others: Iterable[PublishedLaw]) -> tuple[Note, ...]:
    """A note where losses stand side by side that are not of one text and tokenizer."""
    strange = [other.name for other in others if not is_comparable(law, other) and _predicts(other)]
    if not strange:
        return ()
    message = f"losses by {', '.join(strange)} are on other text or tokenizers: compare only their N and D"
    return (Note(code="incomparable-losses", message=message),)


def _predicts(law: PublishedLaw) -> bool:
    return allocator(law).optimal_loss(1e21) is not None
