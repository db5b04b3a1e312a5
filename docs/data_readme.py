"""Writes the description of the bundled tables, which cog puts into data/README.md.

What a table is stands in data_tables.toml. Its columns are read from data/columns.csv, and the rows that do
not pass a check from data/deviations.csv, where the tests read them too.
"""

import csv
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_DOCS = Path(__file__).parent
_DATA = _DOCS.parent / "data"

Rows = list[dict[str, str]]


def markdown() -> str:
    """Return the entries of all tables as Markdown."""
    tables = _toml(_DOCS / "data_tables.toml")
    found = {path.relative_to(_DATA).as_posix() for path in _DATA.rglob("*.csv")}
    if found != set(tables):
        raise ValueError(f"docs/data_tables.toml and data/ differ in {sorted(found ^ set(tables))}")
    entries = ["\n\n".join(_entry(path, prose)) for path, prose in tables.items()]
    return "\n\n".join([*(_laws(path, what) for path, what in _LAWS.items()), *entries])


_LAWS = {
    "laws.toml": "published scaling laws: form, coefficients, what N counts, unit of loss, range, source.",
    "further_laws.toml": "published laws of more than parameters, tokens and compute: repeated data, "
    "experts, precision, vocabulary, transfer, benchmark error.",
    "hyperparameters.toml": "published laws of batch size, learning rate and AdamW settings, with the "
    "settings of the runs behind them; what was not checked against its source is named as `unverified`.",
}


def _laws(path: str, what: str) -> str:
    laws = _toml(_DATA / path)
    names = ", ".join(f"`{name}`" for name in laws)
    return f"## {path}\n\n{len(laws)} {what} The head of the file describes its keys.\n\n{names}"


def _entry(path: str, prose: Mapping[str, Any]) -> Iterator[str]:
    rows = _rows(path)
    yield f"## {path}"
    yield f"{prose['what'].strip()} {len(rows)} rows."
    yield f"Source: {prose['source'].strip()}"
    yield "Checks:"
    yield "\n".join(f"- {check}" for check in prose["checks"])
    deviations = [row for row in _rows("deviations.csv") if row["table"] == path]
    if deviations:
        yield "Known to deviate:"
        yield "\n".join(f"- `{row['row']}` ({row['check']}): {row['reason']}" for row in deviations)
    unverified = [_mark(row) for row in rows if row.get("verification") == "memory" or row.get("unverified")]
    if unverified:
        yield f"From memory, unverified: {', '.join(unverified)}."
    yield "\n".join(["| column | unit | meaning |", "| --- | --- | --- |", *_columns(path, rows)])


def _mark(row: Mapping[str, str]) -> str:
    """Name a row, and its columns where only those stand from memory."""
    columns = row["unverified"].replace(" ", ", ")
    return f"`{row['id']}` ({columns})" if columns else f"`{row['id']}`"


def _columns(path: str, rows: Rows) -> Iterator[str]:
    folder = path.rpartition("/")[0] + "/"
    described = [row for row in _rows("columns.csv") if row["table"] in (path, folder)]
    if [row["column"] for row in described] != list(rows[0]):
        raise ValueError(f"data/columns.csv must describe the columns of {path}, in order")
    for row in described:
        yield f"| `{row['column']}` | {row['unit']} | {row['meaning']} |"


def _toml(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


def _rows(path: str) -> Rows:
    with (_DATA / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
