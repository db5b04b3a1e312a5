"""Damped Newton with the exact generalized Hessian, on many problems at once.

A small Huber threshold makes the objective nearly the sum of absolute residuals: piecewise quadratic with
tiny pieces. The threshold is therefore walked down from the size of the residuals, and every stage starts
where the last one ended. Convergence is judged by the Newton decrement, the decrease that the quadratic
model still promises, relative to the objective; not by the length of steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.fitting.small_systems import solved
from scalecalc.fitting.surface import Scratch, Sums, Task, sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scalecalc.fitting.objective import Objective
    from scalecalc.fitting.rows import Rows
    from scalecalc.fitting.surface import Chart

    Array = NDArray[np.float64]
    Index = NDArray[np.int64]

STEPS = 100
"""Evaluations after which a walk is given up; five to ten times what most problems take."""

STAGE = 4.0
"""Factor by which the Huber threshold falls from stage to stage."""

RETRIES = ((64.0, 1.5), (16.0, 1.5), (256.0, 2.0))
"""A problem caught between kinks is lifted to so many thresholds, and walked down by so small a factor.

Without a threshold a retry is a continuation."""

STAGE_PROMISE = 1e-3
"""A stage ends when Newton promises less than this share of the objective."""

PROMISE = 1e-11
"""Convergence: the promised decrease relative to the objective. The step that promises it is still
taken, and squares what is left."""

LONGEST = np.array([2.0, 2.0, 2.0, 0.5, 0.5, 0.5])
"""Largest step in e, a, b, alpha, beta and gamma."""


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What stays the same from step to step: p problems on shared rows.

    resample: [p, n] multiplies the rows' own weights, as bootstrap counts do; None for all ones.
    """

    chart: Chart
    rows: Rows
    objective: Objective
    resample: Array | None = None

    def only(self, which: Index) -> Setting:
        """The problems `which` alone."""
        rows = self.rows
        if rows.log_loss.ndim > 1:
            rows = replace(rows, loss=rows.loss[which], log_loss=rows.log_loss[which])
        return replace(self, rows=rows, resample=None if self.resample is None else self.resample[which])

    def weights(self) -> Array | float:
        """1.0, the rows' own weights [n], or those of each problem [p, n]."""
        own = self.rows.weights
        if self.resample is None:
            return 1.0 if own is None else own
        return self.resample if own is None else self.resample * own


@dataclass(frozen=True, slots=True, eq=False)
class Descent:
    """Where p problems ended: phi [p, k], value [p], Newton promise relative to the value [p], steps [p]."""

    phi: Array
    value: Array
    promise: Array
    steps: Index
    converged: NDArray[np.bool_]


def rounding(setting: Setting) -> float:
    """The objective of residuals of 1e-14: differences below it mean nothing, exact data end there."""
    largest = float(setting.rows.loss.max()) if setting.objective.raw else 1.0
    weights = setting.rows.weights
    return 1e-28 * largest * largest * (len(setting.rows) if weights is None else float(weights.sum()))


class _Moving:
    """The problems that have not converged yet, packed without gaps; `index` says which they are."""

    def __init__(self, setting: Setting, phi: Array, delta: Array) -> None:
        self.setting = setting
        self.goal = setting.objective.delta or 0.0
        self.stage = STAGE
        self.scratch = Scratch()
        self.index = np.arange(len(phi))
        self.weights = setting.weights()
        self.rows = setting.rows
        self.rounding = rounding(setting)
        self.phi = phi
        self.delta = delta
        self.damping = np.zeros(len(phi))
        self.sums = self._evaluate(phi)

    def _evaluate(self, phi: Array) -> Sums:
        task = Task(self.rows, self.setting.objective, self.weights, self.delta, self.scratch)
        return sums(self.setting.chart, task, phi)

    def advance(self, promise: float) -> tuple[Array, NDArray[np.bool_]]:
        """Takes one step; returns the promises relative to the objective, and which problems are done."""
        step, expected = self._step()
        value = self.sums.value
        relative = expected / np.maximum(value, self.rounding)
        trusted = (expected >= 0) & (self.damping < 1e-3)
        at_goal = self.delta <= self.goal
        done = trusted & at_goal & ((relative <= promise) | (expected <= 0.01 * self.rounding))
        next_stage = trusted & (relative <= STAGE_PROMISE) & ~at_goal
        if next_stage.any():
            self.delta = np.where(next_stage, np.maximum(self.delta / self.stage, self.goal), self.delta)
        trial = self.phi + step
        new = self._evaluate(trial)
        enough = new.value <= value * (1 + 1e-13) + self.rounding - 1e-4 * expected
        self._accept(((expected >= 0) & enough) | next_stage, trial, new)
        return relative, done

    def _step(self) -> tuple[Array, Array]:
        """The damped and capped step [q, k], and its promised decrease [q]; negative where it would climb."""
        chart, gradient, hessian = self.setting.chart, self.sums.gradient, self.sums.hessian.copy()
        diagonal = hessian.reshape(len(hessian), -1)[:, :: chart.size + 1]
        diagonal += (self.damping[:, None] + 1e-14) * np.abs(diagonal) + 1e-300
        step = solved(hessian, -gradient)
        move = step @ chart.basis.T
        longest = (np.abs(move) / LONGEST).max(axis=1)
        if chart.nested:
            longest = np.maximum(longest, -2.0 * move[:, 5] / chart.lift(self.phi)[:, 5])
        if longest.max() > 1.0:
            step /= np.maximum(longest, 1.0)[:, None]
        expected: Array = -0.5 * np.vecdot(step, gradient)
        return step, np.where(np.isfinite(expected), expected, -1.0)

    def _accept(self, accepted: NDArray[np.bool_], trial: Array, new: Sums) -> None:
        if accepted.all():
            self.phi, self.sums = trial, new
            if self.damping.any():
                self.damping = np.where(self.damping < 1e-4, 0.0, self.damping * 0.1)
            return
        row, matrix = accepted[:, None], accepted[:, None, None]
        self.phi = np.where(row, trial, self.phi)
        self.sums = Sums(
            np.where(accepted, new.value, self.sums.value),
            np.where(row, new.gradient, self.sums.gradient),
            np.where(matrix, new.hessian, self.sums.hessian),
        )
        calmer = np.where(self.damping < 1e-4, 0.0, self.damping * 0.1)
        self.damping = np.where(accepted, calmer, np.maximum(self.damping * 8.0, 1e-3))

    def keep(self, which: NDArray[np.bool_]) -> None:
        """Drops the other problems."""
        self.index, self.phi, self.delta = self.index[which], self.phi[which], self.delta[which]
        self.damping = self.damping[which]
        self.sums = Sums(*(each[which] for each in self.sums))
        if self.setting.resample is not None and not isinstance(self.weights, float):
            self.weights = self.weights[which]
        if self.rows.log_loss.ndim > 1:
            self.rows = replace(self.rows, loss=self.rows.loss[which], log_loss=self.rows.log_loss[which])


def descend(setting: Setting, phi: Array, delta: Array | None = None, *, promise: float = PROMISE) -> Descent:
    """The local minima that p problems reach from phi [p, k].

    delta: [p] first Huber thresholds, walked down to the objective's own; None starts there.
    """
    goal = setting.objective.delta or 0.0
    thresholds = np.full(len(phi), goal)
    if delta is not None and not setting.objective.quadratic:
        thresholds = np.maximum(delta, goal)
    end = _walk(_Moving(setting, phi, thresholds), promise)
    for lift, stage in RETRIES:
        stuck = np.flatnonzero(~end.converged)
        if not len(stuck):
            break
        moving = _Moving(setting.only(stuck), end.phi[stuck], np.full(len(stuck), lift * goal))
        moving.stage = stage
        again = _walk(moving, promise)
        for name in ("phi", "value", "promise", "steps", "converged"):
            getattr(end, name)[stuck] = getattr(again, name)
    return end


def _walk(moving: _Moving, promise: float) -> Descent:
    """All problems moved until they converge or STEPS are used up."""
    count = len(moving.index)
    end = Descent(
        moving.phi.copy(), np.empty(count), np.empty(count), np.zeros(count, np.int64), np.zeros(count, bool)
    )
    with np.errstate(all="ignore"):  # a trial that overflows is rejected
        for step in range(1, STEPS + 1):
            relative, done = moving.advance(promise)
            if done.any():
                _store(end, moving, done, (relative, step))
                moving.keep(~done)
                relative = relative[~done]
                if not len(moving.index):
                    return end
    _store(end, moving, np.ones(len(moving.index), bool), (relative, STEPS))
    end.converged[moving.index] = False
    return end


def _store(end: Descent, moving: _Moving, which: NDArray[np.bool_], last: tuple[Array, int]) -> None:
    index = moving.index[which]
    end.phi[index] = moving.phi[which]
    end.value[index] = moving.sums.value[which]
    end.promise[index] = last[0][which]
    end.steps[index] = last[1]
    end.converged[index] = True
