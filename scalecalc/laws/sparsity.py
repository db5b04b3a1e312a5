"""Mixtures of experts by the share of them that is inactive."""

from dataclasses import dataclass
from typing import ClassVar, final

from scalecalc.laws.arithmetic import Number, beyond_floats, power, require_positive
from scalecalc.laws.conditional import Conditional, require_finite
from scalecalc.laws.law import Law, require_coefficients


@final
@dataclass(frozen=True, slots=True)
class SparseExperts(Conditional):
    """L(N, D, S) = a/N**alpha + b/D**beta + c/(1-S)**lam + d/((1-S)**delta N**gamma) + e.

    Abnar et al. 2025 (arXiv 2501.12370), eq. 6. S is the share of inactive experts, (E - K) / E with K of E
    active; N counts all parameters. With lam negative the third term rises with the share of active ones.
    """

    a: float
    alpha: float
    b: float
    beta: float
    c: float
    lam: float
    d: float
    delta: float
    gamma: float
    e: float

    form: ClassVar[str] = "sparse-experts"
    conditions: ClassVar[tuple[str, ...]] = ("sparsity",)

    def __post_init__(self) -> None:
        require_coefficients(self, "a", "alpha", "b", "beta", "c", "d", "gamma")
        require_coefficients(self, "e", zero=True)
        require_finite(self, "lam", "delta")

    @property
    def formula(self) -> str:
        """The law in plain text."""
        return "L = a/N^alpha + b/D^beta + c/(1-S)^lam + d/((1-S)^delta*N^gamma) + e"

    def at(self, sparsity: float) -> "SparseSurface":
        """Loss in all parameters and tokens with this share of inactive experts; 0 is a dense model."""
        if not 0 <= sparsity < 1:
            raise ValueError(f"sparsity must be at least 0 and less than 1, not {sparsity!r}")
        active = 1 - sparsity
        floor = self.e + self.c * power(active, -self.lam)
        mixed = self.d * power(active, -self.delta)
        return SparseSurface(floor, self.a, self.alpha, self.b, self.beta, mixed, self.gamma)


@final
@dataclass(frozen=True, slots=True)
class SparseSurface(Law):
    """L(N, D) = E + A/N**alpha + B/D**beta + M/N**gamma: no power sum, so no closed optimum."""

    E: float
    A: float
    alpha: float
    B: float
    beta: float
    M: float
    gamma: float

    form: ClassVar[str] = "sparse-surface"

    def __post_init__(self) -> None:
        require_coefficients(self, "A", "alpha", "B", "beta", "M", "gamma")
        require_coefficients(self, "E", zero=True)

    @property
    def formula(self) -> str:
        """The law in plain text."""
        return "L = E + A/N^alpha + B/D^beta + M/N^gamma"

    def loss(self, params: Number, tokens: Number) -> Number:
        """Loss at (params, tokens): floats, or arrays that broadcast."""
        require_positive("params", params)
        require_positive("tokens", tokens)
        try:
            total: Number = (
                self.A * params**-self.alpha + self.B * tokens**-self.beta + self.M * params**-self.gamma
            )
        except ArithmeticError:
            raise beyond_floats("params and tokens", (params, tokens)) from None
        return self.E + total
