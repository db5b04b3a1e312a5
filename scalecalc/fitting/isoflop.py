"""Approaches 1 and 2 of Hoffmann et al. 2022: the optimum read off budget by budget, then a power law.

Both forgo the surface L(N, D) and fit N*(C) and D*(C) directly (arXiv 2203.15556, sections 3.1 and 3.2).
Approach 2 is biased: a parabola in log N is not the shape of the loss on a budget, so that its minimum is
displaced by a few per cent on wide grids (about 3 % at four octaves), and its intervals do not know it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.fitting.distributions import quantile_of_t
from scalecalc.fitting.intervals import LEVEL, Interval
from scalecalc.problem import ExitCode, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scalecalc.fitting.runs import Runs

    Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PowerLine:
    """y = coefficient * C**exponent through points in logs.

    center: mean log C; level: log y there; covariance: [2, 2] of (level, exponent); degrees: of t.
    """

    level: float
    exponent: float
    center: float
    covariance: Array
    degrees: float

    @property
    def coefficient(self) -> float:
        """The factor in front of C**exponent."""
        return float(np.exp(self.level - self.exponent * self.center))

    def at(self, flops: float, level: float = LEVEL) -> Interval:
        """y at a budget, with its interval for the mean line."""
        direction = np.array([1.0, np.log(flops) - self.center])
        half = quantile_of_t(self.degrees, level) * float(np.sqrt(direction @ self.covariance @ direction))
        log_value = self.level + self.exponent * (np.log(flops) - self.center)
        ends = np.exp([log_value, log_value - half, log_value + half])
        return Interval(float(ends[0]), float(ends[1]), float(ends[2]), level, "line")

    def exponent_interval(self, level: float = LEVEL) -> Interval:
        """The exponent with its interval."""
        half = quantile_of_t(self.degrees, level) * float(np.sqrt(self.covariance[1, 1]))
        return Interval(self.exponent, self.exponent - half, self.exponent + half, level, "line")


@dataclass(frozen=True, slots=True, eq=False)
class Allocation:
    """N*(C) and D*(C) with the optima they pass through: flops, params, tokens, loss [m] per budget.

    `left_out` are budgets (FLOPs) without a minimum inside their runs, and why.
    """

    approach: int
    params: PowerLine
    tokens: PowerLine
    optima: tuple[Array, Array, Array, Array]
    left_out: tuple[tuple[float, str], ...] = field(default=())


def power_line(flops: Array, values: Array) -> PowerLine:
    """Least squares in logs of values on FLOPs, with s^2 from the scatter of the points."""
    x, y = np.log(flops), np.log(values)
    center = float(x.mean())
    spread = x - center
    exponent = float(spread @ y / (spread @ spread))
    level = float(y.mean())
    rest = y - level - exponent * spread
    degrees = float(max(len(x) - 2, 1))
    variance = float(rest @ rest) / degrees
    covariance = variance * np.diag([1.0 / len(x), 1.0 / float(spread @ spread)])
    return PowerLine(level, exponent, center, covariance, degrees)


def isoflop_parabolas(runs: Runs, budgets: NDArray[np.float64] | None = None) -> Allocation:
    """Approach 2: a parabola of loss in log N per budget, then lines through the minima.

    `budgets` [n] is the nominal budget of every row; without it rows are grouped by 6 N D, cut wherever
    the sorted budgets jump by more than 15 %.
    """
    if runs.tokens is None:
        raise ValueError("tokens must be given for approach 2")
    labels = _budget_groups(runs.flops) if budgets is None else np.unique(budgets, return_inverse=True)[1]
    found: list[tuple[float, ...]] = []
    left_out: list[tuple[float, str]] = []
    for group in range(int(labels.max()) + 1):
        inside = labels == group
        flops = float(np.exp(np.log((runs.flops if budgets is None else budgets)[inside]).mean()))
        vertex = _vertex(np.log(runs.params[inside]), runs.loss[inside])
        if isinstance(vertex, str):
            left_out.append((flops, vertex))
        else:
            params = float(np.exp(vertex[0]))
            # Tokens by the parabola's own budget: 6 N D of the rows, not the nominal label.
            own = float(np.exp(np.log(runs.flops[inside]).mean()))
            found.append((flops, params, own / (6.0 * params), vertex[1]))
    return _allocation(2, found, left_out)


def _budget_groups(flops: Array) -> NDArray[np.int64]:
    order = np.argsort(flops, kind="stable")
    jumps = np.diff(np.log(flops[order])) > np.log(1.15)
    labels = np.empty(len(flops), dtype=np.int64)
    labels[order] = np.concatenate([[0], np.cumsum(jumps)])
    return labels


def _vertex(log_params: Array, loss: Array) -> tuple[float, float] | str:
    """(log N, loss) at the minimum of the parabola, or why there is none."""
    if len(np.unique(log_params)) < 3:
        return "fewer than 3 model sizes"
    center = log_params.mean()
    curve, slope, level = np.polyfit(log_params - center, loss, 2)
    if curve <= 0:
        return "no minimum: the parabola opens downward"
    vertex = -slope / (2 * curve)
    if not log_params.min() <= center + vertex <= log_params.max():
        return "no minimum between its smallest and its largest model"
    return float(center + vertex), float(level - slope**2 / (4 * curve))


def minimum_envelope(runs: Runs, bins_per_decade: int = 5) -> Allocation:
    """Approach 1: the run of least loss per FLOP bin, then lines through those runs.

    A run on the edge of what was tried counts like any other, so the envelope leans towards the grid.
    """
    if runs.tokens is None:
        raise ValueError("tokens must be given for approach 1")
    if bins_per_decade < 1:
        raise ValueError(f"bins_per_decade must be at least 1, got {bins_per_decade}")
    bins = np.floor(np.log10(runs.flops) * bins_per_decade + 1e-9).astype(np.int64)
    found = []
    for each in np.unique(bins):
        inside = np.flatnonzero(bins == each)
        if len(inside) > 1:
            best = inside[np.argmin(runs.loss[inside])]
            found.append(tuple(float(c[best]) for c in (runs.flops, runs.params, runs.tokens, runs.loss)))
    return _allocation(1, found, [])


def _allocation(
    approach: int, found: list[tuple[float, ...]], left_out: list[tuple[float, str]]
) -> Allocation:
    if len(found) < 3:
        told = "; ".join(f"{flops:.3g} FLOPs: {why}" for flops, why in left_out[:3])
        raise Problem(
            "too-few-budgets",
            f"approach {approach} found an optimum at {len(found)} budgets, needs 3"
            + (f" ({told})" if told else ""),
            "add budgets with models on both sides of the optimum, or use approach 3",
            ExitCode.NO_ANSWER,
        )
    flops, params, tokens, loss = np.array(found).T
    return Allocation(
        approach,
        power_line(flops, params),
        power_line(flops, tokens),
        (flops, params, tokens, loss),
        tuple(left_out),
    )
