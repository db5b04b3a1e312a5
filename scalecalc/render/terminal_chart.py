"""A chart in characters: at most 100 columns, the same to read without color as with it.

Curves are drawn in Braille dots and carry a letter where there are several, points have a sign of their own,
and the legend below says in words which is which. The axes are marked by `ticks`, never by a logarithm.
"""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import ceil
from typing import Any

from scalecalc.chart import Band, Chart, Line, Points, Rule, Series, Zone
from scalecalc.render import printable
from scalecalc.render.terminal_marks import CURVE, DASH, LEVEL, UPRIGHT, Mark, legend, marks_of
from scalecalc.render.ticks import Limits, Tick, limits, ticks

WIDEST, NARROWEST = 100, 30
ROWS = 18
"""Of the drawing itself; title, axis and legend come on top."""

MANY = 20
"""Points from which a curve is drawn over them."""

PLAIN = str.maketrans({"┌": "+", "┐": "+", "└": "+", "┘": "+", "┤": "+", "├": "+", "┬": "+", "┴": "+"}) | {
    **str.maketrans({"─": "-", "│": "|", "░": ":", "▒": "%", "╎": "|", "╌": "-", "·": "."}),
    **dict.fromkeys(range(0x2801, 0x2900), "."),
}
"""The drawing for a terminal that knows ASCII alone."""


def draw(chart: Chart, columns: int, *, colored: bool = False, plain: bool = False) -> str:
    """The chart in so many columns, with color as ANSI escapes if wanted; `plain` keeps to ASCII."""
    width = max(NARROWEST, min(columns, WIDEST))
    marks = marks_of(chart.series)
    drawing = _drawing(chart, marks, width, colored=colored)
    parts = [
        _centered(printable(chart.title), width),
        printable(chart.y.title),
        *drawing,
        _centered(printable(chart.x.title), width),
        *legend(chart.series, marks, width),
        *textwrap.wrap(printable(chart.caption), width),
    ]
    text = "\n".join(line.rstrip() for line in parts) + "\n"
    return text.translate(PLAIN).encode("ascii", "replace").decode() if plain else text


def _centered(text: str, width: int) -> str:
    return text[:width].center(width)


def _drawing(chart: Chart, marks: dict[str, Mark], width: int, *, colored: bool) -> list[str]:
    """The frame with everything in it, line by line."""
    import plotext

    x, y = limits(chart)
    down = ticks(chart.y, y, 6)
    across = ticks(chart.x, x, _room(chart, x, width))
    plotext.terminal.limit(False, False)
    figure = plotext.figure
    figure.clear()
    figure.theme("colorless").plot_size(width, ROWS + 3)
    for axis, ends, marked in (("x", x, across), ("y", y, down)):
        ruler = figure.ruler(axis).lim(ends.scaled(ends.low), ends.scaled(ends.high))
        ruler.ticks([ends.scaled(tick.at) for tick in marked], [tick.text for tick in marked])
    columns = width - 2 - max((len(tick.text) for tick in down), default=0)
    pen = _Pen(figure, x, y, columns, colored)
    for series in sorted(chart.series, key=_depth):
        pen.draw(series, marks[series.label])
    for place, series in enumerate(_lettered(chart.series, marks)):
        pen.write_letter(series, marks[series.label], place)
    drawn: str = figure.build().string(colorless=not colored)
    figure.clear()
    return drawn.rstrip("\n").split("\n")


def _room(chart: Chart, ends: Limits, width: int) -> int:
    """How many marks fit side by side below the drawing."""
    for most in range(8, 2, -1):
        found = ticks(chart.x, ends, most)
        if sum(len(tick.text) + 3 for tick in found) <= width - 12 and not _crowded(found, ends, width - 12):
            return most
    return 2


def _crowded(found: Sequence[Tick], ends: Limits, columns: int) -> bool:
    places = [ends.place(tick.at) * columns for tick in found]
    gaps = zip(places, places[1:], found, found[1:], strict=False)
    return any(b - a < (len(one.text) + len(two.text)) / 2 + 1 for a, b, one, two in gaps)


def _depth(series: Series) -> int:
    """What is drawn first and so lies below: ranges, rules, many points, curves, and few points on top."""
    if isinstance(series, Points) and len(series.x) > MANY:
        return 3
    return {Band: 0, Zone: 1, Rule: 2, Line: 4, Points: 5}[type(series)]


def _lettered(series: Iterable[Series], marks: dict[str, Mark]) -> Iterator[Line]:
    """The longest curve of each label that carries a letter, and every curve of a family."""
    lines = [each for each in series if isinstance(each, Line) and each.x]
    for label in dict.fromkeys(line.label for line in lines):
        named = [line for line in lines if line.label == label]
        if marks[label].letter or named[0].family:
            yield max(named, key=lambda line: len(line.x))


class _Pen:
    """Draws series on a figure whose axes run over scaled values."""

    def __init__(self, figure: Any, x: Limits, y: Limits, columns: int, colored: bool) -> None:
        self.figure = figure
        self.x = x
        self.y = y
        self.columns = columns
        self.colored = colored

    def draw(self, series: Series, mark: Mark) -> None:
        """One series."""
        match series:
            case Line(x=x, y=y, dashed=True):
                self._put(*self._dashes(x, y), DASH, mark)
            case Line(x=x, y=y):
                self._put(self._across(x), self._up(y), CURVE, mark, lines=len(x) > 1)
            case Points(x=x, y=y):
                self._put(self._across(x), self._up(y), mark.sign, mark)
            case Band(x=x, low=low, high=high):
                self._put(*self._shade(self._across(x), self._up(low), self._up(high)), mark.sign, mark)
            case Rule(axis=axis, at=at):
                self._rule(axis, at, mark)
            case Zone(axis=axis, low=low, high=high):
                self._rule(axis, low, mark)
                self._rule(axis, high, mark)

    def write_letter(self, line: Line, mark: Mark, place: int) -> None:
        """The curve's letter, or the label of one of a family, elsewhere on each curve."""
        x, y = self._across(line.x), self._up(line.y)
        if not mark.letter:
            self._put([x[-1]], [y[-1]], printable(line.label)[:8], mark)
            return
        at = x[0] + (x[-1] - x[0]) * (0.5 + place % 7) / 7
        self._put([at], [_between(at, x, y)], mark.letter, mark)

    def _put(
        self, x: Sequence[float], y: Sequence[float], sign: str, mark: Mark, *, lines: bool = False
    ) -> None:
        import plotext

        if not x:
            return
        made = plotext.marker(sign, pixel=(mark.color if self.colored else "default"), ha="center")
        self.figure.draw(self.figure.signal(list(x), list(y), marker=made).lines(lines))

    def _across(self, values: Iterable[float]) -> list[float]:
        return [self.x.scaled(value) for value in values]

    def _up(self, values: Iterable[float]) -> list[float]:
        return [self.y.scaled(value) for value in values]

    def _rule(self, axis: str, at: float, mark: Mark) -> None:
        own, other = (self.x, self.y) if axis == "x" else (self.y, self.x)
        low, high = other.scaled(other.low), other.scaled(other.high)
        count = 2 * (ROWS if axis == "x" else self.columns)
        along = [low + (high - low) * (step + 0.5) / count for step in range(count)]
        still = [own.scaled(at)] * count
        self._put(
            *((still, along) if axis == "x" else (along, still)), UPRIGHT if axis == "x" else LEVEL, mark
        )

    def _dashes(self, x: Sequence[float], y: Sequence[float]) -> tuple[list[float], list[float]]:
        """Single dots along the curve, two columns or a row apart."""
        found: tuple[list[float], list[float]] = ([], [])
        gone, due = 0.0, 0.0
        corners = list(zip(self._across(x), self._up(y), strict=True))
        for (a, c), (b, d) in pairwise(corners):
            length = max(self._cells(b - a, self.x, self.columns) / 2, self._cells(d - c, self.y, ROWS))
            while due <= gone + length and length > 0:
                share = (due - gone) / length
                found[0].append(a + (b - a) * share)
                found[1].append(c + (d - c) * share)
                due += 1
            gone += length
        return found

    def _cells(self, distance: float, ends: Limits, cells: int) -> float:
        return abs(distance) / (ends.scaled(ends.high) - ends.scaled(ends.low)) * cells

    def _shade(
        self, x: Sequence[float], low: Sequence[float], high: Sequence[float]
    ) -> tuple[list[float], list[float]]:
        """The cells between two curves, column by column."""
        found: tuple[list[float], list[float]] = ([], [])
        for place in range(self.columns * 2):
            at = x[0] + (x[-1] - x[0]) * place / (self.columns * 2 - 1)
            bottom, top = _between(at, x, low), _between(at, x, high)
            count = ceil(self._cells(top - bottom, self.y, ROWS) * 2) + 1
            for step in range(count + 1):
                found[0].append(at)
                found[1].append(bottom + (top - bottom) * step / count)
        return found


def _between(at: float, x: Sequence[float], y: Sequence[float]) -> float:
    """The curve's y there, on the straight line between its neighbors."""
    after = next((place for place, value in enumerate(x) if value >= at), len(x) - 1)
    before = max(after - 1, 0)
    if x[after] == x[before]:
        return y[after]
    return y[before] + (y[after] - y[before]) * (at - x[before]) / (x[after] - x[before])
