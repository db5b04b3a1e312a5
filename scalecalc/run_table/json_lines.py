"""Cells of JSON Lines: one object a line, its keys the columns."""

import json
from collections.abc import Iterator
from typing import Any

from scalecalc.run_table.cells import Cells, Column, bad, cut

EXAMPLE = 'each line holds one run, e.g. {"params": 1e9, "tokens": 2e10, "loss": 2.5}'


def json_lines_cells(data: bytes, name: str, fingerprint: str) -> Cells:
    """The cells of UTF-8 text; an object without a key has an empty cell there."""
    columns: dict[str, list[str]] = {}
    lines: list[int] = []
    for line, run in _objects(data, name):
        for key, value in run.items():
            column = columns.setdefault(key, [""] * len(lines))
            column.append(text_of(value))
        lines.append(line)
        for column in columns.values():
            if len(column) < len(lines):
                column.append("")
    if not lines:
        raise bad(name, None, "empty", EXAMPLE)
    if not columns:
        raise bad(name, lines[0], "an object without keys", EXAMPLE)
    found: dict[str, Column] = dict(columns)
    return Cells(name, found, lines, fingerprint)


def text_of(value: Any) -> str:
    """A value as the text of a cell; null is an empty one."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _objects(data: bytes, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, object_pairs_hook=_distinct)
        except _Twice as twice:
            message = f"two values for {cut(str(twice))}"
            raise bad(name, number, message, "keep one of them") from None
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise bad(name, number, "not a JSON object", EXAMPLE)
        yield number, value


class _Twice(Exception):  # noqa: N818 - a key that stands twice in an object
    """Raised within json's own reader."""


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _Twice(next(key for key in keys if keys.count(key) > 1))
    return found
