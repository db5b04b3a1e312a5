"""The test of each series, as rows: its accuracy as it stands, per token, and a continuous measure."""

from collections.abc import Iterator, Sequence
from math import log, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from scalecalc.commands._emergence_fit_rows import FittedModel, SeriesTest
from scalecalc.commands._emergence_table import Measured, missing_items
from scalecalc.fitting.emergence import FEWEST, LEVEL, BreakTest, Series, break_test
from scalecalc.fitting.emergence_continuous import continuous_break_test
from scalecalc.problem import ExitCode, Problem
from scalecalc.progress import report
from scalecalc.quantity import Flops, Params, Quantity, Share
from scalecalc.result import Estimate, Span
from scalecalc.training.emergence import emergence_score, largest_step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MOST_MODELS = 1000
"""Models of a series; no family has as many, a table of answers or checkpoints may."""

ENOUGH_POWER = 0.8
"""Share of true jumps that a test must find before its silence says that there is none."""

LEAST_RIGHT = 3
"""Right answers, and standard deviations above chance, from which a model can do a task at all."""

WILSON = 1.959963984540054
"""Standard normal quantile of a 95 % interval."""


class Tested(NamedTuple):
    """A series with its rows and, where accuracies were tested, its curves."""

    measured: Measured
    rows: tuple[SeriesTest, ...]
    as_it_stands: BreakTest
    per_token: BreakTest | None

    @property
    def is_below_chance(self) -> bool:
        """Whether a model does clearly worse than by guessing."""
        return bool((_above_chance(self.as_it_stands.smooth.series) < -LEAST_RIGHT).any())


def tested_series(found: Sequence[Measured], resamples: int, seed: int) -> tuple[Tested, ...]:
    """The tests of those series that have models enough; a Problem where none has."""
    for each in found:
        if len(each) > MOST_MODELS:
            message = f"{each.name} has {len(each)} rows, and a series is of models, {MOST_MODELS} at most"
            hint = "give one row for each model, or keep some with --where"
            raise Problem("too-many-models", message, hint, ExitCode.NO_ANSWER)
    enough = [each for each in found if different_scales(each) >= FEWEST]
    if not enough:
        raise _too_few(found)
    counted = [each for each in enough if each.items is not None]
    if not counted:
        raise missing_items(enough[0])
    tested = []
    for place, series in enumerate(counted):
        report("testing series", place, len(counted))
        tested.append(_tested(series, resamples, seed))
    return tuple(tested)


def quantity(variable: str, scale: float) -> Quantity:
    """A scale as compute or as a size."""
    return Flops(scale) if variable == "flops" else Params(scale)


def token_probabilities(series: Measured) -> "Array | None":
    """Probability of one token by p = accuracy**(1/k), chance taken off; None where k is not known."""
    if series.answer_tokens is None or series.answer_tokens == 1:
        return None
    above = np.clip((series.accuracy - series.chance) / (1 - series.chance), 0, 1)
    found: Array = above ** (1 / series.answer_tokens)
    return found


def fitted_models(tested: Tested) -> Iterator[FittedModel]:
    """Every model of a series beside the curves of its accuracy."""
    series, test = tested.measured, tested.as_it_stands
    tokens = token_probabilities(series)
    smooth, broken = (curve.accuracy_at(series.scale) for curve in (test.smooth, test.broken))
    for row in range(len(series)):
        scale, token = float(series.scale[row]), None if tokens is None else float(tokens[row])
        items = int(test.smooth.series.items[row])
        yield FittedModel(
            model=series.runs[row] if series.runs else None,
            flops=Flops(scale) if series.variable == "flops" else None,
            params=Params(scale) if series.variable == "params" else None,
            items=items,
            accuracy=_wilson(float(series.accuracy[row]), items),
            token_probability=None if token is None else Share(token),
            token_loss=-log(token) + 0.0 if token else None,
            smooth=_share(smooth[row]),
            broken=_share(broken[row]),
        )


def _tested(series: Measured, resamples: int, seed: int) -> Tested:
    items = series.items if series.items is not None else np.ones(len(series))
    counts = Series(
        scale=series.scale,
        right=np.rint(series.accuracy * items),
        items=items,
        chance=series.chance,
    )
    rises = int((_above_chance(counts) >= LEAST_RIGHT).sum()) if np.ptp(series.accuracy) else 0
    exact = break_test(counts, resamples=resamples, seed=seed)
    rows = [_row(series, series.values.get("metric", "exact match"), series.accuracy, exact, rises)]
    by_token, per_token = token_probabilities(series), None
    if by_token is not None:
        tokens = series.answer_tokens or 1.0
        read = Series(counts.scale, counts.right, counts.items, tokens, series.chance)
        per_token = break_test(read, resamples=resamples, seed=seed)
        rows.append(_row(series, "per token", by_token, per_token, rises))
    if series.metric is not None:
        rows.append(_continuous_row(series, series.metric, resamples, seed))
    return Tested(series, tuple(rows), exact, per_token)


def _above_chance(series: Series) -> "Array":
    """Right answers above those of guessing, in standard deviations of guessing, at least one answer [m]."""
    above = series.right - series.items * series.chance
    spread = np.sqrt(np.maximum(series.items * series.chance * (1 - series.chance), 1.0))
    found: Array = above / spread
    return found


def _row(series: Measured, measure: str, values: "Array", test: BreakTest, rises: int) -> SeriesTest:
    has_break = test.likelihood_ratio > 0 and test.broken.place is not None
    return SeriesTest(
        series=series.name,
        measure=measure,
        models=len(series),
        span=Span(low=_share(values.min()), high=_share(values.max())),
        **_sharpness(values.tolist()),
        break_kind=test.broken.place.kind if has_break and test.broken.place else None,
        break_at=quantity(series.variable, test.broken.break_scale or 1.0) if has_break else None,
        likelihood_ratio=max(test.likelihood_ratio, 0.0),
        dispersion=test.dispersion,
        p_sampling=test.p_sampling,
        p_value=test.p_value,
        bic_gain=test.bic_gain,
        power=_share(test.power) if rises > 1 else None,
        verdict=_verdict(test, rises),
    )


def _verdict(test: BreakTest, rises: int) -> str:
    if rises < 2:
        return "one rises" if rises else "flat"
    if test.p_value < LEVEL:
        return "breaks"
    return "smooth" if test.power >= ENOUGH_POWER else "undecided"


def _continuous_row(series: Measured, values: "Array", resamples: int, seed: int) -> SeriesTest:
    test = continuous_break_test(series.scale, values, resamples=resamples, seed=seed)
    return SeriesTest(
        series=series.name,
        measure="continuous",
        models=len(series),
        span=Span(low=float(values.min()), high=float(values.max())),
        **_sharpness(values.tolist()),
        break_kind=test.place.kind,
        break_at=quantity(series.variable, test.break_scale),
        likelihood_ratio=None,
        dispersion=None,
        p_sampling=None,
        p_value=test.p_value,
        bic_gain=test.bic_gain,
        power=None,
        verdict="breaks" if test.p_value < LEVEL else "no break",
    )


def _sharpness(values: list[float]) -> dict[str, Share | float | None]:
    step = largest_step(values)
    return {
        "largest_step": None if step is None else _share(step),
        "emergence_score": emergence_score(values),
    }


def _wilson(share: float, items: int) -> Estimate:
    """Wilson's score interval, which holds at shares of 0 and 1 too."""
    square = WILSON**2
    middle = (share + square / (2 * items)) / (1 + square / items)
    half = WILSON * sqrt(share * (1 - share) / items + square / (4 * items**2)) / (1 + square / items)
    low, high = min(share, middle - half), max(share, middle + half)
    return Estimate(
        value=Share(share),
        low=_share(low),
        high=_share(high),
        level=0.95,
        method="test items, Wilson's score",
    )


def _share(value: float) -> Share:
    return Share(min(1.0, float(value)) if value > 1e-12 else 0.0)


def different_scales(series: Measured) -> int:
    """How many different scales a series has."""
    return len(np.unique(series.scale))


def _too_few(found: Sequence[Measured]) -> Problem:
    """What is missing of the series that comes nearest."""
    best = max(found, key=different_scales)
    have = different_scales(best)
    what = "budgets" if best.variable == "flops" else "sizes"
    more = f"; the longest of {len(found)} series is {best.name}" if len(found) > 1 else ""
    message = f"{best.name} has {have} different {what}, and a break is told from a smooth curve by {FEWEST}"
    hint = f"add {FEWEST - have} more{more}"
    return Problem("too-few-models", message, hint, ExitCode.NO_ANSWER)
