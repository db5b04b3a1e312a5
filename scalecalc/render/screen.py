"""A view on a terminal: aligned, at most 100 columns, the same words with and without color."""

from collections.abc import Sequence
from io import StringIO
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from scalecalc.chart import Chart
from scalecalc.render.view import Block, Grid, View

WIDEST = 100
"""No line is longer than this on a terminal, however wide it is; a pipe gets whole lines."""

UNBOUNDED = 10_000

PIPED = 80
"""Columns of a chart where nobody says how wide the terminal is."""

INDENT = 2

GAP = 2
"""Blanks between columns."""

LONGEST_OF_RECORDS = 12
"""Rows up to which a grid too wide for the terminal is told row by row; a longer one loses columns."""


def console(stream: TextIO) -> Console:
    """A console that prints text as it is; it honors NO_COLOR, FORCE_COLOR and TERM=dumb."""
    drawn = Console(file=stream, markup=False, highlight=False, emoji=False)
    drawn.width = min(drawn.width, WIDEST) if stream.isatty() else UNBOUNDED
    return drawn


def draw(view: View, stream: TextIO, charts: Sequence[Chart] = ()) -> None:
    """Print the view: headline, sections, what it assumes and where it comes from; then its charts."""
    if stream.isatty():
        out = console(stream)
        _print(view, out)
        _draw_charts(charts, out, out.width, stream)
        return
    page = StringIO()
    out = console(page)
    _print(view, out)
    _draw_charts(charts, out, PIPED, stream)
    stream.writelines(f"{line.rstrip()}\n" for line in page.getvalue().splitlines())


def _draw_charts(charts: Sequence[Chart], out: Console, columns: int, stream: TextIO) -> None:
    """Each chart after an empty line; in ASCII where the stream is not one of Unicode."""
    if not charts:
        return
    from scalecalc.render.terminal_chart import draw as drawn

    encoding = getattr(stream, "encoding", None) or "utf-8"
    colored = out.color_system is not None and not out.no_color
    for chart in charts:
        text = drawn(chart, columns, colored=colored, plain=not encoding.lower().startswith("utf"))
        out.print()
        out.print(Text.from_ansi(text.rstrip("\n")), soft_wrap=True)


def _print(view: View, out: Console) -> None:
    if view.headline:
        out.print(Text(view.headline, style="bold"))
    for place, section in enumerate(view.sections):
        if place or view.headline:
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
    """The whole table where it fits; else a short one row by row, and of a long one the first columns."""
    columns = len(grid.headers)
    if widths := _widths(grid, columns, out.width):
        _draw_table(grid, widths, out)
        return
    if len(grid.rows) <= LONGEST_OF_RECORDS:
        _draw_records(grid, out)
        return
    while columns > 1 and not widths:
        columns -= 1
        widths = _widths(grid, columns, out.width)
    _draw_table(grid, widths or [out.width - INDENT], out)
    out.print(Padding.indent(Text(f"no room for: {', '.join(grid.headers[columns:])}", style="dim"), INDENT))


def _widths(grid: Grid, columns: int, room: int) -> list[int] | None:
    """Widths with which the first columns fit the room and break no word or number, if there are any."""
    headers = grid.headers[:columns]
    widths, least = [], []
    for header, numeric, *cells in zip(headers, grid.numeric, *grid.rows, strict=False):
        words = [*header.split(), *(cells if numeric else " ".join(cells).split())]
        widths.append(max(map(cell_len, (header, *cells))))
        least.append(max(map(cell_len, words), default=0))
    room -= INDENT + GAP * (columns - 1)
    while sum(widths) > room:
        spacious = [place for place in range(columns) if widths[place] > least[place]]
        if not spacious:
            return None
        widths[max(spacious, key=widths.__getitem__)] -= 1
    return widths


def _draw_table(grid: Grid, widths: list[int], out: Console) -> None:
    """As many columns of the grid as there are widths.

    A line that need not be wrapped is written as it is: a table may have 100,000 of them.
    """
    numeric = grid.numeric[: len(widths)]
    lines = [_line(row, widths, numeric) for row in (grid.headers, *grid.rows)]
    if any(line is None for line in lines):
        out.print(_table(grid, widths))
        return
    out.print(Text(lines[0] or "", style="dim"))
    out.file.writelines(f"{line}\n" for line in lines[1:])


def _line(cells: Sequence[str], widths: list[int], numeric: Sequence[bool]) -> str | None:
    """The cells side by side, numbers to the right; None where one is too wide for its column."""
    padded = []
    for cell, width, is_numeric in zip(cells, widths, numeric, strict=False):
        blanks = " " * (width - cell_len(cell))
        if cell_len(cell) > width:
            return None
        padded.append(blanks + cell if is_numeric else cell + blanks)
    return (" " * INDENT + (" " * GAP).join(padded)).rstrip()


def _table(grid: Grid, widths: list[int]) -> Padding:
    """The same with cells wrapped within their columns."""
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="dim")
    for header, numeric, width in zip(grid.headers, grid.numeric, widths, strict=False):
        table.add_column(header, justify="right" if numeric else "left", overflow="fold", width=width)
    for row in grid.rows:
        table.add_row(*map(Text, row[: len(widths)]))
    return Padding.indent(table, INDENT)


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
