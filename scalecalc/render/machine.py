"""Results for programs: JSON, JSON Lines and CSV, in base units and at full precision."""

import csv
from collections.abc import Iterator
from math import isfinite
from types import NoneType, UnionType
from typing import Any, TextIO, get_args

from pydantic_core import to_json, to_jsonable_python

from scalecalc.result import Inputs, Result, Row, Stream, envelope, stamp


def json_text(document: Any, indent: int | None = 2) -> str:
    """A JSON document; what is not finite becomes null, for JSON has no NaN."""
    return to_json(document, indent=indent, inf_nan_mode="null").decode()


def write_json(command: str, inputs: Inputs, answer: Result | Stream, out: TextIO) -> None:
    """One indented document for a result; one document a line, as it is computed, for a stream."""
    if isinstance(answer, Result):
        out.write(json_text(envelope(command, inputs, answer)) + "\n")
        return
    _write_documents(command, inputs, answer, out)


def _write_documents(command: str, inputs: Inputs, stream: Stream, out: TextIO) -> None:
    """A document a line, as if each row had been asked for alone; what the lines share is serialized once."""
    shared = to_jsonable_python(inputs)
    shared.pop(stream.varies)
    head = json_text({"scalecalc": stamp(), "command": command, "inputs": shared}, indent=None)
    beside = {"assumptions": stream.assumptions, "notes": stream.notes, "sources": stream.sources}
    tail = json_text(beside, indent=None)[1:]
    opening = f'{head[:-2]},"{stream.varies}":'
    for row in _records(stream, out):
        varied = to_json(getattr(row, stream.varies)).decode()
        out.write(f'{opening}{varied}}},"result":{_record(row)},{tail}\n')


def write_json_lines(answer: Result | Stream, out: TextIO) -> None:
    """One record a line, without the envelope."""
    out.writelines(_record(row) + "\n" for row in _records(answer, out))


def write_csv(answer: Result | Stream, out: TextIO) -> None:
    """Records under a header that names their fields; parts of a record are `part.field`."""
    writer = csv.writer(out, lineterminator="\n")
    columns = tuple(_columns(_kind(answer)))
    writer.writerow(map(".".join, columns))
    for row in _records(answer, out):
        record = to_jsonable_python(row, inf_nan_mode="null")
        writer.writerow([_cell(record, column) for column in columns])


def _kind(answer: Result | Stream) -> type[Row]:
    """The kind of row whose fields are the columns, also where there is no row."""
    if isinstance(answer, Stream):
        return answer.row
    return next(map(type, answer.records()), None) or answer.record_kind()


def _records(answer: Result | Stream, out: TextIO) -> Iterator[Row]:
    """The rows; one of a stream is handed over before the next is read, which may be long in coming."""
    _kind(answer).model_rebuild()  # rows that were never validated may have no serializer yet
    if isinstance(answer, Result):
        yield from answer.records()
        return
    for row in answer.rows:
        yield row
        out.flush()


def _record(row: Row) -> str:
    return to_json(row, inf_nan_mode="null").decode()


def _columns(kind: type[Row]) -> Iterator[tuple[str, ...]]:
    """The path to each value of that kind of row, through the parts that it may have."""
    for name, field in kind.model_fields.items():
        part = _part(field.annotation)
        if part:
            yield from ((name, *column) for column in _columns(part))
        elif not field.exclude:
            yield (name,)


def _cell(record: dict[str, Any], column: tuple[str, ...]) -> Any:
    value: Any = record
    for name in column:
        value = None if value is None else value[name]
    if isinstance(value, float) and not isfinite(value):
        return None
    return json_text(value, indent=None) if isinstance(value, list | dict) else value


def _part(annotation: Any) -> type[Row] | None:
    """The kind of row that a field holds, if it holds one, or may be absent."""
    options = set(get_args(annotation)) - {NoneType} if isinstance(annotation, UnionType) else {annotation}
    (kind,) = options if len(options) == 1 else (None,)
    return kind if isinstance(kind, type) and issubclass(kind, Row) else None
