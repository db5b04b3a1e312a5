"""What a picture shows, apart from how it is drawn: a terminal, a figure and a page draw the same charts.

A chart holds finished numbers in base units; whoever draws it computes nothing but where they go.
"""

from dataclasses import dataclass
from math import isfinite

SELF_TOLD = frozenset({"seconds", "USD", "bytes", "share"})
"""Units that every number on an axis tells itself, such as 3 days, $2M, 80 GB or 40%."""


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis measures; `log` for quantities that span powers of ten.

    The unit says how its numbers are printed: FLOPs, parameters, tokens, GPUs, GPU-hours, seconds, USD, bytes
    and share in the grammar of the program, others plainly.
    """

    label: str
    unit: str = ""
    log: bool = False

    @property
    def title(self) -> str:
        """Label and unit as they stand beside the axis."""
        is_told = not self.unit or self.unit in SELF_TOLD or self.unit in self.label
        return self.label if is_told else f"{self.label} ({self.unit})"


@dataclass(frozen=True, slots=True)
class Line:
    """A curve through (x, y); `dashed` for what is extrapolated or only a reference.

    Lines of one `family`, such as contours or budgets, follow one another: they are drawn in shades, and each
    carries its label on itself. Series of one label share a color and one entry of the legend.
    """

    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    dashed: bool = False
    family: str = ""


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


@dataclass(frozen=True, slots=True)
class Zone:
    """A stretch of an axis, from low to high, that is told apart from the rest of it."""

    label: str
    axis: str
    low: float
    high: float


Series = Line | Points | Band | Rule | Zone


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


@dataclass(frozen=True, slots=True)
class Picture:
    """Charts side by side as one figure: `width` in inches, `dark` for a page that is."""

    charts: tuple[Chart, ...]
    width: float = 3.3
    dark: bool = False


def along(series: Series) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """All numbers (x, y) that the series shows on either axis."""
    match series:
        case Rule(axis=axis, at=at):
            return ((at,), ()) if axis == "x" else ((), (at,))
        case Zone(axis=axis, low=low, high=high):
            return ((low, high), ()) if axis == "x" else ((), (low, high))
        case Band():
            return series.x, (*series.low, *series.high)
    return series.x, series.y


def _check(series: Series, chart: Chart) -> None:
    if isinstance(series, Rule | Zone) and series.axis not in ("x", "y"):
        raise ValueError(f"chart {chart.name}: axis {series.axis!r} of {series.label!r} is neither x nor y")
    if len(set(map(len, _columns(series)))) > 1:
        raise ValueError(f"chart {chart.name}: lengths of {series.label!r} differ")
    for name, axis, values in zip("xy", (chart.x, chart.y), along(series), strict=True):
        if not all(isfinite(value) and (value > 0 or not axis.log) for value in values):
            raise ValueError(f"chart {chart.name}: {series.label!r} holds a number off axis {name}")


def _columns(series: Series) -> tuple[tuple[object, ...], ...]:
    """The columns of a series, which are as long as each other."""
    match series:
        case Line():
            return series.x, series.y
        case Points():
            return series.x, series.y, series.names or series.x
        case Band():
            return series.x, series.low, series.high
    return ()
