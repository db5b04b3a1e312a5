"""Which rows move the answer: leave-one-out by one Newton step, without refitting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.fitting.covariance import linearize
from scalecalc.fitting.intervals import spread
from scalecalc.fitting.quantities import slopes
from scalecalc.fitting.resample import fitted_chart, fitted_objective
from scalecalc.fitting.rows import rows_of
from scalecalc.fitting.solver import Solution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scalecalc.fitting.fit import Fit
    from scalecalc.fitting.quantities import Quantity
    from scalecalc.fitting.runs import Runs

    Array = NDArray[np.float64]

MOST = 5
"""Rows reported."""


@dataclass(frozen=True, slots=True)
class Influence:
    """One row of the table: what the quantity would change by without it, and how unusual the row is.

    shift: change of the quantity, of its logarithm when it is positive; standard_errors: the same in
    standard errors; residual: log loss observed minus fitted; leverage: 0 to 1.
    """

    row: int
    shift: float
    standard_errors: float
    residual: float
    leverage: float


@np.errstate(over="ignore", divide="ignore", invalid="ignore")  # of a fit that ended nowhere
def influence(runs: Runs, fit: Fit, quantity: Quantity, most: int = MOST) -> tuple[Influence, ...]:
    """The rows without which the quantity changes most, largest change first."""
    rows = rows_of(runs)
    chart = fitted_chart(fit, rows)
    phi = chart.nearest(fit.theta)
    solution = Solution(chart, fitted_objective(fit), phi, fit.report.value, 1, 1, True, {})
    line = linearize(rows, solution)
    moved = line.jacobian @ line.bread * (line.weights * line.residual / (1 - line.leverage))[:, None]
    gradient = slopes(quantity, fit.theta, fit.centers)
    shifts = moved @ (gradient @ chart.basis)
    error = max(spread(gradient, fit.covariance), 1e-300)
    order = _largest(np.nan_to_num(np.abs(shifts)), most)
    log_residual = observed_minus_fitted(runs.take(order), fit)
    return tuple(
        Influence(
            int(i),
            float(shifts[i]),
            float(shifts[i]) / error,
            float(residual),
            float(line.leverage[i]),
        )
        for i, residual in zip(order, log_residual, strict=True)
    )


def _largest(sizes: Array, count: int) -> NDArray[np.int64]:
    """The rows of the `count` largest sizes, largest first and the earlier row first among equals."""
    if count < len(sizes):
        least = np.partition(sizes, len(sizes) - count)[len(sizes) - count]
        candidates = np.flatnonzero(sizes >= least)
    else:
        candidates = np.arange(len(sizes))
    return candidates[np.argsort(-sizes[candidates], kind="stable")][:count]


def observed_minus_fitted(runs: Runs, fit: Fit) -> Array:
    """Residual of log loss per row [n]."""
    from scalecalc.fitting.surface import log_loss_at

    x = np.log(runs.params) - fit.centers[0]
    z = np.zeros(runs.rows) if runs.tokens is None else np.log(runs.tokens) - fit.centers[1]
    residual: Array = np.log(runs.loss) - log_loss_at(fit.theta, x, z)
    return residual
