"""A view on a terminal: aligned, at most 100 columns, the same words with and without color."""

from io import StringIO
from typing import TextIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from scalecalc.render.view import Block, Grid, View

WIDEST = 100
"""No line is longer than this on a terminal, however wide it is; a pipe gets whole lines."""

UNBOUNDED = 10_000


def console(stream: TextIO) -> Console:
    """A console that prints text as it is; it honors NO_COLOR, FORCE_COLOR and TERM=dumb."""
    drawn = Console(file=stream, markup=False, highlight=False, emoji=False)
    drawn.width = min(drawn.width, WIDEST) if stream.isatty() else UNBOUNDED
    return drawn


def draw(view: View, stream: TextIO) -> None:
    """Print the view: headline, sections, then what it assumes and where it comes from."""
    if stream.isatty():
        _print(view, console(stream))
        return
    page = StringIO()
    _print(view, console(page))
    stream.writelines(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())


def _print(view: View, out: Console) -> None:
    if view.headline:
        out.print(Text(view.headline, style="bold"))
    for section in view.sections:
        out.print()
        if section.title:
            out.print(Text(section.title, style="bold cyan"))
        if isinstance(section, Block):
            out.print(_pairs(section.pairs, "default"))
        else:
            _draw_grid(section, out)
    remarks = [("assumes", text) for text in view.assumptions] + [("source", text) for text in view.sources]
    if remarks:
        out.print()
        out.print(_pairs(remarks, "dim"), style="dim")


def _draw_grid(grid: Grid, out: Console) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for header, numeric in zip(grid.headers, grid.numeric, strict=True):
        table.add_column(header, justify="right" if numeric else "left", overflow="fold", no_wrap=numeric)
    for row in grid.rows:
        table.add_row(*(Text(cell) for cell in row))
    indented = Padding.indent(table, 2)
    if out.measure(indented).minimum <= out.width:
        out.print(indented)
    else:
        _draw_records(grid, out)


def _draw_records(grid: Grid, out: Console) -> None:
    """The grid row by row, a label before each value: for terminals too narrow for its columns."""
    for place, row in enumerate(grid.rows):
        if place:
            out.print()
        out.print(_pairs(list(zip(grid.headers, row, strict=True)), "default"))


def _pairs(pairs: list[tuple[str, str]] | tuple[tuple[str, str], ...], style: str) -> Padding:
    lines = Table.grid(padding=(0, 2, 0, 0))
    lines.add_column(no_wrap=True, style="dim")
    lines.add_column(overflow="fold", style=style)
    for label, value in pairs:
        lines.add_row(Text(label), Text(value))
    return Padding.indent(lines, 2)
