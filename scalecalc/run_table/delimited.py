"""Cells of separated values: commas, semicolons or tabs, quoted or not.

A file of numbers alone goes through NumPy's own reader, in a fifth of the time and memory; everything else,
and whatever that reader does not take, is read row by row, so that what is wrong is told with its line.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from scalecalc.run_table.cells import Cells, Column, bad, cut

MOST_ROWS = 5_000_000
"""Rows that are read one by one; a file of short lines would otherwise take all memory."""

CHUNK = 10_000

EXAMPLE = "the first line names the columns, with commas between them"


def delimited_cells(data: bytes, name: str, fingerprint: str) -> Cells:
    """The cells of UTF-8 text; the separator is the commonest of comma, semicolon and tab in the header."""
    first = re.search(rb"[^\r\n]*[^\s][^\r\n]*", data)
    if first is None or not first.group().removeprefix(b"\xef\xbb\xbf").strip():
        raise bad(name, None, "empty", EXAMPLE)
    separator = max(",;\t", key=first.group().decode(errors="replace").count)
    return _numbers_alone(data, name, fingerprint, separator) or _row_by_row(
        data, name, fingerprint, separator
    )


def _numbers_alone(data: bytes, name: str, fingerprint: str, separator: str) -> Cells | None:
    """The cells of a file in which every line under the header holds finite numbers; None for any other."""
    lines = data.count(b"\n") + (not data.endswith(b"\n"))
    under = re.compile(rb"\S").search(data, data.find(b"\n"))
    if not data.isascii() or b'"' in data or lines < 2 or under is None:
        return None
    header = _named(data.split(b"\n", 1)[0].decode().rstrip("\r").split(separator))
    text = io.TextIOWrapper(io.BytesIO(data), encoding="ascii")
    try:
        table = np.loadtxt(text, delimiter=separator, skiprows=1, comments=None, ndmin=2)
    except ValueError:
        return None
    if table.shape != (lines - 1, len(header)) or not np.isfinite(table).all():
        return None
    _check_header(name, header)
    columns: dict[str, Column] = {
        column: np.ascontiguousarray(table[:, place]) for place, column in enumerate(header) if column
    }
    return Cells(name, columns, range(2, lines + 1), fingerprint)


def _row_by_row(data: bytes, name: str, fingerprint: str, separator: str) -> Cells:
    text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline="")
    rows = _rows(text, name, separator)
    header = _named(next(rows, (1, []))[1])
    _check_header(name, header)
    lines: list[int] = []
    cells: list[list[str]] = [[] for _ in header]
    while chunk := list(islice(rows, CHUNK)):
        if len(lines) + len(chunk) > MOST_ROWS:
            raise bad(
                name, chunk[0][0], f"more than {MOST_ROWS} rows", "name a table of runs, one row per run"
            )
        _check_widths(name, chunk, header)
        lines += [line for line, _ in chunk]
        for column, values in zip(cells, zip(*(row for _, row in chunk), strict=True), strict=True):
            column.extend(values)
    if not lines:
        raise bad(name, None, "no rows under the header", "add a line for each row")
    columns: dict[str, Column] = {
        column: values for column, values in zip(header, cells, strict=True) if column
    }
    return Cells(name, columns, lines, fingerprint)


def _rows(text: io.TextIOWrapper, name: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold anything, each with the line it ends on."""
    reader: Any = csv.reader(text, delimiter=separator, skipinitialspace=True, strict=True)
    start = 1
    try:
        for row in reader:
            start = reader.line_num + 1
            if any(map(str.strip, row)):
                yield reader.line_num, row
    except csv.Error as error:
        hint = 'check the quotes from that line on: "1,000" holds one value'
        reason = str(error).replace("unexpected end of data", "a quote is not closed")
        raise bad(name, start, f"not readable as CSV: {reason}", hint) from None


def _named(header: list[str]) -> list[str]:
    return [column.strip() for column in header]


def _check_header(name: str, header: list[str]) -> None:
    """Refuse a header with two columns of one name, or that is none; unnamed columns are passed over."""
    named = [column for column in header if column]
    if not named:
        raise bad(name, 1, "no column has a name", EXAMPLE)
    twice = [column for column, times in Counter(named).items() if times > 1]
    if twice:
        raise bad(name, 1, f"two columns are called {cut(twice[0])}", "give every column a name of its own")
    if 2 * sum(map(_is_number, named)) >= len(named):
        hint = "add a first line that names the columns"
        raise bad(name, 1, "the first line holds numbers, not the names of columns", hint)
    if len(header) == 1 and len(header[0].split()) > 1:
        hint = "separate names and values by commas, semicolons or tabs"
        raise bad(name, 1, f"{cut(header[0])} is a single column", hint)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _check_widths(name: str, rows: list[tuple[int, list[str]]], header: list[str]) -> None:
    for line, row in rows:
        if len(row) != len(header):
            hint = 'quote values that hold the separator, e.g. "1,000", or write numbers without it'
            raise bad(name, line, f"{len(row)} values under {len(header)} columns", hint)
