"""A view as GitHub-flavored Markdown."""

import re
from collections.abc import Iterable, Sequence
from typing import TextIO

from scalecalc.render import printable
from scalecalc.render.view import Block, Grid, View, view
from scalecalc.result import Book, Step


def draw(seen: View, stream: TextIO) -> None:
    """Write what is seen: the headline in bold, a table per section, then what it assumes and its sources."""
    parts = _parts(seen)
    remarks = _remarks(seen.assumptions, seen.sources)
    if remarks:
        parts.append(remarks)
    stream.write("\n\n".join(parts) + "\n")


def draw_book(book: Book, stream: TextIO) -> None:
    """Write the book: question and answer, the chapters, what to do next, and what all of it rests on."""
    parts = [f"# {_escaped(printable(book.question))}", f"**{_escaped(printable(book.headline()))}**"]
    parts += [_escaped(printable(text)) for text in book.more]
    for chapter in book.chapters():
        parts += [f"## {_escaped(printable(chapter.title))}", *_parts(view(chapter.answer))]
    if book.steps:
        parts += ["## What to do next", "\n".join(map(_step, book.steps))]
    remarks = _remarks(*(tuple(map(printable, texts)) for texts in (book.assumptions, book.sources)))
    parts += ["## Assumptions and sources", remarks, "## How to get this again", _code(book.command)]
    stream.write("\n\n".join(filter(None, parts)) + "\n")


def _parts(seen: View) -> list[str]:
    """Headline and sections."""
    parts = [f"**{_escaped(seen.headline)}**"] if seen.headline else []
    for section in seen.sections:
        if section.title:
            parts.append(f"### {_escaped(section.title)}")
        parts.append(_table(section))
    return parts


def _remarks(assumptions: Iterable[str], sources: Iterable[str]) -> str:
    remarks = [f"- assumes: {_escaped(text)}" for text in assumptions]
    return "\n".join([*remarks, *(f"- source: {_escaped(text)}" for text in sources)])


def _step(step: Step) -> str:
    """A step as an item of a list; Markdown counts them."""
    command = f" {_code(step.command)}" if step.command else ""
    return f"1. **{_escaped(printable(step.what))}**: {_escaped(printable(step.why))}.{command}"


def _code(text: str) -> str:
    """Text as it is typed, within more backticks than it holds in a row."""
    line = printable(text)
    ticks = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    return f"{ticks} {line} {ticks}" if len(ticks) > 1 else f"`{line}`"


def _table(section: Block | Grid) -> str:
    if isinstance(section, Block):
        section = Grid(section.title, ("", ""), section.pairs, (False, False))
    rules = ["--:" if numeric else "---" for numeric in section.numeric]
    return "\n".join(_line(cells) for cells in (section.headers, rules, *section.rows))


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_escaped(cell) for cell in cells) + " |"


def _escaped(text: str) -> str:
    """Text that no Markdown reader takes for markup or for the end of a cell."""
    for sign in "\\`*_~[]<>|&":
        text = text.replace(sign, "\\" + sign)
    return " ".join(text.split())
