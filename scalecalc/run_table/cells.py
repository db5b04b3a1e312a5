"""A table as it was read: columns of text, or of numbers where a whole file holds nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from scalecalc.problem import ExitCode, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

Column: TypeAlias = "list[str] | NDArray[np.float64]"
"""Text cell by cell; or the numbers themselves, all of them finite."""

LONGEST_CELL = 40
"""Characters of a cell, a column or a file name that a message repeats."""

LONGEST_NAME = 120
"""Characters of a path that a message repeats, those at its end."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """A table: `columns[name][i]` stands on line `lines[i]` of `name`; absent cells are empty text.

    `fingerprint` is the SHA-256 of the bytes that were read.
    """

    name: str
    columns: dict[str, Column]
    lines: Sequence[int]
    fingerprint: str

    def __len__(self) -> int:
        return len(self.lines)

    def take(self, mask: "NDArray[np.bool_]") -> "Cells":
        """The rows where the mask holds."""
        keep = np.flatnonzero(mask).tolist()
        columns: dict[str, Column] = {
            name: [column[i] for i in keep] if isinstance(column, list) else column[mask]
            for name, column in self.columns.items()
        }
        return Cells(self.name, columns, [self.lines[i] for i in keep], self.fingerprint)


def bad(name: str, line: int | None, message: str, hint: str) -> Problem:
    """A problem of the data, named by file and line."""
    told = name if len(name) <= LONGEST_NAME else f"...{name[3 - LONGEST_NAME :]}"
    where = f"{told}, line {line}" if line else told
    return Problem("data", f"{where}: {message}", hint, ExitCode.BAD_DATA)


def cut(text: str) -> str:
    """The start of a text, quoted, in a length that fits a message."""
    return repr(text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 3]}...")
