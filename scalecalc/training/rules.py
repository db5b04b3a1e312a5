"""Rules by which a hyperparameter follows from the size of a run: powers, and one logarithm."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import log
from typing import final

from scalecalc.laws.arithmetic import power
from scalecalc.laws.row import Row

VARIABLES = ("params", "tokens", "flops", "loss", "tokens_per_param")
"""What a rule may depend on."""

_SYMBOLS = {"params": "N", "tokens": "D", "flops": "C", "loss": "L", "tokens_per_param": "(D/N)"}


class Rule(ABC):
    """One hyperparameter as a function of named variables."""

    __slots__ = ()

    @property
    @abstractmethod
    def needs(self) -> tuple[str, ...]:
        """The variables it depends on."""

    @property
    @abstractmethod
    def formula(self) -> str:
        """The rule in plain text, with its constants."""

    @abstractmethod
    def value(self, known: Mapping[str, float]) -> float:
        """The hyperparameter, from the variables by name."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PowerRule(Rule):
    """unit * factor * N**params * D**tokens * C**flops * L**loss * (D/N)**tokens_per_param.

    N and D are divided by their units first; `unit` turns the result into base units, such as tokens where
    the paper counts sequences.
    """

    factor: float
    params: float = 0.0
    tokens: float = 0.0
    flops: float = 0.0
    loss: float = 0.0
    tokens_per_param: float = 0.0
    params_unit: float = 1.0
    tokens_unit: float = 1.0
    unit: float = 1.0

    @property
    def needs(self) -> tuple[str, ...]:
        """The variables with an exponent other than zero."""
        return tuple(name for name in VARIABLES if getattr(self, name))

    @property
    def formula(self) -> str:
        """The product, without what has the exponent zero."""
        units = {"params": self.params_unit, "tokens": self.tokens_unit}
        powers = []
        for name in self.needs:
            unit = units.get(name, 1.0)
            symbol = _SYMBOLS[name] if unit == 1 else f"({_SYMBOLS[name]}/{unit:g})"
            powers.append(f"{symbol}^{getattr(self, name):.6g}")
        scale = f"{self.factor:.6g}" if self.unit == 1 else f"{self.unit:.6g}*{self.factor:.6g}"
        return "*".join([scale, *powers])

    def value(self, known: Mapping[str, float]) -> float:
        """The product of the powers."""
        units = {"params": self.params_unit, "tokens": self.tokens_unit}
        result = self.unit * self.factor
        for name in self.needs:
            result *= power(known[name] / units.get(name, 1.0), getattr(self, name))
        return result


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LogRule(Rule):
    """intercept + slope * ln N, of use where it is positive."""

    intercept: float
    slope: float

    @property
    def needs(self) -> tuple[str, ...]:
        """Parameters alone."""
        return ("params",)

    @property
    def formula(self) -> str:
        """The rule in plain text."""
        sign = "-" if self.slope < 0 else "+"
        return f"{self.intercept:.6g} {sign} {abs(self.slope):.6g}*ln N"

    def value(self, known: Mapping[str, float]) -> float:
        """The line in ln N."""
        return self.intercept + self.slope * log(known["params"])


def rule_from_row(row: Row) -> Rule:
    """Rule from its table: a logarithm if it has an intercept, a power otherwise."""
    kind: type[PowerRule | LogRule] = LogRule if "intercept" in row.values else PowerRule
    declared = fields(kind)
    row.refuse_unknown(field.name for field in declared)
    required = [field.name for field in declared if field.name in ("factor", "intercept", "slope")]
    given = {name: row.number(name) for name in {*required, *row.values}}
    for name in {"factor", "params_unit", "tokens_unit", "unit"} & given.keys():
        row.positive(name)
    return kind(**given)
