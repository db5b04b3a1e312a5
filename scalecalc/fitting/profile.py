"""Profile intervals: how far a quantity can be pushed before the fit becomes significantly worse.

For each end the quantity is held at a value and everything else refitted; the end is where the rise of the
objective reaches t**2, the F cut-off for one quantity. No linearity is assumed, unlike in the delta method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.fitting.covariance import linearize
from scalecalc.fitting.distributions import quantile_of_t
from scalecalc.fitting.intervals import LEVEL, Interval, between, standard_error
from scalecalc.fitting.newton import Setting
from scalecalc.fitting.quantities import slopes
from scalecalc.fitting.resample import fitted_chart, fitted_objective
from scalecalc.fitting.rows import rows_of
from scalecalc.fitting.solver import Solution
from scalecalc.fitting.surface import Scratch, Task, sums

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from scalecalc.fitting.fit import Fit
    from scalecalc.fitting.quantities import Quantity
    from scalecalc.fitting.rows import Rows
    from scalecalc.fitting.runs import Runs
    from scalecalc.fitting.surface import Chart

    Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Surface:
    """The objective around its minimum: task, chart, minimum phi, its value, the rise per unit of t**2."""

    fit: Fit
    chart: Chart
    task: Task
    phi: Array
    value: float
    unit: float


@np.errstate(over="ignore", divide="ignore", invalid="ignore")  # of a fit that ended nowhere
def profile_intervals(
    runs: Runs, fit: Fit, quantities: Iterable[Quantity], *, level: float = LEVEL
) -> dict[str, Interval]:
    """Intervals for the mean by quantity name; equal independent noise is assumed."""
    rows = rows_of(runs)
    surface = _surface(rows, fit)
    quantile = quantile_of_t(fit.degrees, level)
    found = {}
    for quantity in quantities:
        center = float(quantity.of(fit.theta, fit.centers))
        error = standard_error(fit, quantity)
        ends = (center, center)
        if error > 0:
            ends = (_end(surface, quantity, quantile, -error), _end(surface, quantity, quantile, error))
        found[quantity.name] = between(quantity, center, ends, level, "profile")
    return found


@np.errstate(over="ignore", divide="ignore", invalid="ignore")  # where no law is left to hold
def profile_depths(runs: Runs, fit: Fit, quantity: Quantity, held: Array) -> Array:
    """Signed roots of the rise [m], as in a t test, with the quantity held at `held` [m], in rising order.

    `held` is on the working scale: in logs when the quantity is. The noise is taken to be equal and
    independent. NaN where the constrained fit does not reach the value.
    """
    surface = _surface(rows_of(runs), fit)
    center = float(quantity.of(fit.theta, fit.centers))
    depths = np.full(len(held), np.nan)
    sides = (np.flatnonzero(held < center)[::-1], np.flatnonzero(held >= center))
    for side in sides:
        phi = surface.phi
        for place in side:
            phi, value = _constrained(surface, quantity, float(held[place]), phi)
            rise = float(np.sqrt(max(value - surface.value, 0.0) / surface.unit))
            depths[place] = np.copysign(rise, held[place] - center)
    return depths


def _surface(rows: Rows, fit: Fit) -> _Surface:
    chart, objective = fitted_chart(fit, rows), fitted_objective(fit)
    phi = chart.nearest(fit.theta)
    task = Task(
        rows,
        objective,
        Setting(chart, rows, objective).weights(),
        np.array([objective.delta or 0.0]),
        Scratch(),
    )
    value = float(sums(chart, task, phi[None]).value[0])
    line = linearize(rows, Solution(chart, objective, phi, value, 1, 1, True, {}))
    # rho rises by r'W r, or by half of mean psi' times that, when pseudo-residuals move by r.
    unit = line.variance * (1.0 if objective.quadratic else 0.5 * line.inside)
    return _Surface(fit, chart, task, phi, value, unit)


def _end(surface: _Surface, quantity: Quantity, quantile: float, error: float) -> float:
    """Where the signed root of the rise reaches `quantile` in the direction of `error` (secant steps)."""
    center = float(quantity.of(surface.fit.theta, surface.fit.centers))
    phi = surface.phi
    reach = [0.0, quantile * error]
    depth = [0.0]
    for _ in range(12):
        phi, value = _constrained(surface, quantity, center + reach[-1], phi)
        depth.append(float(np.sqrt(max(value - surface.value, 0.0) / surface.unit)))
        if abs(depth[-1] - quantile) < 1e-4 * quantile or depth[-1] == depth[-2]:
            break
        slope = (reach[-1] - reach[-2]) / (depth[-1] - depth[-2])
        step = float(np.clip(slope * (quantile - depth[-1]), -abs(quantile * error), abs(quantile * error)))
        reach.append(reach[-1] + step)
    return center + reach[len(depth) - 1]


def _constrained(surface: _Surface, quantity: Quantity, goal: float, phi: Array) -> tuple[Array, float]:
    """The least objective with the quantity held at `goal`, by Newton on the Lagrange conditions."""
    chart, centers = surface.chart, surface.fit.centers
    size = chart.size
    for _ in range(30):
        theta = chart.lift(phi)
        there = sums(chart, surface.task, phi[None])
        normal = slopes(quantity, theta, centers) @ chart.basis
        gap = goal - float(quantity.of(theta, centers))
        system = np.zeros((size + 1, size + 1))
        system[:size, :size] = there.hessian[0]
        system[:size, size] = system[size, :size] = normal
        step = np.linalg.lstsq(system, np.append(-there.gradient[0], gap), rcond=1e-15)[0][:size]
        step /= max(1.0, float(np.abs(step).max()) / 0.5)
        phi = phi + step
        if (
            abs(gap) < 1e-10 * (1 + abs(goal))
            and abs(step @ there.hessian[0] @ step) < 1e-10 * there.value[0]
        ):
            break
    return phi, float(sums(chart, surface.task, phi[None]).value[0])
