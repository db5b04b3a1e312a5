"""A view as GitHub-flavored Markdown."""

from collections.abc import Sequence
from typing import TextIO

from scalecalc.render.view import Block, Grid, View


def draw(view: View, stream: TextIO) -> None:
    """Write the view: the headline in bold, a table per section, then what it assumes and its sources."""
    parts = [f"**{_escaped(view.headline)}**"] if view.headline else []
    for section in view.sections:
        if section.title:
            parts.append(f"### {_escaped(section.title)}")
        parts.append(_table(section))
    remarks = [f"- assumes: {_escaped(text)}" for text in view.assumptions]
    remarks += [f"- source: {_escaped(text)}" for text in view.sources]
    if remarks:
        parts.append("\n".join(remarks))
    stream.write("\n\n".join(parts) + "\n")


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
