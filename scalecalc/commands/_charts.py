"""What the charts of several commands share: axes, curves that leave out what no axis shows, captions."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from math import isfinite, log10
from typing import TypeVar

from scalecalc.chart import Axis, Band, Chart, Line, Points, Series
from scalecalc.laws import Range
from scalecalc.result import Result, Stream

Answer = TypeVar("Answer", bound=Result | Stream)

COMPUTE = Axis("compute", "FLOPs", log=True)
SIZE = Axis("model size", "parameters", log=True)
DATA = Axis("training tokens", "tokens", log=True)

STEPS = 97
"""Points of a curve; one for each column of a wide terminal."""

REACH = 10.0
"""Factor to both sides of what a chart is about."""


def charted(answer: Answer, charts: Iterable[Chart | None]) -> Answer:
    """The answer with those of the charts that hold anything."""
    kept = tuple(chart for chart in charts if chart is not None)
    if isinstance(answer, Result):
        return answer.model_copy(update={"charts": kept})
    return replace(answer, charts=kept)


def loss_axis(unit: str) -> Axis:
    """The axis of a loss in that unit."""
    return Axis("loss", unit)


def grid(low: float, high: float, steps: int = STEPS) -> tuple[float, ...]:
    """Values from low to high, evenly spaced in their logarithm."""
    start, end = log10(low), log10(high)
    return tuple(10.0 ** (start + (end - start) * step / (steps - 1)) for step in range(steps))


def around(value: float, reach: float = REACH) -> tuple[float, ...]:
    """Values from so many times less to so many times more."""
    return grid(value / reach, value * reach)


def curve(
    label: str,
    x: Iterable[float],
    y: Callable[[float], float | None],
    *,
    dashed: bool = False,
    family: str = "",
) -> Line:
    """The curve y(x), without the places where y has no positive finite value."""
    found = [(each, value) for each in x if (value := _value(y, each)) is not None]
    return Line(
        label,
        tuple(each for each, _ in found),
        tuple(value for _, value in found),
        dashed=dashed,
        family=family,
    )


def traced(label: str, along: Iterable[float], place: Callable[[float], tuple[float, float | None]]) -> Line:
    """The curve through place(t) = (x, y) for t along it, without what no axis shows."""
    found = [pair for each in along if (pair := _place(place, each)) is not None]
    return Line(label, tuple(x for x, _ in found), tuple(y for _, y in found))


def _place(function: Callable[[float], tuple[float, float | None]], at: float) -> tuple[float, float] | None:
    try:
        x, y = function(at)
    except (ArithmeticError, ValueError):
        return None
    is_shown = y is not None and isfinite(x) and isfinite(y) and x > 0 and y > 0
    return (float(x), float(y)) if is_shown and y is not None else None


def _value(function: Callable[[float], float | None], at: float) -> float | None:
    try:
        value = function(at)
    except (ArithmeticError, ValueError):
        return None
    return float(value) if value is not None and isfinite(value) and value > 0 else None


def within(
    label: str, x: Iterable[float], y: Callable[[float], float | None], fitted: Range
) -> Iterator[Line]:
    """The curve y(x), dashed outside the range that the law was fitted on."""
    places = tuple(x)
    low, high = fitted.low or 0.0, fitted.high or float("inf")
    cuts = [place for place in (low, high) if places[0] < place < places[-1]]
    ends = [places[0], *cuts, places[-1]]
    for start, end in pairwise(ends):
        part = (start, *(place for place in places if start < place < end), end)
        middle = (start * end) ** 0.5
        line = curve(label, part, y, dashed=not low <= middle <= high)
        if line.x:
            yield line


def chart(
    name: str, title: str, axes: tuple[Axis, Axis], series: Iterable[Series | None], caption: str
) -> Chart | None:
    """The chart of what there is of the series; None where nothing of it is left."""
    kept = tuple(each for each in series if each is not None and _holds_something(each))
    if not any(isinstance(each, Line | Points) for each in kept):
        return None
    return Chart(name, title, *axes, kept, caption)


def _holds_something(series: Series) -> bool:
    return bool(series.x) if isinstance(series, Line | Points | Band) else True
