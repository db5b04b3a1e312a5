"""Loss surfaces L(N, D) whose reducible part is a growing function of one power sum."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, final

from scalecalc.laws.arithmetic import (
    FLOPS_PER_TOKEN_PER_PARAM,
    Number,
    beyond_floats,
    power,
    require_positive,
)
from scalecalc.laws.law import Allocator, require_coefficients


@final
class PowerSum(NamedTuple):
    """S(N, D) = A / N**alpha + B / D**beta, and where it is least on a budget.

    Hoffmann et al. 2022 (arXiv 2203.15556), eq. 4. At the optimum the two terms have the fixed
    ratio beta : alpha, so least(C) is one power of C and everything below is closed.
    """

    A: float
    B: float
    alpha: float
    beta: float

    @property
    def G(self) -> float:  # noqa: N802 - the paper's letter
        """Optimal model size at C = 6: N* = G * (C / 6)**a."""
        return float(((self.alpha * self.A) / (self.beta * self.B)) ** (1 / (self.alpha + self.beta)))

    @property
    def decay(self) -> float:
        """Exponent k of the optimum: S falls as C**-k when each budget is spent well."""
        return self.alpha * self.beta / (self.alpha + self.beta)

    @property
    def least_at_unit(self) -> float:
        """S at the optimum of C = 6, so that S*(C) = least_at_unit * (C / 6)**-decay."""
        best = self.G
        return float(self.A * best**-self.alpha + self.B * best**self.beta)

    def params_at(self, tokens: Number) -> Number:
        """Size for which these tokens are the optimal number: G * (G * D)**(beta / alpha)."""
        best: Number = self.G * (self.G * tokens) ** (self.beta / self.alpha)
        return best

    def tokens_at(self, params: Number) -> Number:
        """Tokens that are the optimal number for this size: (N / G)**(alpha / beta) / G."""
        best: Number = (params / self.G) ** (self.alpha / self.beta) / self.G
        return best

    def value(self, params: Number, tokens: Number) -> Number:
        """S at (params, tokens): floats, or arrays that broadcast."""
        total: Number = self.A * params**-self.alpha + self.B * tokens**-self.beta
        return total

    def optimal(self, flops: Number) -> tuple[Number, Number]:
        """Pair (params, tokens) of least S with 6 * params * tokens == flops."""
        scaled: Number = (flops / FLOPS_PER_TOKEN_PER_PARAM) ** (self.beta / (self.alpha + self.beta))
        params = self.G * scaled
        return params, flops / (FLOPS_PER_TOKEN_PER_PARAM * params)


class Surface(Allocator):
    """Loss as a growing function of a power sum in parameters and tokens.

    The outer function moves no optimum and no level set, so the optimum, the near-optimal band and
    the iso-loss questions are those of the power sum (see `band` and `inverse`).
    """

    __slots__ = ()

    @property
    @abstractmethod
    def terms(self) -> PowerSum:
        """The power sum inside."""

    @abstractmethod
    def loss_of(self, total: Number) -> Number:
        """Loss at a value of the power sum."""

    @abstractmethod
    def total_of(self, loss: float) -> float:
        """Value of the power sum at a loss; zero or less when no power sum reaches it."""

    @property
    def a(self) -> float:
        """Exponent of the optimal model size: beta / (alpha + beta)."""
        terms = self.terms
        return terms.beta / (terms.alpha + terms.beta)

    @property
    def G(self) -> float:  # noqa: N802 - the paper's letter
        """Optimal model size at C = 6: N* = G * (C / 6)**a (Hoffmann et al. 2022, eq. 4)."""
        return self.terms.G

    def loss(self, params: Number, tokens: Number) -> Number:
        """Loss at (params, tokens): floats, or arrays that broadcast."""
        require_positive("params", params)
        require_positive("tokens", tokens)
        try:
            return self.loss_of(self.terms.value(params, tokens))
        except ArithmeticError:
            raise beyond_floats("params and tokens", (params, tokens)) from None

    def optimal(self, flops: Number) -> tuple[Number, Number]:
        """Pair (params, tokens) of least loss with 6 * params * tokens == flops."""
        require_positive("flops", flops)
        try:
            return self.terms.optimal(flops)
        except ArithmeticError:
            raise beyond_floats("flops", flops) from None

    def optimal_loss(self, flops: Number) -> Number:
        """Loss at the optimum of a budget."""
        return self.loss(*self.optimal(flops))


@final
@dataclass(frozen=True, slots=True)
class Additive(Surface):
    """L(N, D) = E + A / N**alpha + B / D**beta.

    Hoffmann et al. 2022 (arXiv 2203.15556), eq. 2; laws with one exponent for both terms have alpha == beta.

    >>> law = Additive(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658)
    >>> params, tokens = law.optimal(5.76e23)
    >>> f"{params / 1e9:.1f}B params, {tokens / 1e12:.2f}T tokens"
    '72.2B params, 1.33T tokens'
    """

    E: float
    A: float
    B: float
    alpha: float
    beta: float

    form: ClassVar[str] = "additive"

    def __post_init__(self) -> None:
        require_coefficients(self, "A", "B", "alpha", "beta")
        require_coefficients(self, "E", zero=True)

    @property
    def formula(self) -> str:
        """The law in plain text."""
        return "L = E + A/N^alpha + B/D^beta"

    @property
    def terms(self) -> PowerSum:
        """Everything but E."""
        return PowerSum(self.A, self.B, self.alpha, self.beta)

    def loss_of(self, total: Number) -> Number:
        """E more than the power sum."""
        return self.E + total

    def total_of(self, loss: float) -> float:
        """Loss above E."""
        return loss - self.E


@final
@dataclass(frozen=True, slots=True)
class JointPower(Surface):
    """L(N, D) = E + (A / N**alpha + B / D**beta)**gamma.

    Busbridge et al. 2025 (arXiv 2502.08606), the supervised law.
    """

    E: float
    A: float
    B: float
    alpha: float
    beta: float
    gamma: float

    form: ClassVar[str] = "joint-power"

    def __post_init__(self) -> None:
        require_coefficients(self, "A", "B", "alpha", "beta", "gamma")
        require_coefficients(self, "E", zero=True)

    @property
    def formula(self) -> str:
        """The law in plain text."""
        return "L = E + (A/N^alpha + B/D^beta)^gamma"

    @property
    def terms(self) -> PowerSum:
        """What stands inside the outer power."""
        return PowerSum(self.A, self.B, self.alpha, self.beta)

    def loss_of(self, total: Number) -> Number:
        """E more than the power sum raised to gamma."""
        raised: Number = total**self.gamma
        return self.E + raised

    def total_of(self, loss: float) -> float:
        """Loss above E, the outer power undone."""
        return power(max(loss - self.E, 0.0), 1 / self.gamma)


@final
@dataclass(frozen=True, slots=True)
class KaplanJoint(Surface):
    """L(N, D) = [(N_c / N)**(alpha_N / alpha_D) + D_c / D]**alpha_D.

    Kaplan et al. 2020 (arXiv 2001.08361), eq. 1.5. There is no floor: the loss falls to zero, so the
    form must break down (eq. 6.8 there). N counts non-embedding parameters.
    """

    N_c: float
    D_c: float
    alpha_N: float
    alpha_D: float

    form: ClassVar[str] = "kaplan-joint"

    def __post_init__(self) -> None:
        require_coefficients(self, "N_c", "D_c", "alpha_N", "alpha_D")

    @property
    def formula(self) -> str:
        """The law in plain text."""
        return "L = [(N_c/N)^(alpha_N/alpha_D) + D_c/D]^alpha_D"

    @property
    def terms(self) -> PowerSum:
        """What stands inside the bracket."""
        ratio = self.alpha_N / self.alpha_D
        return PowerSum(self.N_c**ratio, self.D_c, ratio, 1.0)

    def loss_of(self, total: Number) -> Number:
        """Bracket raised to alpha_D."""
        raised: Number = total**self.alpha_D
        return raised

    def total_of(self, loss: float) -> float:
        """Bracket at a loss."""
        return power(loss, 1 / self.alpha_D)
