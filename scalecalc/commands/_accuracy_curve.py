"""Accuracy as a curve of loss, fitted by least squares: the second step of a benchmark's forecast."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import sqrt
from typing import TYPE_CHECKING, ClassVar, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Labels = NDArray[np.int64]

AT_BOUND = 1e-4
"""A parameter within this share of its range from an end has run into it."""

STARTS = 4
"""Points of the grid from which the descent begins."""


class Curve(ABC):
    """Accuracy over z, the loss in units of its own mean and spread, by coordinates phi [p] within bounds."""

    names: ClassVar[tuple[str, ...]]
    """The parameters as users know them."""

    @staticmethod
    @abstractmethod
    def value(phi: "Array", z: "Array") -> "Array":
        """Accuracy at z; phi [..., p] and z broadcast."""

    @staticmethod
    @abstractmethod
    def natural(phi: "Array", center: float, spread: float) -> "Array":
        """The named parameters [p] of the curve in the loss itself, which is center + spread * z."""

    @abstractmethod
    def bounds(self, z: "Array", accuracy: "Array") -> tuple["Array", "Array"]:
        """Least and greatest phi; what is held has both ends at its value."""

    @abstractmethod
    def grid(self, z: "Array", accuracy: "Array") -> "Array":
        """Points [g, p] to begin from, among which the optimum's neighborhood is."""


@final
@dataclass(frozen=True, slots=True)
class SigmoidCurve(Curve):
    """chance + (top - chance) / (1 + e**(slope (x - midpoint))).

    phi is chance, top, and in z the logarithm of the slope and the midpoint. Chance is sought below the
    middle of the accuracies, top above it. Either can be held.
    """

    chance: float | None = None
    top: float | None = None

    names: ClassVar[tuple[str, ...]] = ("chance", "top", "slope", "midpoint")

    @staticmethod
    def value(phi: "Array", z: "Array") -> "Array":
        """Accuracy at z."""
        chance, top, log_slope, midpoint = np.moveaxis(phi, -1, 0)
        chosen: Array = chance + (top - chance) * _falling(np.exp(log_slope) * (z - midpoint))
        return chosen

    @staticmethod
    def natural(phi: "Array", center: float, spread: float) -> "Array":
        """Chance, top, slope per unit of loss, and the loss half way."""
        chance, top, log_slope, midpoint = phi
        return np.array([chance, top, np.exp(log_slope) / spread, center + spread * midpoint])

    def bounds(self, z: "Array", accuracy: "Array") -> tuple["Array", "Array"]:
        """A rise may be as steep as between two runs, and as flat as a straight line."""
        middle = (accuracy.min() + accuracy.max()) / 2
        reach = z.max() - z.min()
        low = np.array([0.0, middle, np.log(0.05), z.min() - 3 * reach])
        high = np.array([middle, 1.0, np.log(200.0), z.max() + 3 * reach])
        for place, held in enumerate((self.chance, self.top)):
            if held is not None:
                low[place] = high[place] = held
        return low, high

    def grid(self, z: "Array", accuracy: "Array") -> "Array":
        """Slopes and midpoints, each with the chance and top that fit best."""
        reach = z.max() - z.min()
        slopes, midpoints = np.meshgrid(
            np.geomspace(0.3, 30.0, 14), np.linspace(z.min() - reach, z.max() + reach / 2, 16)
        )
        slope, midpoint = slopes.ravel(), midpoints.ravel()
        risen = _falling(slope[:, None] * (z - midpoint[:, None]))
        low, high = self.bounds(z, accuracy)
        chance, top = _two_levels(risen, accuracy)
        return np.stack(
            [
                np.clip(chance, low[0], high[0]),
                np.clip(top, low[1], high[1]),
                np.log(slope),
                np.clip(midpoint, low[3], high[3]),
            ],
            axis=-1,
        )


@final
@dataclass(frozen=True, slots=True)
class ErrorCurve(Curve):
    """1 - (epsilon - k e**(-gamma x)), Gadre et al. 2024 (arXiv 2403.08540), eq. 5.

    phi is epsilon, and in z the logarithms of k and of gamma.
    """

    names: ClassVar[tuple[str, ...]] = ("epsilon", "k", "gamma")

    @staticmethod
    def value(phi: "Array", z: "Array") -> "Array":
        """Accuracy at z, one minus the error."""
        epsilon, log_k, log_gamma = np.moveaxis(phi, -1, 0)
        error: Array = epsilon - np.exp(log_k - np.exp(log_gamma) * z)
        accuracy: Array = 1.0 - error
        return accuracy

    @staticmethod
    def natural(phi: "Array", center: float, spread: float) -> "Array":
        """The error at high loss, the factor of the exponential, and its rate per unit of loss."""
        epsilon, log_k, log_gamma = phi
        gamma = np.exp(log_gamma) / spread
        return np.array([epsilon, np.exp(log_k + gamma * center), gamma])

    def bounds(self, z: "Array", accuracy: "Array") -> tuple["Array", "Array"]:  # noqa: ARG002 - as declared
        """The error of a model that knows nothing lies between the least seen and one."""
        least = float(1 - accuracy.max())
        return np.array([least, -20.0, np.log(0.01)]), np.array([1.0, 10.0, np.log(50.0)])

    def grid(self, z: "Array", accuracy: "Array") -> "Array":
        """Rates, each with the epsilon and k that fit best."""
        gamma = np.geomspace(0.03, 10.0, 40)
        fall = np.exp(-gamma[:, None] * z)
        ceiling, foot = _two_levels(fall, 1 - accuracy)
        low, high = self.bounds(z, accuracy)
        k = np.maximum(ceiling - foot, 1e-6)
        points = np.stack([ceiling, np.log(k), np.log(gamma)], axis=-1)
        clipped: Array = np.clip(points, low, high)
        return clipped


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


def held(curve: Curve, values: Mapping[str, float]) -> Curve:
    """The curve with parameters held, as far as it has them."""
    return replace(curve, **values) if isinstance(curve, SigmoidCurve) else curve


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


def _falling(x: "Array") -> "Array":
    """1 / (1 + e**x), without overflow."""
    small = np.exp(-np.abs(x))
    chosen: Array = np.where(x > 0, small, 1.0) / (1.0 + small)
    return chosen


def _two_levels(weights: "Array", values: "Array") -> tuple["Array", "Array"]:
    """Levels (at weight 0, at weight 1) [g] of the straight lines through values [n] over weights [g, n]."""
    mean = weights.mean(axis=1, keepdims=True)
    around = weights - mean
    squares = np.maximum((around**2).sum(axis=1), 1e-12)
    rise = (around * (values - values.mean())).sum(axis=1) / squares
    level = values.mean() - rise * mean[:, 0]
    return level, level + rise
