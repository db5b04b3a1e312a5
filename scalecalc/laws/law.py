"""What every law of this room offers: a form, a formula, coefficients that were checked."""

from abc import ABC, abstractmethod
from dataclasses import fields
from math import inf
from typing import ClassVar

from scalecalc.laws.arithmetic import Number


class Law(ABC):
    """A scaling law with its constants. Subclasses are frozen dataclasses of their coefficients."""

    __slots__ = ()

    form: ClassVar[str]
    """The name of this form in a laws file."""

    @property
    @abstractmethod
    def formula(self) -> str:
        """The law in plain text, with the names of its coefficients."""

    def coefficients(self) -> dict[str, object]:
        """Coefficients by name, those left at their default omitted."""
        found: dict[str, object] = {}
        for field in fields(self):  # type: ignore[arg-type]  # every final law is a dataclass
            value = getattr(self, field.name)
            if value != field.default:
                found[field.name] = value.coefficients() if isinstance(value, Law) else value
        return found


class Allocator(Law):
    """A law that says how a budget C = 6ND is best split between parameters and tokens."""

    __slots__ = ()

    @property
    @abstractmethod
    def a(self) -> float:
        """Exponent of the optimal model size: N* grows as C**a."""

    @property
    def b(self) -> float:
        """Exponent of the optimal token count: D* grows as C**b, with a + b = 1."""
        return 1 - self.a

    @abstractmethod
    def optimal(self, flops: Number) -> tuple[Number, Number]:
        """Best (params, tokens) with 6 * params * tokens == flops."""

    @abstractmethod
    def optimal_loss(self, flops: Number) -> Number | None:
        """Loss that the best split of the budget reaches; None if the law predicts no loss."""


def require_coefficients(law: Law, *names: str, zero: bool = False) -> None:
    """Refuse a coefficient that is no number, not finite, or not positive (`zero` lets 0 pass)."""
    rule = "finite and not negative" if zero else "finite and positive"
    for name in names:
        value = getattr(law, name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"{name} must be a number, not {value!r}")  # noqa: TRY004 - misuse is a ValueError
        if not (0 < value < inf or (zero and value == 0)):
            raise ValueError(f"{name} must be {rule}, not {value!r}")
