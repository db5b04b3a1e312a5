"""What limits a run beside its compute: demand, unique tokens, size; and the answer within those limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import final

from scalecalc.laws.arithmetic import FLOPS_PER_TOKEN_PER_PARAM, require_positive
from scalecalc.laws.repetition import Repetition

FLOPS_PER_TOKEN_SERVED = 2
"""Inference takes 2N FLOPs for a token, read or written: the forward pass alone."""


@final
@dataclass(frozen=True, slots=True)
class Demand:
    """Tokens that the model will serve in its life, and what a FLOP costs in training and in serving them.

    Sardana et al. 2024 (arXiv 2401.00448), eqs. 3 and 6: the cost is 6 N D in training and 2 N times the
    tokens served. Prices may be 1 (the cost is FLOPs) or dollars per FLOP, that is dollars per hour over what
    the device then does in an hour; reading and writing are one price, their mean weighted by tokens.
    """

    tokens: float = 0.0
    train_price: float = 1.0
    inference_price: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.tokens < inf:
            raise ValueError(f"tokens must be finite and not negative, not {self.tokens!r}")
        require_positive("train_price", self.train_price)
        require_positive("inference_price", self.inference_price)

    @property
    def per_trained(self) -> float:
        """Cost of a training token, for each parameter."""
        return FLOPS_PER_TOKEN_PER_PARAM * self.train_price

    @property
    def of_serving(self) -> float:
        """Cost of all tokens served, for each parameter."""
        return FLOPS_PER_TOKEN_SERVED * self.inference_price * self.tokens

    def cost(self, params: float, tokens: float) -> float:
        """Cost of training on these tokens and serving the demand."""
        return params * (self.per_trained * tokens + self.of_serving)


@final
@dataclass(frozen=True, slots=True)
class Supply:
    """Unique tokens there are, and how fast repeating them loses its worth."""

    unique_tokens: float
    repetition: Repetition

    def __post_init__(self) -> None:
        require_positive("unique_tokens", self.unique_tokens)


NO_DEMAND = Demand()


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an answer must keep to; a budget, a loss or both must be there.

    `budget` bounds the cost of training and serving, in the unit of the demand's prices (FLOPs without
    prices). `loss` is to be reached. `max_tokens` bounds the tokens seen, repeated ones included.
    """

    budget: float = inf
    loss: float | None = None
    max_params: float = inf
    max_tokens: float = inf
    supply: Supply | None = None
    demand: Demand = NO_DEMAND

    def __post_init__(self) -> None:
        if self.budget == inf and self.loss is None:
            raise ValueError("limits must have a budget or a loss")
        for name in ("budget", "max_params", "max_tokens"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive, not {getattr(self, name)!r}")
        if self.loss is not None:
            require_positive("loss", self.loss)


@final
@dataclass(frozen=True, slots=True)
class Best:
    """The best model within limits; `binding` names the limits that keep it from being better or cheaper."""

    params: float
    tokens: float
    loss: float
    cost: float
    effective_params: float
    effective_tokens: float
    limits: Limits
    binding: tuple[str, ...]

    @property
    def training_flops(self) -> float:
        """Compute of training, 6ND."""
        return FLOPS_PER_TOKEN_PER_PARAM * self.params * self.tokens

    @property
    def inference_flops(self) -> float:
        """Compute of serving the demand, 2N for each token."""
        return FLOPS_PER_TOKEN_SERVED * self.params * self.limits.demand.tokens

    @property
    def epochs(self) -> float | None:
        """Times that the unique tokens are seen; None where they are not limited."""
        supply = self.limits.supply
        return None if supply is None else self.tokens / supply.unique_tokens


class Infeasible(ValueError):  # noqa: N818 - an answer, not a fault
    """No model keeps to the limits.

    `binding` names the limit to move: the one that needs the smallest factor, or those that must move
    together where none alone makes room. `relaxations` says to what each must be moved, the others kept, for
    an answer to exist: the smallest move first, the loss that the other limits allow (or approach) last.
    """

    def __init__(self, limits: Limits, binding: tuple[str, ...], relaxations: Mapping[str, float]) -> None:
        self.limits = limits
        self.binding = binding
        self.relaxations = dict(relaxations)
        moves = " or ".join(f"{name} {value:.4g}" for name, value in self.relaxations.items())
        super().__init__(f"no model keeps to {' and '.join(binding)}; what would do: {moves}")
