"""What a fit answers: optimum, verdict, intervals, forecasts, diagnostics, and the rows that matter most."""

from typing import Annotated, ClassVar

from pydantic import Field

from scalecalc.commands._forecast import Forecast
from scalecalc.quantity import Params, Tokens, significant
from scalecalc.result import Estimate, Result, Row, Shown, Span


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
    noise: str = Field(title="noise taken as", description="equal, unequal (HC3) or clustered (by run).")


class Influential(Row):
    """A row without which the answer would move most, by one Newton step."""

    line: int
    params: Params | None = Field(title="model size")
    tokens: Tokens | None = Field(title="tokens")
    loss: Annotated[float, Shown(digits=4)]
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
    params: Params | None
    tokens: Tokens | None
    loss: Annotated[float, Shown(digits=4)]
    fitted: Annotated[float, Shown(digits=4)]
    residual: Annotated[float, Shown(digits=2)] = Field(description="Observed minus fitted log loss.")


class Approach(Row):
    """N* = params_coefficient C**a and D* = tokens_coefficient C**b, by one approach."""

    approach: int
    params_coefficient: float = Field(title="N* factor")
    params_exponent: Estimate = Field(title="a, of N*")
    tokens_coefficient: float = Field(title="D* factor")
    tokens_exponent: Estimate = Field(title="b, of D*")
    budgets: int | None = Field(title="budgets", description="Optima that the lines pass through.")


class FitResult(Result):
    """A fitted law."""

    told: ClassVar[frozenset[str]] = frozenset({"formula", "form", "verdict", "moved"})

    form: str
    formula: str
    verdict: str
    parameters: dict[str, Estimate] = Field(title="parameters")
    exponents: dict[str, Estimate] = Field(
        title="optimal allocation", description="a and b of N* ~ C**a and D* ~ C**b; empty for other laws."
    )
    forecasts: tuple[Forecast, ...] = Field(title="forecast at the optimum")
    approaches: tuple[Approach, ...] = Field(title="optimal allocation by approach")
    objective: Objective = Field(title="objective")
    diagnostics: Diagnostics = Field(title="diagnostics")
    moved: str = Field(description="The quantity whose shifts `influence` tells.")
    influence: tuple[Influential, ...] = Field(title="rows that move the answer most")
    residuals: tuple[Residual, ...] = Field((), title="residuals")
    ranges: dict[str, Span] = Field(title="fitted on")
    saved: str | None = Field(None, title="saved as")

    def headline(self) -> str:
        """The law with its numbers, and the verdict."""
        text = self.formula
        for name, found in sorted(self.parameters.items(), key=lambda entry: -len(entry[0])):
            digits = 4 if found.value < 1000 else 3
            text = _substituted(text, name, significant(float(found.value), digits))
        return f"{text} ({self.verdict})"


def _substituted(formula: str, name: str, value: str) -> str:
    """The formula with a parameter's number in its place; N and D, one letter too, stay."""
    import re

    return re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w.])", value, formula)
