"""Tables of measurements: raw numbers in, Markdown and JSON out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Cell: TypeAlias = str | float | None

UNRESOLVED_GAP = 1e-12
"""Relative gaps below this are rounding: the certified values have 14 digits."""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and the kind of its numbers.

    Kinds: text, seconds, ratio, factor, gap (relative), share (0 to 1), count, figures (four digits).
    """

    heading: str
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class Table:
    """One part of the benchmark; every row has a cell for each column, None where there is nothing."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"rows must have {len(self.columns)} cells in table {self.name!r}")

    def row(self, label: str) -> dict[str, Cell]:
        """The first row whose first cell begins with `label`, by heading; empty if there is none."""
        headings = [column.heading for column in self.columns]
        found = [row for row in self.rows if str(row[0]).startswith(label)]
        return dict(zip(headings, found[0], strict=True)) if found else {}

    def to_record(self) -> dict[str, object]:
        return {
            "name": self.name,
            "title": self.title,
            "columns": [[column.heading, column.kind] for column in self.columns],
            "rows": [list(row) for row in self.rows],
            "notes": list(self.notes),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Sequence]) -> Table:  # type: ignore[type-arg]
        return cls(
            name=str(record["name"]),
            title=str(record["title"]),
            columns=tuple(Column(*each) for each in record["columns"]),
            rows=tuple(tuple(row) for row in record["rows"]),
            notes=tuple(record["notes"]),
        )


def shown(value: Cell, kind: str) -> str:
    """A cell as text."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    return _FORMATS[kind](value)


def seconds_shown(seconds: float) -> str:
    """Three digits, in ms below a second."""
    number, unit = (1e3 * seconds, "ms") if seconds < 1 else (seconds, "s")
    return f"{three_digits(number)} {unit}"


def three_digits(number: float) -> str:
    """1,234 or 123 or 12.3 or 1.23."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def gap_shown(gap: float) -> str:
    return f"< {UNRESOLVED_GAP:.0e}" if abs(gap) < UNRESOLVED_GAP else f"{gap:.1e}"


_FORMATS = {
    "text": str,
    "seconds": seconds_shown,
    "ratio": lambda value: f"{three_digits(value)}x",
    "factor": lambda value: f"{value:.2f}",
    "gap": gap_shown,
    "share": lambda value: f"{100 * value:.1f} %",
    "count": lambda value: f"{value:,.0f}",
    "figures": lambda value: f"{value:.4g}",
}


def markdown(table: Table) -> str:
    """Title, table and notes."""
    lines = [
        f"## {table.title}",
        "",
        "| " + " | ".join(column.heading for column in table.columns) + " |",
        "| " + " | ".join("---" if column.kind == "text" else "--:" for column in table.columns) + " |",
    ]
    for row in table.rows:
        cells = (shown(cell, column.kind) for cell, column in zip(row, table.columns, strict=True))
        lines.append("| " + " | ".join(cells) + " |")
    notes = [line for note in table.notes for line in ("", note)]
    return "\n".join([*lines, *notes])
