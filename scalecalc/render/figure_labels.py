"""Labels within a figure: at the ends of curves, on contours, beside points, none over another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from scalecalc.chart import Chart, Line, Points
from scalecalc.render import printable
from scalecalc.render.figure_layout import SMALL, Cell, curves, width_of
from scalecalc.render.figure_style import Colors

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME = 5.5
"""Height of the names of points."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the panel, in points of type."""

    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: "Box") -> bool:
        """Whether the two overlap."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.bottom < other.top
            and other.bottom < self.top
        )

    def holds(self, other: "Box") -> bool:
        """Whether the other lies inside."""
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.bottom <= other.bottom
            and other.top <= self.top
        )


@dataclass(frozen=True, slots=True)
class Sheet:
    """A panel to be labeled: its size, what is written there already, and its colors."""

    panel: "Axes"
    cell: Cell
    colors: Colors
    taken: list[Box] = field(default_factory=list)

    def on(self, x: float, y: float) -> tuple[float, float]:
        """The place of a value, in points of type from the lower left."""
        panel = self.panel
        across, up = panel.transAxes.inverted().transform(panel.transData.transform((x, y)))
        return float(across * self.cell.width), float(up * self.cell.height)

    def take(self, box: Box, others: Sequence[Box] = ()) -> bool:
        """Keep the rectangle for a label, if it is free of what is written and of the others."""
        whole = Box(0, 0, self.cell.width, self.cell.height)
        is_free = whole.holds(box) and not any(box.meets(other) for other in (*self.taken, *others))
        if is_free:
            self.taken.append(box)
        return is_free


Looks = Mapping[str, Mapping[str, Any]]


def label_lines(sheet: Sheet, chart: Chart, looks: Looks) -> None:
    """The label of every curve at its right end, outside the axes, moved apart where they would meet."""
    lines: dict[str, Line] = {}
    for line in curves(chart):
        other = lines.setdefault(line.label, line)
        lines[line.label] = line if line.x[-1] > other.x[-1] else other
    ends = {label: sheet.on(line.x[-1], line.y[-1]) for label, line in lines.items()}
    heights = _apart([end[1] for end in ends.values()], SMALL * 1.15, sheet.cell.height)
    for (label, end), height in zip(ends.items(), heights, strict=True):
        color = looks[label]["color"]
        is_moved = abs(height - end[1]) > 1.5 or end[0] < sheet.cell.width - 14
        thread: dict[str, Any] = {"arrowstyle": "-", "color": color, "linewidth": 0.4, "relpos": (0, 0.5)}
        thread |= {"shrinkA": 0, "shrinkB": 0}
        sheet.panel.annotate(
            printable(label), (lines[label].x[-1], lines[label].y[-1]),
            xytext=(sheet.cell.width + 7, height), textcoords="axes points", color=color, fontsize=SMALL,
            va="center", annotation_clip=False, arrowprops=thread if is_moved else None,
        )  # fmt: skip


def label_families(sheet: Sheet, chart: Chart, looks: Looks) -> None:
    """The label of each line of a family on the line itself, where it has most room."""
    from matplotlib.patheffects import withStroke

    lines = [each for each in chart.series if isinstance(each, Line) and each.family and each.x]
    paths = {
        id(line): [_around(sheet.on(x, y), 0.5) for x, y in zip(line.x, line.y, strict=True)]
        for line in lines
    }
    for line in lines:
        text = printable(line.label)
        others = [box for other in lines if other is not line for box in paths[id(other)]]
        halo = [withStroke(linewidth=2.2, foreground=sheet.colors.paper)]
        for at, right, across in _places_along(line):
            place = sheet.on(line.x[at], line.y[at])
            if sheet.take(_box((place[0] + right, place[1]), text, across, "center"), others):
                sheet.panel.annotate(
                    text, (line.x[at], line.y[at]), xytext=(right, 0), textcoords="offset points",
                    color=looks[line.label]["color"], fontsize=SMALL, ha=across, va="center", zorder=5,
                    path_effects=halo,
                )  # fmt: skip
                break


def label_points(sheet: Sheet, chart: Chart) -> None:
    """The names of points beside them, each on the first side where it covers nothing, or not at all."""
    points = [each for each in chart.series if isinstance(each, Points)]
    sheet.taken.extend(
        _around(sheet.on(x, y), 1.6) for each in points for x, y in zip(each.x, each.y, strict=True)
    )
    drawn = [
        _around(sheet.on(x, y), 0.5) for line in curves(chart) for x, y in zip(line.x, line.y, strict=True)
    ]
    for each in points:
        for x, y, name in zip(each.x, each.y, each.names, strict=False):
            _label_point(sheet, (x, y), printable(name), drawn)


SIDES = (
    (4, 0, "left", "center"),
    (0, 4, "center", "bottom"),
    (0, -4, "center", "top"),
    (-4, 0, "right", "center"),
    (3, 3, "left", "bottom"),
    (3, -3, "left", "top"),
    (-3, 3, "right", "bottom"),
    (-3, -3, "right", "top"),
)
"""Offsets, in points of type, and alignments of a name, the best first."""


def _label_point(sheet: Sheet, point: tuple[float, float], name: str, drawn: Sequence[Box]) -> None:
    from matplotlib.patheffects import withStroke

    at = sheet.on(*point)
    halo = [withStroke(linewidth=1.6, foreground=sheet.colors.paper)]
    for right, up, across, along in SIDES:
        if sheet.take(_box((at[0] + right, at[1] + up), name, across, along), drawn):
            sheet.panel.annotate(
                name, point, xytext=(right, up), textcoords="offset points", fontsize=NAME,
                ha=across, va=along, color=sheet.colors.ink, zorder=6, path_effects=halo,
            )  # fmt: skip
            return


def _box(at: tuple[float, float], text: str, across: str, along: str) -> Box:
    width, height = width_of(text, SMALL), SMALL * 1.1
    left = at[0] - {"left": 0.0, "center": width / 2, "right": width}[across]
    bottom = at[1] - {"bottom": 0.0, "center": height / 2, "top": height}[along]
    return Box(left, bottom, left + width, bottom + height)


def _around(at: tuple[float, float], reach: float) -> Box:
    return Box(at[0] - reach, at[1] - reach, at[0] + reach, at[1] + reach)


def _places_along(line: Line) -> Iterator[tuple[int, float, str]]:
    """Where the label may stand: (index, offset, alignment), behind either end first, then on the line."""
    last = len(line.x) - 1
    behind, before = (last, 0) if line.x[last] >= line.x[0] else (0, last)
    yield behind, 2.5, "left"
    yield before, -2.5, "right"
    start = int(0.75 * last)
    for place in sorted(range(last + 1), key=lambda place: abs(place - start)):
        yield place, 0.0, "center"


def _apart(heights: Sequence[float], gap: float, room: float) -> list[float]:
    """The heights, moved as little as keeps them a gap apart and in order, from 0 to room where they fit."""
    order = sorted(range(len(heights)), key=heights.__getitem__)
    placed = [heights[place] for place in order]
    for _ in range(200):
        short = [max(0.0, gap - (above - below)) for below, above in pairwise(placed)]
        if max(short, default=0.0) < 1e-6:
            break
        for below, lack in enumerate(short):
            placed[below] -= lack / 2
            placed[below + 1] += lack / 2
    ceiling, floor = room, 0.0
    for place in reversed(range(len(placed))):
        placed[place] = min(placed[place], ceiling)
        ceiling = placed[place] - gap
    for place in range(len(placed)):
        placed[place] = max(placed[place], floor)
        floor = placed[place] + gap
    found = [0.0] * len(heights)
    for place, height in zip(order, placed, strict=True):
        found[place] = height
    return found
