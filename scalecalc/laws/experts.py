"""Mixtures of experts: how the number and the size of experts move the loss."""

from dataclasses import dataclass
from math import inf, log, log10
from typing import ClassVar, final

from scalecalc.laws.allocation import LossCurve
from scalecalc.laws.arithmetic import Number, power
from scalecalc.laws.conditional import Conditional, require_at_least, require_finite
from scalecalc.laws.law import Law, require_coefficients
from scalecalc.laws.surface import Additive


def saturated(experts: float, start: float, most: float) -> float:
    """Effective number of experts: `start` for a dense model, never more than `most`.

    1/E' = 1/(E - 1 + 1/(1/start - 1/most)) + 1/most (Clark et al. 2022, arXiv 2202.01169, eq. 1).

    >>> f"{saturated(64, 1.847, 314.478):.3f}"
    '53.769'
    """
    require_at_least("experts", experts, 1)
    return 1 / (1 / (experts - 1 + 1 / (1 / start - 1 / most)) + 1 / most)


@final
@dataclass(frozen=True, slots=True)
class RoutedExperts(Conditional):
    """log10 L = a log10 N + b log10 E' + c log10 N log10 E' + d, at one number of tokens.

    Clark et al. 2022 (arXiv 2202.01169), eq. 1, E' as in `saturated`. N counts the parameters active for a
    token. The logarithms are to base 10: only so does E = 1 agree with the dense law of the same paper.
    """

    a: float
    b: float
    c: float
    d: float
    E_start: float
    E_max: float

    form: ClassVar[str] = "routed-experts"
    conditions: ClassVar[tuple[str, ...]] = ("experts",)

    def __post_init__(self) -> None:
        require_finite(self, "a", "b", "c", "d")
        _require_saturation(self.E_start, self.E_max, self)
        if any(self._exponent(effective) <= 0 for effective in (self.E_start, self.E_max)):
            raise ValueError(f"a must leave a loss that falls in N for all experts, not {self.a!r}")

    @property
    def formula(self) -> str:
        """The law in plain text."""
        return f"log10 L = a*log10 N + b*log10 E' + c*log10 N*log10 E' + d, {_SATURATION}"

    @property
    def cutoff(self) -> float:
        """Active parameters beyond which more experts no longer lower the loss: 10**(-b / c), if c > 0."""
        return power(10.0, -self.b / self.c) if self.c > 0 else inf

    def at(self, experts: float) -> LossCurve:
        """Loss in active parameters with this many experts; 1 is a dense model."""
        effective = saturated(experts, self.E_start, self.E_max)
        factor = power(10.0, self.d + self.b * log10(effective))
        return LossCurve(of="params", exponent=self._exponent(effective), factor=factor)

    def loss(self, params: Number, experts: float) -> Number:
        """Loss at active parameters: a float or an array."""
        return self.at(experts).loss(params)

    def dense_equivalent(self, params: float, experts: float) -> float:
        """Parameters of the dense model with the same loss as these active ones with experts.

        >>> law = RoutedExperts(a=-0.082, b=-0.108, c=0.009, d=1.104, E_start=1.847, E_max=314.478)
        >>> f"{law.dense_equivalent(1.3e9, 64):.2e}"
        '3.91e+09'
        """
        return self.at(1).inverse(self.at(experts).loss(params))

    def _exponent(self, effective: float) -> float:
        return -(self.a + self.c * log10(effective))


@final
@dataclass(frozen=True, slots=True)
class JointExperts(Conditional):
    """L(N, D, E) = a E'**delta N**(alpha + gamma ln E') + b E'**omega D**(beta + zeta ln E') + c.

    Ludziejewski et al. 2025 (arXiv 2502.05172), eq. 6, E' as in `saturated`. N counts the parameters active
    for a token, so that 6ND is the compute of training; alpha, beta and zeta are negative as printed there.
    """

    a: float
    alpha: float
    delta: float
    gamma: float
    b: float
    beta: float
    omega: float
    zeta: float
    c: float
    E_start: float
    E_max: float

    form: ClassVar[str] = "joint-experts"
    conditions: ClassVar[tuple[str, ...]] = ("experts",)

    def __post_init__(self) -> None:
        require_coefficients(self, "a", "b")
        require_coefficients(self, "c", zero=True)
        require_finite(self, "alpha", "delta", "gamma", "beta", "omega", "zeta")
        _require_saturation(self.E_start, self.E_max, self)
        if any(min(self._exponents(effective)) <= 0 for effective in (self.E_start, self.E_max)):
            raise ValueError(f"alpha and beta must leave a falling loss, not {self.alpha!r}, {self.beta!r}")

    @property
    def formula(self) -> str:
        """The law in plain text."""
        in_params = "a*E'^delta*N^(alpha + gamma*ln E')"
        return f"L = {in_params} + b*E'^omega*D^(beta + zeta*ln E') + c, {_SATURATION}"

    def at(self, experts: float) -> Additive:
        """Surface in active parameters and tokens with this many experts; 1 is a dense model."""
        effective = saturated(experts, self.E_start, self.E_max)
        alpha, beta = self._exponents(effective)
        of_params, of_tokens = self.a * power(effective, self.delta), self.b * power(effective, self.omega)
        return Additive(E=self.c, A=of_params, B=of_tokens, alpha=alpha, beta=beta)

    def _exponents(self, effective: float) -> tuple[float, float]:
        """Exponents of 1/N and of 1/D."""
        return (
            -(self.alpha + self.gamma * log(effective)),
            -(self.beta + self.zeta * log(effective)),
        )


@final
@dataclass(frozen=True, slots=True)
class FineGrained(Conditional):
    """L(N, D, G) = c + (g / G**gamma + a) / (total_per_active * N)**alpha + b / D**beta.

    Krajewski et al. 2024 (arXiv 2402.07871), eq. 9, at one expansion rate E. The granularity G is how many
    times narrower an expert is than the dense feed-forward layer. The paper's N is total_per_active * N, all
    parameters but embeddings, d**2 (8E + 4) a layer; here N counts the active ones, 12 d**2 a layer, so that
    6ND is the compute of training (without the router, whose cost grows with G).
    """

    c: float
    g: float
    gamma: float
    a: float
    alpha: float
    b: float
    beta: float
    total_per_active: float

    form: ClassVar[str] = "fine-grained"
    conditions: ClassVar[tuple[str, ...]] = ("granularity",)

    def __post_init__(self) -> None:
        require_coefficients(self, "g", "gamma", "a", "alpha", "b", "beta", "total_per_active")
        require_coefficients(self, "c", zero=True)

    @property
    def formula(self) -> str:
        """The law in plain text."""
        return "L = c + (g/G^gamma + a)/(total_per_active*N)^alpha + b/D^beta"

    def at(self, granularity: float) -> Additive:
        """Surface in active parameters and tokens with experts of this granularity."""
        require_at_least("granularity", granularity, 1)
        finer = self.g / power(granularity, self.gamma)
        of_params = (finer + self.a) * power(self.total_per_active, -self.alpha)
        return Additive(E=self.c, A=of_params, B=self.b, alpha=self.alpha, beta=self.beta)


_SATURATION = "1/E' = 1/(E - 1 + 1/(1/E_start - 1/E_max)) + 1/E_max"


def _require_saturation(start: float, most: float, law: Law) -> None:
    require_coefficients(law, "E_start", "E_max")
    if not 1 <= start < most:
        raise ValueError(f"E_start must be at least 1 and less than E_max, {most!r}, not {start!r}")
