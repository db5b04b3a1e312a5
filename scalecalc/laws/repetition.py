"""Repeated data: what tokens and parameters are worth when unique tokens run short."""

from dataclasses import dataclass
from math import exp, expm1, inf, log, log1p
from typing import ClassVar, final

from scalecalc.laws.arithmetic import require_positive
from scalecalc.laws.conditional import Conditional
from scalecalc.laws.law import Law, require_coefficients
from scalecalc.laws.surface import Additive, Surface


@final
@dataclass(frozen=True, slots=True)
class Saturation:
    """What x is worth when only the first `fresh` of it is new: x' = fresh (1 + R (1 - e**-(excess / R))).

    The excess is x / fresh - 1, and x' = x without excess. No x is worth more than fresh * (1 + R).
    Muennighoff et al. 2023 (arXiv 2305.16264), eqs. 5 and 6.
    """

    fresh: float
    R: float

    @property
    def ceiling(self) -> float:
        """What no x is worth more than."""
        return self.fresh * (1 + self.R)

    def effective(self, x: float) -> float:
        """What x is worth."""
        if x <= self.fresh:
            return x
        return self.fresh * (1 - self.R * expm1(-(x / self.fresh - 1) / self.R))

    def needed(self, effective: float) -> float:
        """The x that is worth this much; infinite from the ceiling on."""
        if effective <= self.fresh:
            return effective
        left = 1 - (effective / self.fresh - 1) / self.R
        return self.fresh * (1 - self.R * log(left)) if left > 0 else inf

    def log_slope(self, x: float) -> float:
        """Logarithm of d ln x' / d ln x: zero without excess, then falling without end."""
        if x <= self.fresh:
            return 0.0
        excess = x / self.fresh - 1
        return log1p(excess) - excess / self.R - log1p(-self.R * expm1(-excess / self.R))


@final
@dataclass(frozen=True, slots=True)
class Repetition:
    """How fast repetition loses its worth, on any surface.

    R_D is the number of repeats after which a repeated token is worth 1/e of a new one, R_N the same for
    parameters in excess of those that the unique tokens can use.
    """

    R_D: float
    R_N: float

    def __post_init__(self) -> None:
        require_positive("R_D", self.R_D)
        require_positive("R_N", self.R_N)

    def worth_of_next_token(self, epochs: float) -> float:
        """What one more token is worth after so many epochs, as a share of a new one.

        >>> [f"{Repetition(R_D=15.4, R_N=5.3).worth_of_next_token(epochs):.2f}" for epochs in (2, 4, 16, 40)]
        ['0.94', '0.82', '0.38', '0.08']
        """
        return exp(-max(0.0, epochs - 1) / self.R_D)

    def of_tokens(self, unique_tokens: float) -> Saturation:
        """Worth of tokens seen, of which this many are unique."""
        return Saturation(unique_tokens, self.R_D)

    def of_params(self, law: Surface, unique_tokens: float) -> Saturation:
        """Worth of parameters: those beyond the optimal size for the unique tokens are in excess."""
        return Saturation(law.terms.params_at(unique_tokens), self.R_N)


@final
@dataclass(frozen=True, slots=True)
class Repeated(Conditional):
    """L(N, D, U) = E + A/N'**alpha + B/D'**beta, N' and D' worth less than N and D where U is short.

    Muennighoff et al. 2023 (arXiv 2305.16264), eqs. 5, 6 and 16 to 20. U counts unique tokens; D / U is the
    number of epochs. The form cannot show a loss that rises when data is repeated too often.
    """

    E: float
    A: float
    B: float
    alpha: float
    beta: float
    R_D: float
    R_N: float

    form: ClassVar[str] = "repeated"
    conditions: ClassVar[tuple[str, ...]] = ("unique_tokens",)

    def __post_init__(self) -> None:
        require_coefficients(self, "A", "B", "alpha", "beta", "R_D", "R_N")
        require_coefficients(self, "E", zero=True)

    @property
    def formula(self) -> str:
        """The law in plain text."""
        worth = "U*(1 + R_D*(1 - e^(-(D/U - 1)/R_D)))"
        return f"L = E + A/N'^alpha + B/D'^beta, D' = {worth} where D > U, N' likewise with R_N above N*(U)"

    @property
    def surface(self) -> Additive:
        """The law for tokens that are seen once."""
        return Additive(self.E, self.A, self.B, self.alpha, self.beta)

    @property
    def repetition(self) -> Repetition:
        """Its two constants of repetition, which may be put to other surfaces."""
        return Repetition(self.R_D, self.R_N)

    def at(self, unique_tokens: float) -> "RepeatedSurface":
        """Loss in parameters and tokens seen, of which this many are unique."""
        return RepeatedSurface(self.surface, self.repetition, unique_tokens)


@final
@dataclass(frozen=True, slots=True)
class RepeatedSurface(Law):
    """A surface with its tokens from a limited supply: the loss of the effective parameters and tokens."""

    surface: Surface
    repetition: Repetition
    unique_tokens: float

    form: ClassVar[str] = "repeated-surface"

    def __post_init__(self) -> None:
        require_positive("unique_tokens", self.unique_tokens)

    @property
    def formula(self) -> str:
        """The law in plain text."""
        return f"{self.surface.formula} at the effective N' and D'"

    def effective(self, params: float, tokens: float) -> tuple[float, float]:
        """What the parameters and the tokens seen are worth.

        >>> base = Additive(E=1.87, A=521.0, B=1488.0, alpha=0.353, beta=0.353)
        >>> four_epochs = RepeatedSurface(base, Repetition(R_D=15.4, R_N=5.3), unique_tokens=100e9)
        >>> f"{four_epochs.effective(1e9, 400e9)[1] / 400e9:.2f}"
        '0.93'
        """
        require_positive("params", params)
        require_positive("tokens", tokens)
        of_params = self.repetition.of_params(self.surface, self.unique_tokens)
        of_tokens = self.repetition.of_tokens(self.unique_tokens)
        return of_params.effective(params), of_tokens.effective(tokens)

    def loss(self, params: float, tokens: float) -> float:
        """Loss at parameters and tokens seen."""
        return self.surface.loss(*self.effective(params, tokens))
