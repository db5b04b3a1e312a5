"""Log loss as a function of five or six centred parameters, with exact derivatives summed over rows.

The one parametrization of every form: theta = (e, a, b, alpha, beta, gamma) with x = log N - mean,
z = log D - mean and

    log L = logsumexp(e, gamma * logsumexp((a - alpha x) / gamma, (b - beta z) / gamma))

gamma = 1 is the additive law L = E + A/N**alpha + B/D**beta; e or b at minus infinity drop their term.
alpha and beta are the exponents of the loss itself; inside the outer power gamma they are alpha / gamma
and beta / gamma. Centring brings the condition number from 1e11 down to 1e3 and rules out overflow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from scalecalc.fitting.objective import huber_terms, quadratic_terms

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scalecalc.fitting.objective import Objective
    from scalecalc.fitting.rows import Rows

    Array = NDArray[np.float64]

COORDINATES = ("e", "a", "b", "alpha", "beta", "gamma")

BLOCK = 8192
"""Elements [problem, row] worked on at once, so that all intermediate arrays stay in the cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Chart:
    """The affine family theta = origin + basis @ phi that a form with its fixed parameters leaves free.

    origin: [6]; basis: [6, k]; fold: [54, k + k k] turns the row moments of the additive law into
    gradient and Hessian over phi. `nested` says that gamma may differ from 1.
    """

    origin: Array
    basis: Array
    fold: Array
    nested: bool

    @property
    def size(self) -> int:
        """Number of free parameters k."""
        return int(self.basis.shape[1])

    def lift(self, phi: Array) -> Array:
        """theta [..., 6] of phi [..., k]."""
        theta: Array = phi @ self.basis.T
        theta += self.origin
        return theta

    def nearest(self, theta: Array) -> Array:
        """phi [..., k] of the family member nearest to theta [..., 6]."""
        origin = np.where(np.isfinite(self.origin), self.origin, 0.0)
        gap = np.where(np.isfinite(theta), theta, origin) - origin
        phi: Array = gap @ np.linalg.pinv(self.basis).T
        return phi


def chart_of(origin: Array, basis: Array, *, nested: bool) -> Chart:
    """The chart with its fold."""
    gradient, hessian = _additive_fold()
    size = basis.shape[1]
    over_phi = np.einsum("mij,ik,jl->mkl", hessian, basis, basis).reshape(54, size * size)
    return Chart(origin, basis, np.hstack([gradient @ basis, over_phi]), nested)


def _additive_fold() -> tuple[Array, Array]:
    """Linear maps from the 54 moments of `_additive` to gradient [54, 6] and Hessian [54, 6, 6].

    Moment 6 i + j is the sum over rows of coefficient i times basis column j, where the coefficients are
    d p_k (k = E, A, B) and c p_k p_l in the order EE, EA, EB, AA, AB, BB.
    """
    # The exponent of term k has the gradient (unit, slope): 1 by its log factor, -x or -z by its exponent.
    terms = (((0, 0, 1.0),), ((1, 0, 1.0), (3, 1, -1.0)), ((2, 0, 1.0), (4, 2, -1.0)))
    product = {
        (0, 0): 0,
        (0, 1): 1,
        (0, 2): 2,
        (1, 0): 1,
        (1, 1): 3,
        (1, 2): 4,
        (2, 0): 2,
        (2, 1): 4,
        (2, 2): 5,
    }
    pair = {(0, 0): 3, (0, 1): 4, (0, 2): 5, (1, 1): 6, (1, 2): 7, (2, 2): 8}
    gradient, hessian = np.zeros((54, 6)), np.zeros((54, 6, 6))
    for k, row in enumerate(terms):
        for i, column, sign in row:
            gradient[6 * k + column, i] += sign
            for j, other, other_sign in row:
                hessian[6 * k + product[column, other], i, j] += sign * other_sign
    for k, row in enumerate(terms):
        for m, other_row in enumerate(terms):
            coefficient = pair[min(k, m), max(k, m)]
            for i, column, sign in row:
                for j, other, other_sign in other_row:
                    hessian[6 * coefficient + product[column, other], i, j] += sign * other_sign
    return gradient, hessian


class Sums(NamedTuple):
    """Value [p], gradient [p, k] and generalized Hessian [p, k, k] of p problems over phi."""

    value: Array
    gradient: Array
    hessian: Array


class Scratch:
    """Memory that is used again at every step: fresh pages cost more than the arithmetic done in them."""

    def __init__(self) -> None:
        self._flat = np.empty(0)

    def take(self, count: int, problems: int, rows: int) -> Array:
        """An array [count, problems, rows] of anything; the last one taken is overwritten."""
        size = count * problems * rows
        if self._flat.size < size:
            self._flat = np.empty(size)
        return self._flat[:size].reshape(count, problems, rows)


class Task(NamedTuple):
    """p problems on the same rows: weights is 1.0, [n] or [p, n]; delta [p] the Huber thresholds."""

    rows: Rows
    objective: Objective
    weights: Array | float
    delta: Array
    scratch: Scratch


def sums(chart: Chart, task: Task, phi: Array) -> Sums:
    """Objective, gradient and generalized Hessian of p problems at phi [p, k], in blocks of rows."""
    theta = chart.lift(phi)
    one_block = _nested if chart.nested else _additive
    rows = len(task.rows)
    step = max(256, BLOCK // len(phi))
    if step >= rows:
        return one_block(chart, task, theta)
    parts = [one_block(chart, _part(task, slice(i, i + step)), theta) for i in range(0, rows, step)]
    value, gradient, hessian = (np.sum(each, axis=0) for each in zip(*parts, strict=True))
    return Sums(value, gradient, hessian)


def _part(task: Task, rows: slice) -> Task:
    weights = task.weights if isinstance(task.weights, float) else task.weights[..., rows]
    return task._replace(rows=task.rows.block(rows), weights=weights)


def row_terms(task: Task, loss: Array, log_loss: Array | None) -> tuple[Array, Array, Array]:
    """Value [p], and per row the coefficients c and d of the Hessian c J J' + d K.

    J is the gradient of log L and K = J J' + its second derivative; the gradient of the objective is d J.
    """
    raw = task.objective.raw
    if raw:
        residual = loss - task.rows.loss
    else:
        residual = np.log(loss) if log_loss is None else log_loss
        residual -= task.rows.log_loss
    if task.objective.quadratic:
        value, slope, curvature = quadratic_terms(residual, task.weights)
    else:
        value, slope, curvature = huber_terms(residual, task.delta[:, None], task.weights)
    if raw:
        return value, curvature * (loss * loss), slope * loss
    return value, curvature - slope, slope


def _additive(chart: Chart, task: Task, theta: Array) -> Sums:
    """The fast path, gamma = 1: everything is a moment of nine coefficients with six shared columns.

    With shares p of the three terms, J is (pE, pA, pB, -pA x, -pB z) and K is the sum of p_k u_k u_k'.
    """
    rows, problems = task.rows, len(theta)
    across = theta.T[:, :, None]
    scratch = task.scratch.take(16, problems, len(rows))
    shares, weighted, work, loss = scratch[:3], scratch[3:6], scratch[6:15], scratch[15]
    shares[0] = np.exp(across[0])
    powers = shares[1:]
    np.multiply(across[3:5], rows.logs, out=powers)
    np.exp(np.subtract(across[1:3], powers, out=powers), out=powers)
    np.add(shares[1], shares[2], out=loss)
    loss += shares[0]
    value, c, d = row_terms(task, loss, None)
    shares /= loss
    np.multiply(d, shares, out=work[:3])
    np.multiply(c, shares, out=weighted)
    np.multiply(weighted[0], shares, out=work[3:6])
    np.multiply(weighted[1], powers, out=work[6:8])
    np.multiply(weighted[2], shares[2], out=work[8])
    moments = (work @ rows.basis).transpose(1, 0, 2).reshape(problems, 54)
    flat = moments @ chart.fold
    size = chart.size
    return Sums(value, flat[:, :size], flat[:, size:].reshape(problems, size, size))


def _nested(chart: Chart, task: Task, theta: Array) -> Sums:
    """Any gamma. G = gamma h is the log of the reducible loss, with q the shares of its two inner terms.

    grad G = qA uA + qB uB + s u_gamma with s the entropy of q, and its second derivative is
    (qA qB / gamma) v v' with v = uA - uB - (tA - tB) u_gamma.
    """
    local = _reducible(task.rows, theta)
    log_loss = np.logaddexp(theta[:, :1], local.log_reducible)
    loss = np.exp(log_loss)
    value, c, d = row_terms(task, loss, log_loss.copy())
    reducible_share = np.exp(local.log_reducible - log_loss)
    floor_share = np.exp(theta[:, :1] - log_loss)
    slopes = np.einsum("pin,ik->pkn", local.gradient, chart.basis)
    floor_slope = chart.basis[0][:, None]
    jacobian = reducible_share[:, None] * slopes + floor_share[:, None] * floor_slope
    bend = np.einsum("pin,ik->pkn", local.bend, chart.basis)
    weights = d * reducible_share
    hessian = (
        (c[:, None] * jacobian) @ jacobian.transpose(0, 2, 1)
        + (weights[:, None] * slopes) @ slopes.transpose(0, 2, 1)
        + ((weights * local.curvature)[:, None] * bend) @ bend.transpose(0, 2, 1)
        + (d * floor_share).sum(axis=1)[:, None, None] * (floor_slope @ floor_slope.T)
    )
    return Sums(value, np.einsum("pn,pkn->pk", d, jacobian), hessian)


class _Reducible(NamedTuple):
    """log of the reducible loss [p, n], its gradient and the vector v [p, 6, n], and qA qB / gamma [p, n]."""

    log_reducible: Array
    gradient: Array
    bend: Array
    curvature: Array


def _reducible(rows: Rows, theta: Array) -> _Reducible:
    _, a, b, alpha, beta, gamma = theta.T[:, :, None]
    params_term = (a - alpha * rows.x) / gamma
    tokens_term = (b - beta * rows.z) / gamma
    inner = np.logaddexp(params_term, tokens_term)
    params_share, tokens_share = np.exp(params_term - inner), np.exp(tokens_term - inner)
    dropped = np.isneginf(tokens_term)
    gap = np.where(dropped, 0.0, params_term - tokens_term)
    entropy = inner - params_share * params_term - tokens_share * np.where(dropped, 0.0, tokens_term)
    zero, one = np.zeros_like(inner), np.ones_like(inner)
    gradient = (zero, params_share, tokens_share, -params_share * rows.x, -tokens_share * rows.z, entropy)
    bend = (zero, one, -one, -rows.x * one, rows.z * one, -gap)
    return _Reducible(
        gamma * inner,
        np.stack(gradient, axis=1),
        np.stack(bend, axis=1),
        params_share * tokens_share / gamma,
    )


def log_loss_at(theta: Array, x: Array, z: Array) -> Array:
    """log L of theta [..., 6] at centred logs x, z that broadcast against its leading axes."""
    e, a, b, alpha, beta, gamma = np.moveaxis(theta, -1, 0)
    inner = np.logaddexp((a - alpha * x) / gamma, (b - beta * z) / gamma)
    log_loss: Array = np.logaddexp(e, gamma * inner)
    return log_loss


def jacobian_rows(chart: Chart, rows: Rows, theta: Array) -> tuple[Array, Array]:
    """log L [n] and its gradient over phi [n, k] at one theta [6]."""
    if not chart.nested:
        return _additive_jacobian(chart, rows, theta)
    local = _reducible(rows, theta[None])
    log_reducible = local.log_reducible[0]
    log_loss = np.logaddexp(theta[0], log_reducible)
    gradient = np.exp(log_reducible - log_loss)[:, None] * local.gradient[0].T
    gradient[:, 0] += np.exp(theta[0] - log_loss)
    return log_loss, gradient @ chart.basis


def _additive_jacobian(chart: Chart, rows: Rows, theta: Array) -> tuple[Array, Array]:
    """The same where gamma is 1: the gradient is (pE, pA, pB, -pA x, -pB z) by the shares p of the terms."""
    terms = np.exp(theta[1:3, None] - theta[3:5, None] * rows.logs[:, 0])
    loss = terms[0] + terms[1] + np.exp(theta[0])
    terms /= loss
    gradient = np.zeros((len(rows), 6))
    gradient[:, 0] = np.exp(theta[0]) / loss
    gradient[:, 1:3] = terms.T
    gradient[:, 3:5] = -(terms * rows.logs[:, 0]).T
    return np.log(loss), gradient @ chart.basis
