"""All about one law: its constants, what they mean, what it was fitted on, and what it says of budgets."""

from collections.abc import Mapping
from dataclasses import fields
from math import log
from typing import Annotated, Any

from pydantic import Field

from scalecalc.commands._intervals import as_figure
from scalecalc.commands._laws import COUNTED
from scalecalc.commands._lists import Coefficient
from scalecalc.laws import Allocator, LossCurve, PublishedLaw
from scalecalc.laws.receipts import Check
from scalecalc.quantity import Flops, Params, Share, Tokens, TokensPerParam
from scalecalc.result import AnyNumber, Estimate, Row, Shown

BUDGETS = (1e21, 1e23, 1e25)
"""FLOPs at which every law is told."""

PROVENANCE = {
    "primary": "read in the paper or in its authors' files",
    "secondary": "read in texts that quote the paper",
    "recomputed": "computed from the paper's tables",
    "memory": "not checked against the paper",
}
"""How the constants were come by, in words."""


OWN = "own"
"""The family of laws that no paper published."""

WORDS = {
    "params": ("parameters", Params),
    "tokens": ("tokens", Tokens),
    "flops": ("FLOPs", Flops),
    "tokens_per_param": ("tokens per parameter", TokensPerParam),
    "unique_tokens": ("unique tokens", Tokens),
    "characters": ("characters", Tokens),
    "transferred": ("characters transferred", Tokens),
}
"""What a quantity of ranges and checks is called and how it is written; others go by their own name."""


class SignedCoefficient(Coefficient):
    """A constant of a law, of either sign.

    >>> str(SignedCoefficient(-0.082))
    '-0.082'
    """

    __slots__ = ()

    @classmethod
    def _check(cls, value: float, text: str = "") -> None:
        super()._check(abs(value), text)


class Constant(Row):
    """A constant of the law, as its source has it."""

    name: str = Field(title="constant")
    value: SignedCoefficient | str
    standard_error: Coefficient | None = Field(title="standard error")
    interval: Estimate | None = Field(
        None, title="with interval", description="By the fit behind a law.json; null for a published law."
    )


class Fitted(Row):
    """What the law was fitted on; null for an end that is not published."""

    quantity: str = Field(title="fitted on")
    low: AnyNumber | None = Field(title="from")
    high: AnyNumber | None = Field(title="to")


class Known(Row):
    """A value that the law is held to by a test."""

    at: str = Field(description="The arguments.")
    gives: str = Field(title="the law gives")
    within: Share = Field(description="The tolerance of the test.")
    source: str = Field(title="as in")


class Point(Row):
    """What the law says of one budget."""

    flops: Annotated[Flops, Shown(unit="FLOPs")] = Field(title="compute")
    params: Params | None = Field(title="model size")
    tokens: Tokens | None = Field(title="training tokens")
    tokens_per_param: TokensPerParam | None = Field(title="tokens per parameter")
    loss: Annotated[float | None, Shown(digits=4)] = Field(description="In the law's own unit.")
    beyond_range: Annotated[float | None, Shown(digits=2)] = Field(
        title="times beyond fitted range", description="1 inside; null where the range is not published."
    )


class LawDetail(Row):
    """Everything that a reader must know to use the law's numbers rightly."""

    title: str | None = Field(title="law")
    family: str
    aliases: tuple[str, ...] = Field(title="also called")
    formula: str
    allocates: bool = Field(title="splits a budget")
    counts: str = Field(title="N counts", description="total, non-embedding, active or with-head.")
    loss_unit: str = Field(title="loss in")
    flops_convention: str = Field(title="compute")
    corpus: str | None
    tokenizer: str | None
    paper: str | None
    authors: tuple[str, ...]
    year: int | None
    arxiv: str | None = Field(title="arXiv")
    url: str | None = Field(title="to be found at", description="Where it is not on arXiv.")
    where: str | None = Field(title="constants from")
    provenance: str = Field(description="primary, secondary, recomputed or memory.")
    constants: tuple[Constant, ...]
    fitted: tuple[Fitted, ...] = Field(title="range")
    optima: tuple[Point, ...] = Field(
        title="at three budgets", description="The law at 1e21, 1e23, 1e25 FLOPs."
    )
    known: tuple[Known, ...] = Field(title="known values")


def law_words(law: PublishedLaw) -> tuple[str, ...]:
    """What its short words mean."""
    return (
        f"{law.counts}: N counts {COUNTED[law.counts]}",
        f"{law.provenance}: the constants were {_come_by(law)}",
    )


def _come_by(law: PublishedLaw) -> str:
    fitted = law.family == OWN and law.provenance == "recomputed"
    return "fitted to runs" if fitted else PROVENANCE[law.provenance]


def law_point(law: PublishedLaw, flops: float) -> Point:
    """The law at a budget in FLOPs; all null but the budget where it says nothing of budgets."""
    params = tokens = loss = None
    if law.allocates and isinstance(law.law, Allocator):
        params, tokens = law.law.optimal(flops)
        loss = law.law.optimal_loss(flops)
    elif isinstance(law.law, LossCurve) and law.law.of == "flops":
        loss = law.law.loss(flops)
    fitted = law.ranges.flops
    sensible = min(params or 1.0, tokens or 1.0) >= 1  # a law of one's own may count in billions
    return Point(
        flops=Flops(flops),
        params=Params(params) if params and sensible else None,
        tokens=Tokens(tokens) if tokens and sensible else None,
        tokens_per_param=TokensPerParam(tokens / params) if params and tokens and sensible else None,
        loss=loss,
        beyond_range=fitted.excess(flops) if fitted.low or fitted.high else None,
    )


def law_detail(law: PublishedLaw, intervals: Mapping[str, Estimate] | None = None) -> LawDetail:
    """Everything about the law, with the intervals of its constants where there are any."""
    points = [law_point(law, flops) for flops in BUDGETS]
    return LawDetail(
        title=law.title or None,
        family=law.family,
        aliases=law.aliases,
        formula=law.law.formula,
        allocates=law.allocates,
        counts=law.counts,
        loss_unit=law.loss_unit,
        flops_convention=law.flops_convention,
        corpus=law.corpus or None,
        tokenizer=law.tokenizer or None,
        paper=law.paper or None,
        authors=law.authors,
        year=law.year,
        arxiv=law.arxiv or None,
        url=law.url or None,
        where=law.where or None,
        provenance=law.provenance,
        constants=_constants(law, intervals or {}),
        fitted=_fitted(law),
        optima=tuple(point for point in points if point.params or point.loss),
        known=tuple(map(_known, law.checks)),
    )


def _constants(law: PublishedLaw, intervals: Mapping[str, Estimate]) -> tuple[Constant, ...]:
    """The coefficients, those of a companion curve as curve.X, with the published standard errors."""
    values = constants_of(law)
    errors: dict[str, float] = {}
    if law.uncertainty is not None:
        errors = dict(zip(law.uncertainty.parameters, law.uncertainty.errors, strict=True))
    for name in errors:
        coefficient = values.get(name.removeprefix("ln_"))
        if name not in values and isinstance(coefficient, float):
            values[name] = log(coefficient)
    return tuple(
        Constant(
            name=name,
            value=value if isinstance(value, str) else SignedCoefficient(value),
            standard_error=Coefficient(errors[name]) if name in errors else None,
            interval=intervals.get(name),
        )
        for name, value in values.items()
    )


def constants_of(law: PublishedLaw) -> dict[str, Any]:
    """The coefficients by name, those of a companion curve as curve.X."""
    return _flat(law.law.coefficients())


def _flat(coefficients: dict[str, Any], within: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in coefficients.items():
        flat |= _flat(value, f"{name}.") if isinstance(value, dict) else {f"{within}{name}": value}
    return flat


def _fitted(law: PublishedLaw) -> tuple[Fitted, ...]:
    """The range of every quantity of which an end is known."""
    ranges = {field.name: getattr(law.ranges, field.name) for field in fields(law.ranges)}
    return tuple(
        Fitted(
            quantity=_word(name),
            low=_figure(name, fitted.low) if fitted.low else None,
            high=_figure(name, fitted.high) if fitted.high else None,
        )
        for name, fitted in ranges.items()
        if fitted.low or fitted.high
    )


def _known(check: Check) -> Known:
    """A check in words, what it gives with all its digits."""
    return Known(
        at=", ".join(f"{_word(name)} {_figure(name, value)}" for name, value in check.at),
        gives=", ".join(f"{_word(name)} {value:.5g}" for name, value in check.gives),
        within=Share(check.rtol),
        source=check.source,
    )


def _figure(name: str, value: float) -> float:
    """The value as its quantity; whole numbers of what has none stay whole."""
    return as_figure(WORDS.get(name, (name, _plain))[1], value)


def _plain(value: float) -> float:
    return int(value) if value.is_integer() else value


def _word(name: str) -> str:
    return WORDS.get(name, (name.replace("_", " "), _plain))[0]
