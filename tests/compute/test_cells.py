import pytest

from scalecalc.compute.cells import Cells

ROW = {
    "id": "x1",
    "size": " 80 ",
    "words": "a b",
    "empty": "",
    "zero": "0",
    "word": "many",
    "half": "1.5",
    "yes": "yes",
}


def test_an_empty_cell_is_a_value_that_is_not_known():
    cells = Cells(ROW)
    assert cells.number("empty") is None
    assert cells.whole("empty") is None
    assert cells.scaled("empty", 1e9) is None
    assert cells.count("empty") == 0
    assert cells.words("empty") == ()
    assert not cells.flag("empty")


def test_a_number_is_scaled_to_base_units():
    assert Cells(ROW).scaled("size", 1e9) == 80e9


def test_words_and_flags_are_read():
    assert Cells(ROW).words("words") == ("a", "b")
    assert Cells(ROW).flag("yes")
    assert Cells(ROW).choice("yes", ("yes", "no")) == "yes"


@pytest.mark.parametrize(
    ("read", "column", "rule"),
    [
        (Cells.required, "empty", "not be empty"),
        (Cells.required_number, "empty", "not be empty"),
        (Cells.required_whole, "empty", "not be empty"),
        (Cells.number, "zero", "be a positive number"),
        (Cells.number, "word", "be a positive number"),
        (Cells.whole, "half", "be a whole number"),
        (Cells.flag, "word", "be 'yes' or empty"),
    ],
)
def test_a_cell_that_breaks_its_rule_is_named_with_row_and_text(read, column, rule):
    with pytest.raises(ValueError, match=rf"x1: {column} must {rule}, not '{ROW[column]}'"):
        read(Cells(ROW), column)


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "1e999"])
def test_only_positive_finite_numbers_pass(text):
    with pytest.raises(ValueError, match="size must be a positive number"):
        Cells({"id": "x1", "size": text}).number("size")


def test_a_word_outside_the_choices_is_refused_with_the_choices():
    with pytest.raises(ValueError, match="word must be one of few, some, not 'many'"):
        Cells(ROW).choice("word", ("few", "some"))


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match="row 'x1' has no column 'mass'"):
        Cells(ROW).text("mass")
