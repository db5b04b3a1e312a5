"""The options of a fit: the form, what is held, what is minimized, which approach, which intervals."""

from typing import Literal, Self

from pydantic import Field, model_validator

from scalecalc.commands._intervals import IntervalOptions
from scalecalc.commands._runs import RunsTable
from scalecalc.problem import Problem
from scalecalc.quantity import Flops, OneOrMany, Refused, TokensPerParam, shown

Side = Literal["params", "tokens", "flops", "loss"]

FormName = Literal["additive", "shared-exponent", "joint-power", "kaplan-joint", "power", "power-floor"]

POWERS = ("power", "power-floor")


class FitOptions(RunsTable, IntervalOptions):
    """What to fit to the runs, and how."""

    form: FormName | None = Field(
        None,
        description="additive, shared-exponent, joint-power, kaplan-joint, power or power-floor. "
        "[additive where N and D both vary, else power]",
    )
    x: Side | None = Field(None, description="The variable of a power law: params, tokens or flops. [flops]")
    y: Side | None = Field(None, description="What a power law predicts: loss, params or tokens. [loss]")
    fix: list[str] = Field([], description="Hold a parameter, e.g. alpha=0.34; repeat for more.")
    bounds: list[str] = Field(
        [], description="Keep a parameter within bounds, e.g. beta=0.2..0.5; repeat for more."
    )
    objective: Literal["least-squares", "huber", "huber-1e-3", "huber-raw"] | None = Field(
        None,
        description="Summed over rows: least-squares on log loss, huber with a scale-adaptive threshold, "
        "huber-1e-3 (as Hoffmann et al.), huber-raw. [least-squares, huber where outliers show]",
    )
    approach: Literal["1", "2", "3", "all"] = Field(
        "3",
        description="3 the loss surface, 2 IsoFLOP parabolas, 1 least loss per FLOP bin; all compares them.",
    )
    at: list[OneOrMany[Flops]] = Field(
        [], description="A budget to forecast the optimum for, e.g. 1e24; repeat it."
    )
    counts: Literal["total", "non-embedding", "active", "with-head"] = Field(
        "total", description="What the table's params count; written into the law."
    )

    @model_validator(mode="after")
    def _axes_go_with_powers(self) -> Self:
        if (self.x or self.y) and self.form is not None and self.form not in POWERS:
            raise Problem(
                "conflict",
                f"--x and --y do not go with --form {self.form}",
                "they go with power and power-floor",
            )
        if self.y is not None and self.y == (self.x or "flops"):
            raise Problem("conflict", f"--x and --y are both {self.y}", "fit one column against another")
        return self

    @property
    def budgets(self) -> tuple[Flops, ...]:
        """All budgets to forecast for."""
        return tuple(flops for several in self.at for flops in several)

    @property
    def fixed(self) -> dict[str, float]:
        """Parameters held, by name."""
        return {name: _plain("--fix", text) for name, text in map(_named_fix, self.fix)}

    @property
    def limits(self) -> dict[str, tuple[float, float]]:
        """Bounds by parameter name."""
        return dict(map(_named_bounds, self.bounds))


def _named_fix(text: str) -> tuple[str, str]:
    name, sign, value = (part.strip() for part in text.partition("="))
    if not (name and sign and value):
        raise Problem(
            "value", f"--fix: {shown(text)} holds no parameter", "write NAME=VALUE, e.g. --fix alpha=0.34"
        )
    return name, value


def _named_bounds(text: str) -> tuple[str, tuple[float, float]]:
    name, sign, span = (part.strip() for part in text.partition("="))
    low, dots, high = span.partition("..")
    if not (name and sign and low and dots and high):
        raise Problem(
            "value",
            f"--bounds: {shown(text)} is no pair of bounds",
            "write NAME=LOW..HIGH, e.g. beta=0.2..0.5",
        )
    return name, (_plain("--bounds", low), _plain("--bounds", high))


def _plain(option: str, text: str) -> float:
    """A positive number in the grammar of ratios."""
    try:
        return float(TokensPerParam.parse(text.strip()))
    except Refused as refused:
        raise Problem("value", f"{option}: {refused.message}", "write a number, e.g. 0.34") from None
