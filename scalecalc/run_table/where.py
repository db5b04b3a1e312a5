"""Conditions on rows: `split=validation`, `flops<1e22`, `params>=1B`."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from scalecalc.problem import Problem
from scalecalc.quantity import Params, Refused

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A column, a comparison and the text it is compared with."""

    column: str
    sign: str
    value: str

    @classmethod
    def parse(cls, text: str) -> "Condition":
        """The condition that a text spells.

        >>> Condition.parse("flops<=1e22")
        Condition(column='flops', sign='<=', value='1e22')
        """
        parts = re.fullmatch(r"\s*([^<>=!]+?)\s*(<=|>=|!=|==|=|<|>)\s*(.*?)\s*", text)
        if parts is None:
            raise Problem(
                "value",
                f"--where: {text[:40]!r} is no condition",
                "write COLUMN=VALUE, !=, <, <=, > or >=, e.g. --where 'flops<1e22'",
            )
        column, sign, value = parts.groups()
        return cls(column, "=" if sign == "==" else sign, value)

    def holds(self, cell: str) -> bool:
        """Whether a cell meets the condition; numbers compare as numbers, everything else as text."""
        if self.sign in _COMPARE:
            left, right = _number(cell), _number(self.value)
            return left is not None and right is not None and _COMPARE[self.sign](left, right)
        same = cell.strip() == self.value or _same_number(cell, self.value)
        return same is (self.sign == "=")


def _same_number(one: str, other: str) -> bool:
    left, right = _number(one), _number(other)
    return left is not None and left == right


def _number(text: str) -> float | None:
    """A number in the grammar of counts, or plainly; None for other text."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return float(Params.parse(text))
    except Refused:
        return None
