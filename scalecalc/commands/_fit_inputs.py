"""The options of a fit: the form, what is held, what is minimized, which approach, which intervals."""

from math import isfinite
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from scalecalc.commands._intervals import IntervalOptions
from scalecalc.commands._runs import RunsTable
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Flops, OneOrMany, Params, Refused, shown

if TYPE_CHECKING:
    from scalecalc.fitting import Form, Request
    from scalecalc.run_table import RunTable

FormName = Literal["additive", "shared-exponent", "joint-power", "kaplan-joint", "power", "power-floor"]

ObjectiveName = Literal["least-squares", "huber", "huber-1e-3", "huber-raw", "least-squares-raw"]

POWERS = ("power", "power-floor")


class FitOptions(IntervalOptions, RunsTable):
    """What to fit to the runs, and how."""

    form: FormName | Literal["multi-power"] | None = Field(
        None,
        description="additive, shared-exponent, joint-power, kaplan-joint, power or power-floor; multi-power "
        "for loss curves (columns step, lr, loss, run). [additive where N and D both vary, else power]",
    )
    x: str | None = Field(
        None, description="The variable of a power law: params, tokens, flops or any column. [flops]"
    )
    y: str | None = Field(
        None, description="What a power law predicts: loss, params, tokens or any column. [loss]"
    )
    fix: list[str] = Field([], description="Hold a parameter, e.g. alpha=0.34; repeat for more.")
    bounds: list[str] = Field(
        [], description="Keep a parameter within bounds, e.g. beta=0.2..0.5; repeat for more."
    )
    objective: ObjectiveName | None = Field(
        None,
        description="Summed over rows: least-squares on log loss, huber with a scale-adaptive threshold, "
        "huber-1e-3 (as Hoffmann et al.), huber-raw or least-squares-raw on the loss itself. "
        "[least-squares, huber where outliers show]",
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
    loss_unit: str | None = Field(
        None, description="The unit of the loss, written into the law. [the table's loss_unit, or nats/token]"
    )

    @model_validator(mode="after")
    def _axes_go_with_powers(self) -> Self:
        if (self.x or self.y) and self.form is not None and self.form not in POWERS:
            raise Problem(
                "conflict",
                f"--x and --y do not go with --form {self.form}",
                "they go with power and power-floor",
            )
        if (self.y or "loss") == (self.x or "flops"):
            raise Problem(
                "conflict", f"--x and --y are both {self.x or self.y}", "fit one column against another"
            )
        return self

    @property
    def axes(self) -> tuple[str, str]:
        """The columns (x, y) of a law of one variable."""
        return self.x or "flops", self.y or "loss"

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

    def table(self) -> tuple["RunTable", tuple[str, ...]]:
        """The runs, and remarks on what was left out or derived."""
        return self.table_of(self.runs, [name for name in (self.x, self.y) if name])

    def chosen_form(self, table: "RunTable") -> str:
        """The form as asked for; else additive where both N and D vary, else a power."""
        if self.form is not None:
            return self.form
        if self.x or self.y:
            return "power"
        if table.params is None or table.tokens is None:
            if table.flops is None:
                raise _two_of_three(table)
            return "power"
        return "power" if constant_column(table) else "additive"

    def request(self, form: str) -> "Request":
        """What the fitter is asked; a Problem where a parameter is unknown or its value impossible."""
        from scalecalc.fitting import FORMS, Request

        for name, value in self.fixed.items():
            _check("--fix", FORMS[form], name, value)
        for name, (low, high) in self.limits.items():
            _check("--bounds", FORMS[form], name, low)
            if not low < high:
                raise Problem(
                    "value", f"--bounds: {name} from {low:g} to {high:g} holds nothing", "write LOW..HIGH"
                )
        both = sorted(self.fixed.keys() & self.limits.keys())
        if both:
            raise Problem("conflict", f"--fix and --bounds both name {both[0]}", "hold it or bound it")
        return Request(form, self.objective, self.fixed, self.limits)


def constant_column(table: "RunTable") -> str | None:
    """Which of params and tokens is the same in every row; None where both vary."""
    columns = (("params", table.params), ("tokens", table.tokens))
    same = (name for name, column in columns if column is not None and (column == column[0]).all())
    return next(same, None)


def _two_of_three(table: "RunTable") -> Problem:
    there = [name for name in ("params", "tokens", "flops") if getattr(table, name) is not None]
    message = f"{table.name}: of params, tokens and flops it has {' and '.join(there) or 'none'}"
    one = f", or fit a law of one variable: --x {there[0]}" if there else ""
    hint = f"say which columns hold two of them, e.g. --columns params=NAME,tokens=NAME{one}"
    return Problem("data", message, hint, ExitCode.BAD_DATA)


def _check(option: str, form: "Form", name: str, value: float) -> None:
    """Refuse a parameter that the form has not, and a value that it cannot have."""
    known = {parameter.name: parameter for parameter in form.parameters}
    if name not in known:
        message = f"{option}: {form.name} has no parameter {shown(name)}"
        raise Problem("value", message, f"it has {', '.join(known)}")
    vanishes = known[name].kind == "floor"
    free_sign = form.name == "power" and name == "b"
    if not free_sign and (value < 0 or (value == 0 and not vanishes)):
        raise Problem(
            "value",
            f"{option}: {name} is {value:g}",
            f"{name} is {'zero or more' if vanishes else 'more than zero'}",
        )


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
    """A finite number, plainly or in the grammar of counts."""
    try:
        value = float(text)
    except ValueError:
        try:
            value = float(Params.parse(text))
        except Refused as refused:
            raise Problem("value", f"{option}: {refused.message}", "write a number, e.g. 0.34") from None
    if not isfinite(value):
        raise Problem("value", f"{option}: {shown(text)} is not finite", "write a number, e.g. 0.34")
    return value
