"""How uncertain the fitted parameters are: four estimates of their covariance, by what the noise is like.

All work in the free coordinates phi of the fit's chart, where the exponents and log N*, log L* are nearly
linear, so that the delta method holds even for twenty runs. A robust fit enters through pseudo-residuals
psi(r) / mean psi', for which the formulas of least squares hold asymptotically (Huber 1973).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.fitting.distributions import quantile_of_t, two_sided_p_of_t, upper_p_of_f
from scalecalc.fitting.small_systems import inverse
from scalecalc.fitting.solver import robust_sigma
from scalecalc.fitting.surface import jacobian_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scalecalc.fitting.objective import Objective
    from scalecalc.fitting.rows import Rows
    from scalecalc.fitting.runs import Runs
    from scalecalc.fitting.solver import Solution

    Array = NDArray[np.float64]

WINDOW = 0.6
"""Half-width, in robust sigmas, of the window that measures how dense residuals are around zero."""


@dataclass(frozen=True, slots=True, eq=False)
class Linearization:
    """The fit to first order: jacobian of the residual [n, k], pseudo-residual [n], leverage [n].

    weights: [n]; bread: [k, k] is the inverse of J'WJ; inflation: Huber's small-sample factor of the
    variance (1 for least squares); inside: mean of psi'; slope: psi' of every row [n], its mean where
    too few rows lie within a fixed threshold to tell; rows: number of distinct rows; sigma: residual
    standard deviation of log loss, robust for a robust objective.
    """

    jacobian: Array
    residual: Array
    leverage: Array
    weights: Array
    bread: Array
    inflation: float
    inside: float
    slope: Array
    rows: int
    sigma: float

    @property
    def free(self) -> int:
        """Number of free parameters."""
        return int(self.jacobian.shape[1])

    @property
    def degrees(self) -> float:
        """Degrees of freedom of the residuals."""
        return float(max(self.rows - self.free, 1))

    @property
    def variance(self) -> float:
        """Variance of the pseudo-residuals per unit weight, inflated."""
        return float(self.weights @ self.residual**2) / self.degrees * self.inflation


def linearize(rows: Rows, solution: Solution) -> Linearization:
    """The linearization at the solution; a row that is written twice counts once for the scale."""
    objective, theta = solution.objective, solution.theta
    log_loss, jacobian = jacobian_rows(solution.chart, rows, theta)
    if objective.raw:
        jacobian *= np.exp(log_loss)[:, None]
    ones = np.ones(len(rows))
    weights = ones if rows.weights is None else rows.weights
    log_residual = log_loss - rows.log_loss
    raw_residual = np.exp(log_loss) - rows.loss if objective.raw else log_residual
    free, distinct = jacobian.shape[1], rows.distinct
    bread = _bread(jacobian, weights)
    leverage = np.minimum(weights * np.vecdot(jacobian @ bread, jacobian), 1 - 1e-9)
    if objective.delta is None:
        sigma = np.sqrt(weights @ log_residual**2 / max(distinct - free, 1))
        return Linearization(
            jacobian, raw_residual, leverage, weights, bread, 1.0, 1.0, ones, distinct, float(sigma)
        )
    inside = _share_inside(rows, objective, raw_residual, free)
    pseudo = np.clip(raw_residual, -objective.delta, objective.delta) / inside
    slope = (
        np.where(np.abs(raw_residual) <= objective.delta, 1.0, 0.0) if objective.adaptive else inside * ones
    )
    inflation = (1 + free / distinct * (1 - inside) / inside) ** 2 if objective.adaptive else 1.0
    sigma = robust_sigma(rows, log_residual, free)
    return Linearization(
        jacobian, pseudo, leverage, weights, bread, inflation, inside, slope, distinct, float(sigma)
    )


def _bread(jacobian: Array, weights: Array) -> Array:
    """Inverse [k, k] of J'WJ, of columns scaled to length one."""
    scale = np.maximum(np.sqrt(weights @ jacobian**2), 1e-150)
    scaled = jacobian / scale
    bread: Array = inverse((scaled * weights[:, None]).T @ scaled) / np.outer(scale, scale)
    return bread


def _share_inside(rows: Rows, objective: Objective, residual: Array, free: int) -> float:
    """Mean of psi': the share of residuals within delta.

    For a delta far below the noise that share is a handful of rows, most of which the fit passes through
    by construction; then it is read off a window of 0.6 sigma, without as many rows as parameters.
    """
    weights = np.ones(len(rows)) if rows.weights is None else rows.weights
    delta = float(objective.delta or 0.0)
    window = max(delta, WINDOW * robust_sigma(rows, residual, free))
    share = float(weights @ (np.abs(residual) <= window) / weights.sum())
    if window <= delta:
        return max(share, 1e-6)
    share = max(share * rows.distinct - free, 1.0) / max(rows.distinct - free, 1)
    return share * delta / window


def classical(line: Linearization) -> Array:
    """s^2 (J'WJ)^-1: equal noise in all rows."""
    return line.variance * line.bread


def hc3(line: Linearization) -> Array:
    """The sandwich with residuals / (1 - leverage) (MacKinnon and White 1985): noise that differs by row.

    A robust fit rests on its rows within the threshold alone, so that bread and leverage are theirs: with
    the mean of psi' for all rows intervals of the Chinchilla table are a third narrower than the jackknife's.
    """
    copies = len(line.weights) / line.rows
    bread, leverage = line.bread, line.leverage
    if (line.slope != 1).any():
        precision = line.weights * line.slope
        bread = _bread(line.jacobian, precision)
        leverage = precision * np.vecdot(line.jacobian @ bread, line.jacobian)
    leverage = np.minimum(copies * leverage, 1 - 1e-9)
    score = line.weights * line.residual * line.inside
    pull = line.jacobian * (score / (1 - leverage))[:, None]
    sandwich: Array = bread @ (pull.T @ pull) @ bread * (line.inflation * copies)
    return sandwich


def clustered(line: Linearization, clusters: NDArray[np.int64]) -> Array:
    """Leave-one-run-out, to first order (CR3, Bell and McCaffrey 2002): noise shared within a run."""
    labels = np.unique(clusters, return_inverse=True)[1]
    groups = int(labels.max()) + 1
    size = line.free
    weighted = line.jacobian * line.weights[:, None]
    pull = np.zeros((groups, size))
    np.add.at(pull, labels, weighted * line.residual[:, None])
    gram = np.zeros((groups, size, size))
    np.add.at(gram, labels, weighted[:, :, None] * line.jacobian[:, None, :])
    rest = gram.sum(axis=0) - gram
    shift = np.einsum("gij,gj->gi", np.linalg.pinv(rest, hermitian=True), pull)
    jackknife: Array = (groups - 1) / groups * shift.T @ shift * line.inflation
    return jackknife


def spread_depends_on_compute(runs: Runs, line: Linearization) -> bool:
    """Whether |residual| has a slope in log C, at the 1 % level (Breusch-Pagan as modified by Glejser)."""
    if line.rows <= line.free + 3:
        return False
    size = np.abs(line.residual) * np.sqrt(line.weights) / np.sqrt(1 - line.leverage)
    logs = np.log(runs.flops)
    logs = logs - logs.mean()
    if not logs.any():
        return False
    slope = logs @ size / (logs @ logs)
    rest = size - size.mean() - slope * logs
    error = np.sqrt(rest @ rest / (line.rows - 2) / (logs @ logs))
    return bool(error > 0 and two_sided_p_of_t(line.rows - 2, slope / error) < 0.01)


def runs_share_noise(line: Linearization, labels: NDArray[np.int64]) -> bool:
    """Whether residuals are more alike within groups than between, at the 10 % level (one-way F test).

    The level is generous because the mistakes cost differently: clusters taken for independent rows give
    intervals half as wide as they should be, the reverse a little width.
    """
    counts = np.bincount(labels)
    groups, rows = len(counts), len(labels)
    if groups < 3 or rows - groups < 3:
        return False
    means = np.bincount(labels, line.residual) / counts
    between = float(counts @ (means - line.residual.mean()) ** 2) / max(groups - line.free / 2, 1)
    within = float(((line.residual - means[labels]) ** 2).sum()) / (rows - groups)
    return within > 0 and upper_p_of_f(groups - 1, rows - groups, between / within) < 0.1


def outlying(rows: Rows, line: Linearization) -> NDArray[np.int64]:
    """Rows whose residual is too large for normal noise among so many rows, largest first.

    Residuals are measured in robust sigmas, so that outliers cannot hide each other. 1 % per table; for few
    rows the threshold is widened, because their robust sigma is itself uncertain.
    """
    size = np.abs(line.residual) / np.sqrt(1 - line.leverage)
    sigma = robust_sigma(rows, line.residual, line.free)
    threshold = quantile_of_t(line.degrees, 1 - 0.01 / line.rows) * (1 + 1.5 / np.sqrt(line.rows))
    found = np.flatnonzero(size > threshold * max(sigma, 1e-12))
    return found[np.argsort(-size[found], kind="stable")]
