"""What is minimized: the sum over rows of a named function of the residual, never its mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

HOFFMANN_DELTA = 1e-3
"""The Huber threshold of Hoffmann et al. 2022 (arXiv 2203.15556), section 3.3."""

HUBER_EFFICIENCY = 1.345
"""Threshold in robust sigmas that keeps 95 % efficiency under normal noise (Huber 1981)."""


@dataclass(frozen=True, slots=True)
class Objective:
    """A sum over rows of `weight * rho(residual)`.

    `raw` takes residuals in the unit of the loss, otherwise they are differences of log loss.
    rho is the square when `delta` is None; else Huber's function: r**2 / 2 within `delta`, linear outside.
    `adaptive` says that `delta` is set from the data (1.345 robust sigma) before the fit.
    """

    name: str
    raw: bool = False
    delta: float | None = None
    adaptive: bool = False

    @property
    def quadratic(self) -> bool:
        """Whether rho is the plain square."""
        return self.delta is None

    def at(self, delta: float) -> Objective:
        """The same objective with the Huber threshold `delta`."""
        return Objective(self.name, self.raw, delta, self.adaptive)


OBJECTIVES: dict[str, Objective] = {
    each.name: each
    for each in (
        Objective("least-squares"),
        Objective("huber", delta=np.inf, adaptive=True),
        Objective("huber-1e-3", delta=HOFFMANN_DELTA),
        Objective("huber-raw", raw=True, delta=HOFFMANN_DELTA),
        Objective("least-squares-raw", raw=True),
    )
}
"""All objectives by name; `least-squares-raw` is the nonlinear least squares of textbooks and of NIST."""


def objective(name: str) -> Objective:
    """The objective called `name`."""
    if name not in OBJECTIVES:
        raise ValueError(f"objective must be one of {', '.join(OBJECTIVES)}, got {name!r}")
    return OBJECTIVES[name]


def quadratic_terms(residual: Array, weights: Array | float) -> tuple[Array, Array, Array]:
    """Sum of w r**2 per problem, and the first and second derivatives per row: residual [p, n]."""
    weighted = residual * weights
    value = np.vecdot(weighted, residual)
    weighted += weighted
    curvature = np.broadcast_to(np.asarray(2.0 * weights), residual.shape)
    return value, weighted, curvature


def huber_terms(residual: Array, delta: Array, weights: Array | float) -> tuple[Array, Array, Array]:
    """Sum of Huber's function per problem and its two derivatives per row.

    residual: [p, n]; delta: [p, 1]. With c = clip(r, -delta, delta), rho is c * (r - c / 2).
    """
    slope = np.minimum(residual, delta)
    np.maximum(slope, -delta, out=slope)
    curvature = np.equal(slope, residual).astype(np.float64)
    half = slope * -0.5
    half += residual
    if isinstance(weights, float):
        return np.vecdot(slope, half), slope, curvature
    slope *= weights
    curvature *= weights
    return np.vecdot(slope, half), slope, curvature
