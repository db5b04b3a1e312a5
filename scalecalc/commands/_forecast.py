"""The optimum of a budget by a fitted law, with intervals; a part of several results."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from scalecalc.quantity import Flops, Params, Share, Tokens, TokensPerParam, significant
from scalecalc.result import Estimate, Note, Row, Shown

if TYPE_CHECKING:
    from scalecalc.commands._intervals import Intervals
    from scalecalc.fitting import Fit

KINDS = {"params": Params, "tokens": Tokens, "tokens_per_param": TokensPerParam}


class Forecast(Row):
    """The optimum of a budget by the fitted law; `loss_of_new_run` is wider by one run's own noise."""

    told: ClassVar[frozenset[str]] = frozenset({"beyond_range"})

    flops: Flops = Field(title="compute")
    params: Estimate = Field(title="model size")
    tokens: Estimate = Field(title="training tokens")
    tokens_per_param: Annotated[Estimate, Shown(brief=True)] = Field(title="tokens/param")
    loss: Estimate = Field(title="loss")
    loss_of_new_run: Annotated[Estimate, Shown(digits=3)] = Field(title="loss of a new run")
    beyond_range: float = Field(title="times beyond range", description="1 inside the runs' compute.")


class Reading(Row):
    """What a law of compute alone says of a budget; `of_new_run` is wider by one run's own noise."""

    told: ClassVar[frozenset[str]] = frozenset({"beyond_range"})

    flops: Flops = Field(title="compute")
    value: Annotated[Estimate, Shown(digits=4)] = Field(title="fitted")
    of_new_run: Annotated[Estimate, Shown(digits=4)] = Field(title="of a new run")
    beyond_range: float = Field(title="times beyond range", description="1 inside the runs' compute.")


def reading(intervals: "Intervals", flops: Flops, predicted: str) -> Reading:
    """The law of compute at the budget; `predicted` names what it is a law of."""
    from scalecalc.fitting import loss_quantity

    quantity = [loss_quantity(float(flops))]
    kinds = {"loss": KINDS.get(predicted, float)}
    (value,) = intervals.of(quantity, kinds).values()
    (new,) = intervals.of(quantity, kinds, new_run=True).values()
    return Reading(flops=flops, value=value, of_new_run=new, beyond_range=excess(intervals.fit, flops))


def forecast(intervals: "Intervals", flops: Flops) -> Forecast:
    """The optimum of the budget, each figure with its interval."""
    from scalecalc.fitting import optimum_quantities

    quantities = optimum_quantities(float(flops))
    mean = intervals.of(quantities, KINDS)
    new = intervals.of(quantities[-1:], new_run=True)
    return Forecast(
        flops=flops, **mean, loss_of_new_run=new["loss"], beyond_range=excess(intervals.fit, flops)
    )


def forecast_by_file(fit: "Fit | None", flops: float, level: float = 0.95) -> Forecast | None:
    """The optimum with intervals by the fit of a law file; None without one, or for one variable."""
    if fit is None or not fit.form.tokens:
        return None
    from scalecalc.commands._intervals import IntervalOptions, Intervals

    return forecast(Intervals(None, fit, IntervalOptions(level=Share(level))), Flops(flops))


def excess(fit: "Fit", flops: float) -> float:
    """Times that a budget lies outside the compute of the runs; 1 inside."""
    low, high = fit.ranges["flops" if fit.form.tokens else "params"]
    return max(1.0, flops / high, low / flops)


def extrapolation(times: float) -> tuple[Note, ...]:
    """A warning where a forecast leaves the runs' compute: intervals know nothing of a law that bends."""
    if times <= 2:
        return ()
    text = (
        f"this reaches {significant(times)} times beyond the runs: intervals hold only if the law does; "
        "on six public sweeps, 95 % ones held in 77 % of cases at 1.2 to 2 times, 46 % at 1.5 to 3, "
        "27 % at 2 to 17"
    )
    return (Note(code="extrapolation", message=text, level="warning"),)
