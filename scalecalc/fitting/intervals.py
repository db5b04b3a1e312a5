"""Intervals by the delta method: Student's t on quantities nearly linear in the centred parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.fitting.distributions import quantile_of_t
from scalecalc.fitting.quantities import slopes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from scalecalc.fitting.fit import Fit
    from scalecalc.fitting.quantities import Quantity

    Array = NDArray[np.float64]

LEVEL = 0.95
"""Coverage of intervals unless asked otherwise."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value between low and high with probability `level`, by `method`, in the quantity's own unit.

    The ends are NaN where the method has no answer. left_out: share of resamples, among those that
    were fitted, under which the quantity does not exist, such as an optimum where an exponent is negative.
    """

    value: float
    low: float
    high: float
    level: float
    method: str
    left_out: float = 0.0


def standard_error(fit: Fit, quantity: Quantity) -> float:
    """Standard error of the quantity, in logs when the quantity is."""
    gradient = slopes(quantity, fit.theta, fit.centers)
    return spread(gradient, fit.covariance)


def spread(gradient: Array, covariance: Array) -> float:
    """Standard deviation of a linear function with this gradient [6]."""
    return float(np.sqrt(np.maximum(gradient @ covariance @ gradient, 0.0)))


def delta_intervals(
    fit: Fit, quantities: Iterable[Quantity], *, level: float = LEVEL, new_run: bool = False
) -> dict[str, Interval]:
    """Intervals by quantity name: for the mean, or with `new_run` for the loss that one more run would show.

    A new run scatters by the residual standard deviation; for quantities other than losses it adds nothing.
    """
    quantile = quantile_of_t(fit.degrees, level)
    found = {}
    for quantity in quantities:
        error = standard_error(fit, quantity)
        if new_run and quantity.is_loss:
            error = float(np.hypot(error, fit.sigma))
        found[quantity.name] = around(fit, quantity, quantile * error, level, "delta")
    return found


def around(fit: Fit, quantity: Quantity, half: float, level: float, method: str) -> Interval:
    """The symmetric interval of half-width `half`, in logs when the quantity is."""
    center = float(quantity.of(fit.theta, fit.centers))
    return between(quantity, center, (center - half, center + half), level, method)


def between(
    quantity: Quantity, center: float, ends: tuple[float, float], level: float, method: str
) -> Interval:
    """An Interval in the quantity's own unit from values on its working scale."""
    low, high = ends
    if not quantity.log:
        return Interval(center, low, high, level, method)
    with np.errstate(over="ignore"):
        value, low, high = (float(np.exp(each)) for each in (center, low, high))
    return Interval(value, low, high, level, method)
