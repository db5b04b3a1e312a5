"""Runs as the solver sees them: centred logarithms and the columns that all problems share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.fitting.runs import distinct_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scalecalc.fitting.runs import Runs

    Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Centred logarithms of n runs: logs [2, 1, n] are x and z; basis [n, 6] is (1, x, z, x x, x z, z z).

    log_loss and loss are [n], or [p, n] for one table per problem; `weights` [n] are None when all rows
    count alike; `centers` are the means taken off log N and log D; `distinct` counts different rows.
    """

    logs: Array
    log_loss: Array
    loss: Array
    weights: Array | None
    basis: Array
    centers: tuple[float, float]
    distinct: int

    def __len__(self) -> int:
        return len(self.basis)

    @property
    def x(self) -> Array:
        """Centred log N [n]."""
        x: Array = self.logs[0, 0]
        return x

    @property
    def z(self) -> Array:
        """Centred log D [n]."""
        z: Array = self.logs[1, 0]
        return z

    def block(self, rows: slice | NDArray[np.int64]) -> Rows:
        """The chosen rows, around the same centers."""
        weights = None if self.weights is None else self.weights[rows]
        return Rows(
            self.logs[:, :, rows],
            self.log_loss[..., rows],
            self.loss[..., rows],
            weights,
            self.basis[rows],
            self.centers,
            self.distinct,
        )


def rows_of(runs: Runs) -> Rows:
    """Centred rows of the runs, around their own weighted mean logs."""
    log_params = np.log(runs.params)
    log_tokens = np.zeros(runs.rows) if runs.tokens is None else np.log(runs.tokens)
    centers = (_mean(log_params, runs.weights), _mean(log_tokens, runs.weights))
    x, z = log_params - centers[0], log_tokens - centers[1]
    basis = np.stack([np.ones_like(x), x, z, x * x, x * z, z * z], axis=1)
    return Rows(
        np.stack([x, z])[:, None],
        np.log(runs.loss),
        runs.loss,
        runs.weights,
        basis,
        centers,
        distinct_rows(runs),
    )


def _mean(values: Array, weights: Array | None) -> float:
    return float(values.mean() if weights is None else weights @ values / weights.sum())
