"""What a picture shows, apart from how it is drawn: a terminal, a figure and a page draw the same charts.

A chart holds finished numbers in base units; whoever draws it computes nothing but where they go.
"""

from dataclasses import dataclass
from math import isfinite


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis measures; `log` for quantities that span powers of ten."""

    label: str
    unit: str = ""
    log: bool = False

    @property
    def title(self) -> str:
        """Label and unit as they stand beside the axis."""
        return f"{self.label} ({self.unit})" if self.unit else self.label


@dataclass(frozen=True, slots=True)
class Line:
    """A curve through (x, y); `dashed` for what is extrapolated or only a reference."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """Single measurements; `names`, if given, say what each one is."""

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Band:
    """A range from low to high along x, such as an interval around a curve."""

    label: str
    x: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line at one value of an axis, `x` for an upright one."""

    label: str
    axis: str
    at: float


Series = Line | Points | Band | Rule


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture: `name` is its identifier, `caption` says in words what there is to see in it."""

    name: str
    title: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    caption: str

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn: no data, lengths that differ, or a number off a logarithmic axis."""
        if not any(isinstance(each, Line | Points) and each.x for each in self.series):
            raise ValueError(f"chart {self.name}: no line and no points")
        for each in self.series:
            _check(each, self)


def _check(series: Series, chart: Chart) -> None:
    whose = f"chart {chart.name}: {series.label!r}"
    if isinstance(series, Rule) and series.axis not in ("x", "y"):
        raise ValueError(f"{whose} stands on axis {series.axis!r}, which is neither x nor y")
    if len(set(map(len, _columns(series)))) > 1:
        raise ValueError(f"{whose} has columns of different lengths")
    for name, axis in (("x", chart.x), ("y", chart.y)):
        if not all(isfinite(value) and (value > 0 or not axis.log) for value in _along(series, name)):
            raise ValueError(f"{whose} holds a number that axis {name} cannot show")


def _columns(series: Series) -> tuple[tuple[float, ...], ...]:
    if isinstance(series, Rule):
        return ((series.at,),)
    if isinstance(series, Band):
        return (series.x, series.low, series.high)
    return (series.x, series.y)


def _along(series: Series, name: str) -> tuple[float, ...]:
    """All coordinates of the series on that axis."""
    if isinstance(series, Rule):
        return (series.at,) if series.axis == name else ()
    along, *across = _columns(series)
    return along if name == "x" else tuple(value for column in across for value in column)
