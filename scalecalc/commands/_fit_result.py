"""What a fit answers: optimum, verdict, intervals, forecasts, diagnostics, and the rows that matter most."""

from collections.abc import Iterator, Mapping
from math import inf
from typing import Annotated, Any, ClassVar

from pydantic import Field

from scalecalc.commands._approaches import Approach, ApproachOptimum
from scalecalc.commands._forecast import Forecast, Reading
from scalecalc.quantity import Flops, significant
from scalecalc.quantity.number import scientific
from scalecalc.result import AnyNumber, Estimate, Result, Row, Shown, Span

LARGE = 1e6
"""From here on a coefficient is written with an exponent."""


class Objective(Row):
    """What was minimized, and how far down."""

    name: str
    value: Annotated[float, Shown(digits=6)] = Field(description="Summed over the rows, not averaged.")
    rows: int
    delta: float | None = Field(title="threshold", description="Huber's threshold; null for least squares.")


class Diagnostics(Row):
    """How sharp the optimum is, and what the rows amount to."""

    starts: int = Field(title="starts")
    agreeing: int = Field(title="ending at the optimum")
    gradient_norm: float = Field(
        title="gradient norm",
        description="Of the objective, in the exponents and the logarithms of the scales.",
    )
    smallest_eigenvalue: float = Field(
        title="smallest Hessian eigenvalue", description="In the centered parametrization."
    )
    condition: float | None = Field(
        title="condition number", description="Of that Hessian; null if infinite."
    )
    at_bound: dict[str, float] = Field(title="at a bound")
    effective_runs: float = Field(title="effective runs")
    degrees: float = Field(title="degrees of freedom", description="Of Student's t behind the intervals.")
    sigma: Annotated[float, Shown(digits=3)] = Field(
        title="residual spread", description="Standard deviation of log loss around the fit."
    )
    noise: str = Field(
        title="noise taken as", description="equal, any or unequal (both HC3), or clustered (by run)."
    )


class Influential(Row):
    """A row without which the answer would move most, by one Newton step."""

    line: int
    params: AnyNumber | None = Field(title="model size")
    tokens: AnyNumber | None = Field(title="tokens")
    loss: Annotated[float, Shown(digits=4)] = Field(description="Or what else was fitted.")
    residual: Annotated[float, Shown(digits=2)] = Field(
        title="log residual", description="Observed minus fitted log loss."
    )
    leverage: Annotated[float, Shown(digits=2)]
    shift: Annotated[float, Shown(digits=2)] = Field(
        title="moves the answer by (s.e.)",
        description="In standard errors of the quantity named in the result.",
    )


class Residual(Row):
    """One row against the fit."""

    line: int
    params: AnyNumber | None
    tokens: AnyNumber | None
    loss: Annotated[float, Shown(digits=4)] = Field(description="Or what else was fitted.")
    fitted: Annotated[float, Shown(digits=4)]
    residual: Annotated[float, Shown(digits=2)] = Field(description="Observed minus fitted log loss.")


class Found(Row):
    """One figure of a fit as a record: a parameter, an exponent of the allocation, or a forecast."""

    quantity: str
    flops: Flops | None = Field(description="The budget of a forecast; null for what belongs to the law.")
    value: AnyNumber
    low: AnyNumber | None
    high: AnyNumber | None
    level: float | None
    method: str | None


class FitResult(Result):
    """A fitted law."""

    told: ClassVar[frozenset[str]] = frozenset(
        {"formula", "form", "verdict", "moved", "law", "loss_unit", "fixed"}
    )

    form: str
    formula: str
    verdict: str
    parameters: dict[str, Estimate] = Field(title="parameters")
    fixed: dict[str, float] = Field(title="held", description="Parameters held by --fix.")
    exponents: dict[str, Estimate] = Field(
        title="optimal allocation", description="a and b of N* ~ C**a and D* ~ C**b; empty for other laws."
    )
    forecasts: tuple[Forecast, ...] = Field(title="forecast at the optimum")
    readings: tuple[Reading, ...] = Field(
        title="forecast", description="Of a law of one variable; empty for a surface."
    )
    approaches: tuple[Approach, ...] = Field(title="optimal allocation by approach")
    optima: tuple[ApproachOptimum, ...] = Field(
        title="optima by approach", description="For every budget of --at where approaches are compared."
    )
    objective: Objective = Field(title="objective")
    diagnostics: Diagnostics = Field(title="diagnostics")
    moved: str = Field(description="The quantity whose shifts `influence` tells.")
    influence: tuple[Influential, ...] = Field(title="rows that move the answer most")
    residuals: tuple[Residual, ...] = Field((), title="residuals")
    ranges: dict[str, Span] = Field(title="fitted on")
    loss_unit: str
    law: dict[str, Any] | None = Field(
        description="What --save writes: form, constants, conventions, ranges, and under `fit` the "
        "covariance behind the intervals; null where no other command could follow it."
    )
    saved: str | None = Field(None, title="saved as")

    def headline(self) -> str:
        """The law with its numbers, and the verdict."""
        text = self.formula
        for name, found in sorted(self.parameters.items(), key=lambda entry: -len(entry[0])):
            text = _substituted(text, name, _coefficient(float(found.value)))
        return f"{text} ({self.verdict})"

    def records(self) -> tuple[Found, ...]:
        """One record per figure."""
        law = _found({**self.parameters, **self.exponents}, None)
        forecasts = (found for each in self.forecasts for found in _found(dict(each), each.flops))
        readings = (found for each in self.readings for found in _found(dict(each), each.flops))
        return (*law, *forecasts, *readings)


def _found(figures: Mapping[str, object], flops: Flops | None) -> Iterator[Found]:
    for name, figure in figures.items():
        if isinstance(figure, Estimate):
            yield Found(quantity=name, flops=flops, **dict(figure))


def _coefficient(value: float) -> str:
    if LARGE <= value < inf:
        return scientific(value, 4)
    return significant(value, 4 if value < 1000 else 3)


def _substituted(formula: str, name: str, value: str) -> str:
    """The formula with a parameter's number in its place; N and D, one letter too, stay."""
    import re

    return re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w.])", value, formula)
