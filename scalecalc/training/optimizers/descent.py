"""Gradient descent: plain, with momentum, and with Nesterov's momentum."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from scalecalc.laws.arithmetic import Number
from scalecalc.training.optimizers.interface import (
    Optimizer,
    State,
    Step,
    backwards,
    entries,
    require_rate,
    require_share,
)

if TYPE_CHECKING:
    from scalecalc.training.optimizers.interface import Rate


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Sgd(Optimizer):
    """b = momentum * b + g; w = w - lr * b, or w - lr * (g + momentum * b) with Nesterov.

    As torch.optim.SGD with dampening 0: the velocity b is a sum, not a mean, so that a constant gradient
    moves 1 / (1 - momentum) times as far as without (Polyak 1964; in this form Sutskever et al. 2013, who
    hold lr within b). Weight decay is L2: it adds weight_decay * w to g.

    >>> slow = Sgd(learning_rate=0.1, momentum=0.9)
    >>> params, state = slow.step(1.0, 2.0, slow.start(1.0))
    >>> params, state.kept
    (0.8, (2.0,))
    """

    learning_rate: "Rate" = 1e-3
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        require_rate("learning_rate", self.learning_rate)
        require_share("momentum", self.momentum)
        require_rate("weight_decay", self.weight_decay)
        if self.nesterov and not self.momentum:
            raise ValueError("momentum must be above 0 with nesterov, not 0.0")

    def start(self, params: Number) -> State[Number]:
        """No velocity, of no size where there is no momentum."""
        return State(0, (params * 0.0,) if self.momentum else ())

    def advance(self, params: Number, gradients: Number, state: State[Number]) -> Step[Number]:
        """The next step."""
        seen: dict[str, Number] = {}
        direction = gradients
        if self.weight_decay:
            direction = seen["regularized"] = gradients + self.weight_decay * params
        kept = state.kept
        if self.momentum:
            velocity = self.momentum * kept[0] + direction
            seen["velocity"] = velocity
            kept = (velocity,)
            direction = direction + self.momentum * velocity if self.nesterov else velocity
        update = backwards(self.learning_rate, direction)
        return Step(params + update, State(state.steps + 1, kept), update, None, seen)

    def kept_values(self, shape: tuple[int, ...]) -> int:
        """The velocity, if there is momentum."""
        return entries(shape) if self.momentum else 0
