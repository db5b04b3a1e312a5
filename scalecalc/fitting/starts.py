"""Starting points for every pair of exponents at once.

For fixed exponents the law is linear in E, A and B, and its columns N**-alpha and D**-beta are separable:
the normal equations of the whole grid are a handful of matrix products. The best cells then slide down in
the two exponents alone, the linear coefficients solved anew at every step (variable projection; Golub and
Pereyra 1973), which removes the curved valley in which five-parameter steps creep.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.fitting.small_systems import solved

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scalecalc.fitting.rows import Rows

    Array = NDArray[np.float64]

EXPONENTS = np.geomspace(0.03, 2.4, 18)
"""Exponents tried for each of the two terms."""

PATCH = 3
"""The grid is cut into patches of 3 x 3 cells; each patch offers its best cell, so that starts differ."""

SUBSAMPLE = 80
"""Rows used to find the starts; the descent that follows uses all of them."""

SLIDES = 6
"""Largest number of steps in the two exponents."""

ARRIVED = 2e-2
"""Relative step in the exponents at which a start counts as slid down."""


def thinned(rows: Rows) -> Rows:
    """At most SUBSAMPLE rows, drawn with a fixed seed so that sorted tables are met evenly."""
    return rows if len(rows) <= SUBSAMPLE else rows.block(_sample(len(rows)))


@lru_cache(maxsize=8)
def _sample(rows: int) -> NDArray[np.int64]:
    return np.sort(np.random.default_rng(0).choice(rows, SUBSAMPLE, replace=False))


def additive_starts(rows: Rows, count: int) -> Array:
    """At most `count` starts theta [m, 6] of the additive law with E, A, B > 0, best cell first.

    Least squares on the loss with weights 1 / L**2, which is log loss to first order.
    """
    gram, right, total = _normal_equations(rows)
    solution = _solve(gram, right)
    error: Array = total - np.einsum("ijk,ijk->ij", solution, right)
    error[~((solution > 0).all(axis=2) & np.isfinite(error))] = np.inf
    i, j = _best_of_patches(error, count)
    return slide(rows, np.column_stack([EXPONENTS[i], EXPONENTS[j]]))


def _normal_equations(rows: Rows) -> tuple[Array, Array, float]:
    """Gram matrices [c, c, 3, 3] and right-hand sides [c, c, 3] of (1, N**-alpha, D**-beta), and y'y."""
    weights = _weights(rows)
    by_params = np.exp(-EXPONENTS[:, None] * rows.x)
    by_tokens = np.exp(-EXPONENTS[:, None] * rows.z)
    both = np.stack([weights, weights * rows.loss], axis=1)
    params_sums, tokens_sums = by_params @ both, by_tokens @ both
    cells = len(EXPONENTS)
    gram = np.empty((cells, cells, 3, 3))
    gram[..., 0, 0] = weights.sum()
    gram[..., 0, 1] = gram[..., 1, 0] = params_sums[:, :1]
    gram[..., 0, 2] = gram[..., 2, 0] = tokens_sums[:, 0]
    gram[..., 1, 1] = ((by_params * by_params) @ weights)[:, None]
    gram[..., 2, 2] = (by_tokens * by_tokens) @ weights
    gram[..., 1, 2] = gram[..., 2, 1] = (by_params * weights) @ by_tokens.T
    right = np.empty((cells, cells, 3))
    right[..., 0] = both[:, 1].sum()
    right[..., 1] = params_sums[:, 1:]
    right[..., 2] = tokens_sums[:, 1]
    return gram, right, float(both[:, 1] @ rows.loss)


def _weights(rows: Rows) -> Array:
    return rows.loss**-2 if rows.weights is None else rows.weights * rows.loss**-2


def _solve(gram: Array, right: Array) -> Array:
    """Solutions of small positive systems; a trace of ridge keeps coinciding columns solvable."""
    return solved(gram * (1.0 + 1e-13 * np.eye(gram.shape[-1])), right)


def _best_of_patches(error: Array, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cells (i, j) of least error, one per patch, best first; at least the least bad cell of the grid."""
    patches = len(EXPONENTS) // PATCH
    by_patch = (
        error.reshape(patches, PATCH, patches, PATCH).transpose(0, 2, 1, 3).reshape(patches * patches, -1)
    )
    champion = by_patch.argmin(axis=1)
    least = by_patch[np.arange(len(champion)), champion]
    order = np.argsort(least, kind="stable")[:count]
    order = order[np.isfinite(least[order])]
    if not len(order):
        middle = np.array([len(EXPONENTS) // 2])
        return middle, middle
    cells = champion[order]
    return order // patches * PATCH + cells // PATCH, order % patches * PATCH + cells % PATCH


def slide(rows: Rows, exponents: Array) -> Array:
    """Where Gauss-Newton steps in the exponents lead: theta [p, 6] from exponents [p, 1] or [p, 2].

    One column of exponents is a law of one variable, y = E + A x**-alpha. A step that does not
    improve is shortened.
    """
    weighted = _Weighted.of(rows, exponents.shape[1])
    place = exponents.copy()
    error, coefficients, step = weighted.project(place)
    for _ in range(SLIDES):
        trial = np.minimum(np.maximum(place + step, 0.01), 5.0)
        new_error, new_coefficients, new_step = weighted.project(trial)
        better = (new_error < error) | np.isinf(error)
        row = better[:, None]
        error = np.where(better, new_error, error)
        place = np.where(row, trial, place)
        coefficients = np.where(row, new_coefficients, coefficients)
        step = np.where(row, new_step, step * 0.3)
        if (np.abs(step) < ARRIVED * place).all():
            break
    logs = np.log(coefficients)
    if place.shape[1] == 1:
        nothing = np.zeros(len(place))
        return np.column_stack([logs, nothing - np.inf, place, nothing, nothing + 1.0])
    return np.column_stack([logs, place, np.ones(len(place))])


@dataclass(frozen=True, slots=True, eq=False)
class _Weighted:
    """Rows times the roots of their weights: logs [m, n] of the m variables, root [n], target [n]."""

    logs: Array
    root: Array
    target: Array
    least: float

    @classmethod
    def of(cls, rows: Rows, variables: int) -> _Weighted:
        """From centred rows, for a law of one or two variables."""
        root = np.sqrt(_weights(rows))
        return cls(
            np.stack([rows.x, rows.z][:variables]), root, root * rows.loss, 1e-3 * float(rows.loss.min())
        )

    def project(self, place: Array) -> tuple[Array, Array, Array]:
        """Error [p], coefficients E, A, (B) [p, 1 + m] and the next step [p, m] from exponents [p, m].

        The step is that of Gauss and Newton in all parameters from the projected point (Kaufman 1975).
        """
        problems, variables = place.shape
        linear = 1 + variables
        columns = np.empty((problems, linear + variables, len(self.root)))
        columns[:, 0] = self.root
        np.exp(-place[:, :, None] * self.logs, out=columns[:, 1:linear])
        columns[:, 1:linear] *= self.root
        np.multiply(columns[:, 1:linear], -self.logs, out=columns[:, linear:])
        gram = columns @ columns.transpose(0, 2, 1)
        right = columns @ self.target
        coefficients = _solve(gram[:, :linear, :linear], right[:, :linear])
        error = self.target @ self.target - np.vecdot(coefficients, right[:, :linear])
        error[~(coefficients.min(axis=1) > 0)] = np.inf
        coefficients = np.maximum(coefficients, self.least)
        scale = np.ones((problems, linear + variables))
        scale[:, linear:] = coefficients[:, 1:]
        residual = right - (gram[:, :, :linear] @ coefficients[:, :, None])[:, :, 0]
        step = _solve(gram * scale[:, :, None] * scale[:, None, :], residual * scale)[:, linear:]
        longest = (np.abs(step) / (0.5 * place)).max(axis=1)
        return error, coefficients, step / np.maximum(longest, 1.0)[:, None]


def floor_starts(rows: Rows, count: int) -> Array:
    """Starts theta [count, 6] of y = E + A x**-alpha, slid down from evenly spread exponents."""
    return slide(rows, np.geomspace(0.05, 2.0, count)[:, None])


def power_start(rows: Rows) -> Array:
    """The straight line through (log x, log y) as theta [1, 6]: already optimal for least squares."""
    weights = np.ones(len(rows)) if rows.weights is None else rows.weights
    level = weights @ rows.log_loss / weights.sum()
    slope = (weights * rows.x) @ rows.log_loss / (weights @ (rows.x * rows.x))
    return np.array([[-np.inf, level, -np.inf, -slope, 0.0, 1.0]])


OUTER = (0.1, 0.2, 0.35, 0.6, 1.0, 1.6)
"""Outer exponents gamma tried."""

FLOORS = (0.3, 0.55, 0.75, 0.9)
"""Floors E tried, as shares of the least loss."""


def nested_starts(rows: Rows, *, floor: bool, beta_is_gamma: bool, count: int) -> Array:
    """Starts theta [m, 6] of L = E + (A / N**alpha + B / D**beta)**gamma, best first.

    For given E, gamma and exponents, (L - E)**(1 / gamma) is linear in A and B: per pair (E, gamma) the
    grid of exponents is solved at once, and offers its best cell. `beta_is_gamma` is Kaplan's law.
    """
    found = []
    for share in FLOORS if floor else (0.0,):
        for gamma in OUTER:
            tokens_exponents = np.array([gamma]) if beta_is_gamma else EXPONENTS[::2]
            found.append(_best_pair(rows, share * rows.loss.min(), gamma, tokens_exponents))
    errors, thetas = zip(*found, strict=True)
    order = np.argsort(errors, kind="stable")[:count]
    return np.array(thetas)[order]


def _best_pair(rows: Rows, floor: float, gamma: float, tokens_exponents: Array) -> tuple[float, Array]:
    """Error and theta of the best exponents for one floor and one outer exponent."""
    reducible = rows.loss - floor
    target = reducible ** (1 / gamma)
    weights = (gamma * reducible / (target * rows.loss)) ** 2
    if rows.weights is not None:
        weights *= rows.weights
    params_exponents = EXPONENTS[::2]
    by_params = np.exp(-params_exponents[:, None] / gamma * rows.x)
    by_tokens = np.exp(-tokens_exponents[:, None] / gamma * rows.z)
    gram = np.empty((len(params_exponents), len(tokens_exponents), 2, 2))
    gram[..., 0, 0] = ((by_params * by_params) @ weights)[:, None]
    gram[..., 1, 1] = (by_tokens * by_tokens) @ weights
    gram[..., 0, 1] = gram[..., 1, 0] = (by_params * weights) @ by_tokens.T
    right = np.empty((*gram.shape[:2], 2))
    right[..., 0] = (by_params @ (weights * target))[:, None]
    right[..., 1] = by_tokens @ (weights * target)
    solution = _solve(gram, right)
    error = (weights * target) @ target - np.einsum("ijk,ijk->ij", solution, right)
    error[~((solution > 0).all(axis=2) & np.isfinite(error))] = np.inf
    i, j = np.unravel_index(int(error.argmin()), error.shape)
    a, b = gamma * np.log(np.maximum(solution[i, j], 1e-3 * target.min()))
    e = np.log(floor) if floor > 0 else -np.inf
    return float(error[i, j]), np.array([e, a, b, params_exponents[i], tokens_exponents[j], gamma])
