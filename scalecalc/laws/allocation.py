"""Laws of one variable: how the optimum, or the loss, follows a single quantity."""

from dataclasses import dataclass
from typing import ClassVar, Literal, final, get_args

from scalecalc.laws.arithmetic import (
    FLOPS_PER_TOKEN_PER_PARAM,
    PF_DAY,
    Number,
    Variable,
    beyond_floats,
    power,
    require_positive,
)
from scalecalc.laws.law import Allocator, Law, require_coefficients

Allocated = Literal["params", "tokens", "flops_per_token"]

SYMBOLS = {"params": "N", "tokens": "D", "flops": "C", "flops_per_token": "M"}


def _in_units(symbol: str, unit: float) -> str:
    """Symbol as the formula divides it by its unit, PF-days by name."""
    if unit == 1:
        return symbol
    return f"{symbol}[PF-days]" if unit == PF_DAY else f"({symbol}/{unit:.6g})"


@final
@dataclass(frozen=True, slots=True)
class LossCurve(Law):
    """L(x) = E + factor * (x / (scale * unit))**-exponent, x one of params, tokens or flops.

    `unit` says how many of x make one unit of `scale`: 8.64e19 FLOPs for the PF-days of Kaplan et al.
    2020. Papers print either (scale / x)**exponent or factor * x**-exponent; both stand as printed.
    """

    of: Variable
    exponent: float
    scale: float = 1.0
    factor: float = 1.0
    E: float = 0.0
    unit: float = 1.0

    form: ClassVar[str] = "curve"

    def __post_init__(self) -> None:
        if self.of not in get_args(Variable):
            raise ValueError(f"of must be one of {', '.join(get_args(Variable))}, not {self.of!r}")
        require_coefficients(self, "exponent", "scale", "factor", "unit")
        require_coefficients(self, "E", zero=True)

    @property
    def formula(self) -> str:
        """The law in plain text, without what is at its default."""
        x = _in_units(SYMBOLS[self.of], self.unit)
        fall = f"(scale/{x})^exponent" if self.scale != 1 else f"{x}^-exponent"
        return f"L = {'E + ' * (self.E != 0)}{'factor * ' * (self.factor != 1)}{fall}"

    def loss(self, x: Number) -> Number:
        """Loss at x of its variable: a float or an array."""
        require_positive(self.of, x)
        try:
            falling: Number = (x / (self.scale * self.unit)) ** -self.exponent
        except ArithmeticError:
            raise beyond_floats(self.of, x) from None
        return self.E + self.factor * falling

    def inverse(self, loss: float) -> float:
        """Value of x whose loss this is; infinite when no x reaches it."""
        return self.scale * self.unit * power(max(loss - self.E, 0.0) / self.factor, -1 / self.exponent)


@final
@dataclass(frozen=True, slots=True)
class Allocation(Allocator):
    """x*(C) = scale * (share * C / unit)**exponent, the other side from C = 6ND.

    `of` says what x is: params, tokens, or flops_per_token (DeepSeek-AI 2024, whose M = C / D stands for
    6N). `unit` is the number of FLOPs in one unit of C. `share` is C_min / C for laws in Kaplan's C_min,
    the compute that a small batch would need: 1 at small batch, 1/2 when trained at the critical batch size
    (Kaplan et al. 2020, section 6.3). `curve` gives the loss at the optimum, also in share * C.
    """

    of: Allocated
    scale: float
    exponent: float
    unit: float = 1.0
    share: float = 1.0
    curve: LossCurve | None = None

    form: ClassVar[str] = "allocation"

    def __post_init__(self) -> None:
        if self.of not in get_args(Allocated):
            raise ValueError(f"of must be one of {', '.join(get_args(Allocated))}, not {self.of!r}")
        require_coefficients(self, "scale", "exponent", "unit", "share")
        if self.exponent >= 1:
            raise ValueError(f"exponent must be less than 1, not {self.exponent!r}")
        if self.share > 1:
            raise ValueError(f"share must be at most 1, not {self.share!r}")
        if self.curve is not None and (not isinstance(self.curve, LossCurve) or self.curve.of != "flops"):
            raise ValueError(f"curve must be a loss curve of flops, not {self.curve!r}")

    @property
    def formula(self) -> str:
        """The law in plain text, with the side that follows from C = 6ND."""
        budget = _in_units("C" if self.share == 1 else f"({self.share:.6g}*C)", self.unit)
        other = {
            "params": "D* = C/(6 N*)",
            "tokens": "N* = C/(6 D*)",
            "flops_per_token": "N* = M*/6, D* = C/M*",
        }
        return f"{SYMBOLS[self.of]}* = scale * {budget}^exponent, {other[self.of]}"

    @property
    def a(self) -> float:
        """Exponent of the optimal model size."""
        return 1 - self.exponent if self.of == "tokens" else self.exponent

    def optimal(self, flops: Number) -> tuple[Number, Number]:
        """Pair (params, tokens) as published, with 6 * params * tokens == flops."""
        require_positive("flops", flops)
        found = self.scale * (flops * (self.share / self.unit)) ** self.exponent
        per_unit = found if self.of == "flops_per_token" else FLOPS_PER_TOKEN_PER_PARAM * found
        try:
            other = flops / per_unit
        except ArithmeticError:
            raise beyond_floats("flops", flops) from None
        if self.of == "tokens":
            return other, found
        return (found if self.of == "params" else found / FLOPS_PER_TOKEN_PER_PARAM), other

    def optimal_loss(self, flops: Number) -> Number | None:
        """Loss at the optimum by the companion curve; None if the paper gives none."""
        return None if self.curve is None else self.curve.loss(flops * self.share)
