"""How intervals are made, as options, and a fit's intervals as estimates."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from scalecalc.problem import ExitCode, Problem
from scalecalc.progress import report
from scalecalc.quantity import Refused, Share
from scalecalc.result import Estimate, Inputs

if TYPE_CHECKING:
    from scalecalc.fitting import Fit, Interval, Quantity, Runs

Kinds = Mapping[str, Callable[[float], float]]
"""What a value of each name is made into, e.g. Params for `params`; a plain float where nothing is said."""

FEWEST = 2
"""Refits without which there is no interval."""

Method = Literal["delta", "profile", "bootstrap", "wild", "jackknife"]


class IntervalOptions(Inputs):
    """Which intervals, how wide, and from how many resamples."""

    ci: Method = Field(
        "delta", description="delta (Student's t), profile, bootstrap (cases), wild, or jackknife (by run)."
    )
    level: Share = Field(Share(0.95), description="Share of cases that an interval is to cover.")
    resamples: int = Field(4000, ge=50, le=1_000_000, description="Resamples of bootstrap and wild.")
    seed: int = Field(0, ge=0, description="Seed of the resamples; the same seed gives the same intervals.")


class Intervals:
    """Intervals of one fit by one method; resampling is done once, for all quantities.

    Without the runs, as for a law file, only the delta method can be asked for.
    """

    def __init__(self, runs: "Runs | None", fit: "Fit", options: IntervalOptions) -> None:
        from scalecalc.fitting import Plan, clustered_runs, resample

        self.runs = runs
        self.fit = fit
        self.options = options
        self.draws = None
        if runs is not None and options.ci in ("bootstrap", "wild", "jackknife"):
            plan = Plan(
                options.ci,
                options.resamples,
                options.seed,
                lambda done, total: report(options.ci, done, total),
            )
            self.draws = resample(clustered_runs(runs, fit), fit, plan)
            if len(self.draws.theta) < FEWEST:
                raise _too_few(options.ci, len(self.draws.theta))

    def of(
        self, quantities: Iterable["Quantity"], kinds: Kinds | None = None, *, new_run: bool = False
    ) -> dict[str, Estimate]:
        """Each quantity's value and interval by name, for the mean or for one more run."""
        from scalecalc.fitting import delta_intervals, profile_intervals, resampled_intervals

        level = float(self.options.level)
        wanted = list(quantities)
        if self.draws is not None:
            found = resampled_intervals(self.fit, self.draws, wanted, level=level, new_run=new_run)
        elif self.runs is not None and self.options.ci == "profile" and not new_run:
            found = profile_intervals(self.runs, self.fit, wanted, level=level)
        else:
            found = delta_intervals(self.fit, wanted, level=level, new_run=new_run)
        return {name: as_estimate(each, (kinds or {}).get(name, float)) for name, each in found.items()}


def _too_few(method: str, refits: int) -> Problem:
    return Problem(
        "too-few-refits",
        f"{refits} refits of the {method} ended at an optimum",
        "the rows are too few for it; leave --ci out, or add rows",
        ExitCode.NO_ANSWER,
    )


def constant_intervals(fit: "Fit") -> dict[str, Estimate]:
    """Interval of every constant of a saved law, by the names that the law gives them."""
    from scalecalc.fitting import parameter_quantities

    found = Intervals(None, fit, IntervalOptions()).of(parameter_quantities(fit.form))
    if fit.form.name == "shared-exponent":
        found["beta"] = found["alpha"]
    if not fit.form.tokens:
        found["factor"] = found["scale"] = found.pop("a")
        found["exponent"] = found.pop("b")
        if fit.form.name == "power":
            found["exponent"] = _of_falling(found["exponent"])
    return {name: each for name, each in found.items() if each.low is not None}


def _of_falling(exponent: Estimate) -> Estimate:
    """The exponent as a law of falling loss counts it; that of a rising one stays."""
    if exponent.value >= 0 or exponent.low is None or exponent.high is None:
        return exponent
    ends = {"value": -exponent.value, "low": -exponent.high, "high": -exponent.low}
    return exponent.model_copy(update=ends)


def as_estimate(interval: "Interval", kind: Callable[[float], float] = float) -> Estimate:
    """An interval as a part of a result; ends that are not finite are absent."""
    from math import isfinite

    low, high = (as_figure(kind, end) if isfinite(end) else None for end in (interval.low, interval.high))
    value = as_figure(kind, interval.value)
    return Estimate(value=value, low=low, high=high, level=interval.level, method=interval.method)


def as_figure(kind: Callable[[float], float], value: float) -> float:
    """The value as its quantity; a plain number where a table in millions or billions leaves its range."""
    try:
        return kind(value)
    except Refused:
        return float(value)
