"""Lion: steps of one length along the sign of a momentum."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

from scalecalc.laws.arithmetic import Number
from scalecalc.training.optimizers.interface import (
    Optimizer,
    State,
    Step,
    backwards,
    entries,
    moved,
    require_rate,
    require_share,
)

if TYPE_CHECKING:
    from scalecalc.training.optimizers.interface import Rate


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Lion(Optimizer):
    """w = w - lr * (sign(c) + weight_decay * w) with c = beta1 * m + (1 - beta1) * g.

    Then m = beta2 * m + (1 - beta2) * g. Chen et al. 2023 (arXiv 2302.06675), algorithm 2. Every entry moves
    by the learning rate or, where c is zero, not at all; weight decay is decoupled.

    >>> lion = Lion(learning_rate=0.01)
    >>> params, state = lion.step(1.0, -3.0, lion.start(1.0))
    >>> params, f"{state.kept[0]:.2f}"
    (1.01, '-0.03')
    """

    learning_rate: "Rate" = 1e-4
    beta1: float = 0.9
    beta2: float = 0.99
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        require_rate("learning_rate", self.learning_rate)
        require_share("beta1", self.beta1)
        require_share("beta2", self.beta2)
        require_rate("weight_decay", self.weight_decay)

    def start(self, params: Number) -> State[Number]:
        """The momentum at zero."""
        return State(0, (params * 0.0,))

    def advance(self, params: Number, gradients: Number, state: State[Number]) -> Step[Number]:
        """The next step."""
        (m,) = state.kept
        mixed = self.beta1 * m + (1 - self.beta1) * gradients
        m = self.beta2 * m + (1 - self.beta2) * gradients
        update = backwards(self.learning_rate, _sign(mixed))
        decay = backwards(self.learning_rate, self.weight_decay * params) if self.weight_decay else None
        after = State(state.steps + 1, (m,))
        return Step(moved(params, update, decay), after, update, decay, {"mixed": mixed, "m": m})

    def kept_values(self, shape: tuple[int, ...]) -> int:
        """The momentum."""
        return entries(shape)


def _sign(value: Number) -> Number:
    """1, 0 or -1."""
    sign: Any = (value > 0) * 1.0 - (value < 0) * 1.0
    return sign  # type: ignore[no-any-return]
