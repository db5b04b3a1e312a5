"""From the name of a table to its numbers, with what a bundled table leaves out by default."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from scalecalc import tables
from scalecalc.problem import Problem
from scalecalc.run_table.bundled import NOTED, Bundled, path_of
from scalecalc.run_table.cells import Cells, bad
from scalecalc.run_table.columns import found, plain
from scalecalc.run_table.source import cells_of
from scalecalc.run_table.table import SIDES, RunTable, run_table
from scalecalc.run_table.where import Condition

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from scalecalc.run_table.table import Array

    Mask = NDArray[np.bool_]

TOKENS_PER_PARAM = "tokens_per_param"

SMALL = {"params": 1e4, "tokens": 1e5}
"""Counts below which a whole column looks like one in millions or billions."""


def read_runs(
    source: str,
    *,
    columns: Mapping[str, str] | None = None,
    where: Iterable[str] = (),
    keep_outliers: bool = False,
    also: Iterable[str] = (),
) -> tuple[RunTable, tuple[str, ...]]:
    """The runs of a file, of standard input (`-`) or of a bundled table, with remarks on what was done.

    `columns` says which column is which where the names do not; `where` holds conditions on rows; `also`
    are columns to read beside those of a run.
    """
    conditions = [Condition.parse(text) for text in where]
    own = path_of(source)
    cells = _named_cells(source) if own is None else replace(cells_of(str(own)), name=source)
    remarks: list[str] = []
    if own is not None and source in NOTED:
        cells, told = _without_outliers(cells, NOTED[source], keep_outliers)
        remarks += [*told, f"{source}: {NOTED[source].knowing}"]
    chosen = found(cells.name, list(cells.columns), columns or {})
    late: list[Condition] = []
    for condition in conditions:
        column = _column_of(condition.column, cells, chosen)
        if column is None:
            late.append(condition)
        else:
            cells = _kept(cells, condition, column)
    others = [_other(name, cells) for name in also if name not in (*SIDES, "loss")]
    table = run_table(cells, chosen, others)
    for condition in late:
        table = _kept_runs(table, condition, cells)
    return table, (*remarks, *_remarks(table))


def _named_cells(source: str) -> Cells:
    """The cells of a file; a name that is neither a file nor bundled is told with the bundled ones."""
    try:
        return cells_of(source)
    except FileNotFoundError:
        hint = f"name a file, - for standard input, or one of {', '.join(tables.names('runs'))}"
        raise bad(source[:60], None, "no such file", hint) from None


def _without_outliers(cells: Cells, noted: Bundled, keep: bool) -> tuple[Cells, list[str]]:
    if keep or noted.condition is None:
        return cells, []
    condition = Condition.parse(noted.condition)
    kept = _kept(cells, condition, condition.column)
    left_out = len(cells) - len(kept)
    return kept, [f"{left_out} of {len(cells)} rows left out: {noted.why}; --keep-outliers keeps them"]


def _column_of(name: str, cells: Cells, chosen: Mapping[str, str]) -> str | None:
    """The column that a condition names, by its own name or by what it was recognized as."""
    if name in cells.columns:
        return name
    same = {plain(column): column for column in cells.columns}
    return same.get(plain(name)) or chosen.get(plain(name))


def _other(name: str, cells: Cells) -> str:
    column = _column_of(name, cells, {})
    if column is None:
        names = ", ".join(dict.fromkeys([*SIDES, "loss", *cells.columns]))
        raise Problem("value", f"{cells.name} has no column {name[:40]!r}", f"take one of {names}")
    return column


def _kept(cells: Cells, condition: Condition, column: str) -> Cells:
    mask = condition.mask(cells.columns[column])
    return cells if mask.all() else cells.take(_some(mask, condition, cells.name))


def _kept_runs(table: RunTable, condition: Condition, cells: Cells) -> RunTable:
    """The rows that meet a condition on a derived quantity, such as flops of a table of params and tokens."""
    values = _derived(table, plain(condition.column))
    if values is None:
        names = ", ".join(dict.fromkeys([*cells.columns, *SIDES, TOKENS_PER_PARAM]))
        message = f"--where: {table.name} has no column {condition.column[:40]!r}"
        raise Problem("value", message, f"it has {names}")
    return table.take(_some(condition.mask(values), condition, table.name))


def _derived(table: RunTable, name: str) -> "Array | None":
    if name == TOKENS_PER_PARAM and table.params is not None and table.tokens is not None:
        return table.tokens / table.params
    values: Array | None = getattr(table, name) if name in SIDES else None
    return values


def _some(mask: "Mask", condition: Condition, name: str) -> "Mask":
    if not mask.any():
        hint = "loosen the condition; the table's own values decide, e.g. --where split=validation"
        raise bad(name, None, f"no row meets {str(condition)[:60]}", hint)
    return mask


def _remarks(table: RunTable) -> list[str]:
    told = [f"{name} derived by C = 6ND" for name in table.derived]
    if table.disagreeing:
        lines = ", ".join(map(str, table.disagreeing[:5])) + (", ..." if len(table.disagreeing) > 5 else "")
        rows = "1 row (line" if len(table.disagreeing) == 1 else f"{len(table.disagreeing)} rows (lines"
        told.append(f"flops differ from 6ND by more than 10 % in {rows} {lines}); N and D are used")
    for name, least in SMALL.items():
        values = getattr(table, name)
        if values is not None and values.max() < least:
            told.append(
                f"{name} are at most {values.max():g}: if that is in millions or billions, then C = 6ND, "
                "budgets and forecasts are off; write 70M or 1.4B in the table"
            )
    if len(table.loss_units) > 1:
        units = ", ".join(table.loss_units[:4])
        told.append(f"losses are in {len(table.loss_units)} units ({units}); keep one with --where")
    return told
