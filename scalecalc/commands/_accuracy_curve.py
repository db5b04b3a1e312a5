"""Accuracy as a curve of loss: what the second step of a benchmark's forecast may look like."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


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
