"""Adam, with weight decay in its gradients (L2) or apart from them (AdamW)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from scalecalc.laws.arithmetic import Number
from scalecalc.training.optimizers.interface import (
    Optimizer,
    State,
    Step,
    backwards,
    entries,
    moved,
    require,
    require_rate,
    require_share,
    root,
)

if TYPE_CHECKING:
    from scalecalc.training.optimizers.interface import Rate


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Adam(Optimizer):
    """w = w - lr * m_hat / (sqrt(v_hat) + eps), by running means of g and g^2 corrected for their start.

    Kingma and Ba 2015 (arXiv 1412.6980), algorithm 1. `decoupled` weight decay multiplies w by
    1 - lr * weight_decay before that, whatever the gradients are; else weight_decay * w is added to g, and is
    then divided by sqrt(v_hat) like g itself (Loshchilov and Hutter 2019, arXiv 1711.05101, algorithm 2; lr
    stands for their schedule times alpha, as in torch.optim.AdamW).

    The first step has the length of the learning rate, whatever the gradient:

    >>> adam = Adam(learning_rate=0.001, eps=1e-12)
    >>> for gradient in (1e-3, 50.0):
    ...     params, _ = adam.step(1.0, gradient, adam.start(1.0))
    ...     print(f"{params:.6f}")
    0.999000
    0.999000
    """

    learning_rate: "Rate" = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0
    decoupled: bool = False

    def __post_init__(self) -> None:
        require_rate("learning_rate", self.learning_rate)
        require_share("beta1", self.beta1)
        require_share("beta2", self.beta2)
        require("eps", self.eps, 0 < self.eps < 1, "above 0 and below 1")
        require_rate("weight_decay", self.weight_decay)

    def start(self, params: Number) -> State[Number]:
        """Both means at zero."""
        return State(0, (params * 0.0, params * 0.0))

    def advance(self, params: Number, gradients: Number, state: State[Number]) -> Step[Number]:
        """The next step."""
        seen: dict[str, Number] = {}
        decay: Number | None = None
        used = gradients
        if self.weight_decay and self.decoupled:
            decay = backwards(self.learning_rate, self.weight_decay * params)
        elif self.weight_decay:
            used = seen["regularized"] = gradients + self.weight_decay * params
        steps = state.steps + 1
        m, v = state.kept
        m = self.beta1 * m + (1 - self.beta1) * used
        v = self.beta2 * v + (1 - self.beta2) * (used * used)
        m_hat: Number = m / (1 - self.beta1**steps)
        v_hat: Number = v / (1 - self.beta2**steps)
        update = backwards(self.learning_rate, m_hat / (root(v_hat) + self.eps))
        seen |= {"m": m, "v": v, "m_hat": m_hat, "v_hat": v_hat}
        return Step(moved(params, update, decay), State(steps, (m, v)), update, decay, seen)

    def kept_values(self, shape: tuple[int, ...]) -> int:
        """Both means."""
        return 2 * entries(shape)
