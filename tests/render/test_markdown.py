"""Markdown that a reader of Markdown shows as it was meant."""

import io
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from scalecalc.render import markdown
from scalecalc.render.view import Block, Grid, View, view

HOSTILE = [
    "a|b",
    "*a*",
    "`a`",
    "<b>a</b>",
    "[a](b)",
    "a\nb",
    "a\\|b",
    "_a_",
    "# a",
    "&lt;",
    "~~a~~",
    "a\\",
    "![a](b)",
]


def drawn(seen):
    out = io.StringIO()
    markdown.draw(seen, out)
    return out.getvalue()


def cells(text):
    """The text of each cell of the tables in a page, as a reader of Markdown sees it."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    inline = [after for before, after in pairwise(tokens) if before.type in {"td_open", "th_open"}]
    return ["".join(child.content for child in token.children) for token in inline]


def test_a_page_has_the_headline_the_tables_and_the_remarks(everything):
    text = drawn(view(everything))
    assert text.startswith("**")
    assert "### one each\n\n| name |" in text
    assert "- assumes: C = 6ND" in text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_taken_for_markup_or_for_the_end_of_a_cell(text):
    grid = Grid("", ("name", "other"), ((text, "x"),), (False, False))
    found = cells(drawn(View("", (grid,), (), ())))
    assert found == ["name", "other", " ".join(text.split()), "x"]


@pytest.mark.parametrize("text", HOSTILE)
def test_nor_in_a_block(text):
    found = cells(drawn(View("", (Block("", (("label", text),)),), (), ())))
    assert found[-2:] == ["label", " ".join(text.split())]


def test_numbers_stand_to_the_right():
    grid = Grid("", ("name", "count"), (("x", "1"),), (False, True))
    assert "| --- | --: |" in drawn(View("", (grid,), (), ()))


def test_there_are_no_trailing_spaces(everything):
    assert [line for line in drawn(view(everything)).splitlines() if line != line.rstrip()] == []


def test_a_book_keeps_a_file_name_of_backticks_together(scalecalc, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{10.0**power},{3 * 10.0 ** (-0.05 * power)}\n" for power in range(18, 26))
    Path("a`b``c|#.csv").write_text(f"flops,loss\n{rows}")
    told = scalecalc("report", "a`b``c|#.csv", "--format", "markdown").out
    assert "``` scalecalc report 'a`b``c|#.csv' -o report.html ```" in told
    assert told.startswith("# What law do the runs of a\\`b\\`\\`c\\|#.csv follow?\n")
