"""Gradients and parameters as people give them: in a line, as JSON, or in a file; regular and finite."""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import shown

if TYPE_CHECKING:
    from scalecalc.run_table.cells import Cells

Nested = list[Any]
"""Numbers in lists of lists, as many deep as the shape has axes."""

MOST_NUMBERS = 100_000
"""Numbers of one input; a trace has a row for each of them."""

LARGEST_FILE = 20_000_000
"""Bytes of a JSON file of that many numbers, with room to spare."""

MOST_AXES = 5

EXAMPLE = "for example 1,0.5,-0.2, or 1,2;0.5,-1 for steps of two entries, or a CSV or JSON file"

STEP = "step"
"""A column of this name counts the rows of a table; it holds no gradients."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Finite numbers of one shape, the first axis outermost."""

    values: Nested
    shape: tuple[int, ...]


def numbers(text: str, option: str) -> Numbers:
    """The numbers that an option gives; a Problem names the one that is none."""
    stripped = text.strip()
    if stripped.startswith("["):
        return _of_json(stripped, option, ExitCode.WRONG_USAGE)
    if stripped.lower().endswith(".json"):
        return _of_json(_json_text(stripped, option), option, ExitCode.BAD_DATA)
    if _is_in_line(stripped):
        return _in_line(stripped, option)
    return _of_table(stripped, option)


def _is_in_line(text: str) -> bool:
    """Whether the first piece is a number, or nothing that a file would be called."""
    first = text.replace(";", ",").partition(",")[0].strip()
    return first == "" or _number(first) is not None


def _in_line(text: str, option: str) -> Numbers:
    _refuse_many(text.count(",") + text.count(";") + 1, option, ExitCode.WRONG_USAGE)
    if ";" not in text:
        return _regular([_item(piece, option) for piece in text.split(",")], option, ExitCode.WRONG_USAGE)
    rows = text.removesuffix(";").split(";")
    nested = [[_item(piece, option) for piece in row.split(",")] for row in rows]
    return _regular(nested, option, ExitCode.WRONG_USAGE)


def _item(piece: str, option: str) -> float:
    value = _number(piece.strip())
    if value is None:
        told = f"{shown(piece.strip())} is no number" if piece.strip() else "an item is empty"
        raise Problem("value", f"{option}: {told}", EXAMPLE)
    return value


def _number(text: str) -> float | None:
    """The number that a text spells in ASCII; NaN and infinity are numbers here, and refused later."""
    if not text.isascii() or "_" in text:
        return None
    try:
        return float(text)
    except ValueError:
        return None


def _json_text(path: str, option: str) -> str:
    try:
        with Path(path).open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise _bad(option, f"{shown(path)} is larger than {LARGEST_FILE // 10**6} MB", ExitCode.BAD_DATA)
        return data.decode("utf-8-sig")
    except OSError as error:
        message = f"{shown(path)}: {(error.strerror or 'cannot be read').lower()}"
    except ValueError as error:
        message = f"{shown(path)} is no UTF-8 text: {error}"
    raise _bad(option, message, ExitCode.BAD_DATA)


def _of_json(text: str, option: str, blame: ExitCode) -> Numbers:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _bad(option, f"no JSON: {str(error)[:80]}", blame) from None
    if not isinstance(value, list):
        raise _bad(option, f"the JSON holds {_kind(value)}, not a list of numbers", blame)
    return _regular(value, option, blame)


def _of_table(path: str, option: str) -> Numbers:
    """The columns of a CSV, JSON Lines or Parquet file, or of standard input, one row each step."""
    from scalecalc.run_table.cells import bad
    from scalecalc.run_table.source import cells_of

    try:
        cells = cells_of(path)
    except FileNotFoundError:
        message = f"{option}: {shown(path)} is neither numbers nor a file"
        raise Problem("value", message, EXAMPLE) from None
    names = [name for name in cells.columns if name.lower() != STEP]
    if not names or not len(cells):
        raise bad(cells.name, None, "no gradients", "one column for each entry, one row for each step")
    _refuse_many(len(names) * len(cells), option, ExitCode.BAD_DATA)
    columns = [_column(cells, name) for name in names]
    if len(columns) == 1:
        return _regular(columns[0], option, ExitCode.BAD_DATA)
    return _regular([list(row) for row in zip(*columns, strict=True)], option, ExitCode.BAD_DATA)


def _column(cells: "Cells", name: str) -> list[float]:
    from scalecalc.run_table.cells import bad, cut

    column = cells.columns[name]
    if not isinstance(column, list):
        values: list[float] = column.tolist()
        return values
    found = []
    for line, cell in zip(cells.lines, column, strict=True):
        value = _number(cell.strip())
        if value is None:
            told = f"{cut(cell)} is no number" if cell.strip() else "empty"
            raise bad(cells.name, line, f"column {name[:40]}: {told}", "leave out what is no gradient")
        found.append(value)
    return found


def _regular(values: Nested, option: str, blame: ExitCode) -> Numbers:
    """Check that lists of one depth are of one length and that every number is finite."""
    shape: list[int] = []
    level: list[Any] = [values]
    while isinstance(level[0], list):
        lengths = {len(each) if isinstance(each, list) else -1 for each in level}
        if len(lengths) > 1:
            raise _bad(option, "rows differ in length or depth", blame)
        shape.append(lengths.pop())
        if not shape[-1]:
            raise _bad(option, "an empty list", blame)
        if len(shape) > MOST_AXES:
            raise _bad(option, f"lists are nested more than {MOST_AXES} deep", blame)
        level = [item for each in level for item in each]
        _refuse_many(len(level), option, blame)
    for place, value in enumerate(level):
        _check_finite(value, place, option, blame)
    return Numbers(_as_floats(values), tuple(shape))


def _check_finite(value: object, place: int, option: str, blame: ExitCode) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _bad(option, f"number {place + 1} is {_kind(value)}", blame)
    try:
        finite = math.isfinite(value)
    except OverflowError:
        finite = False
    if not finite:
        told = value if isinstance(value, float) else "too large"
        gradient = "a gradient that is not finite ends a run; leave the step out, or clip it before"
        hint = gradient if option == "--gradients" else "parameters are finite numbers"
        raise Problem("not-finite", f"{option}: number {place + 1} is {told}", hint, blame)


def _as_floats(values: Any) -> Any:
    return [_as_floats(each) for each in values] if isinstance(values, list) else float(values)


def _refuse_many(count: int, option: str, blame: ExitCode) -> None:
    if count > MOST_NUMBERS:
        message = f"{option} holds {count} numbers"
        raise Problem("too-long", message, f"at most {MOST_NUMBERS} are traced; give fewer steps", blame)


def _kind(value: object) -> str:
    kinds: dict[type, str] = {dict: "an object", list: "a list", str: "a text", bool: "true or false"}
    return "null" if value is None else kinds.get(type(value), "a number")


def _bad(option: str, message: str, blame: ExitCode) -> Problem:
    return Problem(
        "value" if blame is ExitCode.WRONG_USAGE else "data", f"{option}: {message}", EXAMPLE, blame
    )
