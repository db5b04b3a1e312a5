"""Columns of a user's table for the commands on information: found by name, read with their lines."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from scalecalc.problem import Problem

if TYPE_CHECKING:
    from scalecalc.run_table.cells import Cells


def cells_of_file(path: str, example: str) -> "Cells":
    """The cells of a CSV, JSON Lines or Parquet file, or of standard input; `example` says what it holds."""
    from scalecalc.run_table.cells import bad
    from scalecalc.run_table.source import cells_of

    try:
        return cells_of(path)
    except FileNotFoundError:
        raise bad(path, None, "no such file", f"name a file, or - for standard input; {example}") from None


def chosen_names(text: str | None, quantities: Sequence[str]) -> dict[str, str]:
    """What `--columns` says: names in the order of the quantities, or QUANTITY=NAME.

    >>> chosen_names("human,q=model", ("p", "q"))
    {'p': 'human', 'q': 'model'}
    """
    chosen: dict[str, str] = {}
    parts = [part.strip() for part in (text or "").split(",")] if text else []
    for place, part in enumerate(parts):
        quantity, sign, name = (piece.strip() for piece in part.rpartition("="))
        if not sign and place < len(quantities):
            quantity = quantities[place]
        if quantity not in quantities or not name or quantity in chosen:
            wanted = ",".join(f"{each}=NAME" for each in quantities)
            raise Problem("value", f"--columns: {part[:40]!r} names no column", f"write {wanted}")
        chosen[quantity] = name
    return chosen


def found_columns(
    cells: "Cells", chosen: Mapping[str, str], aliases: Mapping[str, Sequence[str]], required: Sequence[str]
) -> dict[str, str]:
    """The column of each quantity that the table has, those chosen first, then by their common names."""
    from scalecalc.run_table.cells import bad, cut
    from scalecalc.run_table.columns import plain

    columns = dict(chosen)
    held = ", ".join(list(cells.columns)[:20])
    for quantity, name in chosen.items():
        if name not in cells.columns:
            raise bad(cells.name, None, f"no column is called {cut(name)} for {quantity}", f"it has {held}")
    by_name = {plain(name): name for name in cells.columns if name not in chosen.values()}
    for quantity, others in aliases.items():
        match = next((by_name[alias] for alias in (quantity, *others) if alias in by_name), None)
        if quantity not in columns and match is not None and match not in columns.values():
            columns[quantity] = match
    for quantity in required:
        if quantity not in columns:
            hint = f"it has {held}; say which: --columns {quantity}=NAME"
            raise bad(cells.name, None, f"no column for {quantity}", hint)
    return columns


def texts_of(cells: "Cells", column: str) -> list[str]:
    """The cells of a column as text; numbers as short as they can be written."""
    values = cells.columns[column]
    if isinstance(values, list):
        return values
    return [repr(value) if value % 1 or abs(value) > 1e15 else str(int(value)) for value in values.tolist()]


def numbers_of(cells: "Cells", column: str, *, gaps: bool = False) -> list[float | None]:
    """The cells of a column as finite numbers, None for an empty one where there may be `gaps`."""
    from math import isfinite

    from scalecalc.run_table.cells import bad, cut

    values = cells.columns[column]
    if not isinstance(values, list):
        return list(values.tolist())
    read: list[float | None] = []
    for line, text in zip(cells.lines, values, strict=True):
        if gaps and not text.strip():
            read.append(None)
            continue
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        if not isfinite(number):
            raise bad(
                cells.name, line, f"column {column}: {cut(text.strip())} is no finite number", "mend the cell"
            )
        read.append(number)
    return read
