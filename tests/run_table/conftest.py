"""Files of runs for the tests of the reader."""

import pytest

from scalecalc.problem import Problem
from scalecalc.run_table import read_runs

ROWS = (("1e8", "2e9", "3.4"), ("2e8", "2e9", "3.2"), ("4e8", "9e9", "2.8"))


@pytest.fixture
def table(tmp_path):
    """Writes a table and returns its path: table("params,tokens,loss", rows, name="x.csv")."""

    def written(header="params,tokens,loss", rows=ROWS, *, name="runs.csv", end="\n", separator=","):
        lines = [header, *(separator.join(row) for row in rows)]
        path = tmp_path / name
        path.write_bytes("".join(line + end for line in lines).encode())
        return str(path)

    return written


@pytest.fixture
def refused():
    """The problem that a source is refused with."""

    def problem(source, **options):
        with pytest.raises(Problem) as caught:
            read_runs(str(source), **options)
        return caught.value

    return problem
