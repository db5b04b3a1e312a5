"""Parquet files, where polars is installed; what happens where it is not."""

import sys

import pytest

from scalecalc.problem import ExitCode
from scalecalc.run_table import read_runs


def test_without_polars_the_extra_is_named(tmp_path, refused, monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    path = tmp_path / "runs.parquet"
    path.write_bytes(b"PAR1")
    problem = refused(path)
    assert problem.exit_code == ExitCode.BAD_DATA
    assert "pip install 'scalecalc[tables]'" in problem.hint


def test_runs_are_read(tmp_path):
    polars = pytest.importorskip("polars")
    path = tmp_path / "runs.parquet"
    columns = {"params": [1e8, 2e8], "tokens": ["2B", "4B"], "loss": [3.4, 3.2], "run": ["a", None]}
    polars.DataFrame(columns).write_parquet(path)
    read, _ = read_runs(str(path))
    assert read.params.tolist() == [1e8, 2e8]
    assert read.tokens.tolist() == [2e9, 4e9]
    assert list(read.lines) == [1, 2]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"params,tokens,loss\n1,2,3\n"])
def test_file_that_is_no_parquet_is_refused(content, tmp_path, refused):
    pytest.importorskip("polars")
    path = tmp_path / "runs.parquet"
    path.write_bytes(content)
    assert "cannot be read" in refused(path).message


def test_value_that_is_no_number_is_refused_by_its_row(tmp_path, refused):
    polars = pytest.importorskip("polars")
    path = tmp_path / "runs.parquet"
    columns = {"params": [1e8, None], "tokens": [2e9, 2e9], "loss": [3.4, float("nan")]}
    polars.DataFrame(columns).write_parquet(path)
    assert "line 2" in refused(path).message
