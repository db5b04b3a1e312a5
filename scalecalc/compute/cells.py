"""Reading the cells of one row of a CSV table, with errors that name the row, the column and its text."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn


@dataclass(frozen=True, slots=True)
class Cells:
    """One row as text under the names of the header; an empty cell is a value that is not published."""

    row: Mapping[str, str]
    key: str = "id"
    """The column whose text names the row in messages."""

    def text(self, column: str) -> str:
        """Return the text of a cell, without white space around it."""
        try:
            return (self.row[column] or "").strip()
        except KeyError:
            raise ValueError(f"row {self._name!r} has no column {column!r}") from None

    def required(self, column: str) -> str:
        """Return text that may not be empty."""
        text = self.text(column)
        if not text:
            self._refuse(column, "not be empty")
        return text

    def words(self, column: str) -> tuple[str, ...]:
        """Words that stand apart by spaces, none where the cell is empty."""
        return tuple(self.text(column).split())

    def choice(self, column: str, choices: Sequence[str]) -> str:
        """Return one of a few words."""
        text = self.text(column)
        if text not in choices:
            self._refuse(column, f"be one of {', '.join(choices)}")
        return text

    def flag(self, column: str) -> bool:
        """Whether a claim holds: `yes`, or an empty cell where it does not."""
        text = self.text(column)
        if text not in ("yes", ""):
            self._refuse(column, "be 'yes' or empty")
        return text == "yes"

    def number(self, column: str) -> float | None:
        """Return a positive finite number; None where the cell is empty."""
        text = self.text(column)
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not 0 < value < math.inf:
            self._refuse(column, "be a positive number")
        return value

    def scaled(self, column: str, unit: float) -> float | None:
        """Return a number in base units, where `unit` is one unit of the column: 1e9 for gigabytes."""
        value = self.number(column)
        return None if value is None else value * unit

    def whole(self, column: str) -> int | None:
        """Return a positive whole number; None where the cell is empty."""
        value = self.number(column)
        if value is None:
            return None
        if not value.is_integer():
            self._refuse(column, "be a whole number")
        return int(value)

    def count(self, column: str) -> int:
        """Return a whole number, 0 where the cell is empty."""
        return self.whole(column) or 0

    def required_number(self, column: str) -> float:
        """Return a number that may not be missing."""
        self.required(column)
        return self.number(column) or 0.0

    def required_whole(self, column: str) -> int:
        """Return a whole number that may not be missing."""
        self.required(column)
        return self.whole(column) or 0

    @property
    def _name(self) -> str:
        return self.row.get(self.key) or "unnamed"

    def _refuse(self, column: str, rule: str) -> NoReturn:
        raise ValueError(f"{self._name}: {column} must {rule}, not {self.row[column]!r}")
