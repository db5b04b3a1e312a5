"""The bundled tables by name and alias, and lines of standard input."""

import io
import json
import sys

import pytest

from scalecalc import tables
from scalecalc.problem import ExitCode, Problem

KINDS = {"law": tables.law, "accelerator": tables.accelerator, "model": tables.model}
NAMES = [(kind, name) for kind in KINDS for name in tables.names(kind)]


@pytest.mark.parametrize(("kind", "name"), NAMES, ids=lambda value: value)
def test_every_name_and_alias_finds_its_entry_in_any_case_and_with_space_around(kind, name):
    entry = KINDS[kind](name)
    assert KINDS[kind](f"  {name.upper()} ") is entry
    assert name in {getattr(entry, "id", None) or entry.name, *entry.aliases}


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_unique_over_a_table(kind):
    table = {"law": tables.laws, "accelerator": tables.accelerators, "model": tables.models}[kind]()
    every = [*table, *(alias for entry in table.values() for alias in entry.aliases)]
    assert len(every) == len(set(every))
    assert [name for name in every if name != name.strip().lower()] == []


def test_a_table_is_read_once():
    assert tables.laws() is tables.laws()
    assert tables.law("besiroglu2024") is tables.laws()["besiroglu2024"]


def test_training_runs_are_read_once_and_those_that_are_used_name_an_accelerator():
    runs = tables.training_runs()
    assert runs is tables.training_runs()
    assert len({run.id for run in runs}) == len(runs) > 100
    assert {run.hardware for run in runs if run.used} <= set(tables.accelerators())


def test_an_unknown_name_is_told_with_the_nearest_and_with_where_to_look():
    with pytest.raises(Problem, match="'besiroglu2023' names no law") as told:
        tables.law("besiroglu2023")
    assert told.value.code == "unknown-law"
    assert told.value.hint.startswith("nearest: besiroglu2024")
    assert told.value.hint.endswith("`scalecalc laws` lists them all")


def test_a_law_file_goes_round(tmp_path):
    law = tables.law("hoffmann2022-a3")
    (tmp_path / "Law.JSON").write_text(json.dumps(law.to_row()))
    assert tables.law(str(tmp_path / "Law.JSON")).law == law.law


def test_a_missing_law_file_is_named(tmp_path):
    with pytest.raises(Problem, match=r"missing\.json: No such file") as told:
        tables.law(str(tmp_path / "missing.json"))
    assert told.value.exit_code == ExitCode.BAD_DATA


def test_lines_of_input_keep_their_numbers(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("# a\n\n 1e21 \n\t\n1e22"))
    assert list(tables.lines_of_input()) == [(3, "1e21"), (5, "1e22")]


def test_bytes_that_are_no_text_come_as_escapes(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\n"), encoding="utf-8"))
    assert list(tables.lines_of_input()) == [(1, "\\xff")]


def test_a_closed_input_is_told(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(Problem, match="standard input is closed"):
        next(tables.lines_of_input())
