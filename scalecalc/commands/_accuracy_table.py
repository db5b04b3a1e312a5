"""A table of runs with their accuracy on a benchmark, read for a forecast of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.problem import Problem
from scalecalc.quantity import Refused, Share
from scalecalc.run_table.bundled import path_of
from scalecalc.run_table.cells import Cells, bad, cut
from scalecalc.run_table.columns import chosen_columns, found, plain
from scalecalc.run_table.source import cells_of
from scalecalc.run_table.table import RunTable, run_table
from scalecalc.run_table.where import Condition

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MEASURES = {
    "accuracy": ("accuracy", "acc", "acc_norm", "score", "top1", "top_1"),
    "error": ("error", "err", "error_rate", "top1_error", "top_1_error"),
}
"""The columns that hold the accuracy, or one minus it, by the names they go by."""


@dataclass(frozen=True, slots=True, eq=False)
class AccuracyTable:
    """Runs with an accuracy [n] between 0 and 1; all else as in a table of runs."""

    runs: RunTable
    accuracy: "Array"

    def __len__(self) -> int:
        return len(self.accuracy)

    @property
    def name(self) -> str:
        """The table as messages call it."""
        return self.runs.name

    @property
    def labels(self) -> "NDArray[np.int64]":
        """Rows of one run share a label; each row is its own where the table names no runs."""
        return np.arange(len(self)) if self.runs.runs is None else self.runs.runs


def accuracy_table(source: str, columns: str | None, where: list[str]) -> AccuracyTable:
    """The runs of a file or of standard input; `columns` as in `accuracy=acc,loss=nll`."""
    own, rest = _measure_chosen(columns)
    conditions = [Condition.parse(text) for text in where]
    cells = _cells(source)
    measure, column = _measure(cells, own)
    chosen = found(cells.name, [name for name in cells.columns if name != column], chosen_columns(rest))
    for condition in conditions:
        cells = _kept(cells, condition, {**chosen, measure: column})
    return AccuracyTable(run_table(cells, chosen), _accuracies(cells, measure, column))


def _measure_chosen(columns: str | None) -> tuple[dict[str, str], str]:
    """The column of accuracy or error that the user names, and what is said of the others."""
    own: dict[str, str] = {}
    rest: list[str] = []
    for part in (columns or "").split(","):
        name, sign, column = (piece.strip() for piece in part.partition("="))
        if sign and column and name in MEASURES:
            own[name] = column
        else:
            rest.append(part)
    if len(own) > 1:
        raise Problem("conflict", "--columns names accuracy and error", "one of them gives the other")
    return own, ",".join(rest)


def _cells(source: str) -> Cells:
    bundled = path_of(source)
    try:
        return cells_of(source) if bundled is None else replace(cells_of(str(bundled)), name=source)
    except FileNotFoundError:
        hint = "name a CSV, JSON Lines or Parquet file of runs, or - for standard input"
        raise bad(source[:60], None, "no such file", hint) from None


def _measure(cells: Cells, own: Mapping[str, str]) -> tuple[str, str]:
    """Whether the table holds accuracies or errors, and in which column."""
    header = list(cells.columns)
    for measure, column in own.items():
        if column not in header:
            raise bad(cells.name, None, f"no column is called {cut(column)} for {measure}", _has(header))
        return measure, column
    matches = [
        (measure, column)
        for measure, names in MEASURES.items()
        for column in header
        if plain(column) in names
    ]
    if not matches:
        hint = f"say which it is: --columns accuracy=NAME; {_has(header)}"
        raise bad(cells.name, None, "no column for accuracy", hint)
    if len(matches) > 1:
        hint = f"say which: --columns {matches[0][0]}={matches[0][1]}"
        names = " and ".join(column for _, column in matches)
        raise bad(cells.name, None, f"{names[:80]} may both be the accuracy", hint)
    return matches[0]


def _has(header: list[str]) -> str:
    more = f" and {len(header) - 20} more" if len(header) > 20 else ""
    return f"the table has {', '.join(map(cut, header[:20]))}{more}"


def _kept(cells: Cells, condition: Condition, chosen: Mapping[str, str]) -> Cells:
    """The rows that meet a condition on a column, by its own name or by what it was recognized as."""
    wanted = plain(condition.column)
    same = {plain(column): column for column in cells.columns}
    column = condition.column if condition.column in cells.columns else same.get(wanted, chosen.get(wanted))
    if column is None:
        message = f"--where: {cells.name} has no column {cut(condition.column)}"
        raise Problem("value", message, _has(list(cells.columns)))
    mask = condition.mask(cells.columns[column])
    if not mask.any():
        raise bad(cells.name, None, f"no row meets {str(condition)[:60]}", "loosen the condition")
    return cells.take(mask)


def _accuracies(cells: Cells, measure: str, column: str) -> "Array":
    """The cells of the column as accuracies between 0 and 1."""
    cell = cells.columns[column]
    values = cell if not isinstance(cell, list) else np.array(list(map(_share, cell)), dtype=np.float64)
    wrong = ~((values >= 0) & (values <= 1))
    if wrong.any():
        row = int(np.argmax(wrong))
        text = cell[row].strip() if isinstance(cell, list) else f"{cell[row]:.15g}"
        if not text:
            hint = "fill it in, or leave the row out with --where"
            raise bad(cells.name, cells.lines[row], f"column {column}: {measure} is empty", hint)
        hint = "write a share, 0.452 or 45.2%"
        raise bad(cells.name, cells.lines[row], f"column {column}: {cut(text)} is no {measure}", hint)
    return 1.0 - values if measure == "error" else values


def _share(text: str) -> float:
    """A share as a plain number or in percent; NaN for everything else."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return float(Share.parse(text))
    except Refused:
        return float("nan")
