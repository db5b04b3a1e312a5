"""A chart on a page: one drawing for light and dark, values to hover over, at most so many points."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from math import ceil

from scalecalc.chart import SELF_TOLD, Axis, Chart, Line, Points, Series
from scalecalc.render import figure, printable
from scalecalc.render.figure_layout import arranged
from scalecalc.render.page_colors import Palette
from scalecalc.render.ticks import limits, texts

WIDTH = 3.6
"""Inches; the page scales the drawing, and so its letters, to the width of its column."""

MOST_POINTS = 600
"""Points of a chart that are drawn; of more, every so many-th."""

HOVERED = 16
"""Places along a curve that tell their values."""

TARGET = 4.0
"""Radius of such a place, in points of type."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing as markup, and what there is to see in it."""

    svg: str
    caption: str


def figure_of(chart: Chart, name: str, palette: Palette) -> Figure:
    """The chart as a drawing whose identifiers begin with `name`, its colors those of the palette."""
    drawn = replace(_thinned(chart), name=name)
    light, dark = (figure.svg((drawn,), width=WIDTH, dark=is_dark) for is_dark in (False, True))
    svg = re.sub(r"\s*<style.*?</style>", "", palette.joined(light, dark), flags=re.DOTALL)
    svg = re.sub(r'(<svg [^>]*?) width="[^"]*" height="[^"]*"', r"\1", svg, count=1)
    targets = "".join(_targets(drawn))
    return Figure(svg.replace("</svg>", f'<g class="hover">{targets}</g></svg>'), printable(_caption(chart)))


def _thinned(chart: Chart) -> Chart:
    """The chart with every so many-th point, where it has more than can be told apart."""
    every = _every(chart)
    if every == 1:
        return chart
    return replace(chart, series=tuple(_thinner(each, every) for each in chart.series))


def _every(chart: Chart) -> int:
    points = sum(len(each.x) for each in chart.series if isinstance(each, Points))
    return max(1, ceil(points / MOST_POINTS))


def _thinner(series: Series, every: int) -> Series:
    if not isinstance(series, Points):
        return series
    return replace(series, x=series.x[::every], y=series.y[::every], names=series.names[::every])


def _caption(chart: Chart) -> str:
    every = _every(chart)
    return chart.caption if every == 1 else f"{chart.caption} One point in {every} is drawn."


def _targets(chart: Chart) -> Iterator[str]:
    """An invisible mark on every point, and along every curve, that tells its values to the mouse."""
    (cell,), _ = arranged((chart,), WIDTH * figure.POINTS)
    across, up = limits(chart)
    for series in chart.series:
        if not isinstance(series, Points | Line) or not series.x:
            continue
        step = 1 if isinstance(series, Points) else max(1, len(series.x) // HOVERED)
        for place in range(0, len(series.x), step):
            x, y = series.x[place], series.y[place]
            at = cell.left + across.place(x) * cell.width, cell.top + (1 - up.place(y)) * cell.height
            told = escape(_told(chart, series, place), quote=False)
            yield f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{TARGET}"><title>{told}</title></circle>'


def _told(chart: Chart, series: Points | Line, place: int) -> str:
    """Name and values of a place, each with its unit."""
    names = series.names if isinstance(series, Points) else ()
    values = [
        f"{axis.label} {_text(axis, value)}"
        for axis, value in ((chart.x, series.x[place]), (chart.y, series.y[place]))
    ]
    return printable(f"{names[place] if names else series.label}: {', '.join(values)}")


def _text(axis: Axis, value: float) -> str:
    (text,) = texts(axis, (value,))
    unit = "" if axis.unit in SELF_TOLD or axis.unit in axis.label else f" {axis.unit}"
    return f"{text}{unit}"
