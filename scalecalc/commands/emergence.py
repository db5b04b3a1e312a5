"""From a smooth loss to measures of an answer, some of which seem to jump."""

from math import isfinite
from typing import Annotated, ClassVar, Self

from pydantic import Field, field_validator, model_validator

from scalecalc import tables
from scalecalc.commands._emergence_family import Family, endless, family_of, too_small
from scalecalc.commands._emergence_measures import measures_of, probability, verdict
from scalecalc.commands._emergence_rows import AnswerPoint, AnswerTokens, Appearance, Measure, Scale
from scalecalc.problem import Problem
from scalecalc.quantity import Flops, OneOrMany, Params, Quantity, Refused, Share, Tokens, TokensPerParam
from scalecalc.result import Completes, Plotted, Result
from scalecalc.training import emergence as measures

RANGE = "1e18..1e24"
"""The compute that is looked at where none is given."""

SOURCES = (
    "measures: Schaeffer et al. 2023, arXiv 2304.15004, section 2",
    "score: BIG-bench's emergence score, as in eq. 1 there: whole change over the median step",
)


class EmergenceInputs(Plotted):
    """Show how a smooth loss makes some measures jump: exact match, edit distance, Brier score.

    Along --flops or --params, by a law or by a power law of your own, the loss on the tokens of an answer
    gives the chance that one is right, and that all k are. With --items test questions, what is rarer than
    one in as many reads zero. `scalecalc emergence fit` asks the same of measured accuracies.
    """

    group: ClassVar[str] = "Train"
    examples: ClassVar[tuple[str, ...]] = (
        "emergence",
        "emergence --flops 1e18..1e24 --answer-tokens 20 --items 1000",
        "emergence --params 100M..1T --tokens 300B --answer-tokens 1,5,25",
        "emergence --params 1B..100B --exponent 0.5 --one-nat-at 1B --answer-tokens 5",
    )

    flops: OneOrMany[Flops] | None = Field(
        None, description=f"Compute from .. to, or a list, e.g. 1e18..1e24. [{RANGE}]"
    )
    params: OneOrMany[Params] | None = Field(
        None, description="Model sizes instead, e.g. 100M..1T, each on its optimal tokens or on --tokens."
    )
    tokens: Tokens | None = Field(None, description="Train every model on as many tokens, e.g. 300B.")
    tokens_per_param: TokensPerParam | None = Field(
        None, description="Train every model on as many tokens per parameter, e.g. 20."
    )
    law: Annotated[str, Completes("law")] = Field(
        tables.DEFAULT_LAW, description="The law of the loss, in nats per token, or a law.json of your own."
    )
    exponent: float | None = Field(
        None, gt=0, le=100, description="Instead of a law, the loss (x / c)^-exponent; with --one-nat-at."
    )
    one_nat_at: Scale | None = Field(
        None, description="Its c: the compute or size at which the loss is 1 nat per token, e.g. 1B."
    )
    answer_tokens: OneOrMany[AnswerTokens] = Field(
        (AnswerTokens(10),), description="Tokens k of an answer that must all be right, e.g. 5 or 1,5,25."
    )
    items: int = Field(100, ge=1, le=10**9, description="Questions in the test.")
    floor: float = Field(
        0.0, ge=0, le=100, description="Loss on an answer that no scale removes, in nats per token."
    )
    difficulty: float = Field(
        1.0, gt=0, le=1e6, description="Loss on an answer per nat of the law's loss above its entropy."
    )

    @field_validator("answer_tokens")
    @classmethod
    def _once(cls, given: tuple[AnswerTokens, ...]) -> tuple[AnswerTokens, ...]:
        """Each length once."""
        return tuple(dict.fromkeys(given))

    @model_validator(mode="after")
    def _one_family(self) -> Self:
        if self.flops is not None and self.params is not None:
            raise Problem("conflict", "--flops and --params are two scales", "give one of them")
        if (self.exponent is None) != (self.one_nat_at is None):
            hint = "for example --exponent 0.5 --one-nat-at 1B"
            raise Problem("conflict", "--exponent and --one-nat-at are one power law", f"give both: {hint}")
        if self.tokens is not None and self.tokens_per_param is not None:
            raise Problem("conflict", "--tokens and --tokens-per-param both fix tokens", "give one of them")
        if self.exponent is not None:
            law = None if self.law == tables.DEFAULT_LAW else self.law
            fixed = {"--tokens": self.tokens, "--tokens-per-param": self.tokens_per_param, "--law": law}
            for option, value in fixed.items():
                if value is not None:
                    message = f"{option} changes nothing where --exponent is given"
                    raise Problem("conflict", message, f"leave {option} out")
        return self

    @property
    def variable(self) -> str:
        """What grows: flops or params."""
        return "flops" if self.params is None else "params"

    @property
    def scales(self) -> tuple[float, ...]:
        """The compute or the sizes looked at, in growing order."""
        asked = self.params or self.flops or tuple(Flops(10.0**power) for power in range(18, 25))
        return tuple(sorted({float(each) for each in asked}))


class EmergenceResult(Result):
    """What measures make of one smooth loss."""

    told: ClassVar[frozenset[str]] = frozenset({"verdict", "items"})

    verdict: str
    items: int
    models: tuple[AnswerPoint, ...] = Field(title="one smooth loss, four measures")
    appearances: tuple[Appearance, ...] = Field(title="where a test of that size sees the first right answer")
    measures: tuple[Measure, ...] = Field((), title="the measures over the same models")

    def headline(self) -> str:
        """What seems to happen, and what does."""
        return self.verdict

    def records(self) -> tuple[AnswerPoint, ...]:
        """One record for each model and length of answer."""
        return self.models


def emergence(inputs: EmergenceInputs) -> EmergenceResult:
    """The measures of every model, where they are first seen, and which of them seem to jump."""
    family = family_of(inputs)
    scales = inputs.scales
    questions = f"{inputs.items} test question{'s' * (inputs.items > 1)}"
    points = tuple(_point(inputs, family, scale, k) for k in inputs.answer_tokens for scale in scales)
    appearances = tuple(_appearance(family, inputs.items, k) for k in inputs.answer_tokens)
    told = tuple(measures_of(inputs, family)) if len(scales) > 2 else ()
    answer = EmergenceResult(
        verdict=verdict(inputs, family, appearances),
        items=inputs.items,
        models=points,
        appearances=appearances,
        measures=told,
        assumptions=(
            *family.assumptions,
            "tokens of an answer are right or wrong independently, each with probability exp(-loss)",
            f"{questions}: a hit is seen if any is answered rightly",
        ),
        notes=family.notes,
        sources=(*family.sources, *SOURCES),
    )
    return _with_charts(inputs, family, answer) if inputs.plot else answer


def _point(inputs: EmergenceInputs, family: Family, scale: float, k: AnswerTokens) -> AnswerPoint:
    split = family.split(scale)
    if min(part for part in (*split, 1.0) if part is not None) < 1:
        raise too_small(family, scale)
    loss = family.answer_loss(scale)
    if not isfinite(loss):
        raise endless(family, scale)
    accuracy = measures.exact_match(loss, k)
    flops = 6 * split.params * split.tokens if split.params and split.tokens else scale
    return AnswerPoint(
        flops=None if family.variable == "params" and split.tokens is None else _flops(flops),
        params=None if split.params is None else Params(split.params),
        tokens=None if split.tokens is None else Tokens(split.tokens),
        loss=None if inputs.exponent is not None else family.loss(scale),
        answer_loss=loss,
        token_probability=probability(measures.token_probability(loss)),
        answer_tokens=k,
        exact_match=probability(accuracy),
        edit_distance=measures.edit_distance(loss, k),
        brier=measures.brier_score(loss),
        any_right=probability(measures.seen(accuracy, inputs.items)),
    )


def _flops(value: float) -> Flops:
    try:
        return Flops(float(f"{value:.15g}"))  # 6ND of a budget's own split is that budget
    except Refused as refused:
        raise Problem("value", f"6ND: {refused.message}", "give models of sizes that are trained") from None


def _appearance(family: Family, items: int, k: AnswerTokens) -> Appearance:
    likely, sure = (measures.smallest_seen(items, certainty) for certainty in (0.5, 0.95))

    def at(accuracy: float) -> Quantity | None:
        return family.reached_at(measures.loss_at(accuracy, k))

    return Appearance(
        answer_tokens=k,
        smallest_seen=Share(likely),
        likely_at=at(likely),
        sure_at=at(sure),
        half_right_at=at(0.5),
    )


def _with_charts(inputs: EmergenceInputs, family: Family, answer: EmergenceResult) -> EmergenceResult:
    from scalecalc.commands._charts import charted
    from scalecalc.commands._emergence_charts import emergence_charts

    return charted(answer, emergence_charts(inputs, family))
