"""JSON, JSON Lines and CSV: base units, full precision, nothing that JSON has not."""

import csv
import io
import json

import pytest

from scalecalc.render import Format, machine, write
from scalecalc.result import Result, Row, Stream


def written(answer, form):
    out = io.StringIO()
    if form is Format.JSON:
        machine.write_json("test", Row(), answer, out)
    else:
        write("test", Row(), answer, form, out)
    return out.getvalue()


def test_json_keeps_full_precision_and_writes_null_for_what_is_not_finite(everything):
    found = json.loads(written(everything, Format.JSON), parse_constant=pytest.fail)["result"]
    assert found["size"] == 70e9
    assert found["infinite"] is None
    assert found["estimate"] == {"value": 2e9, "low": 1e9, "high": 3e9, "level": None, "method": None}


def test_assumptions_notes_and_sources_stand_beside_the_result(everything):
    found = json.loads(written(everything, Format.JSON))
    assert found["assumptions"] == ["C = 6ND"]
    assert found["notes"] == [{"code": "odd", "message": "odd", "level": "warning"}]
    assert not {"assumptions", "notes", "sources"} & set(found["result"])


def test_a_part_has_a_column_for_each_of_its_fields_even_where_it_is_absent(everything):
    class Listed(Result):
        def records(self):
            return everything.lines

    rows = list(csv.DictReader(io.StringIO(written(Listed(), Format.CSV))))
    assert list(rows[0]) == ["name", "count", "loss", "part.share", "part.size", "empty"]
    assert rows[0]["part.share"] == ""
    assert rows[1]["part.share"] == "0.5"
    assert [row["name"] for row in rows] == ["[red]x[/red]", "a|b\nc"]


def test_a_list_within_a_row_of_csv_is_json(everything):
    (row,) = csv.DictReader(io.StringIO(written(everything, Format.CSV)))
    assert json.loads(row["lines"])[0]["count"] == 3
    assert row["estimate.value"] == "2000000000.0"
    assert row["infinite"] == ""


def test_an_empty_list_has_a_header_still(everything):
    kind = type(everything.lines[0])

    class Nothing(Result):
        def records(self) -> tuple[kind, ...]:
            return ()

    Nothing.records.__annotations__["return"] = tuple[kind, ...]
    assert written(Nothing(), Format.CSV).startswith("name,count,")
    assert written(Nothing(), Format.JSONL) == ""


def test_a_stream_is_written_row_by_row(everything):
    handed = []

    class Listening(io.StringIO):
        def flush(self):
            handed.append(len(self.getvalue().splitlines()))

    out = Listening()
    stream = Stream(row=type(everything.lines[0]), rows=iter(everything.lines), varies="name")
    machine.write_json_lines(stream, out)
    assert handed == [1, 2]
