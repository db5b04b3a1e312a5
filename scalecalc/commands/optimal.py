"""How a compute budget is best split between model size and training tokens."""

from collections.abc import Iterable
from typing import ClassVar, Self

from pydantic import Field, model_validator

from scalecalc import tables
from scalecalc.commands._budget import Means
from scalecalc.commands._constraints import Constraints
from scalecalc.commands._conventions import Convention, ConventionChoice, own_convention
from scalecalc.commands._count import Counting
from scalecalc.commands._forecast import forecast_by_file
from scalecalc.commands._laws import (
    LawChoice,
    allocator,
    is_comparable,
    law_assumptions,
    law_notes,
    law_source,
)
from scalecalc.commands._optimal_rows import (
    Band,
    Comparison,
    LawSplit,
    OptimalResult,
    Split,
    comparability,
    law_split,
    span_of,
    split_kind,
    split_row,
    tiny,
)
from scalecalc.laws import PublishedLaw, Surface, band
from scalecalc.problem import Problem
from scalecalc.quantity import Flops, Params, Share, Tokens, TokensPerParam
from scalecalc.result import Note, Plotted, Stream

BANDS = (0.01, 0.05)
"""Shares of compute given up at the ends of the near-optimal bands."""


class OptimalInputs(Plotted, ConventionChoice, LawChoice, Constraints):
    """Split a compute budget between model size and training tokens, and say how much that matters.

    Give one budget: --flops, or --gpus with --time, or --usd. Fix one side with --params, --tokens or
    --tokens-per-param to see what that costs against the optimum. Limits may stand beside the budget: tokens
    to serve, unique tokens, a largest model; or a loss to reach, or a model to equal, at the least cost.
    """

    group: ClassVar[str] = "Plan"
    examples: ClassVar[tuple[str, ...]] = (
        "optimal --flops 1e23",
        "optimal --gpus 512xH100 --time 30d",
        "optimal --flops 1e24 --params 8B",
        "optimal --flops 1e21..1e25 --law all --format csv",
        "optimal --flops 1e23 --plot",
        "optimal --quality-of 70B:1.4T --inference-tokens 5T",
        "optimal --flops 1e24 --unique-tokens 2T --max-params 13B",
    )

    params: Params | None = Field(None, description="Fix the model size, e.g. 8B.")
    tokens: Tokens | None = Field(None, description="Fix the training tokens, e.g. 2T.")
    tokens_per_param: TokensPerParam | None = Field(
        None, description="Fix the tokens per parameter, e.g. 20."
    )

    @model_validator(mode="after")
    def _one_fixed_side(self) -> Self:
        sides = ("params", "tokens", "tokens_per_param")
        fixed = _given(self, sides)
        if len(fixed) > 1:
            raise Problem(
                "conflict",
                f"{' and '.join(fixed)} with a budget leave nothing to split",
                "fix one side: the budget gives the other by C = 6ND",
            )
        chosen = _given(self, ("inference_tokens", "max_params", "max_tokens", "loss", "quality_of"))
        if fixed and chosen:
            raise Problem(
                "conflict",
                f"{fixed[0]} leaves {chosen[0]} nothing to choose",
                "leave one out; `scalecalc overtrain` weighs a model that is given",
            )
        return self

    @property
    def fixes_a_side(self) -> bool:
        """Whether the split is given, not asked for."""
        return any((self.params, self.tokens, self.tokens_per_param))

    def fixed_split(self, flops: float, counting: Counting) -> tuple[float, float]:
        """The (params, tokens) on the budget that the fixed side leaves, N as the law counts it."""
        if self.tokens:
            return flops / (6 * self.tokens), self.tokens
        if self.params:
            params = counting.to_law(self.params)
        else:
            params = counting.at_ratio(flops, self.tokens_per_param or 1)
        return params, flops / (6 * params)


def optimal(inputs: OptimalInputs) -> OptimalResult | Stream:
    """The best split of the budget by the chosen law, or the given split held against it."""
    answer = _answered(inputs)
    if not inputs.plot:
        return answer
    from scalecalc.commands._optimal_charts import with_charts

    return with_charts(inputs, answer)


def _answered(inputs: OptimalInputs) -> OptimalResult | Stream:
    if inputs.is_limited:
        from scalecalc.commands._limited import limited

        return limited(inputs)
    laws = inputs.laws()
    means = inputs.means()
    if means.is_one:
        (flops,) = means.flops
        return _result(inputs, laws, flops, means)
    read = _conventions(inputs, laws)
    return Stream(
        row=split_kind(len(laws)),
        varies="flops",
        rows=(_split(inputs, each, flops) for flops in means.flops for each in read),
        assumptions=(*law_assumptions(laws[0]), *read[0].assumptions, *means.assumptions),
        notes=tuple(note for law in laws for note in law_notes(law)),
        sources=(*map(law_source, laws), *means.sources),
    )


def _conventions(inputs: OptimalInputs, laws: Iterable[PublishedLaw]) -> tuple[Convention, ...]:
    """How each law is read; the first leads."""
    leading, *others = laws
    return (
        inputs.convention(leading),
        *(inputs.convention(other, leading=leading) for other in others),
    )


def _split(inputs: OptimalInputs, read: Convention, flops: float) -> Split:
    """One budget by one law."""
    rule = allocator(read.law)
    fixed = inputs.fixes_a_side
    params, tokens = inputs.fixed_split(flops, read.counting) if fixed else rule.optimal(flops)
    if min(params, tokens) < 1:
        raise tiny(flops, read.law)
    if fixed:
        from scalecalc.laws.audit import audit

        found = audit(rule, params, tokens)
        return split_row(read, flops, (params, tokens), found.loss, found)
    loss = rule.loss(params, tokens) if isinstance(rule, Surface) else rule.optimal_loss(flops)
    return split_row(read, flops, (params, tokens), loss)


def _result(
    inputs: OptimalInputs, laws: tuple[PublishedLaw, ...], flops: float, means: Means
) -> OptimalResult:
    law = laws[0]
    others = laws[1:] or tuple(other for other in tables.laws().values() if other.spread and other != law)
    others = tuple(other for other in others if min(allocator(other).optimal(flops)) >= 1)
    read, *beside = _conventions(inputs, (law, *others))
    split = _split(inputs, read, flops)
    compared = tuple(_by_law(other, flops) for other in beside)
    best, _ = allocator(law).optimal(flops)
    fixed = inputs.fixes_a_side
    fitted = None if fixed else forecast_by_file(inputs.fit(), flops)
    return OptimalResult(
        **dict(split),
        splits=(split, *(_split(inputs, other, flops) for other in beside if other.law in laws)),
        spending=means.spending,
        against_optimum=_comparison(inputs, read, flops) if fixed else None,
        fitted=fitted,
        near_optimal=() if fixed else _bands(read, flops),
        params_over_laws=span_of(read.params(best), compared),
        other_laws=compared,
        assumptions=(*law_assumptions(law), *read.assumptions, *means.assumptions),
        notes=(
            *law_notes(law, flops),
            *_comparability(law, others),
            *own_convention(read, fitted),
        ),
        sources=(law_source(law), *means.sources),
    )


def _comparison(inputs: OptimalInputs, read: Convention, flops: float) -> Comparison:
    from scalecalc.laws.audit import audit

    found = audit(allocator(read.law), *inputs.fixed_split(flops, read.counting))
    loss, best_loss = read.loss(found.loss), read.loss(found.best_loss)
    return Comparison(
        params=read.params(found.best_params),
        tokens=Tokens(found.best_tokens),
        loss=best_loss,
        extra_loss=None if loss is None or best_loss is None else max(0.0, loss - best_loss),
        flops_needed=None if found.flops_needed is None else Flops(found.flops_needed),
        wasted=None if found.wasted is None else Share(found.wasted),
    )


def _bands(read: Convention, flops: float) -> tuple[Band, ...]:
    """The near-optimal bands; none for a law without a loss surface."""
    surface = read.law.law
    if not isinstance(surface, Surface):
        return ()
    ends = [(less, *band(surface, flops, less)) for less in BANDS]
    return tuple(
        Band(
            less=Share(less),
            params_low=read.params(low),
            tokens_low=Tokens(flops / (6 * low)),
            params_high=read.params(high),
            tokens_high=Tokens(flops / (6 * high)),
        )
        for less, low, high in ends
    )


def _by_law(read: Convention, flops: float) -> LawSplit:
    rule = allocator(read.law)
    return law_split(read, rule.optimal(flops), rule.optimal_loss(flops))


def _comparability(law: PublishedLaw, others: Iterable[PublishedLaw]) -> tuple[Note, ...]:
    """A note where losses stand side by side that are not of one text and tokenizer."""
    strange = [other for other in others if not is_comparable(law, other)]
    return comparability([other.name for other in strange if allocator(other).optimal_loss(1e21) is not None])


def _given(inputs: OptimalInputs, names: Iterable[str]) -> list[str]:
    """The options of those inputs that are there."""
    return [f"--{name.replace('_', '-')}" for name in names if getattr(inputs, name) is not None]
