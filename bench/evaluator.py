"""One evaluator for every fit: the data, the objectives, and the least value that each can take.

It shares no code with any fitter. The Huber value was certified in advance: 9,000 starts and a 50-digit
polish agree on it. The other two are found here, by other means than any of the fitters compared.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import least_squares, linprog, minimize

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

TABLE = Path(__file__).parents[1] / "data" / "runs" / "chinchilla.csv"

HIGHEST_LEFT_OUT = 5
"""Besiroglu et al. 2024 leave out the five highest losses of the 245 points."""

CERTIFIED_HUBER = 0.0010183044653231
"""Least sum of Huber-1e-3 over the log losses of the 240 points."""

HUBER_DELTA = 1e-3
OVER_PREDICTION = 10.0
"""Weight of predictions above the loss in the asymmetric absolute error of `chinchilla`."""


@dataclass(frozen=True, slots=True)
class Runs:
    """params, tokens and loss: [n]."""

    params: Array
    tokens: Array
    loss: Array

    @property
    def flops(self) -> Array:
        return 6 * self.params * self.tokens


@cache
def chinchilla240() -> Runs:
    """The points digitized from Hoffmann et al. 2022, without the five highest losses."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    params, tokens, loss = (
        np.array([float(row[name]) for row in rows]) for name in ("params", "tokens", "loss")
    )
    kept = loss < np.sort(loss)[-HIGHEST_LEFT_OUT]
    return Runs(params[kept], tokens[kept], loss[kept])


def predicted(law: Mapping[str, float], runs: Runs) -> Array:
    """E + A / N**alpha + B / D**beta: [n]."""
    return law["E"] + law["A"] * runs.params ** -law["alpha"] + law["B"] * runs.tokens ** -law["beta"]


def value(objective: str, law: Mapping[str, float], runs: Runs) -> float:
    """What an objective comes to, summed over rows without rounding error."""
    expected = predicted(law, runs)
    if objective == "huber-1e-3":
        size = np.abs(np.log(expected) - np.log(runs.loss))
        linear = HUBER_DELTA * (size - HUBER_DELTA / 2)
        return math.fsum(np.where(size <= HUBER_DELTA, size**2 / 2, linear))
    error = runs.loss - expected
    if objective == "least-squares-raw":
        return math.fsum(error**2)
    return math.fsum(np.where(error < 0, -OVER_PREDICTION * error, error))


@cache
def least(objective: str) -> float:
    """The least value of an objective on the 240 points."""
    if objective == "huber-1e-3":
        return CERTIFIED_HUBER
    return _least_squares_raw() if objective == "least-squares-raw" else _least_asymmetric()


def gap(objective: str, law: Mapping[str, float]) -> float:
    """How far a law is above the least value, relative to it."""
    return value(objective, law, chinchilla240()) / least(objective) - 1


def _columns(runs: Runs, alpha: float, beta: float) -> Array:
    """[n, 3]: what multiplies E, A and B, with N and D over their geometric means."""
    size, data = (each / np.exp(np.log(each).mean()) for each in (runs.params, runs.tokens))
    return np.column_stack([np.ones_like(size), size**-alpha, data**-beta])


def _least_squares_raw() -> float:
    """The least of 36 descents, each of (alpha, beta) alone: E, A and B follow by linear least squares."""
    runs = chinchilla240()

    def residual(exponents: Array) -> Array:
        columns = _columns(runs, *exponents)
        return columns @ np.linalg.lstsq(columns, runs.loss, rcond=None)[0] - runs.loss

    grid = product((0.1, 0.2, 0.4, 0.6, 0.8, 1.0), repeat=2)
    found = (least_squares(residual, start, xtol=1e-15, ftol=1e-15, gtol=1e-15) for start in grid)
    return min(math.fsum(each.fun**2) for each in found)


def _least_asymmetric() -> float:
    """The least over (alpha, beta) by simplex search; for each of them E, A and B are a linear program."""
    runs = chinchilla240()
    rows = len(runs.loss)
    cost = np.concatenate([np.zeros(3), np.ones(rows), np.full(rows, OVER_PREDICTION)])
    bounds = [(None, None)] + [(0, None)] * (2 + 2 * rows)

    def least_at(exponents: tuple[float, float]) -> float:
        equations = np.hstack([_columns(runs, *exponents), np.eye(rows), -np.eye(rows)])
        return float(linprog(cost, A_eq=equations, b_eq=runs.loss, bounds=bounds, method="highs").fun)

    start = min(product((0.2, 0.3, 0.4, 0.5), repeat=2), key=least_at)
    search = minimize(least_at, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    return float(search.fun)
