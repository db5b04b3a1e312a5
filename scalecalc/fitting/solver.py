"""The global optimum of a form on given rows: starts, descents, bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.fitting import starts
from scalecalc.fitting.newton import Setting, descend
from scalecalc.fitting.objective import HUBER_EFFICIENCY
from scalecalc.fitting.surface import log_loss_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from scalecalc.fitting.forms import Form
    from scalecalc.fitting.objective import Objective
    from scalecalc.fitting.rows import Rows
    from scalecalc.fitting.surface import Chart

    Array = NDArray[np.float64]

STARTS = 12
"""Starts per fit."""

SAME = 1e-8
"""Relative difference of the objective within which two starts have found the same optimum."""

VANISHED = 1e-7
"""Share of the loss below which the floor E counts as zero."""

MAD_TO_SIGMA = 0.674489750196082
"""Third quartile of the standard normal: the median absolute value of unit normal noise."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is to be fitted: a form with fixed and bounded natural parameters, and an objective."""

    form: Form
    objective: Objective
    fixed: Mapping[str, float]
    bounds: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """The best point found: theta [6] = chart.lift(phi [k]).

    `agreeing` of `tried` starts ended there; `at_bound` names parameters that stopped at a bound, with it.
    `objective` has the Huber threshold that was used.
    """

    chart: Chart
    objective: Objective
    phi: Array
    value: float
    tried: int
    agreeing: int
    converged: bool
    at_bound: Mapping[str, float]

    @property
    def theta(self) -> Array:
        """The full centred parameters [6]."""
        return self.chart.lift(self.phi)


def solve(rows: Rows, question: Question) -> Solution:
    """The optimum within the bounds. A violated bound is held, and the rest solved again, best face first."""
    first = starts_of(question.form, starts.thinned(rows))
    return _within_bounds(rows, question, first, {})


def starts_of(form: Form, rows: Rows) -> Array:
    """Starting points theta [m, 6] of a form, best first."""
    if form.nested:
        return starts.nested_starts(rows, floor=form.floor, beta_is_gamma=form.tied == (4, 5), count=STARTS)
    if form.tokens:
        return starts.additive_starts(rows, STARTS)
    return starts.floor_starts(rows, STARTS) if form.floor else starts.power_start(rows)


def _within_bounds(rows: Rows, question: Question, first: Array, held: Mapping[str, float]) -> Solution:
    fixed = {**question.fixed, **held}
    chart = question.form.chart(rows.centers, fixed)
    solution = _unbounded(rows, question, chart, first, held)
    violated = _violations(rows, question, solution, fixed)
    if not violated:
        return solution
    start = np.vstack([solution.theta, first[:3]])
    faces = [_within_bounds(rows, question, start, {**held, name: bound}) for name, bound in violated.items()]
    return min(faces, key=lambda face: face.value)


def _violations(rows: Rows, question: Question, solution: Solution, fixed: Mapping[str, float]) -> dict[str, float]:
    """Parameters outside their range, with the bound they passed; E counts as 0 when its share vanishes."""
    outside: dict[str, float] = {}
    theta = solution.theta
    for parameter in question.form.parameters:
        if parameter.name in fixed:
            continue
        value = float(parameter.read(theta, rows.centers))
        low, high = question.bounds.get(parameter.name, parameter.search or (0.0 if parameter.positive else -np.inf, np.inf))
        if parameter.positive:
            low, high = np.log(low) if low > 0 else -np.inf, np.log(high)
        slack = 1e-9 * (1 + abs(value))
        if value < low - slack or value > high + slack:
            bound = low if value < low else high
            outside[parameter.name] = float(np.exp(bound)) if parameter.positive else float(bound)
        elif parameter.kind == "floor" and value - float(rows.log_loss.min()) < np.log(VANISHED):
            outside[parameter.name] = 0.0
    return outside


def _unbounded(rows: Rows, question: Question, chart: Chart, first: Array, held: Mapping[str, float]) -> Solution:
    phi = chart.nearest(first)
    objective = question.objective
    if objective.adaptive:
        objective = objective.at(adaptive_delta(rows, chart, phi))
    representatives, members = _merged(phi)
    delta = None
    if not objective.quadratic:
        delta = _first_delta(rows, objective, chart.lift(representatives))
    descent = descend(Setting(chart, rows, objective), representatives, delta)
    best = int(np.argmin(np.where(np.isfinite(descent.value), descent.value, np.inf)))
    value = float(descent.value[best])
    same = descent.value <= value * (1 + SAME) + 1e-300
    return Solution(
        chart, objective, descent.phi[best], value, len(phi), int(members[same].sum()), bool(descent.converged[best]), held
    )


def _merged(phi: Array) -> tuple[Array, NDArray[np.int64]]:
    """One of each group of starts that already coincide, and the sizes of the groups."""
    near = (np.abs(phi[:, None] - phi[None]) < 1e-2 * (0.1 + np.abs(phi))).all(axis=2)
    leader = near.argmax(axis=1)
    chosen, members = np.unique(leader, return_counts=True)
    return phi[chosen], members


def _first_delta(rows: Rows, objective: Objective, theta: Array) -> Array:
    """The Huber thresholds to begin with [p]: the median absolute residual of each start."""
    part = starts.thinned(rows)
    return 2.0 * np.median(np.abs(residuals(part, objective, theta)), axis=-1)


def residuals(rows: Rows, objective: Objective, theta: Array) -> Array:
    """Fitted minus observed, in log loss or in loss as the objective has it: [..., n] for theta [..., 6]."""
    log_loss = log_loss_at(theta[..., None, :], rows.x, rows.z)
    return np.exp(log_loss) - rows.loss if objective.raw else log_loss - rows.log_loss


def adaptive_delta(rows: Rows, chart: Chart, phi: Array) -> float:
    """1.345 robust sigma, with sigma the scaled median absolute residual of the fit that uses it.

    Fit and scale are iterated from the best start until they agree.
    """
    from scalecalc.fitting.objective import OBJECTIVES

    huber, place = OBJECTIVES["huber"], phi[:1]
    delta = HUBER_EFFICIENCY * robust_sigma(rows, residuals(rows, huber, chart.lift(place[0])), chart.size)
    for _ in range(12):
        place = descend(Setting(chart, rows, huber.at(delta)), place, promise=1e-8).phi
        sigma = robust_sigma(rows, residuals(rows, huber, chart.lift(place[0])), chart.size)
        previous, delta = delta, HUBER_EFFICIENCY * sigma
        if abs(delta - previous) <= 1e-6 * previous:
            break
    return max(delta, 1e-12)


def robust_sigma(rows: Rows, residual: Array, free: int) -> float:
    """Standard deviation from the median absolute residual, the `free` - 1 smallest left out.

    A robust fit passes through about as many points as it has parameters; their zeros say nothing of
    the noise (Street, Carroll and Ruppert 1988).
    """
    size = np.abs(residual)
    share = min(1.0, 0.5 * (1.0 + (free - 1) / len(rows)))
    if rows.weights is None:
        return float(np.quantile(size, share, method="inverted_cdf")) / MAD_TO_SIGMA
    return float(np.quantile(size, share, method="inverted_cdf", weights=rows.weights)) / MAD_TO_SIGMA
