"""What a fit says about itself: where it ended, how sharply, and a verdict in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.fitting.distributions import quantile_of_t
from scalecalc.fitting.newton import Setting
from scalecalc.fitting.surface import Scratch, Task, sums

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from scalecalc.fitting.forms import Form
    from scalecalc.fitting.rows import Rows
    from scalecalc.fitting.solver import Solution

    Array = NDArray[np.float64]

SINGULAR = 1e10
"""Condition number of the Hessian beyond which the rows do not determine the parameters."""


VANISHED_TERM = 1e-6
"""Share of the loss below which a term counts as absent."""


class Verdict(Enum):
    """How far a fit can be trusted."""

    OPTIMUM = "optimum"
    AT_BOUND = "at a bound"
    NOT_IDENTIFIABLE = "not identifiable"
    NOT_CONVERGED = "not converged"


@dataclass(frozen=True, slots=True)
class Report:
    """The end point of a fit.

    value: the objective, summed over rows. gradient_norm: Euclidean norm of its gradient in the natural
    parameters (log E, log A, log B and the exponents). smallest_eigenvalue, condition: of the Hessian in
    the centred parameters. agreeing of starts: how many starts ended at this value. effective_runs: see
    `runs.effective_runs`. outliers: row numbers found too far off for least squares.
    """

    objective: str
    delta: float | None
    value: float
    rows: int
    free: int
    gradient_norm: float
    smallest_eigenvalue: float
    condition: float
    starts: int
    agreeing: int
    at_bound: Mapping[str, float]
    effective_runs: float
    verdict: Verdict
    sentence: str
    notes: tuple[str, ...] = ()
    outliers: tuple[int, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class EndPoint:
    """Objective, gradient norm in natural units, least Hessian eigenvalue and condition number."""

    value: float
    gradient_norm: float
    smallest_eigenvalue: float
    condition: float


def end_point(rows: Rows, form: Form, solution: Solution) -> EndPoint:
    """The one evaluation that every reported number comes from."""
    chart, objective = solution.chart, solution.objective
    setting = Setting(chart, rows, objective)
    task = Task(rows, objective, setting.weights(), np.array([objective.delta or 0.0]), Scratch())
    there = sums(chart, task, solution.phi[None])
    eigenvalues = np.linalg.eigvalsh(there.hessian[0])
    natural = (
        np.array([each.gradient(solution.theta, rows.centers) for each in form.parameters]) @ chart.basis
    )
    gradient = np.linalg.lstsq(natural.T, there.gradient[0], rcond=None)[0]
    least, largest = float(eigenvalues[0]), float(eigenvalues[-1])
    condition = largest / least if least > 0 else np.inf
    return EndPoint(float(there.value[0]), float(np.linalg.norm(gradient)), least, condition)


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Covariance of theta [6, 6], and the degrees of freedom that its t has."""

    covariance: Array
    degrees: float


def verdict_of(
    rows: Rows, form: Form, solution: Solution, end: EndPoint, spread: Spread
) -> tuple[Verdict, str]:
    """Verdict and sentence, gravest finding first."""
    unanswered = _unanswered(rows, form, solution, end, spread)
    if unanswered:
        return Verdict.NOT_IDENTIFIABLE, f"not identifiable: {unanswered}"
    if not solution.converged:
        return Verdict.NOT_CONVERGED, f"not converged: Newton stopped at {end.value:.6g}"
    if solution.at_bound:
        told = ", ".join(f"{name} = {bound:g}" for name, bound in solution.at_bound.items())
        return Verdict.AT_BOUND, f"at a bound: {told}"
    if form.convex and not solution.objective.raw:
        return Verdict.OPTIMUM, "optimum: unique, the problem is convex"
    return Verdict.OPTIMUM, f"optimum: {solution.agreeing} of {solution.tried} starts agree"


def _unanswered(rows: Rows, form: Form, solution: Solution, end: EndPoint, spread: Spread) -> str:
    """What the rows leave open, in words; empty when nothing."""
    absent = _absent(rows, form, solution.theta)
    if absent:
        return f"the loss does not fall with {absent} in these rows"
    if solution.converged and not end.condition < SINGULAR:
        return f"condition number {end.condition:.1e}"
    vague = _vague(rows, form, solution.theta, spread)
    return " and ".join(
        f"{name} is {value:.2g} give or take {half:.2g}" for name, (value, half) in vague.items()
    )


def _vague(rows: Rows, form: Form, theta: Array, spread: Spread) -> dict[str, tuple[float, float]]:
    """Exponents whose 95 % interval reaches zero: value and half-width."""
    quantile = quantile_of_t(spread.degrees, 0.95)
    found = {}
    for parameter in form.parameters:
        if parameter.search is None or parameter.kind == "outer":
            continue
        gradient = parameter.gradient(theta, rows.centers)
        value = float(parameter.read(theta, rows.centers))
        half = quantile * float(np.sqrt(np.maximum(gradient @ spread.covariance @ gradient, 0.0)))
        if half >= abs(value) > 0:
            found[parameter.name] = (value, half)
    return found


def _absent(rows: Rows, form: Form, theta: Array) -> str:
    """The variable whose term has vanished from the loss, if any."""
    _, a, b, alpha, beta, _ = theta
    least = float(rows.log_loss.min()) + float(np.log(VANISHED_TERM))
    if np.max(a - alpha * rows.x) < least:
        return "params" if form.tokens else "the variable"
    if form.tokens and np.max(b - beta * rows.z) < least:
        return "tokens"
    return ""
