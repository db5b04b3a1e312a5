"""The three approaches of Hoffmann et al. 2022 in one table."""

import pytest

from scalecalc.commands import call
from scalecalc.problem import ExitCode, Problem


def test_all_three_stand_in_one_table():
    result = call("fit", runs="llama3", approach="all", at=["1e22", "3.8e25"])
    assert [row.approach for row in result.approaches] == [1, 2, 3]
    assert [(row.flops, row.approach) for row in result.optima] == [
        (flops, approach) for flops in (1e22, 3.8e25) for approach in (1, 2, 3)
    ]


@pytest.mark.parametrize("approach", ["1", "2", "3"])
def test_optimum_follows_from_factor_and_exponent(approach):
    # N* = G C^a, D* = G' C^b
    result = call("fit", runs="llama3", approach=approach, at=["1e23"])
    (row,) = result.approaches
    place = result.optima[0] if approach != "3" else result.forecasts[0]
    assert row.params_coefficient * 1e23**row.params_exponent.value == pytest.approx(place.params.value)
    assert row.tokens_coefficient * 1e23**row.tokens_exponent.value == pytest.approx(place.tokens.value)
    assert 6 * place.params.value * place.tokens.value == pytest.approx(1e23, rel=0.02)


def test_llama_3_405b_is_where_approach_2_puts_it():
    # Grattafiori et al. 2024 (arXiv 2407.21783), section 3.2.1: 402B on 16.55T tokens at 3.8e25 FLOPs;
    # digitized points and rounded exponents leave a few per cent
    (row,) = [
        row for row in call("fit", runs="llama3", approach="2", at=["3.8e25"]).optima if row.approach == 2
    ]
    assert row.params.value == pytest.approx(402e9, rel=0.04)
    assert row.tokens.value == pytest.approx(16.55e12, rel=0.04)


def test_bias_of_approach_2_is_told_for_these_very_runs():
    notes = call("fit", runs="llama3", approach="2").notes
    (told,) = [note.message for note in notes if note.code == "approach-2-bias"]
    assert "N* x 0.99" in told or "N* x 1.0" in told


def test_approach_without_optima_is_refused_with_the_reason():
    with pytest.raises(Problem, match="approach 2 found an optimum at 0 budgets") as caught:
        call("fit", runs="pile", approach="2")
    assert caught.value.exit_code == ExitCode.NO_ANSWER


def test_among_all_of_them_it_is_a_note():
    result = call("fit", runs="pile", approach="all")
    assert 2 not in [row.approach for row in result.approaches]
    assert any("approach 2 found an optimum at 0 budgets" in note.message for note in result.notes)
