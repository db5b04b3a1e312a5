"""A result as headline, blocks and grids of plain text: the one view that every human format draws.

What is shown, in which order and in which unit is declared by the fields of the result's class; nothing
here knows a command. Numbers are text from here on, so a renderer cannot change them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor, inf, log10
from typing import Any

from pydantic.fields import FieldInfo

from scalecalc.quantity import Quantity, significant
from scalecalc.render import printable
from scalecalc.result import Estimate, Result, Row, Shown, Span, Stream

ABSENT = "-"


@dataclass(frozen=True, slots=True)
class Block:
    """Labels and values, one pair per line."""

    title: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: headers, rows of as many cells, and which columns hold numbers."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class View:
    """Everything that a reader sees of a result, in reading order."""

    headline: str
    sections: tuple[Block | Grid, ...]
    assumptions: tuple[str, ...]
    sources: tuple[str, ...]


def view(result: Result) -> View:
    """The result as a reader sees it."""
    return _view(result.headline(), tuple(_sections(result, "")), result)


def view_of_stream(stream: Stream) -> View:
    """All rows of a stream as one grid; this reads the stream to its end."""
    rows = tuple(stream.rows)
    sections = (grid("", rows, stream.row),) if rows else ()
    return _view("", sections, stream)


def _view(headline: str, sections: tuple[Block | Grid, ...], answer: Result | Stream) -> View:
    assumptions, sources = (tuple(map(printable, texts)) for texts in (answer.assumptions, answer.sources))
    return View(printable(headline), sections, assumptions, sources)


def grid(title: str, rows: Sequence[Row], kind: type[Row]) -> Grid:
    """Rows as a table; columns in which every row is empty are left out."""
    columns = [
        (name, field, shown)
        for name, field, shown in _fields(kind)
        if any(getattr(row, name) not in (None, ()) for row in rows)
    ]
    cells = tuple(tuple(show(getattr(row, name), shown) for name, _, shown in columns) for row in rows)
    return Grid(
        title,
        headers=tuple(_header(name, field, shown) for name, field, shown in columns),
        rows=cells,
        numeric=tuple(any(_is_numeric(getattr(row, name)) for row in rows) for name, _, _ in columns),
    )


def show(value: Any, shown: Shown) -> str:  # noqa: PLR0911 - one line for each kind of value
    """A value as text, without its unit."""
    match value:
        case None | ():
            return ABSENT
        case bool():
            return "yes" if value else "no"
        case Quantity():
            return str(value)
        case int():
            return f"{value:d}"
        case float():
            return _number(value, shown.digits)
        case Span():
            return _range(show(value.low, shown), show(value.high, shown))
        case Estimate():
            return _estimate(value, shown)
        case tuple() | list():
            return ", ".join(show(item, shown) for item in value)
    return printable(str(value))


def _number(value: float, digits: int) -> str:
    """A plain number with as many digits as were asked for, the closing zeros among them."""
    if 1e-4 <= abs(value) < 10.0**digits:
        return f"{value:#.{digits}g}".rstrip(".")
    return significant(value, digits)


def _estimate(estimate: Estimate, shown: Shown) -> str:
    """The value and its range, with no finer digits than the range supports."""
    value, low, high = estimate.value, estimate.low, estimate.high
    if shown.brief or low is None or high is None:
        return show(value, shown)
    if isinstance(value, Quantity) or not 0 < high - low < inf:
        texts = [show(each, shown) for each in (value, low, high)]
    else:
        decimals = 1 - floor(log10((high - low) / 2))
        texts = [_rounded(each, decimals, shown) for each in (value, low, high)]
    span = _range(texts[1], texts[2])
    return texts[0] if span == texts[0] else f"{texts[0]} ({span})"


def _rounded(value: float, decimals: int, shown: Shown) -> str:
    """A number rounded at a decimal place; negative places are tens, hundreds, ..."""
    if abs(value) >= 1e6 or decimals > 8:
        return show(value, shown)
    return f"{round(value, decimals):.{max(decimals, 0)}f}"


def _range(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"


def _sections(row: Row, title: str) -> Iterator[Block | Grid]:
    """The row's own values first, then its parts in the order in which the class declares them."""
    pairs: list[tuple[str, str]] = []
    parts: list[tuple[str, Any]] = []
    for name, field, shown in _fields(type(row)):
        value = getattr(row, name)
        if value is None or value in ((), {}):
            continue
        if _is_part(value):
            parts.append((field.title or _words(name), value))
        else:
            text = show(value, shown)
            pairs.append((field.title or _words(name), f"{text} {shown.unit}" if shown.unit else text))
    if pairs:
        yield Block(title, tuple(pairs))
    for heading, part in parts:
        if isinstance(part, Row):
            yield from _sections(part, heading)
        elif isinstance(part, dict):
            pairs = [(printable(name), show(each, Shown())) for name, each in part.items()]
            yield Block(heading, tuple(pairs))
        else:
            yield grid(heading, part, type(part[0]))


def _is_part(value: object) -> bool:
    if isinstance(value, dict):
        return True
    if isinstance(value, tuple):
        return isinstance(value[0], Row) and not isinstance(value[0], Span | Estimate)
    return isinstance(value, Row) and not isinstance(value, Span | Estimate)


def _is_numeric(value: object) -> bool:
    return isinstance(value, int | float | Span | Estimate) and not isinstance(value, bool)


def _fields(kind: type[Row]) -> Iterator[tuple[str, FieldInfo, Shown]]:
    for name, field in kind.model_fields.items():
        shown = next((mark for mark in field.metadata if isinstance(mark, Shown)), Shown())
        if not field.exclude and name not in kind.told:
            yield name, field, shown


def _header(name: str, field: FieldInfo, shown: Shown) -> str:
    title = field.title or _words(name)
    return f"{title} ({shown.unit})" if shown.unit else title


def _words(name: str) -> str:
    return name.replace("_", " ")
