"""Damped Newton with the exact generalized Hessian, on many problems at once.

A small Huber threshold makes the objective nearly the sum of absolute residuals: piecewise quadratic with
tiny pieces. The threshold is therefore walked down from the size of the residuals, and every stage starts
where the last one ended. Convergence is judged by the Newton decrement, the decrease that the quadratic
model still promises, relative to the objective; not by the length of steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.fitting.surface import Sums, Task, sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scalecalc.fitting.objective import Objective
    from scalecalc.fitting.rows import Rows
    from scalecalc.fitting.surface import Chart

    Array = NDArray[np.float64]
    Index = NDArray[np.int64]

STEPS = 200
"""Evaluations after which a problem is given up; two hundred is ten times what hard ones take."""

STAGE = 4.0
"""Factor by which the Huber threshold falls from stage to stage."""

STAGE_PROMISE = 1e-2
"""A stage ends when Newton promises less than this share of the objective."""

PROMISE = 1e-14
"""Convergence: the promised decrease relative to the objective. One more full step is taken beyond it."""

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


class _Moving:
    """The problems that have not converged yet, packed without gaps; `index` says which they are."""

    def __init__(self, setting: Setting, phi: Array, delta: Array) -> None:
        self.setting = setting
        self.goal = setting.objective.delta or 0.0
        self.index = np.arange(len(phi))
        self.weights = setting.weights()
        self.phi = phi
        self.delta = delta
        self.damping = np.zeros(len(phi))
        self.sums = self._evaluate(phi)

    def _evaluate(self, phi: Array) -> Sums:
        task = Task(self.setting.rows, self.setting.objective, self.weights, self.delta)
        return sums(self.setting.chart, task, phi)

    def advance(self, promise: float) -> tuple[Array, NDArray[np.bool_]]:
        """Takes one step; returns the promises relative to the objective, and which problems are done."""
        step, expected = self._step()
        value = self.sums.value
        relative = expected / np.maximum(value, np.finfo(float).tiny)
        trusted = (expected >= 0) & (self.damping < 1e-3)
        at_goal = self.delta <= self.goal
        done = trusted & at_goal & (relative <= promise)
        next_stage = trusted & ~at_goal & (relative <= STAGE_PROMISE)
        self.delta = np.where(next_stage, np.maximum(self.delta / STAGE, self.goal), self.delta)
        trial = self.phi + step
        new = self._evaluate(trial)
        enough = new.value <= value * (1 + 1e-13) - 1e-4 * expected
        self._accept(((expected >= 0) & enough) | next_stage, trial, new)
        return relative, done

    def _step(self) -> tuple[Array, Array]:
        """The damped and capped step [q, k], and the decrease it promises [q]; negative where it would climb."""
        chart, gradient, hessian = self.setting.chart, self.sums.gradient, self.sums.hessian.copy()
        diagonal = hessian.reshape(len(hessian), -1)[:, :: chart.size + 1]
        diagonal += (self.damping[:, None] + 1e-14) * np.abs(diagonal) + 1e-300
        step: Array = np.linalg.solve(hessian, -gradient[:, :, None])[:, :, 0]
        move = step @ chart.basis.T
        longest = (np.abs(move) / LONGEST).max(axis=1)
        if chart.nested:
            longest = np.maximum(longest, -2.0 * move[:, 5] / chart.lift(self.phi)[:, 5])
        if longest.max() > 1.0:
            step /= np.maximum(longest, 1.0)[:, None]
        expected = -0.5 * np.vecdot(step, gradient)
        return step, np.where(np.isfinite(expected), expected, -1.0)

    def _accept(self, accepted: NDArray[np.bool_], trial: Array, new: Sums) -> None:
        if accepted.all():
            self.phi, self.sums = trial, new
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
        if self.setting.resample is not None:
            assert not isinstance(self.weights, float)
            self.weights = self.weights[which]


def descend(setting: Setting, phi: Array, delta: Array | None = None, *, promise: float = PROMISE) -> Descent:
    """The local minima that p problems reach from phi [p, k].

    delta: [p] first Huber thresholds, walked down to the objective's own; None starts there.
    """
    goal = setting.objective.delta or 0.0
    walked = delta is not None and not setting.objective.quadratic
    thresholds = np.maximum(delta, goal) if walked else np.full(len(phi), goal)
    moving = _Moving(setting, phi, thresholds)
    end = Descent(
        phi.copy(), np.empty(len(phi)), np.empty(len(phi)), np.zeros(len(phi), np.int64), np.zeros(len(phi), bool)
    )
    for _ in range(STEPS):
        relative, done = moving.advance(promise)
        end.steps[moving.index] += 1
        end.promise[moving.index] = relative
        if done.any():
            _store(end, moving, done)
            moving.keep(~done)
        if not len(moving.index):
            break
    _store(end, moving, np.ones(len(moving.index), bool))
    end.converged[moving.index] = False
    return end


def _store(end: Descent, moving: _Moving, which: NDArray[np.bool_]) -> None:
    index = moving.index[which]
    end.phi[index] = moving.phi[which]
    end.value[index] = moving.sums.value[which]
    end.converged[index] = True
