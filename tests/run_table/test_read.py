"""Tables by name, and further columns."""

import numpy as np
import pytest

from scalecalc import tables
from scalecalc.problem import Problem
from scalecalc.run_table import read_runs

ROWS_OF = {"chinchilla": (240, 245), "gpt3": (8, 24), "llama3": (133, 133), "pile": (30, 30)}
"""Rows of the bundled tables, without and with what they leave out."""


@pytest.mark.parametrize("name", tables.names("runs"))
def test_bundled_table_is_read_by_its_name(name):
    (some, _), (every, _) = read_runs(name), read_runs(name, keep_outliers=True)
    assert (len(some), len(every)) == ROWS_OF[name]
    assert (some.name, some.loss is not None) == (name, True)


def test_five_outliers_of_chinchilla_are_left_out_and_said():
    every, some = (read_runs("chinchilla", keep_outliers=keep) for keep in (True, False))
    left_out = set(every[0].lines) - set(some[0].lines)
    worst = sorted(zip(every[0].loss, every[0].lines, strict=True))[-5:]
    assert left_out == {line for _, line in worst}
    assert any("5 of 245 rows left out" in text and "2404.10102" in text for text in some[1])
    assert not any("left out" in text for text in every[1])


def test_what_must_be_known_of_a_bundled_table_is_said():
    for name in tables.names("runs"):
        assert any(text.startswith(f"{name}: ") for text in read_runs(name)[1])


def test_printed_refit_lies_as_far_above_the_least_objective_as_is_said():
    # Hoffmann et al. 2022, section 3.3: Huber of the log residual, delta 1e-3; the least sum is certified
    table, remarks = read_runs("chinchilla")

    def objective(E, A, B, alpha, beta):
        loss = E + A / table.params**alpha + B / table.tokens**beta
        error = np.abs(np.log(loss / table.loss))
        return np.where(error <= 1e-3, error**2 / 2, 1e-3 * (error - 5e-4)).sum()

    least = 0.0010183044653231
    above = objective(1.8172, 482.01, 2085.43, 0.3478, 0.3658) / least - 1
    assert any(f"lies {100 * above:.1f} % above" in text for text in remarks)
    assert objective(1.69, 406.4, 410.7, 0.34, 0.28) > 2 * least


def test_file_of_a_bundled_name_is_reached_by_its_path(table, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    table(name="pile.csv")
    assert len(read_runs("pile")[0]) == 30
    assert len(read_runs("./pile.csv")[0]) == 3


def test_further_columns_are_read_by_name(table):
    source = table("params,tokens,loss,Width", [("1e8", "2e9", "3", "1024")])
    read, _ = read_runs(source, also=["width", "loss", "flops"])
    assert read.column("Width").tolist() == [1024]


def test_further_column_that_is_nowhere_is_told_with_what_there_is(table):
    with pytest.raises(Problem, match="has no column 'depth'") as caught:
        read_runs(table(), also=["depth"])
    assert caught.value.hint == "take one of params, tokens, flops, loss"


def test_name_of_a_bundled_table_completes():
    assert tables.names("runs") == ["chinchilla", "gpt3", "llama3", "pile"]
