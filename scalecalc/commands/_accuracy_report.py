"""A fitted forecast of a benchmark as parts of an answer: parameters, quality, notes, the law itself."""

from collections.abc import Callable, Iterator
from math import exp

import numpy as np

from scalecalc.commands._accuracy_curve import SigmoidCurve
from scalecalc.commands._accuracy_first import Asked, ByCompute, BySurface
from scalecalc.commands._accuracy_forecast import Forecaster, misses
from scalecalc.commands._accuracy_rows import AccuracyForecast, AccuracyQuality, HeldOut, StepParameter
from scalecalc.commands._accuracy_table import AccuracyTable
from scalecalc.commands._intervals import IntervalOptions, Intervals
from scalecalc.fitting.distributions import quantile_of_t
from scalecalc.laws.downstream import ErrorLaw, Sigmoid, TwoStep
from scalecalc.laws.law import Law
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Flops, Params, Share, Tokens, significant
from scalecalc.result import Estimate, Note, Span

LOGARITHMIC = {"slope", "k", "gamma"}
"""Parameters whose intervals are symmetric in logarithms."""

CLEAR = 3
"""The rise of the runs over their scatter from which on there is a rise to fit."""

EXPLAINED = 0.8
"""Share of the variance of accuracy below which the curve is no description of it."""

HALF_WAY = 0.5
"""Share of the rise that some run must reach for the top to be more than a guess."""

NEAR_CHANCE = 0.2
"""Share of the rise below which some run must lie for chance to be more than a guess."""

BENT = 4
"""Standard errors of a parabola's bend from which the straight line of the first step is doubted."""

VAGUE = 5
"""A range so many times the parameter itself (the spread of losses for the midpoint) says nothing."""

BEYOND = 2
"""Times beyond the runs' compute from which a forecast is worth a warning."""


class Report:
    """A forecaster's findings, told."""

    def __init__(self, table: AccuracyTable, forecaster: Forecaster) -> None:
        self.table, self.forecaster = table, forecaster
        self.first, self.second, self.method = forecaster.first, forecaster.second, forecaster.method

    def forecast(self, asked: Asked) -> AccuracyForecast:
        """Accuracy at what is asked."""
        loss, accuracy = self.forecaster.at(asked)
        params, tokens = self.first.split(asked)
        plain = asked.loss is not None
        return AccuracyForecast(
            flops=None if asked.flops is None else Flops(asked.flops),
            params=None if params is None else Params(params),
            tokens=None if tokens is None else Tokens(tokens),
            loss=Estimate(value=loss.value) if plain else self._estimate(loss.value, loss.mean, float),
            accuracy=self._estimate(accuracy.value, accuracy.mean, Share),
            accuracy_of_new_run=self._estimate(accuracy.value, accuracy.new_run, Share),
            beyond_range=self._beyond(asked),
        )

    def _estimate(self, value: float, ends: tuple[float, float], kind: Callable[[float], float]) -> Estimate:
        low, high = map(kind, ends)
        level, ci = self.method.level, self.method.ci
        return Estimate(value=kind(value), low=low, high=high, level=level, method=ci)

    def _beyond(self, asked: Asked) -> float | None:
        flops = self.table.runs.flops
        given = asked.flops
        if given is None and asked.params is not None and asked.tokens is not None:
            given = 6 * asked.params * asked.tokens
        if flops is None or given is None:
            return None
        return max(1.0, given / float(flops.max()), float(flops.min()) / given)

    def parameters(self) -> tuple[StepParameter, ...]:
        """The parameters of both steps."""
        return (*self._of_first(), *self._of_second())

    def _of_first(self) -> Iterator[StepParameter]:
        if isinstance(self.first, ByCompute):
            half = quantile_of_t(self.first.degrees or 1, self.method.level)
            for name in ("u", "v"):
                value, error = getattr(self.first, name), half * self.first.error_of(name)
                estimate = Estimate(
                    value=value,
                    low=value - error,
                    high=value + error,
                    level=self.method.level,
                    method="delta",
                )
                yield StepParameter(step="loss", name=name, estimate=estimate, at=None)
        if isinstance(self.first, BySurface):
            from scalecalc.fitting import parameter_quantities

            intervals = Intervals(None, self.first.fit, IntervalOptions(level=Share(self.method.level)))
            for name, estimate in intervals.of(parameter_quantities(self.first.fit.form)).items():
                yield StepParameter(step="loss", name=name, estimate=estimate, at=None)

    def _of_second(self) -> Iterator[StepParameter]:
        half = quantile_of_t(self.second.degrees, self.method.level)
        for name, value in self.second.parameters.items():
            reach = half * self.second.parameter_error(name)
            at = self._remark(name, value, reach)
            estimate = Estimate(value=value)
            if at is None:
                low, high = _ends(name, value, reach)
                level = self.method.level
                estimate = Estimate(value=value, low=low, high=high, level=level, method="delta")
            yield StepParameter(step="accuracy", name=name, estimate=estimate, at=at)

    def _remark(self, name: str, value: float, reach: float) -> str | None:
        """Why a parameter has no range; None where it has one."""
        if reach == 0:
            return "held"
        if name in self.second.at_bound:
            return "at an end of its range"
        scale = value if name in LOGARITHMIC else self.second.spread if name == "midpoint" else 1.0
        return "not determined" if reach > VAGUE * scale else None

    def quality(self) -> AccuracyQuality:
        """How the runs lie about the curve."""
        accuracy, loss = self.table.accuracy, self.forecaster.loss
        around = float(((accuracy - accuracy.mean()) ** 2).sum())
        left = float(((self.second.accuracy(loss) - accuracy) ** 2).sum())
        return AccuracyQuality(
            rows=len(self.table),
            accuracy=Span(low=Share(float(accuracy.min())), high=Share(float(accuracy.max()))),
            loss=Span(low=float(loss.min()), high=float(loss.max())),
            error=Share(min(self.second.noise, 1.0)),
            explained=Share(min(max(0.0, 1 - left / around), 1.0)),
            reached=self._reached(),
        )

    def _reached(self) -> Span | None:
        found = self.second.parameters
        if "chance" not in found:
            return None
        fitted = self.second.accuracy(self.forecaster.loss)
        rise = max(found["top"] - found["chance"], 1e-12)
        ends = (np.array([fitted.min(), fitted.max()]) - found["chance"]) / rise
        low, high = np.clip(ends, 0.0, 1.0).tolist()
        return Span(low=Share(low), high=Share(high))

    def held_out(self) -> HeldOut | None:
        """The curve of the other runs, held against the best; None where too few are left."""
        missed = misses(self.table, self.second.curve)
        if missed is None:
            return None
        return HeldOut(rows=len(missed), off=Share(float(np.abs(missed).mean())), bias=float(missed.mean()))

    def law(self) -> Law:
        """The fitted law in the form that a law file holds."""
        found = self.second.parameters
        try:
            if isinstance(self.second.curve, SigmoidCurve):
                if isinstance(self.first, ByCompute):
                    return TwoStep(u=self.first.u, v=self.first.v, **found)
                return Sigmoid(**found)
            return ErrorLaw(**found)
        except ValueError as wrong:
            hint = "look at the table: accuracy must rise as the loss falls, and the loss fall with compute"
            raise Problem(
                "no-law", f"{self.table.name}: no such law: {wrong}", hint, ExitCode.NO_ANSWER
            ) from None

    def notes(self, forecasts: tuple[AccuracyForecast, ...]) -> Iterator[Note]:
        """What makes the fit, or the forecasts, doubtful."""
        yield from self._of_rise()
        yield from self._of_reach(forecasts)
        if len(np.unique(self.table.labels)) < len(self.table) and self.method.ci == "delta":
            text = "rows of one run share their noise: --ci bootstrap draws whole runs"
            yield Note(code="shared-noise", message=text)

    def _of_rise(self) -> Iterator[Note]:
        """Where the runs do not show the whole sigmoid, or none of it."""
        quality = self.quality()
        if quality.explained < EXPLAINED:
            text = f"the curve explains only {quality.explained} of the variance of accuracy"
            yield Note(code="poor-fit", message=text, level="warning")
        fitted = self.second.accuracy(self.forecaster.loss)
        if float(np.ptp(fitted)) < CLEAR * self.second.noise:
            text = "the accuracies rise by less than three times their scatter: all runs may be at chance"
            yield Note(code="no-rise", message=text, level="warning")
            return
        if quality.reached is not None:
            yield from self._of_ends(float(quality.reached.low), float(quality.reached.high))

    def _of_ends(self, low: float, high: float) -> Iterator[Note]:
        """Which end of the sigmoid no run comes near; low and high are shares of the rise."""
        if high < HALF_WAY and "top" not in self.held:
            text = f"the best run is {Share(high)} of the way from chance to top, so top is a guess"
            yield Note(
                code="top-unseen", message=f"{text}; hold it with --top if it is known", level="warning"
            )
        if low > NEAR_CHANCE and "chance" not in self.held:
            text = f"the worst run is {Share(low)} of the way from chance to top, so chance is a guess"
            yield Note(code="chance-unseen", message=f"{text}; hold it, e.g. --chance 25%")

    @property
    def held(self) -> set[str]:
        """The parameters that were not fitted."""
        return {name for name in self.second.parameters if self.second.parameter_error(name) == 0}

    def _of_reach(self, forecasts: tuple[AccuracyForecast, ...]) -> Iterator[Note]:
        """Where forecasts leave the runs."""
        least = float(self.forecaster.loss.min())
        lowest = min((float(each.loss.value) for each in forecasts), default=least)
        if lowest < least:
            text = f"a loss of {significant(lowest, 4)} is below that of every run, {significant(least, 4)}"
            yield Note(code="extrapolation", message=f"{text}: there the form alone speaks", level="warning")
        times = max((each.beyond_range or 1.0 for each in forecasts), default=1.0)
        if times > BEYOND:
            text = f"this reaches {significant(times)} times beyond the compute of the runs"
            yield Note(
                code="extrapolation", message=f"{text}: intervals hold only if the forms do", level="warning"
            )
        if isinstance(self.first, ByCompute) and self.first.bend > BENT:
            text = "the losses bend over log compute, where the first step has a straight line"
            hint = "predict the loss by `scalecalc fit` and give it as --loss"
            yield Note(code="bent-loss", message=f"{text}: {hint}", level="warning")
        elif isinstance(self.first, ByCompute) and times > 1:
            text = "a straight line in log compute has no floor, and is meant for models of one recipe"
            yield Note(code="straight-line", message=text)


def _ends(name: str, value: float, half: float) -> tuple[float, float]:
    """An interval about a parameter: in logarithms of one that is positive, within 0 and 1 of an accuracy."""
    if name in LOGARITHMIC:
        return value * exp(-half / value), value * exp(half / value)
    if name == "midpoint":
        return value - half, value + half
    return max(value - half, 0.0), min(value + half, 1.0)
