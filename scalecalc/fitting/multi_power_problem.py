"""The multi-power law over loss curves as a problem of least squares: residuals, derivatives and starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.training.multi_power import Changes, changes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

BLOCKS = 200
"""Blocks of steps whose changes of the rate are taken together, and end where losses are.

On the released curves that moves losses by 1e-6 to 1e-5 nats, the first of a run by up to 1e-4.
"""

SHAPES = tuple(
    (c, beta, gamma) for c in (0.3, 2.0, 12.0) for beta in (0.3, 0.6, 1.2) for gamma in (0.3, 0.6, 0.9)
)
"""Starting points; L0, A and B follow by linear least squares at each of them."""

STARTS = 4
"""The best of them, from which the search goes on."""

LOWEST = np.array([0.0, -30.0, -7.0, -30.0, -30.0, -7.0, -7.0])
HIGHEST = np.array([1e4, 30.0, 2.0, 30.0, 30.0, 5.0, 1.5])
"""Bounds of theta, far beyond all that was ever found, within which the search is kept."""

FALLS = 0.02
"""Least fall of the rate, as a share of its highest, that tells anything of B, C, beta and gamma."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One run: losses [n] after these steps [n], and the learning rate of every step up to the last [t]."""

    steps: NDArray[np.int64]
    losses: Array
    rates: Array


def falls(curve: Curve) -> bool:
    """Whether the rate of this run ever falls enough to tell what a fall does."""
    after = curve.rates[int(np.argmax(curve.rates)) :]
    return bool(after.min() < (1 - FALLS) * after.max())


class LeastSquares:
    """The curves as areas, changes and log losses, with the law's residuals and derivatives."""

    def __init__(self, curves: Sequence[Curve]) -> None:
        self.areas = [np.cumsum(curve.rates)[curve.steps - 1] for curve in curves]
        self.changes = [changes_of(curve.rates, BLOCKS, curve.steps) for curve in curves]
        self.log_losses = np.log(np.concatenate([curve.losses for curve in curves]))
        self.losses = np.exp(self.log_losses)
        self.area = np.concatenate(self.areas)
        self.full = any(map(falls, curves))
        self.last: tuple[bytes, Array, Array] | None = None

    def optima(self, alphas: Sequence[float]) -> tuple[list[Array], list[float]]:
        """Where the best starting points lead to, and the sum of squares at each end."""
        ends = [self.refined(start) for start in self.starts(alphas)]
        return ends, [float(np.sum(self.residuals(theta) ** 2)) for theta in ends]

    def starts(self, alphas: Sequence[float]) -> list[Array]:
        """The best starting points of the grid."""
        found: list[tuple[float, Array]] = []
        for shape in SHAPES if self.full else (None,):
            drops = None if shape is None else self._drops(*np.log(shape))[0]
            for alpha in alphas:
                columns = [np.ones_like(self.area), self.area**-alpha]
                columns += [] if drops is None else [-drops]
                found.append(self._linear(columns, alpha, shape))
        found.sort(key=lambda each: each[0])
        return [theta for _, theta in found[:STARTS]]

    def _linear(
        self, columns: list[Array], alpha: float, shape: tuple[float, float, float] | None
    ) -> tuple[float, Array]:
        """Relative least squares for L0, A and B; its sum of squares and the start."""
        matrix = np.column_stack(columns) / self.losses[:, None]
        linear, *_ = np.linalg.lstsq(matrix, np.ones(len(matrix)), rcond=None)
        linear = np.maximum(linear, [0.0, 1e-6, 1e-3][: len(linear)])
        value = float(np.sum((matrix @ linear - 1) ** 2))
        logs = [np.log(linear[1]), np.log(alpha)]
        if shape is not None:
            logs += [np.log(linear[2]), *np.log(shape)]
        return value, bounded(np.array([linear[0], *logs]))

    def refined(self, theta: Array) -> Array:
        """The optimum that a start leads to."""
        from scipy.optimize import least_squares

        found = least_squares(
            self.residuals,
            theta,
            self._slopes_of_residuals,
            method="lm",
            xtol=1e-12,
            ftol=1e-14,
            max_nfev=150,
        )
        return bounded(np.asarray(found.x))

    def residuals(self, theta: Array) -> Array:
        """Observed minus fitted log loss."""
        predicted, _ = self._predicted(theta)
        return np.asarray(self.log_losses - np.log(np.maximum(predicted, 1e-9)))

    def slopes(self, theta: Array) -> Array:
        """Derivatives of the fitted log loss by theta."""
        predicted, slopes = self._predicted(theta)
        return np.asarray(slopes / np.maximum(predicted, 1e-9)[:, None])

    def _slopes_of_residuals(self, theta: Array) -> Array:
        return -self.slopes(theta)

    def _predicted(self, theta: Array) -> tuple[Array, Array]:
        """Losses [n] and their slopes [n, 7], kept until asked for at another place."""
        key = theta.tobytes()
        if self.last is None or self.last[0] != key:
            self.last = (key, *self._computed(theta))
        return self.last[1:]

    def _computed(self, theta: Array) -> tuple[Array, Array]:
        theta = bounded(theta)
        scale, alpha, *rest = np.exp(theta[1:])
        falling = scale * self.area**-alpha
        predicted = theta[0] + falling
        slopes = [np.ones_like(self.area), falling, -alpha * np.log(self.area) * falling]
        if rest:
            drops, by_shape = self._drops(*theta[4:])
            predicted = predicted - rest[0] * drops
            slopes += [-rest[0] * drops, *(-rest[0] * each for each in by_shape)]
        return predicted, np.column_stack(slopes)

    def _drops(self, log_c: float, log_beta: float, log_gamma: float) -> tuple[Array, list[Array]]:
        """The sum over the changes, and its derivatives by the logarithms of C, beta and gamma."""
        c, beta, gamma = np.exp([log_c, log_beta, log_gamma])
        parts = [
            _drops_of(area, changes, (c, beta, gamma))
            for area, changes in zip(self.areas, self.changes, strict=True)
        ]
        joined = [np.concatenate(each) for each in zip(*parts, strict=True)]
        return joined[0], joined[1:]


def _drops_of(area: Array, changes: Changes, shape: tuple[float, float, float]) -> tuple[Array, ...]:
    """One run's sum and derivatives, [n] each."""
    c, beta, gamma = shape
    rate = np.maximum(changes.rate, 1e-12)
    scaled = c * rate**-gamma * np.maximum(area[:, None] - changes.before, 0.0)
    logs = np.log1p(scaled)
    left = np.exp(-beta * logs)
    by_c = beta * left * (scaled / (1 + scaled))
    return (
        (1 - left) @ changes.fall,
        by_c @ changes.fall,
        (beta * left * logs) @ changes.fall,
        by_c @ (changes.fall * -gamma * np.log(rate)),
    )


def bounded(theta: Array) -> Array:
    """Constants within the bounds, and zero where they are no number."""
    return np.clip(np.nan_to_num(theta), LOWEST[: len(theta)], HIGHEST[: len(theta)])
