"""What every optimizer is: frozen settings, a state, and a step that changes nothing in place.

Parameters, gradients and states are floats or arrays; only arithmetic and the arrays' own methods are used,
so neither kind needs NumPy here. A parameter is one tensor: PyTorch's optimizers treat each one by itself.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, final

from scalecalc.laws.arithmetic import Number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rate = float | NDArray[np.float64]
    """A learning rate, or one for each of several runs side by side, shaped to broadcast with them."""


@dataclass(frozen=True, slots=True)
class State(Generic[Number]):
    """Steps taken, and what an optimizer keeps between them, such as its moments."""

    steps: int
    kept: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class Step(Generic[Number]):
    """One step: params before + decay + update = `params`, to rounding.

    `decay` is the pull of decoupled weight decay, None where there is none; `seen` holds what the step
    computed on its way, by name.
    """

    params: Number
    state: State[Number]
    update: Number
    decay: Number | None = None
    seen: Mapping[str, Number] = field(default_factory=dict)


class Optimizer(ABC):
    """How parameters move along gradients. Subclasses are frozen dataclasses of settings."""

    __slots__ = ()

    @abstractmethod
    def start(self, params: Number) -> State[Number]:
        """The state before the first step."""

    @abstractmethod
    def advance(self, params: Number, gradients: Number, state: State[Number]) -> Step[Number]:
        """The next step with everything that it computes."""

    @abstractmethod
    def kept_values(self, shape: tuple[int, ...]) -> int:
        """Numbers that the state holds for a parameter of that shape."""

    @final
    def step(self, params: Number, gradients: Number, state: State[Number]) -> tuple[Number, State[Number]]:
        """The parameters after the next step, and the state after it."""
        taken = self.advance(params, gradients, state)
        return taken.params, taken.state

    @final
    def trace(self, params: Number, gradients: Iterable[Number]) -> Iterator[Step[Number]]:
        """Every step along given gradients, which do not depend on where the parameters are."""
        state = self.start(params)
        for gradient in gradients:
            taken = self.advance(params, gradient, state)
            params, state = taken.params, taken.state
            yield taken


def require(name: str, value: Any, holds: Any, rule: str) -> None:
    """Refuse a setting, a number or an array of them, that breaks its rule; NaN breaks every rule."""
    if not (holds if isinstance(holds, bool) else bool(holds.all())):
        raise ValueError(f"{name} must be {rule}, not {value!r}")


def require_rate(name: str, value: Any) -> None:
    """Refuse what is negative or not finite."""
    require(name, value, (value >= 0) & (value < math.inf), "at least 0 and finite")


def require_share(name: str, value: float) -> None:
    """Refuse what is no coefficient of a running mean."""
    require(name, value, 0 <= value < 1, "at least 0 and below 1")


def largest(left: Number, right: Any) -> Number:
    """The larger of two, entry by entry, both finite or infinite on one side only."""
    chosen: Any = left * (left >= right) + right * (left < right)
    return chosen  # type: ignore[no-any-return]


def root(value: Number) -> Number:
    """The square root."""
    result: Number = value**0.5
    return result


def backwards(rate: "Rate", direction: Number) -> Number:
    """-rate * direction, with one rate or one for each run."""
    result: Any = -(rate * direction)
    return result  # type: ignore[no-any-return]


def moved(params: Number, update: Number, decay: Number | None) -> Number:
    """The parameters after both, the decay first as in PyTorch."""
    return params + update if decay is None else params + decay + update


def entries(shape: tuple[int, ...]) -> int:
    """Numbers in a tensor of that shape."""
    return math.prod(shape)
