"""A curve of accuracy fitted to runs by least squares, with what its intervals need."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.commands._accuracy_curve import Curve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

AT_BOUND = 1e-4
"""A parameter within this share of its range from an end has run into it."""

STARTS = 4
"""Points of the grid from which the descent begins."""


@dataclass(frozen=True, slots=True, eq=False)
class CurveFit:
    """A fitted curve: phi [p] with its covariance [p, p], the noise of accuracy, and its degrees of freedom.

    `at_bound` names the parameters that the runs leave at an end of their range. They stay uncertain: to take
    them for known would make forecasts far too sure.
    """

    curve: Curve
    phi: "Array"
    covariance: "Array"
    noise: float
    degrees: int
    center: float
    spread: float
    at_bound: tuple[str, ...]

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters by name."""
        values = self.curve.natural(self.phi, self.center, self.spread).tolist()
        return dict(zip(self.curve.names, values, strict=True))

    def z(self, loss: "float | Array") -> "Array":
        """Losses in the units of the curve."""
        return (np.asarray(loss, dtype=np.float64) - self.center) / self.spread

    def accuracy(self, loss: "float | Array") -> "Array":
        """Fitted accuracy at a loss."""
        return self.curve.value(self.phi, self.z(loss))

    def fall(self, loss: float) -> float:
        """Change of accuracy per unit of loss."""
        step = 1e-5 * self.spread
        return float((self.accuracy(loss + step) - self.accuracy(loss - step)) / (2 * step))

    def error(self, loss: float) -> float:
        """Standard error of the fitted accuracy at a loss."""
        return self._error(lambda phi: self.curve.value(phi, self.z(loss)))

    def parameter_error(self, name: str) -> float:
        """Standard error of a named parameter; zero where it is held."""
        place = self.curve.names.index(name)
        return self._error(lambda phi: self.curve.natural(phi, self.center, self.spread)[place])

    def _error(self, function: "Callable[[Array], Array]") -> float:
        step = 1e-6 * np.maximum(1.0, np.abs(self.phi))
        pairs = ((self.phi + each, self.phi - each) for each in np.diag(step))
        slopes = np.array([float(function(up) - function(down)) for up, down in pairs]) / (2 * step)
        return sqrt(max(float(slopes @ self.covariance @ slopes), 0.0))


def fit_curve(curve: Curve, loss: "Array", accuracy: "Array") -> CurveFit:
    """The curve of least squares through losses and accuracies [n]."""
    center, spread = float(loss.mean()), float(loss.std())
    z = (loss - center) / spread
    low, high = curve.bounds(z, accuracy)
    grid = curve.grid(z, accuracy)
    sums = ((curve.value(grid[:, None, :], z) - accuracy) ** 2).sum(axis=1)
    starts = grid[np.argsort(sums, kind="stable")[:STARTS]]
    ends = np.array([descend(curve, z, accuracy, start) for start in starts])
    sums = ((curve.value(ends[:, None, :], z) - accuracy) ** 2).sum(axis=1)
    phi = ends[np.argmin(sums)]
    span = np.where(high > low, high - low, 1.0)
    free = high > low
    ended = free & ((phi - low < AT_BOUND * span) | (high - phi < AT_BOUND * span))
    residuals = curve.value(phi, z) - accuracy
    degrees = max(len(z) - int(free.sum()), 1)
    noise = float(np.sqrt((residuals**2).sum() / degrees))
    covariance = noise**2 * _inverse_information(curve, phi, z, free)
    names = tuple(name for name, at_end in zip(curve.names, ended, strict=True) if at_end)
    return CurveFit(curve, phi, covariance, noise, degrees, center, spread, names)


def descend(curve: Curve, z: "Array", accuracy: "Array", start: "Array") -> "Array":
    """The phi [p] of least squares next to a start."""
    from scipy.optimize import least_squares

    low, high = curve.bounds(z, accuracy)
    free = high > low
    inner = 1e-9 * (high - low)[free]
    begin = np.clip(start[free], low[free] + inner, high[free] - inner)

    def residuals(part: "Array") -> "Array":
        phi = low.copy()
        phi[free] = part
        return curve.value(phi, z) - accuracy

    found = low.copy()
    found[free] = least_squares(residuals, begin, bounds=(low[free], high[free]), x_scale="jac").x
    return found


def refitted(fit: CurveFit, loss: "Array", accuracy: "Array") -> "Array":
    """The phi [p] of other rows, in the units of `fit` and beginning from it."""
    return descend(fit.curve, fit.z(loss), accuracy, fit.phi)


def _inverse_information(curve: Curve, phi: "Array", z: "Array", moving: "NDArray[np.bool_]") -> "Array":
    """(J'J)**-1 over what moves, zero elsewhere; directions that the rows do not see are all but free."""
    step = 1e-6 * np.maximum(1.0, np.abs(phi))
    jacobian = np.array(
        [
            (curve.value(phi + each, z) - curve.value(phi - each, z)) / (2 * each.max())
            for each in np.diag(step)
        ]
    ).T[:, moving]
    inverse = np.zeros((len(phi), len(phi)))
    if jacobian.size:
        _, singular, rows = np.linalg.svd(jacobian, full_matrices=False)
        singular = np.maximum(singular, 1e-9 * singular.max(initial=1e-300))
        inverse[np.ix_(moving, moving)] = (rows.T / singular**2) @ rows
    return inverse
