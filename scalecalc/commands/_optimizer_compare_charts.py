"""Charts of a comparison of optimizers: loss by step on each problem, and by learning rate with noise."""

import math
from collections.abc import Iterator, Mapping, Sequence

from scalecalc.chart import Axis, Chart, Line, Rule
from scalecalc.commands._optimizer_compare_rows import PROBLEMS
from scalecalc.training.optimizers.race import ROUNDING, Race

MOST_POINTS = 200
"""Points of a curve; a terminal has fewer columns."""

LEAST_LOSS = ROUNDING
"""Where a curve ends."""

HIGHEST_LOSS = 1e3
"""Where the curve of a learning rate ends that diverges."""


def charts(races: Mapping[str, Mapping[str, Race]], tolerances: Mapping[str, float]) -> tuple[Chart, ...]:
    """The charts that have something to show."""
    made = [_by_step(problem, runs, tolerances[problem]) for problem, runs in races.items()]
    return tuple(chart for chart in (*made, _by_rate(races["noisy"])) if chart is not None)


def _by_step(problem: str, runs: Mapping[str, Race], tolerance: float) -> Chart | None:
    lines = tuple(_curves(runs, tolerance))
    if not lines:
        return None
    return Chart(
        name=f"{problem}-loss",
        title=PROBLEMS[problem],
        x=Axis("step", log=True),
        y=Axis("loss", "share of the first", log=True),
        series=(*lines, Rule("tolerance", "y", tolerance)),
        caption="each optimizer at the learning rate that brings it within the tolerance in the fewest steps",
    )


def _curves(runs: Mapping[str, Race], tolerance: float) -> Iterator[Line]:
    for name, run in runs.items():
        losses = run.losses[:, run.best(tolerance)].tolist()
        steps = _spaced(len(losses) - 1)
        line = _line(name, steps, [losses[step] for step in steps])
        if line is not None:
            yield line


def _spaced(last: int) -> list[int]:
    """Steps from 1 to the last, evenly in the logarithm, each once."""
    ways = [place / (MOST_POINTS - 1) for place in range(MOST_POINTS)]
    return sorted({round(last**way) for way in ways})


def _by_rate(runs: Mapping[str, Race]) -> Chart | None:
    lines = [_line(name, run.rates.tolist(), run.losses[-1].tolist()) for name, run in runs.items()]
    drawn = tuple(line for line in lines if line is not None)
    if not drawn:
        return None
    return Chart(
        name="noisy-by-rate",
        title="with noise, by learning rate",
        x=Axis("learning rate", log=True),
        y=Axis("loss at the end", "share of the first", log=True),
        series=drawn,
        caption="too small a rate has not arrived, too large a one keeps the noise or diverges",
    )


def _line(name: str, x: Sequence[float], y: Sequence[float]) -> Line | None:
    """The points that a logarithmic axis can show; None where there is none."""
    shown = [
        (float(at), value)
        for at, value in zip(x, y, strict=True)
        if math.isfinite(value) and LEAST_LOSS <= value <= HIGHEST_LOSS
    ]
    if not shown:
        return None
    across, up = zip(*shown, strict=True)
    return Line(name, across, up)
