"""Where an axis is marked and what stands there, in the number grammar of the program.

A terminal and a figure mark their axes alike; neither ever shows the logarithm that it draws with.
"""

from collections.abc import Callable, Iterable
from itertools import pairwise
from math import ceil, floor, inf, isfinite, log10
from typing import NamedTuple

from scalecalc.chart import Axis, Chart, along
from scalecalc.quantity import Bytes, Dollars, Duration, Flops, Refused, significant
from scalecalc.quantity.number import abbreviated

MINUTE, HOUR, DAY, YEAR = 60.0, 3600.0, 86400.0, 365.25 * 86400

ROUND_SPANS = (
    *(1.0, 10.0, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 3 * DAY, 10 * DAY, 30 * DAY, 100 * DAY),
    *(YEAR, 3 * YEAR, 10 * YEAR, 30 * YEAR, 100 * YEAR, 1000 * YEAR),
)
"""Times that a logarithmic axis is marked at, in seconds."""

MARGIN = 0.04
"""Share of an axis that is left free beyond the data."""


class Tick(NamedTuple):
    """A marked place of an axis, in base units, and its text."""

    at: float
    text: str


class Limits(NamedTuple):
    """The ends of an axis, in base units, and whether the way between them is logarithmic."""

    low: float
    high: float
    log: bool

    def place(self, value: float) -> float:
        """Share of the way from low to high at which a value lies."""
        low, high, value = self.scaled(self.low), self.scaled(self.high), self.scaled(value)
        return (value - low) / (high - low)

    def scaled(self, value: float) -> float:
        """The value as the axis draws it."""
        return log10(value) if self.log else value


def limits(chart: Chart) -> tuple[Limits, Limits]:
    """The ends of both axes: all that the chart shows, and a little room."""
    columns = tuple(zip(*map(along, chart.series), strict=True))
    x, y = ([value for part in column for value in part] for column in columns)
    return _limits(x, chart.x), _limits(y, chart.y)


def _limits(values: Iterable[float], axis: Axis) -> Limits:
    scaled = [log10(value) if axis.log else value for value in values]
    low, high = min(scaled), max(scaled)
    is_wide = high - low > (1e-3 if axis.log else max(abs(high), 1e-9) * 1e-6)
    alone = 0.1 if axis.log else 0.05 * abs(high) or 1.0
    room = MARGIN * (high - low) if is_wide else alone
    low, high = low - room, high + room
    if not axis.log:
        return Limits(low, high, log=False)
    return Limits(10.0 ** max(low, -307.0), 10.0 ** min(high, 307.0), log=True)


def ticks(axis: Axis, ends: Limits, most: int) -> tuple[Tick, ...]:
    """At most so many round places between the ends, with their texts; at least two where there is room."""
    places = _log_places(axis, ends, most) if ends.log else _even_places(axis, ends, most)
    return tuple(Tick(at, text) for at, text in zip(places, texts(axis, places), strict=True))


def texts(axis: Axis, values: Iterable[float]) -> tuple[str, ...]:
    """The values as this axis prints them, with as many digits as tell them apart."""
    found = tuple(values)
    steps = [abs(b - a) for a, b in pairwise(found)]
    step = min(steps, default=0.0)
    is_even = step > 0 and max(steps) < 1.01 * step
    if axis.unit not in KINDS and is_even and 1e-4 <= max(map(abs, found)) < 1e6:
        decimals = next(n for n in range(13) if _is_whole(step * 10.0**n) or n == 12)
        return tuple(f"{value:.{decimals}f}" if value else "0" for value in found)
    printed = KINDS.get(axis.unit, significant)
    return tuple("0" if not value else f"{'-' * (value < 0)}{_text(printed, abs(value))}" for value in found)


def _text(printed: Callable[[float], object], value: float) -> str:
    """The number of its quantity; a plain one just outside the range that the quantity has."""
    try:
        return str(printed(value))
    except Refused:
        return significant(value)


def _count(value: float) -> str:
    return abbreviated(value) if value >= 1000 else significant(value)


def _percent(value: float) -> str:
    return f"{significant(100 * value)}%"


KINDS: dict[str, Callable[[float], object]] = {
    **dict.fromkeys(("parameters", "tokens", "GPUs", "GPU-hours", "examples", "sequences"), _count),
    "FLOPs": Flops,
    "seconds": Duration,
    "USD": Dollars,
    "bytes": Bytes,
    "share": _percent,
}
"""What prints a number of a unit; of any other unit they are plain numbers."""


def _log_places(axis: Axis, ends: Limits, most: int) -> list[float]:
    low, high = log10(ends.low), log10(ends.high)
    if axis.unit == "seconds":
        spans = [span for span in ROUND_SPANS if ends.low <= span <= ends.high]
        if len(spans) >= 2:
            return _thinned(spans, most)
    decades = range(ceil(low - 1e-9), floor(high + 1e-9) + 1)
    if len(decades) >= 3:
        step = ceil(len(decades) / most)
        return [10.0**power for power in decades if power % step == 0]
    for parts in ((1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        powers = range(floor(low), ceil(high) + 1)
        found = [
            part * 10.0**power
            for power in powers
            for part in parts
            if ends.low <= part * 10.0**power <= ends.high
        ]
        if 2 <= len(found) <= most:
            return found
    return _even_places(axis, ends, most)


def _thinned(places: list[float], most: int) -> list[float]:
    return places[:: ceil(len(places) / most)]


def _even_places(axis: Axis, ends: Limits, most: int) -> list[float]:
    """Multiples of 1, 2, 2.5 or 5 times a power of ten; times are counted in days, hours or minutes."""
    unit = _unit_of_time(ends.high) if axis.unit == "seconds" else 1.0
    low, high = ends.low / unit, ends.high / unit
    step = _round_step((high - low) / max(most, 1))
    if not 0 < step < inf:
        return [ends.low, ends.high]
    numbers = _multiples(low, high, step)
    if len(numbers) > most:
        step = _round_step(1.01 * step)
        numbers = _multiples(low, high, step)
    places = [number * step * unit for number in numbers]
    return [place for place in places if isfinite(place)]


def _multiples(low: float, high: float, step: float) -> range:
    return range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)


def _unit_of_time(longest: float) -> float:
    return next((unit for unit in (YEAR, DAY, HOUR, MINUTE) if longest >= 2 * unit), 1.0)


def _round_step(least: float) -> float:
    if not 0 < least < inf:
        return 0.0
    power = 10.0 ** floor(log10(least))
    return next((part * power for part in (1, 2, 2.5, 5) if part * power >= least * (1 - 1e-9)), 10 * power)


def _is_whole(value: float) -> bool:
    return abs(value - round(value)) < 1e-6 * max(1.0, abs(value))
