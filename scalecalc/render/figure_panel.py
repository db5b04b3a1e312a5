"""One chart drawn on a pair of matplotlib axes: series, marked axes, and labels beside what they name."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from scalecalc.chart import Band, Chart, Line, Points, Rule, Series, Zone
from scalecalc.render import printable
from scalecalc.render.figure_labels import Sheet, label_families, label_lines, label_points
from scalecalc.render.figure_layout import Cell
from scalecalc.render.figure_style import MARKERS, Colors
from scalecalc.render.ticks import Limits, Tick, limits

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis


FEW, MANY = 3, 100
"""Points up to which they are large; from which they are small and lie below the curves."""


def draw_panel(panel: "Axes", chart: Chart, cell: Cell, colors: Colors) -> None:
    """The chart, whole: what cannot be labeled in its place goes into a legend."""
    looks = _looks(chart.series, colors)
    _frame(panel, chart, cell, colors)
    for series in chart.series:
        _draw(panel, series, looks[series.label])
    sheet = Sheet(panel, cell, colors)
    label_families(sheet, chart, looks)
    if cell.beside:
        label_lines(sheet, chart, looks)
    label_points(sheet, chart)
    _legend(panel, chart, cell, looks, colors)


def _looks(series: Sequence[Series], colors: Colors) -> dict[str, dict[str, Any]]:
    """Color and marker by label, families in shades from first to last."""
    families: dict[str, list[str]] = {}
    for each in series:
        if isinstance(each, Line) and each.family:
            members = families.setdefault(each.family, [])
            members += [each.label] if each.label not in members else []
    found: dict[str, dict[str, Any]] = {}
    for place, members in enumerate(families.values()):
        for step, label in enumerate(members):
            share = step / max(len(members) - 1, 1)
            shade = _mixed(*colors.shades, share) if place == 0 else colors.faint
            found[label] = {"color": shade, "marker": "o"}
    others = dict.fromkeys(each.label for each in series if each.label not in found)
    points = dict.fromkeys(each.label for each in series if isinstance(each, Points))
    markers = {label: MARKERS[place % len(MARKERS)] for place, label in enumerate(points)}
    for place, label in enumerate(others):
        color = colors.series[place % len(colors.series)]
        found[label] = {"color": color, "marker": markers.get(label, "o")}
    return found


def _mixed(first: str, second: str, share: float) -> str:
    """The color so far on the way from the first to the second."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _channels(color: str) -> tuple[int, ...]:
    return tuple(int(color[place : place + 2], 16) for place in (1, 3, 5))


def _frame(panel: "Axes", chart: Chart, cell: Cell, colors: Colors) -> None:
    """Axes with their marks, grid, title and titles of the axes."""
    x, y = limits(chart)
    panel.set_facecolor(colors.paper)
    panel.set_title(cell.title, color=colors.ink, pad=5)
    panel.set_xlabel(printable(chart.x.title), color=colors.ink, labelpad=3)
    panel.set_ylabel(printable(chart.y.title), color=colors.ink, labelpad=3)
    panel.set_xscale("log" if x.log else "linear")
    panel.set_yscale("log" if y.log else "linear")
    panel.set_xlim(x.low, x.high)
    panel.set_ylim(y.low, y.high)
    _mark(panel.xaxis, x, cell.across)
    _mark(panel.yaxis, y, cell.up)
    panel.grid(color=colors.grid, linewidth=0.5)
    panel.tick_params(which="both", colors=colors.faint, labelcolor=colors.ink)
    for side in ("left", "bottom"):
        panel.spines[side].set_color(colors.faint)


def _mark(axis: "Axis", ends: Limits, marks: Sequence[Tick]) -> None:
    """The marks with their texts, and small ones between them where there are few powers of ten."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, LogLocator, NullFormatter

    axis.set_major_locator(FixedLocator([tick.at for tick in marks]))
    axis.set_major_formatter(FixedFormatter([tick.text for tick in marks]))
    axis.set_minor_formatter(NullFormatter())
    if ends.log and ends.high / ends.low < 1e7:
        axis.set_minor_locator(LogLocator(subs=range(2, 10)))


def _draw(panel: "Axes", series: Series, look: dict[str, Any]) -> None:
    color = look["color"]
    match series:
        case Line(x=x, y=y, dashed=dashed, family=family):
            style = (0, (3, 2)) if dashed else "-"
            panel.plot(x, y, color=color, linestyle=style, linewidth=0.9 if family else 1.3, zorder=3)
        case Points(x=x, y=y):
            size, depth = (22, 4) if len(x) <= FEW else (9, 4) if len(x) <= MANY else (4, 2.5)
            panel.scatter(
                x, y, s=size, color=color, marker=look["marker"], linewidths=0.3 if len(x) <= MANY else 0,
                edgecolors=panel.get_facecolor(), zorder=depth,
            )  # fmt: skip
        case Band(x=x, low=low, high=high):
            panel.fill_between(x, low, high, color=color, alpha=0.18, linewidth=0, zorder=1)
        case Rule(axis=axis, at=at):
            line = panel.axvline if axis == "x" else panel.axhline
            line(at, color=color, linewidth=0.8, linestyle=(0, (1, 1.5)), zorder=2)
        case Zone(axis=axis, low=low, high=high):
            span = panel.axvspan if axis == "x" else panel.axhspan
            span(low, high, color=color, alpha=0.15, linewidth=0, zorder=1)


def _legend(
    panel: "Axes", chart: Chart, cell: Cell, looks: dict[str, dict[str, Any]], colors: Colors
) -> None:
    """What no label tells, below the axes, where it covers nothing."""
    if not cell.legend:
        return
    handles = [
        tuple(_handle(each, looks[label]) for each in chart.series if each.label == label)
        for label in cell.legend
    ]
    panel.legend(
        handles, [printable(label) for label in cell.legend],
        loc="upper left", bbox_to_anchor=(0, -cell.below / cell.height), ncols=cell.columns,
        handlelength=1.8, handletextpad=0.5, columnspacing=1.2, labelspacing=0.35, borderpad=0,
        borderaxespad=0, labelcolor=colors.ink,
    )  # fmt: skip


def _handle(series: Series, look: dict[str, Any]) -> Any:
    """The sign that stands for a series in the legend."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    color = look["color"]
    match series:
        case Points():
            return Line2D([], [], color=color, marker=look["marker"], linestyle="none", markersize=3.5)
        case Line(dashed=dashed):
            return Line2D([], [], color=color, linestyle=(0, (3, 2)) if dashed else "-")
        case Rule():
            return Line2D([], [], color=color, linestyle=(0, (1, 1.5)), linewidth=0.8)
    return Patch(color=color, alpha=0.2, linewidth=0)
