"""Reading a row: every error names the table, the key and the value."""

import pytest

from scalecalc.laws.row import Row


@pytest.mark.parametrize(
    ("method", "value", "message"),
    [
        ("text", 3, "key must be text, not 3"),
        ("text", "  ", "key must be text, not '  '"),
        ("texts", "one", "key must be a list of texts, not 'one'"),
        ("texts", ["one", 2], "key must be a list of texts, not ['one', 2]"),
        ("whole", 1.5, "key must be a whole number, not 1.5"),
        ("whole", True, "key must be a whole number, not True"),
        ("number", "1", "key must be a finite number, not '1'"),
        ("number", float("inf"), "key must be a finite number, not inf"),
        ("number", float("nan"), "key must be a finite number, not nan"),
        ("number", 10**400, "key must be a finite number, not 1000"),
        ("number", False, "key must be a finite number, not False"),
        ("number", None, "key must be a finite number, not None"),
        ("positive", 0, "key must be positive, not 0"),
        ("numbers", 1.0, "key must be a list of numbers, not 1.0"),
        ("numbers", [1.0, "x"], "key: 1 must be a finite number, not 'x'"),
        ("matrix", 1.0, "key must be a list of lists of numbers, not 1.0"),
        ("matrix", [[1.0], 2.0], "key: 1 must be a list of numbers, not 2.0"),
        ("table", [], "key must be a table, not []"),
        ("tables", {}, "key must be a list of tables, not {}"),
        ("tables", [1], "key must be a list of tables, not [1]"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(method, value, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared below
        getattr(Row("law x", {"key": value}), method)("key")
    assert str(caught.value).startswith(f"law x: {message}")


def test_a_flag_is_true_or_false_and_nothing_else():
    with pytest.raises(ValueError, match=r"^law x: spread must be true or false, not 1$"):
        Row("law x", {"spread": 1}).flag("spread", default=False)


def test_a_choice_names_what_may_be_chosen():
    with pytest.raises(ValueError, match=r"^law x: counts must be one of total, active, not \['total'\]$"):
        Row("law x", {"counts": ["total"]}).choice("counts", ("total", "active"))


def test_an_unknown_key_is_refused_beside_the_known_ones():
    with pytest.raises(ValueError, match=r"^law x: 'aplha' is no known key; known are alpha, beta$"):
        Row("law x", {"beta": 1, "aplha": 2}).refuse_unknown(("alpha", "beta"))


def test_long_values_are_cut_short_in_messages():
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its length is what counts
        Row("law x", {"year": "z" * 10_000}).whole("year")
    assert len(str(caught.value)) < 120


def test_what_is_absent_has_its_default():
    row = Row("law x", {})
    assert (row.text("t", "d"), row.texts("l"), row.whole("w"), row.numbers("n"), row.tables("m")) == (
        "d",
        (),
        None,
        (),
        (),
    )
