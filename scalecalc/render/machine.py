"""Results for programs: JSON, JSON Lines and CSV, in base units and at full precision."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from pydantic_core import to_json, to_jsonable_python

from scalecalc.result import Inputs, Result, Row, Stream, envelope, stamp


def json_text(document: dict[str, Any], indent: int | None = 2) -> str:
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
    for row in stream.rows:
        varied = to_json(getattr(row, stream.varies)).decode()
        out.write(f'{opening}{varied}}},"result":{_record(row)},{tail}\n')


def write_json_lines(answer: Result | Stream, out: TextIO) -> None:
    """One record a line, without the envelope."""
    for row in _records(answer):
        out.write(_record(row) + "\n")


def write_csv(answer: Result | Stream, out: TextIO) -> None:
    """Records under a header that names their fields; parts of a record are `part.field`."""
    writer = csv.writer(out, lineterminator="\n")
    header: list[str] | None = None
    for row in _records(answer):
        record = dict(_flat(to_jsonable_python(row, inf_nan_mode="null"), _children(type(row))))
        if header is None:
            header = list(record)
            writer.writerow(header)
        writer.writerow(record.get(name) for name in header)


def _records(answer: Result | Stream) -> Iterable[Row]:
    return answer.records() if isinstance(answer, Result) else answer.rows


def _record(row: Row) -> str:
    return to_json(row, inf_nan_mode="null").decode()


def _children(kind: type[Row]) -> dict[str, tuple[str, ...]]:
    """The fields of each part of a record, so that an absent part still has its columns."""
    parts: dict[str, tuple[str, ...]] = {}
    for name, field in kind.model_fields.items():
        for option in getattr(field.annotation, "__args__", (field.annotation,)):
            if isinstance(option, type) and issubclass(option, Row):
                parts[name] = tuple(option.model_fields)
    return parts


def _flat(record: dict[str, Any], parts: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, Any]]:
    for name, value in record.items():
        if name in parts:
            yield from ((f"{name}.{field}", _cell((value or {}).get(field))) for field in parts[name])
        else:
            yield name, _cell(value)


def _cell(value: Any) -> Any:
    return json_text(value, indent=None) if isinstance(value, list | dict) else value
