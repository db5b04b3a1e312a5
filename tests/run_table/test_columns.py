"""Which column is which."""

import pytest

from scalecalc.problem import Problem
from scalecalc.run_table.columns import ALIASES, chosen_columns, found, plain


@pytest.mark.parametrize(
    ("quantity", "alias"), [(quantity, alias) for quantity, names in ALIASES.items() for alias in names]
)
def test_every_alias_is_found(quantity, alias):
    assert found("runs.csv", ["note", alias], {})[quantity] == alias


def test_no_alias_means_two_things():
    names = [name for quantity, names in ALIASES.items() for name in (quantity, *names)]
    assert len(names) == len(set(names))
    assert names == list(map(plain, names))


@pytest.mark.parametrize("column", ["Model Size", "model-size", "MODEL.SIZE", " model_size "])
def test_case_spaces_and_hyphens_do_not_matter(column):
    assert found("runs.csv", [column], {}) == {"params": column}


def test_own_name_goes_before_an_alias():
    assert found("runs.csv", ["N", "params"], {})["params"] == "params"


def test_two_aliases_of_one_quantity_are_a_question(refused_columns):
    problem = refused_columns(["N", "n_params"], {})
    assert problem.message == "runs.csv: N and n_params may both be the params"
    assert problem.hint == "say which: --columns params=N"


def test_choice_goes_before_every_name():
    chosen = {"params": "n_active"}
    assert found("runs.csv", ["params", "n_active", "D"], chosen) == {"params": "n_active", "tokens": "D"}


def test_chosen_column_stands_for_nothing_else():
    assert "loss" not in found("runs.csv", ["val_loss"], {"weight": "val_loss"})


def test_choice_that_is_nowhere_is_told_with_what_there_is(refused_columns):
    problem = refused_columns(["a", "b"], {"loss": "val"})
    assert problem.message == "runs.csv: no column is called 'val' for loss"
    assert problem.hint == "the table has a, b"


def test_of_very_many_columns_the_first_are_told(refused_columns):
    assert refused_columns([f"c{i}" for i in range(200)], {"loss": "val"}).hint.endswith("c19 and 180 more")


@pytest.fixture
def refused_columns():
    def problem(header, chosen):
        with pytest.raises(Problem) as caught:
            found("runs.csv", header, chosen)
        return caught.value

    return problem


@pytest.mark.parametrize("text", ["loss", "loss=", "=val", "price=usd", "loss:val"])
def test_option_that_names_no_column_is_refused(text):
    with pytest.raises(Problem, match="names no column"):
        chosen_columns(text)


def test_absent_option_chooses_nothing():
    assert chosen_columns(None) == {}
    assert chosen_columns(" params = n total , ") == {"params": "n total"}
