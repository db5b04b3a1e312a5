"""From runs to accuracy at another scale: loss from compute or from N and D, then accuracy from loss."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import hypot, inf
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from scalecalc.commands._accuracy_curve import Curve
from scalecalc.commands._accuracy_first import AsGiven, Asked, ByCompute, BySurface, FirstStep, LossAt
from scalecalc.commands._accuracy_fit import CurveFit, fit_curve, refitted
from scalecalc.commands._accuracy_table import AccuracyTable
from scalecalc.fitting.distributions import quantile_of_t
from scalecalc.problem import ExitCode, Problem
from scalecalc.progress import report
from scalecalc.quantity import significant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Indices = NDArray[np.int64]


class Predicted(NamedTuple):
    """A value with its interval, and the interval of one more run."""

    value: float
    mean: tuple[float, float]
    new_run: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Method:
    """How intervals are made."""

    ci: str
    level: float
    resamples: int
    seed: int


class Forecaster:
    """Two fitted steps, asked for accuracies."""

    def __init__(self, table: AccuracyTable, curve: Curve, first: FirstStep, method: Method) -> None:
        self.table, self.first, self.method = table, first, method
        self.loss = table.runs.column("loss")
        self.second: CurveFit = fit_curve(curve, self.loss, table.accuracy)
        self.draws: Array | None = None
        if method.ci == "bootstrap":
            rows = list(_resamples(table, method, 1 + int((self.second.covariance.diagonal() > 0).sum())))
            self.draws = np.array([self._refit(each) for each in _counted(rows)])
            first.refit(rows, method.seed)

    def _refit(self, rows: "Indices") -> "Array":
        return refitted(self.second, self.loss[rows], self.table.accuracy[rows])

    def at(self, asked: Asked) -> tuple[Predicted, Predicted]:
        """The loss and the accuracy at what is asked."""
        step: FirstStep = AsGiven() if asked.loss is not None else self.first
        loss = step.at(asked)
        if not 0 < loss.value < inf:
            text = f"the first step gives a loss of {significant(loss.value)}"
            hint = "ask for less compute: a straight line has no floor"
            raise Problem("impossible-loss", text, hint, ExitCode.NO_ANSWER)
        fall = self.second.fall(loss.value)
        noise = hypot(self.second.noise, fall * loss.noise)
        value = float(np.clip(self.second.accuracy(loss.value), 0.0, 1.0))
        if self.draws is None:
            accuracy = self._by_delta(value, hypot(self.second.error(loss.value), fall * loss.error), noise)
        else:
            accuracy = self._by_draws(value, loss, noise)
        return self._of_loss(loss), accuracy

    def _by_delta(self, value: float, error: float, noise: float) -> Predicted:
        both = [each for each in (self.first.degrees, self.second.degrees) if each is not None]
        quantile = quantile_of_t(min(both), self.method.level)
        return Predicted(
            value,
            _within_bounds(value - quantile * error, value + quantile * error),
            _within_bounds(value - quantile * hypot(error, noise), value + quantile * hypot(error, noise)),
        )

    def _by_draws(self, value: float, loss: LossAt, noise: float) -> Predicted:
        assert self.draws is not None  # noqa: S101 - narrows the type
        drawn = np.full(len(self.draws), loss.value) if loss.draws is None else loss.draws
        count = min(len(drawn), len(self.draws))
        accuracies = self.second.curve.value(self.draws[:count], self.second.z(drawn[:count]))
        scatter = noise * np.random.default_rng(self.method.seed).standard_normal(count)
        return Predicted(
            value, _within_bounds(*self._ends(accuracies)), _within_bounds(*self._ends(accuracies + scatter))
        )

    def _of_loss(self, loss: LossAt) -> Predicted:
        if loss.draws is not None:
            mean = self._ends(loss.draws)
            return Predicted(loss.value, mean, mean)
        degrees = self.first.degrees or self.second.degrees
        half = quantile_of_t(degrees, self.method.level) * loss.error
        return Predicted(loss.value, (loss.value - half, loss.value + half), (loss.value, loss.value))

    def _ends(self, values: "Array") -> tuple[float, float]:
        tail = (1 - self.method.level) / 2
        low, high = np.quantile(values, [tail, 1 - tail])
        return float(low), float(high)


def _resamples(table: AccuracyTable, method: Method, least: int) -> "Iterator[Indices]":
    """Rows drawn with replacement, whole runs at a time; draws of too few different rows are left out."""
    generator = np.random.default_rng(method.seed)
    groups = [np.flatnonzero(table.labels == label) for label in np.unique(table.labels)]
    for _ in range(method.resamples):
        picked = generator.integers(0, len(groups), len(groups))
        rows = np.concatenate([groups[each] for each in picked])
        if len(np.unique(rows)) > least:
            yield rows


def _counted(rows: "list[Indices]") -> "Iterator[Indices]":
    for done, each in enumerate(rows):
        report("bootstrap", done, len(rows))
        yield each


def _within_bounds(low: float, high: float) -> tuple[float, float]:
    """An interval of an accuracy, no wider than accuracies are."""
    return min(max(low, 0.0), 1.0), min(max(high, 0.0), 1.0)


def misses(table: AccuracyTable, curve: Curve) -> "Array | None":
    """Predicted minus observed accuracy [k] of the best runs, by a curve fitted to the others.

    The best fifth by loss is left out; None where too few runs would remain.
    """
    loss, accuracy = table.runs.column("loss"), table.accuracy
    order = np.argsort(loss, kind="stable")
    count = max(1, len(order) // 5)
    best, rest = order[:count], order[count:]
    if len(rest) < len(curve.names) + 2 or np.ptp(loss[rest]) == 0:
        return None
    found = fit_curve(curve, loss[rest], accuracy[rest])
    predicted = np.clip(found.accuracy(loss[best]), 0.0, 1.0)
    missed: Array = predicted - accuracy[best]
    return missed


def forecaster_of(table: AccuracyTable, form: str, curve: Curve, method: Method) -> Forecaster:
    """The steps of the form, fitted; a Problem where the runs cannot carry them."""
    loss = table.runs.column("loss")
    _require_rows(table, curve)
    if float(np.ptp(loss)) <= 1e-12 * float(loss.max()):
        raise _no_answer(table, "all losses are the same", "give runs of different losses")
    if float(np.ptp(table.accuracy)) == 0:
        raise _no_answer(table, "all accuracies are the same", "give runs of different accuracies")
    first: FirstStep = AsGiven()
    if form == "two-step":
        first = ByCompute(table.runs.column("flops"), loss)
        if not first.v < 0:
            hint = "the first step takes a loss that falls with compute; --form sigmoid leaves it out"
            raise _no_answer(table, "the loss does not fall with compute", hint)
    elif form == "ladder":
        first = BySurface(table)
    return Forecaster(table, curve, first, method)


def _require_rows(table: AccuracyTable, curve: Curve) -> None:
    low, high = curve.bounds(np.array([-1.0, 1.0]), np.array([0.2, 0.8]))
    free = int((high > low).sum())
    if len(table) <= free:
        hint = "add runs, or hold what is known: --chance 25% --top 100%"
        raise _no_answer(table, f"{len(table)} runs for {free} parameters of the curve", hint)


def _no_answer(table: AccuracyTable, what: str, hint: str) -> Problem:
    return Problem("no-fit", f"{table.name}: {what}", hint, ExitCode.NO_ANSWER)
