"""Adafactor: second moments of a matrix from the means of its rows and columns alone."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from scalecalc.laws.arithmetic import Number
from scalecalc.training.optimizers.interface import (
    Optimizer,
    State,
    Step,
    backwards,
    entries,
    largest,
    moved,
    require,
    require_rate,
    root,
)

if TYPE_CHECKING:
    from scalecalc.training.optimizers.interface import Rate

LEAST_EPS = 1e-150
"""Below it the square of eps, which keeps a divisor from zero, is itself zero."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Adafactor(Optimizer):
    """Steps relative to the size of the parameter, divided by a factored estimate of the root of g^2.

    Shazeer and Stern 2018 (arXiv 1804.04235), algorithms 4 (matrices) and 5 (vectors), as PyTorch 2.13's
    torch.optim.Adafactor reads them: beta2 = 1 - t^beta2_decay; the step is min(lr, 1/sqrt(t)) times RMS(w)
    or `least_scale`, the larger; means in place of sums; eps bounds divisors and is not added to g^2;
    the update is divided by max(1, RMS(update) / clip); weight decay is decoupled. There is no first moment.

    Arrays of two and more axes are factored over the last two. `batch_axes` counts leading axes of arrays
    that hold separate runs side by side, each a parameter of its own.
    """

    learning_rate: "Rate" = 1e-2
    beta2_decay: float = -0.8
    eps: float = 2.0**-52
    least_scale: float = 1e-3
    clip: float = 1.0
    weight_decay: float = 0.0
    batch_axes: int = 0

    def __post_init__(self) -> None:
        require_rate("learning_rate", self.learning_rate)
        require("beta2_decay", self.beta2_decay, -math.inf < self.beta2_decay <= 0, "at most 0 and finite")
        require("eps", self.eps, LEAST_EPS <= self.eps < 1, f"at least {LEAST_EPS:g} and below 1")
        require_rate("least_scale", self.least_scale)
        require("clip", self.clip, 1 <= self.clip < math.inf, "at least 1 and finite")
        require_rate("weight_decay", self.weight_decay)
        require("batch_axes", self.batch_axes, self.batch_axes >= 0, "at least 0")

    def start(self, params: Number) -> State[Number]:
        """Means at zero: of rows [..., n, 1] and columns [..., 1, m], or of every entry."""
        zero = params * 0.0
        if not self._is_factored(params):
            return State(0, (zero,))
        return State(0, (_mean(zero, (-1,)), _mean(zero, (-2,))))

    def advance(self, params: Number, gradients: Number, state: State[Number]) -> Step[Number]:
        """The next step."""
        steps = state.steps + 1
        fresh = steps**self.beta2_decay
        relative = _least(self.learning_rate, 1 / math.sqrt(steps))
        step_size: Number = largest(self._size(params), self.least_scale) * relative
        kept, seen = self._moments(gradients, state, fresh)
        direction: Number = gradients / root(largest(seen["v"], self.eps * self.eps))
        clipped: Number = largest(self._size(direction) / self.clip, 1.0)
        update = backwards(step_size, direction / clipped)
        decay = backwards(self.learning_rate, self.weight_decay * params) if self.weight_decay else None
        seen = {**seen, "step_size": step_size, "clipped": clipped}
        return Step(moved(params, update, decay), State(steps, kept), update, decay, seen)

    def kept_values(self, shape: tuple[int, ...]) -> int:
        """A row and a column of each matrix; of a vector every entry."""
        if len(shape) < 2:
            return entries(shape)
        *outer, rows, columns = shape
        return entries(tuple(outer)) * (rows + columns)

    def _moments(
        self, gradients: Number, state: State[Number], fresh: float
    ) -> tuple[tuple[Number, ...], Mapping[str, Number]]:
        """The means after a step, the newest square weighing `fresh`, and v, the estimate of g^2 by them."""
        squares = gradients * gradients
        if not self._is_factored(gradients):
            v = (1 - fresh) * state.kept[0] + fresh * squares
            return (v,), {"v": v}
        rows, columns = state.kept
        rows = (1 - fresh) * rows + fresh * _mean(squares, (-1,))
        columns = (1 - fresh) * columns + fresh * _mean(squares, (-2,))
        estimate: Number = rows * columns / largest(_mean(rows, (-2,)), self.eps)
        return (rows, columns), {"row_v": rows, "column_v": columns, "v": estimate}

    def _is_factored(self, value: Any) -> bool:
        return getattr(value, "ndim", 0) - self.batch_axes > 1

    def _size(self, value: Any) -> Any:
        """Root mean square of each run's parameter, with its axes kept."""
        own = getattr(value, "ndim", 0) - self.batch_axes
        if own < 1:
            return abs(value)
        return root(_mean(value * value, tuple(range(-own, 0))))


def _mean(value: Any, axes: tuple[int, ...]) -> Any:
    return value.mean(axis=axes, keepdims=True)


def _least(left: Any, right: float) -> Any:
    return -largest(-left, -right)
