"""Fit of the multi-power law to loss curves: separable starts, refined, and what the curves leave open."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.fitting.distributions import quantile_of_t
from scalecalc.fitting.multi_power_problem import Curve, LeastSquares
from scalecalc.training.multi_power import MultiPowerLaw

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

NAMES = tuple(each.name for each in fields(MultiPowerLaw))
"""L0, A, alpha, B, C, beta, gamma; theta holds L0 and the logarithms of the others."""

WITHOUT_FALLS = 3
"""Of these, how many a curve of a rate that never falls tells of: L0, A and alpha."""

ALPHAS = (0.3, 0.5, 0.7, 1.0)
"""From which the search starts first."""

SAME = 1e-6
"""Relative difference of the objective within which two searches ended at one optimum."""

OPEN = 2.0
"""Half-width of an interval in logarithms, a factor of 7, from which a constant is not identified."""


@dataclass(frozen=True, slots=True, eq=False)
class MultiPowerFit:
    """The optimum over all curves.

    theta: L0 and the logarithms of the other constants, [7], or [3] where no rate falls. covariance: of
    theta, widened for residuals that neighbors share. residuals: observed minus fitted log loss, curve by
    curve. autocorrelation: of neighboring residuals. open_constants: those whose interval spans a factor of
    fifty. objective: sum of squares over the rows.
    """

    theta: Array
    covariance: Array
    residuals: Array
    autocorrelation: float
    degrees: float
    objective: float
    starts: int
    agreeing: int
    gradient_norm: float
    smallest_eigenvalue: float
    condition: float
    open_constants: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The constants that were fitted."""
        return NAMES[: len(self.theta)]

    @property
    def law(self) -> MultiPowerLaw | None:
        """The law; None where the curves tell nothing of what a falling rate does."""
        return _law(self.theta) if len(self.theta) == len(NAMES) else None

    def values(self) -> dict[str, float]:
        """Every constant that was fitted."""
        return dict(zip(self.names, _natural(self.theta).tolist(), strict=True))

    def interval(self, name: str, level: float) -> tuple[float, float] | None:
        """Ends of the interval by the delta method, in logarithms but for L0; None where it is open."""
        at = self.names.index(name)
        half = quantile_of_t(self.degrees, level) * float(np.sqrt(self.covariance[at, at]))
        if name in self.open_constants:
            return None
        low, high = self.theta[at] - half, self.theta[at] + half
        return (float(low), float(high)) if name == "L0" else (float(np.exp(low)), float(np.exp(high)))


def fit_multi_power(curves: Sequence[Curve], level: float = 0.95) -> MultiPowerFit:
    """The law of least squares on log loss over all rows of the curves.

    L0, A and B enter linearly, so that each start costs one linear problem; the best starts are refined by
    Levenberg-Marquardt with exact derivatives. Where these do not agree, alpha hid which shapes are good:
    the best are sought again with the alpha found.
    """
    problem = LeastSquares(curves)
    ends, values = problem.optima(ALPHAS)
    if _agreeing(values) < len(values):
        alpha = float(np.exp(ends[int(np.argmin(values))][2]))
        further = problem.optima((alpha,))
        ends, values = ends + further[0], values + further[1]
    best = int(np.argmin(values))
    theta = ends[best]
    residuals, slopes = problem.residuals(theta), problem.slopes(theta)
    autocorrelation = _autocorrelation(residuals, [len(curve.steps) for curve in curves])
    widening = (1 + autocorrelation) / (1 - autocorrelation)
    degrees = max(1.0, len(residuals) / widening - len(theta))
    scale = np.linalg.norm(slopes, axis=0)
    scale[scale == 0] = 1.0
    eigenvalues, vectors = np.linalg.eigh((slopes / scale).T @ (slopes / scale))
    floor = max(float(eigenvalues[-1]) * 1e-14, 1e-300)
    inverse = (vectors / np.maximum(eigenvalues, floor)) @ vectors.T
    variance = values[best] / max(1.0, len(residuals) - len(theta)) * widening
    covariance = variance * inverse / np.outer(scale, scale)
    return MultiPowerFit(
        theta=theta,
        covariance=covariance,
        residuals=residuals,
        autocorrelation=autocorrelation,
        degrees=degrees,
        objective=values[best],
        starts=len(ends),
        agreeing=_agreeing(values),
        gradient_norm=float(np.linalg.norm(2 * slopes.T @ residuals)),
        smallest_eigenvalue=float(eigenvalues[0]),
        condition=float(eigenvalues[-1] / eigenvalues[0]) if eigenvalues[0] > 0 else float("inf"),
        open_constants=_open(theta, covariance, quantile_of_t(degrees, level)),
    )


def _agreeing(values: Sequence[float]) -> int:
    """How many searches ended at the best sum of squares."""
    return sum(value <= min(values) * (1 + SAME) + 1e-18 for value in values)


def _natural(theta: Array) -> Array:
    return np.concatenate([theta[:1], np.exp(theta[1:])])


def _law(theta: Array) -> MultiPowerLaw:
    return MultiPowerLaw(*(max(float(each), 0.0) for each in _natural(theta)))


def _autocorrelation(residuals: Array, lengths: Sequence[int]) -> float:
    """Correlation of neighboring residuals of one run, between 0 and 0.99."""
    parts = np.split(residuals, np.cumsum(lengths)[:-1])
    products = sum(float(part[1:] @ part[:-1]) for part in parts)
    squares = sum(float(part @ part) for part in parts)
    return min(max(products / squares, 0.0), 0.99) if squares > 0 else 0.0


def _open(theta: Array, covariance: Array, quantile: float) -> tuple[str, ...]:
    """The constants whose interval is wider than a factor of fifty, or for L0 than L0 itself."""
    halves = quantile * np.sqrt(np.diag(covariance))
    limits = [abs(float(theta[0])), *[OPEN] * (len(theta) - 1)]
    names = NAMES[: len(theta)]
    return tuple(name for name, half, limit in zip(names, halves, limits, strict=True) if not half <= limit)
