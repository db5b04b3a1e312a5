"""Optimizers on quadratics, at many learning rates side by side: where each gets, and how fast."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from scalecalc.training.optimizers.adafactor import Adafactor
from scalecalc.training.optimizers.catalog import Entry

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

REPEATS = 8
"""Runs with other noise, over which the loss of a noisy quadratic is averaged."""

ROUNDING = 1e-16
"""Share of the first loss below which only the rounding of floats is left."""


@dataclass(frozen=True)
class Quadratic:
    """f(w) = (w - w*)' H (w - w*) / 2, the eigenvalues of H from 1/condition to 1, evenly in their logarithm.

    Start and optimum are drawn from a normal distribution, entry by entry. `rotated` has eigenvectors drawn
    uniformly over rotations, in place of the axes, which a rule that treats every entry by itself can see.
    `noise` is the standard deviation of what is added to every entry of every gradient.
    """

    condition: float
    dimension: int
    rotated: bool = False
    noise: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.condition < math.inf:
            raise ValueError(f"condition must be at least 1 and finite, not {self.condition!r}")
        if self.dimension < 2:
            raise ValueError(f"dimension must be at least 2, not {self.dimension!r}")
        if not 0 <= self.noise < math.inf:
            raise ValueError(f"noise must be at least 0 and finite, not {self.noise!r}")

    @cached_property
    def curvatures(self) -> "Array":
        """The eigenvalues [n], the largest first."""
        import numpy as np

        return np.geomspace(1.0, 1.0 / self.condition, self.dimension)

    @cached_property
    def ends(self) -> tuple["Array", "Array"]:
        """Start and optimum [n] each, in the coordinates of the eigenvectors."""
        import numpy as np

        start, best = np.random.default_rng(self.seed).normal(size=(2, self.dimension))
        return start, best

    @cached_property
    def basis(self) -> "Array":
        """The eigenvectors as columns [n, n]."""
        import numpy as np

        if not self.rotated:
            return np.eye(self.dimension)
        draws = np.random.default_rng((self.seed, 1)).normal(size=(self.dimension, self.dimension))
        vectors, triangle = np.linalg.qr(draws)
        turned: Array = vectors * np.sign(np.diagonal(triangle))
        return turned

    def loss(self, params: "Array") -> "Array":
        """Loss [...] of parameters [..., n] as a share of that at the start."""
        start, best = self.ends
        whole = self.curvatures @ (start - best) ** 2
        losses: Array = self._from_best(params) ** 2 @ self.curvatures / whole
        return losses

    def gradients(self, params: "Array") -> "Array":
        """Gradients [..., n] without noise."""
        pull: Array = self._from_best(params) * self.curvatures
        return pull @ self.basis.T if self.rotated else pull

    def start(self) -> "Array":
        """The parameters [n] at the start."""
        start: Array = self.basis @ self.ends[0]
        return start

    def _from_best(self, params: "Array") -> "Array":
        """Distances from the optimum along the eigenvectors."""
        along: Array = params @ self.basis if self.rotated else params
        return along - self.ends[1]


@dataclass(frozen=True, eq=False)
class Race:
    """One optimizer on one problem: mean losses [steps + 1, rates] by step, shares of the first."""

    rates: "Array"
    losses: "Array"

    def steps_to(self, tolerance: float) -> "NDArray[np.int64]":
        """For each rate the first step from which the loss stays within the tolerance; -1 if it does not."""
        import numpy as np

        within = self.losses <= tolerance
        outside_last = len(within) - np.argmin(within[::-1], axis=0)
        steps = np.where(within.all(axis=0), 0, outside_last)
        return np.where(within[-1], steps, -1)

    def best(self, tolerance: float) -> int:
        """Which rate needs the fewest steps; where none gets there, which ends at the least loss.

        Of equal ones the smallest: below `ROUNDING` one loss is as good as another.
        """
        import numpy as np

        last = np.where(np.isfinite(self.losses[-1]), np.maximum(self.losses[-1], ROUNDING), np.inf)
        steps = self.steps_to(tolerance)
        needed = np.where(steps < 0, len(self.losses), steps)
        return int(np.lexsort((self.rates, last, needed))[0])

    def largest_stable(self) -> float | None:
        """The largest rate that ends below the start; None if there is none."""
        stable = self.rates[self.losses[-1] < 1]
        return float(stable.max()) if len(stable) else None


def race(entry: Entry, problem: Quadratic, rates: "Array", steps: int, settings: dict[str, float]) -> Race:
    """Run the optimizer at every learning rate at once; all rates and all optimizers meet the same noise.

    rates: [r]; parameters are [r, repeats, n], with one repeat where there is no noise.
    """
    import numpy as np

    repeats = REPEATS if problem.noise else 1
    batch = {"batch_axes": 2} if entry.kind is Adafactor else {}
    chosen = entry.build(**settings, learning_rate=rates[:, None, None], **batch)
    noise = np.random.default_rng((problem.seed, 2))
    params = np.broadcast_to(problem.start(), (len(rates), repeats, problem.dimension)).copy()
    state = chosen.start(params)
    losses = np.empty((steps + 1, len(rates)))
    losses[0] = problem.loss(params).mean(axis=1)
    with np.errstate(all="ignore"):
        for step in range(1, steps + 1):
            gradients = problem.gradients(params)
            if problem.noise:
                gradients = gradients + problem.noise * noise.normal(size=(repeats, problem.dimension))
            params, state = chosen.step(params, gradients, state)
            losses[step] = problem.loss(params).mean(axis=1)
    return Race(rates, losses)
