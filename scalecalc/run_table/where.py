"""Conditions on rows: `split=validation`, `flops<1e22`, `params>=1B`."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.problem import Problem
from scalecalc.quantity import Params, Refused, shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scalecalc.run_table.cells import Column

    Mask = NDArray[np.bool_]

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}

HINT = "write COLUMN=VALUE, !=, <, <=, > or >=, e.g. --where 'flops<1e22'"


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
        parts = re.fullmatch(r"\s*([^<>=!]+?)\s*(<=|>=|!=|==|=|<|>)\s*([^<>=].*?|)\s*", text, re.DOTALL)
        if parts is None:
            raise Problem("value", f"--where: {shown(text)} is no condition", HINT)
        column, sign, value = parts.groups()
        if sign in _COMPARE and number_of(value) is None:
            raise Problem(
                "value", f"--where: {shown(value)} is no number to compare {column[:40]} with", HINT
            )
        return cls(column, "=" if sign == "==" else sign, value)

    def __str__(self) -> str:
        return f"{self.column}{self.sign}{self.value}"

    def mask(self, column: "Column") -> "Mask":
        """The rows that meet the condition; numbers compare as numbers, everything else as text."""
        if isinstance(column, list):
            return np.fromiter(map(self.holds, column), dtype=np.bool_, count=len(column))
        value = number_of(self.value)
        right = np.nan if value is None else value
        if self.sign in _COMPARE:
            return np.asarray(_COMPARE[self.sign](column, right))  # type: ignore[arg-type]
        same: Mask = column == right
        return same if self.sign == "=" else ~same

    def holds(self, cell: str) -> bool:
        """Whether a cell of text meets the condition."""
        if self.sign in _COMPARE:
            left, right = number_of(cell), number_of(self.value)
            return left is not None and right is not None and _COMPARE[self.sign](left, right)
        same = cell.strip() == self.value or _same_number(cell, self.value)
        return same is (self.sign == "=")


def number_of(text: str) -> float | None:
    """A number in the grammar of counts, or plainly; None for other text."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return float(Params.parse(text))
    except Refused:
        return None


def _same_number(one: str, other: str) -> bool:
    left, right = number_of(one), number_of(other)
    return left is not None and left == right
