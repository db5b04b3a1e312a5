"""Where the charts of a figure stand, and what stands around each: sizes are in points of type.

All of it is computed before anything is drawn, so that labels know the room they have.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil

from scalecalc.chart import Chart, Line, Points
from scalecalc.render import printable
from scalecalc.render.ticks import Tick, limits, ticks

LETTER, BOLD = 0.58, 0.68
"""Mean width of a letter, in its height, of plain and of bold type."""

TITLE, TEXT, MARK, SMALL = 8.0, 7.0, 6.5, 6.0
"""Heights of type: titles, axes, marks and legend, labels within."""

ASPECT = 0.72
"""Height of a drawing over its width."""

GAP = 8.0

WIDE = 360.0
"""From here on charts stand side by side."""

MOST_UP = 6

FEW, MOST_BESIDE = 3, 24
"""Numbers of curves from which and up to which each is labeled at its right end, not in the legend."""

HANDLE = 22.0
"""Width of a sign in the legend, with the room around it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The drawing of one chart on the figure: its place from the top left, its axes' marks, its texts."""

    left: float
    top: float
    width: float
    height: float
    title: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    legend: tuple[str, ...]
    columns: int
    beside: bool

    @property
    def below(self) -> float:
        """Distance from the drawing to the legend."""
        return MARK + TEXT + 13


def arranged(charts: Sequence[Chart], width: float) -> tuple[list[Cell], float]:
    """The cells of the charts, row by row, and the height of it all."""
    columns = _columns(charts, width)
    each = (width - GAP * (columns - 1)) / columns
    top = 0.0
    cells: list[Cell] = []
    for start in range(0, len(charts), columns):
        row = charts[start : start + columns]
        found = [_cell(chart, place * (each + GAP), top, each) for place, chart in enumerate(row)]
        high = max(cell.height for cell in found)
        found = [replace(cell, height=high) for cell in found]
        cells += found
        top = max(_bottom(cell) for cell in found) + GAP
    return cells, top - GAP + 3


def _columns(charts: Sequence[Chart], width: float) -> int:
    """How many charts stand side by side; three only where no labels need the room between them."""
    count = len(charts)
    if count == 1 or width < WIDE:
        return 1
    return 2 if count in (2, 4) or any(map(_is_labeled_beside, charts)) else 3


def width_of(text: str, size: float) -> float:
    """About how wide a text is."""
    return LETTER * size * len(text)


def _cell(chart: Chart, left: float, top: float, width: float) -> Cell:
    x, y = limits(chart)
    up = ticks(chart.y, y, MOST_UP)
    beside = _is_labeled_beside(chart)
    before = TEXT + 15 + max((width_of(tick.text, MARK) for tick in up), default=0.0)
    behind = 14.0
    labels = len({line.label for line in curves(chart)}) if beside else 0
    if beside:
        behind += max(width_of(printable(line.label), SMALL) for line in curves(chart))
    inner = max(width - before - behind, 60.0)
    title = "\n".join(textwrap.wrap(printable(chart.title), max(16, int((width - before) / (BOLD * TITLE)))))
    legend = legend_labels(chart, beside=beside)
    longest = max((width_of(label, MARK) for label in legend), default=0.0) + HANDLE
    return Cell(
        left=left + before,
        top=top + (title.count("\n") + 1) * TITLE * 1.25 + 6,
        width=inner,
        height=max(min(inner, 260.0) * ASPECT, labels * SMALL * 1.15),
        title=title,
        across=ticks(chart.x, x, max(2, int(inner / 34))),
        up=up,
        legend=legend,
        columns=max(1, min(len(legend), int((width - before) / longest))),
        beside=beside,
    )


def _bottom(cell: Cell) -> float:
    rows = ceil(len(cell.legend) / cell.columns)
    return cell.top + cell.height + cell.below + rows * MARK * 1.55


def curves(chart: Chart) -> tuple[Line, ...]:
    """The lines with labels of their own."""
    return tuple(each for each in chart.series if isinstance(each, Line) and not each.family and each.x)


def family_labels(chart: Chart) -> set[str]:
    """The labels that stand on lines of a family."""
    return {each.label for each in chart.series if isinstance(each, Line) and each.family}


def legend_labels(chart: Chart, *, beside: bool) -> tuple[str, ...]:
    """What the legend must tell, because no label within the drawing does."""
    told = family_labels(chart)
    if beside:
        told |= {line.label for line in curves(chart)}
    named = {each.label for each in chart.series if isinstance(each, Points) and each.names == (each.label,)}
    return tuple(dict.fromkeys(each.label for each in chart.series if each.label not in {"", *told, *named}))


def _is_labeled_beside(chart: Chart) -> bool:
    return FEW <= len({line.label for line in curves(chart)}) <= MOST_BESIDE
