"""Other fitters, used as their own documentation says, and Epoch AI's published procedure in SciPy.

Each function fits the 240 points and returns a `Fitted`; a peer that is not installed raises `ImportError`.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from evaluator import HUBER_DELTA, chinchilla240
from machine import processor_seconds
from scipy.optimize import minimize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

EPOCH_GRID = tuple(
    itertools.product(
        np.arange(0, 30, 5), np.arange(0, 30, 5), np.arange(-1, 1.5, 0.5), *[np.arange(0, 2.5, 0.5)] * 2
    )
)
"""The 4,500 starts (a, b, e, alpha, beta) of Besiroglu et al. 2024, those of Hoffmann et al. 2022."""

DEFAULT_DRAWS = 1000
"""Bootstrap draws of simple-scaling-laws unless told otherwise."""

TARGET = "test_loss__cross_entropy"


@dataclass(frozen=True, slots=True)
class Fitted:
    """A law, the seconds of processor time that it took, from how many starts, with which settings."""

    law: Mapping[str, float]
    seconds: float
    starts: int
    settings: str


class EpochProcedure:
    """Log-sum-exp of log parameters, Huber 1e-3 summed, L-BFGS-B, numerical gradients (arXiv 2404.10102)."""

    def __init__(self) -> None:
        runs = chinchilla240()
        self._logs = np.log(runs.params), np.log(runs.tokens), np.log(runs.loss)

    def objective(self, theta: Array, rows: Array | slice = slice(None)) -> float:
        a, b, e, alpha, beta = theta
        log_params, log_tokens, log_loss = (each[rows] for each in self._logs)
        expected = np.exp(a - alpha * log_params) + np.exp(b - beta * log_tokens) + np.exp(e)
        size = np.abs(np.log(expected) - log_loss)
        linear = HUBER_DELTA * (size - HUBER_DELTA / 2)
        return float(np.where(size <= HUBER_DELTA, size**2 / 2, linear).sum())

    def fit(self, starts: int) -> Fitted:
        """The best success from `starts` of the grid, drawn with a fixed seed; seconds are those of all."""
        chosen = np.random.default_rng(0).permutation(len(EPOCH_GRID))[:starts]
        began = processor_seconds()
        with np.errstate(all="ignore"):
            found = [minimize(self.objective, EPOCH_GRID[i], method="L-BFGS-B") for i in chosen]
        seconds = processor_seconds() - began
        best = min((each for each in found if each.success), key=lambda each: float(each.fun))
        a, b, e, alpha, beta = map(float, best.x)
        law = {"E": np.exp(e), "A": np.exp(a), "B": np.exp(b), "alpha": alpha, "beta": beta}
        whole = len(EPOCH_GRID)
        settings = f"L-BFGS-B, SciPy's tolerances, {len(chosen):,} of {whole:,} starts run"
        return Fitted(law, seconds / len(chosen) * whole, len(chosen), settings)

    def bootstrap_seconds(self, law: Mapping[str, float], resamples: int) -> float:
        """Seconds of one resample: a descent from the law of all rows."""
        start = [np.log(law["A"]), np.log(law["B"]), np.log(law["E"]), law["alpha"], law["beta"]]
        random, rows = np.random.default_rng(0), len(self._logs[0])
        began = processor_seconds()
        for _ in range(resamples):
            drawn = random.integers(0, rows, rows)
            minimize(self.objective, start, args=(drawn,), method="L-BFGS-B")
        return (processor_seconds() - began) / resamples


def chinchilla(objective: str, points: int) -> Fitted:
    """kyo-takano/chinchilla: BFGS from every point of the README's grid, with `points` on each of five axes.

    The README has five points. Its default is an asymmetric absolute error; log-Huber is one of its own.
    """
    from chinchilla import Chinchilla
    from chinchilla._metrics import asymmetric_mae, log_huber

    loss = partial(log_huber, delta=HUBER_DELTA) if objective == "huber-1e-3" else asymmetric_mae
    low_high = {"E": (1, 2), "a": (1, 10), "b": (1, 10), "alpha": (0.1, 0.7), "beta": (0.1, 0.7)}
    grid = {name: np.linspace(*ends, points) for name, ends in low_high.items()}
    with tempfile.TemporaryDirectory() as folder, np.errstate(all="ignore"):
        _as_csv(Path(folder) / "df.csv")
        model = Chinchilla(folder, param_grid=grid, loss_fn=loss, log_level=50)
        began = processor_seconds()
        model.fit(parallel=True)
        seconds = processor_seconds() - began
    readme = "README's grid" if points == 5 else f"README's ranges, {points} of 5 points an axis"
    settings = f"BFGS, {readme}, {points**5:,} starts, {os.cpu_count()} processes"
    return Fitted(model.params, seconds, points**5, settings)


def _as_csv(path: Path) -> None:
    """Write the runs as chinchilla reads them."""
    runs = chinchilla240()
    columns = (runs.flops, runs.params, runs.tokens, runs.loss)
    np.savetxt(path, np.column_stack(columns), "%.17g", ",", header="C,N,D,loss", comments="")


def simple_scaling_laws(draws: int) -> Fitted:
    """mmcdermott/simple-scaling-laws (Python 3.12 or newer): its default law, least squares on the loss.

    It always draws bootstrap samples, at least one."""
    import polars as pl
    from simple_scaling_laws import fit

    runs = chinchilla240()
    sizes, data = "model_size__n_params", "dataset_size__n_tokens"
    frame = pl.DataFrame(
        {
            "training_run_id": [str(row) for row in range(len(runs.loss))],
            sizes: runs.params,
            data: runs.tokens,
            TARGET: runs.loss,
        }
    )
    began = processor_seconds()
    model = fit(frame, n_draws=draws, seed=0)
    seconds = processor_seconds() - began
    law = dict(model.params(TARGET))
    for amplitude, exponent, column in (("A", "alpha", sizes), ("B", "beta", data)):
        law[amplitude] *= model.observed_domain[column]["reference"] ** law[exponent]
    starts = model.fits[TARGET].optimizer["n_starts"]
    return Fitted(law, seconds, starts, f"separable-power, defaults, {draws:,} bootstrap draws")
