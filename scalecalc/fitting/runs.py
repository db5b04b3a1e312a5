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
    columns = {
        "params": positive("params", params),
        "tokens": None if tokens is None else positive("tokens", tokens),
        "loss": positive("loss", loss),
        "weights": None if weights is None else positive("weights", weights),
    }
    labels = None if clusters is None else _labels(clusters)
    rows = len(columns["loss"]) if columns["loss"] is not None else 0
    for name, column in (*columns.items(), ("clusters", labels)):
        if column is not None and len(column) != rows:
            raise ValueError(f"{name} must have as many rows as loss ({rows}), got {len(column)}")
    assert columns["params"] is not None and columns["loss"] is not None  # noqa: PT018, S101 - for the type checker
    return Runs(columns["params"], columns["tokens"], columns["loss"], columns["weights"], labels)


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
    columns = [runs.params, runs.loss] if runs.tokens is None else [runs.params, runs.tokens, runs.loss]
    mixed = np.zeros(runs.rows, dtype=np.uint64)
    for column in columns:
        mixed = (mixed ^ column.view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return len(np.unique(mixed))


def effective_runs(runs: Runs) -> float:
    """How many equally informative independent runs the rows amount to.

    The number of clusters when rows are checkpoints of runs; else Kish's (sum w)**2 / sum w**2, at most
    the number of distinct rows.
    """
    if runs.clusters is not None:
        return float(len(np.unique(runs.clusters)))
    distinct = float(distinct_rows(runs))
    if runs.weights is None:
        return distinct
    return min(distinct, float(runs.weights.sum() ** 2 / (runs.weights**2).sum()))


def trajectories(runs: Runs) -> Labels | None:
    """Labels of what look like checkpoints of one run each: equal N at increasing D; None when nothing does.

    Rows are candidates when models are few and each is seen at three or more token counts on average.
    IsoFLOP sweeps also repeat sizes: when rows fall on few compute budgets, they are separate runs.
    Whether candidates really belong together is asked of the residuals (`diagnostics.share_a_run`).
    """
    if runs.tokens is None or runs.rows < 6:
        return None
    _, labels = np.unique(runs.params, return_inverse=True)
    models = int(labels.max()) + 1
    budgets = len(np.unique(np.round(np.log(runs.flops) / 0.05)))
    pairs = len(np.unique(np.stack([runs.params, runs.tokens]), axis=1).T)
    if models * 3 > runs.rows or pairs < runs.rows or budgets * 3 <= runs.rows:
        return None
    return labels.astype(np.int64)
