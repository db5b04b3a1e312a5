"""The training runs that a law is fitted to, checked once at the door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]
    Labels = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Model size, training tokens and final loss of n runs; all arrays have shape [n].

    `weights` are relative precisions or repeat counts (a row of weight 2 is that row twice).
    `clusters` are integer labels: rows of one label are checkpoints of one run. Build with `runs_of`.
    `tokens` is None for a law of one variable; `params` then holds that variable, whatever it is.
    """

    params: Array
    tokens: Array | None
    loss: Array
    weights: Array | None = None
    clusters: Labels | None = None

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.loss)

    @property
    def flops(self) -> Array:
        """Training compute 6 N D per row; the variable itself for a law of one variable."""
        return self.params if self.tokens is None else 6.0 * self.params * self.tokens

    def take(self, keep: NDArray[np.bool_] | NDArray[np.int64]) -> Runs:
        """The chosen rows, by mask or by index."""
        return Runs(
            self.params[keep],
            None if self.tokens is None else self.tokens[keep],
            self.loss[keep],
            None if self.weights is None else self.weights[keep],
            None if self.clusters is None else self.clusters[keep],
        )


def runs_of(
    params: ArrayLike,
    tokens: ArrayLike | None,
    loss: ArrayLike,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
) -> Runs:
    """Runs from anything array-like; every number must be finite and positive.

    >>> runs_of([1e8, 2e8], [2e9, 4e9], [3.1, 2.9]).rows
    2
    """
    sizes, losses = positive("params", params), positive("loss", loss)
    counts = None if tokens is None else positive("tokens", tokens)
    precisions = None if weights is None else positive("weights", weights)
    labels = None if clusters is None else _labels(clusters)
    others = {"params": sizes, "tokens": counts, "weights": precisions, "clusters": labels}
    for name, column in others.items():
        if column is not None and len(column) != len(losses):
            raise ValueError(f"{name} must have as many rows as loss ({len(losses)}), got {len(column)}")
    if not len(losses):
        raise ValueError("loss must have at least one row, got none")
    return Runs(sizes, counts, losses, precisions, labels)


def positive(name: str, values: ArrayLike) -> Array:
    """`values` as a float vector; ValueError names the first value that is not finite and positive."""
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, got {array.ndim} dimensions")
    bad = ~((array > 0) & np.isfinite(array))
    if bad.any():
        row = int(np.argmax(bad))
        raise ValueError(f"{name} must be finite and positive, got {array[row]} in row {row}")
    return array


def _labels(clusters: ArrayLike) -> Labels:
    """Cluster names of any kind as integers 0, 1, ..."""
    return np.unique(np.asarray(clusters), return_inverse=True)[1].astype(np.int64)


def distinct_rows(runs: Runs) -> int:
    """Number of different rows: a row written twice carries no more information than once."""
    return _distinct(runs.params, runs.loss, *(() if runs.tokens is None else (runs.tokens,)))


def _distinct(*columns: Array) -> int:
    """Number of different tuples of the columns, by a 64-bit hash of their bits."""
    mixed = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        mixed = (mixed ^ column.view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    mixed.sort()
    return 1 + int(np.count_nonzero(mixed[1:] != mixed[:-1]))


def effective_runs(runs: Runs, distinct: int) -> float:
    """How many equally informative independent runs the rows amount to.

    The number of clusters when rows are checkpoints of runs; else Kish's (sum w)**2 / sum w**2, at most
    the number of `distinct` rows.
    """
    if runs.clusters is not None:
        return float(len(np.unique(runs.clusters)))
    if runs.weights is None:
        return float(distinct)
    return min(float(distinct), float(runs.weights.sum() ** 2 / (runs.weights**2).sum()))


def trajectories(runs: Runs) -> Labels | None:
    """Labels of what look like checkpoints of one run each: equal N at increasing D; None when nothing does.

    Rows are candidates when models are few and each is seen at three or more token counts on average.
    IsoFLOP sweeps also repeat sizes: when rows fall on few compute budgets, they are separate runs.
    Whether candidates really belong together is asked of the residuals (`diagnostics.share_a_run`).
    """
    if runs.tokens is None or runs.rows < 6:
        return None
    sample = runs.params[:: max(1, runs.rows // 3000)]
    if _distinct(np.ascontiguousarray(sample)) * 2 > len(sample):
        return None
    if _distinct(runs.params) * 3 > runs.rows or _distinct(runs.params, runs.tokens) < runs.rows:
        return None
    if _distinct(np.round(np.log(runs.flops) / 0.05)) * 3 <= runs.rows:
        return None
    return np.unique(runs.params, return_inverse=True)[1].astype(np.int64)
