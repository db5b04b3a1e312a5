"""The cells of a table as text, from any of the formats, each row with the line it stands on."""

import csv
import hashlib
import io
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scalecalc.problem import ExitCode, Problem

LARGEST_FILE = 1_000_000_000
"""Bytes; a table of runs is never so large, a wrong file may be."""

STANDARD_INPUT = "-"


@dataclass(frozen=True, slots=True)
class Cells:
    """A table of text: `columns[name][i]` stands on line `lines[i]` of `name`; absent cells are empty."""

    name: str
    columns: dict[str, list[str]]
    lines: list[int]
    fingerprint: str

    def take(self, keep: list[int]) -> "Cells":
        """The chosen rows."""
        columns = {name: [cells[i] for i in keep] for name, cells in self.columns.items()}
        return Cells(self.name, columns, [self.lines[i] for i in keep], self.fingerprint)


def cells_of(path: str) -> Cells:
    """The cells of a file, or of standard input for `-`; the format by its ending, CSV unless it is known."""
    if path.lower().endswith((".parquet", ".pq")):
        return _parquet(Path(path))
    name = "standard input" if path == STANDARD_INPUT else path
    data = _bytes(path, name)
    text = _text(data, name)
    fingerprint = hashlib.sha256(data).hexdigest()
    is_lines = path.lower().endswith((".jsonl", ".ndjson")) or text.lstrip()[:1] == "{"
    header, rows = (_json_lines if is_lines else _csv)(text, name)
    return _assembled(name, header, rows, fingerprint)


def bad(name: str, line: int | None, message: str, hint: str) -> Problem:
    """A problem of the data, named by file and line."""
    where = f"{name}, line {line}" if line else name
    return Problem("data", f"{where}: {message}", hint, ExitCode.BAD_DATA)


def _bytes(path: str, name: str) -> bytes:
    try:
        if path == STANDARD_INPUT:
            data = sys.stdin.buffer.read(LARGEST_FILE + 1)
        else:
            with Path(path).open("rb") as file:
                data = _limited(file, name)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise bad(
            name, None, f"cannot be read: {reason}", "name a CSV, JSON Lines or Parquet file"
        ) from error
    if len(data) > LARGEST_FILE:
        raise bad(name, None, f"larger than {LARGEST_FILE} bytes", "name a table of runs, one row per run")
    return data


def _limited(file: Any, name: str) -> bytes:
    """The bytes of a file of sensible size; one that has a size is judged before it is read."""
    file.seek(0, io.SEEK_END)
    if file.tell() > LARGEST_FILE:
        raise bad(name, None, f"larger than {LARGEST_FILE} bytes", "name a table of runs, one row per run")
    file.seek(0)
    data: bytes = file.read(LARGEST_FILE + 1)
    return data


def _text(data: bytes, name: str) -> str:
    hint = "save the table as UTF-8 text"
    if b"\0" in data[:4096]:
        raise bad(name, None, "not a text file: it holds zero bytes", hint)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise bad(name, line, f"byte {data[error.start]:#04x} is not UTF-8", hint) from None


def _csv(text: str, name: str) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """Header and rows of separated values; the separator is the commonest of , ; and tab in the header."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=first.count)
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True, strict=True
    )
    rows = ((reader.line_num, row) for row in _told(reader, name) if any(cell.strip() for cell in row))
    try:
        _, header = next(rows)
    except StopIteration:
        raise bad(name, None, "empty", "the first line names the columns, e.g. params,tokens,loss") from None
    return [cell.strip() for cell in header], rows


def _told(reader: Any, name: str) -> Iterator[list[str]]:
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            hint = 'check the quotes: "1,000" holds one value'
            raise bad(name, reader.line_num, f"not readable as CSV: {error}", hint) from None


def _json_lines(text: str, name: str) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """Header and rows of one JSON object a line; an object that has not a key has an empty cell."""
    objects = list(_objects(text, name))
    header = list(dict.fromkeys(key for _, each in objects for key in each))
    rows = ((line, [_cell(each.get(key)) for key in header]) for line, each in objects)
    if not objects:
        hint = 'each line holds one run, e.g. {"params": 1e9, "tokens": 2e10, "loss": 2.5}'
        raise bad(name, None, "empty", hint)
    return header, rows


def _objects(text: str, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise bad(name, number, "not a JSON object", "each line of a JSON Lines file is one object")
        yield number, value


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _parquet(path: Path) -> Cells:
    """The cells of a Parquet file, through polars."""
    try:
        import polars as pl
    except ModuleNotFoundError:
        hint = "pip install 'scalecalc[tables]', or save the table as CSV"
        raise bad(str(path), None, "Parquet files need the extra `tables`", hint) from None
    try:
        frame = pl.read_parquet(path)
        fingerprint = hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise bad(str(path), None, f"cannot be read: {error}", "name a Parquet file") from error
    columns = {name: [_cell(value) for value in frame[name].to_list()] for name in frame.columns}
    return Cells(str(path), columns, list(range(1, frame.height + 1)), fingerprint)


def _assembled(
    name: str, header: list[str], rows: Iterable[tuple[int, list[str]]], fingerprint: str
) -> Cells:
    """Columns from rows; every row must have as many cells as the header has names."""
    _check_header(name, header)
    lines: list[int] = []
    kept: list[list[str]] = []
    for line, row in rows:
        if len(row) != len(header):
            hint = "quote values that hold the separator, or write numbers without it"
            raise bad(name, line, f"{len(row)} values under {len(header)} columns", hint)
        lines.append(line)
        kept.append(row)
    if not kept:
        raise bad(name, None, "no rows under the header", "add one line per run")
    columns = {column: list(cells) for column, cells in zip(header, zip(*kept, strict=True), strict=True)}
    return Cells(name, columns, lines, fingerprint)


def _check_header(name: str, header: list[str]) -> None:
    twice = [column for column in header if header.count(column) > 1]
    if twice:
        raise bad(name, None, f"two columns are called {twice[0]!r}", "give every column a name of its own")
    if any(_is_number(column) for column in header):
        raise bad(name, None, "the first line holds numbers, not names", "add a header: params,tokens,loss")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
