"""A result as headline, blocks and grids of text."""

import pytest

from scalecalc.quantity import Params, Share
from scalecalc.render import printable
from scalecalc.render.view import Block, Grid, show, view
from scalecalc.result import Estimate, Result, Shown, Span


def test_values_come_first_then_parts_in_the_order_of_their_fields(everything):
    assert [(type(section), section.title) for section in view(everything).sections] == [
        (Block, ""),
        (Block, "part"),
        (Grid, "one each"),
    ]


def test_a_block_leaves_out_what_the_headline_tells_and_what_is_absent(everything):
    pairs = dict(view(everything).sections[0].pairs)
    assert pairs["model size"] == "70B parameters"
    assert pairs["proven"] == "yes"
    assert not {"already", "absent", "notes", "sources"} & set(pairs)


def test_a_grid_leaves_out_columns_without_a_value_and_puts_units_in_headers(everything):
    grid = view(everything).sections[-1]
    assert grid.headers[:3] == ("name", "how many (runs)", "loss")
    assert "empty" not in grid.headers
    assert grid.numeric[:3] == (False, True, True)


@pytest.mark.parametrize(
    ("value", "shown", "text"),
    [
        (None, Shown(), "-"),
        ((), Shown(), "-"),
        (True, Shown(), "yes"),
        (3, Shown(), "3"),
        (2.0, Shown(digits=4), "2.000"),
        (Params(70e9), Shown(), "70B"),
        (Span(low=Params(1e9), high=Params(2e9)), Shown(), "1B to 2B"),
        (Span(low=Params(1e9), high=Params(1e9)), Shown(), "1B"),
        (Estimate(value=Share(0.4)), Shown(), "40%"),
        (Estimate(value=Share(0.4), low=Share(0.3), high=Share(0.5)), Shown(), "40% (30% to 50%)"),
        (Estimate(value=Share(0.4), low=Share(0.3), high=Share(0.5)), Shown(brief=True), "40%"),
        (("a", "b"), Shown(), "a, b"),
        ("a\tb\nc", Shown(), "a b c"),
        ("a\x1b[31m", Shown(), "a\\x1b[31m"),
    ],
)
def test_a_value_as_text(value, shown, text):
    assert show(value, shown) == text


def test_text_that_a_terminal_would_obey_is_escaped():
    assert printable("a\x1b[2J\x07b\u202ec\r\nd") == "a\\x1b[2J\\x07b\\u202ec d"
    assert printable("naïve 💥") == "naïve 💥"


def test_a_name_in_a_part_that_is_a_mapping_is_printable_as_values_are():
    class Named(Result):
        ends: dict[str, float]

        def headline(self):
            return ""

    (block,) = view(Named(ends={"\x1b[31m\u202ered": 1.0})).sections
    assert block.pairs == (("\\x1b[31m\\u202ered", "1.00"),)
