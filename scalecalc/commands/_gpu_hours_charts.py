"""The chart of `gpu-hours`: time against the number of GPUs, or what a cluster's time buys."""

from typing import TYPE_CHECKING

from scalecalc.chart import Axis, Band, Chart, Points, Rule
from scalecalc.commands._charts import SIZE, chart, curve, grid

if TYPE_CHECKING:
    from scalecalc.commands.gpu_hours import GpuHoursResult

GPUS = Axis("number of GPUs", "GPUs", log=True)
TIME = Axis("time", "seconds", log=True)

HOUR = 3600.0

FEWEST, MOST = 8, 65_536
"""GPUs that a chart spans at least where none are given."""

REACH = 16
"""Factor to both sides of the number of GPUs that was given."""

MARKS = ((7 * 24 * HOUR, "a week"), (30 * 24 * HOUR, "30 days"), (90 * 24 * HOUR, "90 days"))


def gpu_hours_chart(result: "GpuHoursResult") -> Chart | None:
    """Time on more or fewer GPUs; for a cluster alone, the best model against the time that it trains."""
    return _purchases(result) if len(result.buys) > 1 else _time(result)


def _time(result: "GpuHoursResult") -> Chart | None:
    """Seconds = GPU-hours * 3600 / GPUs, with the range that the MFU gives."""
    hours = result.gpu_hours
    value, gpus = float(hours.value), result.gpus
    count = float(gpus.value) if gpus else None
    counts = grid(max(1.0, count / REACH), count * REACH) if count else grid(FEWEST, MOST)
    low, high = float(hours.low or value), float(hours.high or value)
    label = f"{result.accelerator}, range by MFU" if low < high else result.accelerator
    line = curve(label, counts, lambda each: value * HOUR / each)
    band = None
    if low < high and line.x:
        band = Band(
            label,
            line.x,
            tuple(low * HOUR / each for each in line.x),
            tuple(high * HOUR / each for each in line.x),
        )
    shortest, longest = (min(line.y), max(line.y)) if line.y else (0.0, 0.0)
    marks = [Rule(text, "y", seconds) for seconds, text in MARKS if shortest < seconds < longest]
    here = None
    if count and result.seconds is not None:
        here = Points(f"on {count:g} GPUs: {result.seconds.value}", (count,), (float(result.seconds.value),))
    return chart(
        "time",
        "Time of the run by number of GPUs",
        (GPUS, TIME),
        (band, line, *marks, here),
        "At the same MFU; large clusters rarely keep it.",
    )


def _purchases(result: "GpuHoursResult") -> Chart | None:
    """The compute-optimal model against the time that the cluster trains."""
    found = [(float(each.seconds), each) for each in result.buys if each.seconds is not None]
    if len(found) < 2:
        return None
    (first, one), (last, other) = found[0], found[-1]
    scale, growth = _power((first, float(one.params)), (last, float(other.params)))
    points = Points(
        "a day, a week, a month, a quarter",
        tuple(seconds for seconds, _ in found),
        tuple(float(each.params) for _, each in found),
    )
    return chart(
        "purchases",
        "The best model by the time that the cluster trains",
        (TIME, SIZE),
        (curve("compute-optimal model size", grid(first, last), lambda each: scale * each**growth), points),
        "By the law of the answer, on all of the cluster's compute.",
    )


def _power(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """Factor and exponent of the power through two points."""
    from math import log

    growth = log(end[1] / start[1]) / log(end[0] / start[0])
    return start[1] / start[0] ** growth, growth
