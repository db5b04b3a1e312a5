"""What the tests of emergence say in words, and what they cannot say."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median

from scalecalc.commands._emergence_fit_rows import SeriesTest
from scalecalc.commands._emergence_series import ENOUGH_POWER, Tested, different_scales
from scalecalc.commands._emergence_table import Measured
from scalecalc.fitting.emergence import FEWEST
from scalecalc.quantity import Share, significant
from scalecalc.result import Note

FEW_MODELS = 12
"""Models of a series up to which their number is remarked on."""

MUCH_SCATTER = 2.0
"""Times the variance of the test items from which the scatter of models is remarked on."""

PER_TOKEN = "per token"  # noqa: S105 - no password

CONTINUOUS = "continuous"

BREAKS = "breaks"


def verdict(rows: Sequence[SeriesTest]) -> str:
    """What breaks, by which measure: of one series with its p-values, of several counted."""
    by_measure: dict[str, list[SeriesTest]] = {}
    for row in rows:
        kind = row.measure if row.measure in (PER_TOKEN, CONTINUOUS) else "as scored"
        by_measure.setdefault(kind, []).append(row)
    if len({row.series for row in rows}) == 1:
        return f"{rows[0].series}: " + "; ".join(map(_told, rows))
    counted = [
        f"{sum(row.verdict == BREAKS for row in group)} of {len(group)} {kind}"
        for kind, group in by_measure.items()
    ]
    return f"series that break upwards beyond the scatter of their models: {', '.join(counted)}"


def _told(row: SeriesTest) -> str:
    """The verdict on one measure of one series."""
    p = f"p = {significant(row.p_value or 0, 2)}"
    where = f" near {row.break_at}" if row.break_at is not None else ""
    match row.verdict:
        case "breaks":
            return f"{row.measure} breaks{where} ({p})"
        case "smooth":
            return f"{row.measure} follows a smooth sigmoid ({p}, power {row.power})"
        case "undecided":
            return f"{row.measure} is undecided ({p}, power {row.power})"
        case "no break":
            return f"the continuous measure shows no break ({p})"
        case "one rises":
            return f"{row.measure} rises in one model alone, and any steep sigmoid passes through that"
    return f"{row.measure} does not rise beyond chance"


def notes(found: Sequence[Measured], tested: Sequence[Tested]) -> Iterator[Note]:
    """What bears on the verdict: the metric, the number of models, their scatter, what was left out."""
    rows = [row for each in tested for row in each.rows]
    yield from _contrast(rows)
    yield from _power(rows)
    yield from _scatter(rows)
    blind = [each.measured.name for each in tested if each.as_it_stands.smooth.series.clear <= FEWEST - 1]
    if blind:
        text = (
            f"in {_listed(blind)} too few models are clear of 0% and 100% to show their scatter: if they "
            "have as much as others, p is too small"
        )
        yield Note(code="unseen-scatter", message=text)
    low = [each.measured.name for each in tested if each.is_below_chance]
    if low:
        text = f"models lie below chance in {_listed(low)}, where neither curve goes"
        yield Note(code="below-chance", message=text)
    short = sum(different_scales(each) < FEWEST for each in found)
    if short:
        text = f"{short} of {len(found)} series are left out: fewer than {FEWEST} different scales"
        yield Note(code="left-out", message=text)
    uncounted = len(found) - len(tested) - short
    if uncounted:
        text = f"{uncounted} of {len(found)} series are left out: no number of test items; --items gives one"
        yield Note(code="no-items", message=text)


def _listed(names: Sequence[str]) -> str:
    return "; ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def sources(name: str, tested: Iterable[Tested]) -> tuple[str, ...]:
    """Where the accuracies are from, and the methods."""
    tables = dict.fromkeys(f"{name}: {each}" for series in tested for each in series.measured.sources)
    return (
        *(tuple(tables) or (name,)),
        "per token: Schaeffer et al. 2023, arXiv 2304.15004, section 2; score: eq. 1 there",
    )


def _contrast(rows: Sequence[SeriesTest]) -> Iterator[Note]:
    """How much less sharp the measure per token looks on the same models."""
    pairs = [(row, after) for row, after in pairwise(rows) if after.measure == PER_TOKEN]
    sharp = [
        (row.largest_step, after.largest_step)
        for row, after in pairs
        if row.largest_step is not None and after.largest_step is not None
    ]
    if not sharp:
        return
    scored, token = (Share(median(side)) for side in zip(*sharp, strict=True))
    middle = "" if len(sharp) == 1 else "in the median "
    text = f"{middle}the largest step holds {scored} of the rise as scored, and {token} per token"
    scores = [
        (row.emergence_score, after.emergence_score)
        for row, after in pairs
        if row.emergence_score is not None and after.emergence_score is not None
    ]
    if scores:
        one, other = (median(side) for side in zip(*scores, strict=True))
        text += f" (emergence score {significant(one)} against {significant(other)})"
    so = "that much of the jump is the metric's" if token < scored else "the metric makes no jump here"
    yield Note(code="metric", message=f"{text}: {so}")
    if any(after.verdict == BREAKS for _, after in pairs):
        yield Note(
            code="independence",
            message="a break that stays per token is not the metric's doing alone; but p = accuracy^(1/k) "
            "takes tokens as independent, and a guessed digit for skill",
        )


def _power(rows: Sequence[SeriesTest]) -> Iterator[Note]:
    """How little so few models can show."""
    fewest = min(row.models for row in rows)
    weak = [row for row in rows if row.power is not None and row.power < ENOUGH_POWER]
    if fewest > FEW_MODELS and not weak:
        return
    models = f"{fewest} models" if fewest == max(row.models for row in rows) else f"as few as {fewest} models"
    text = f"{models} in a series tell little: a break takes two parameters, and has few gaps to be in"
    if weak:
        least = min(row.power or Share(0.0) for row in weak)
        text += f"; even a pure jump would be found in {least} of cases in the weakest of them"
    yield Note(code="few-models", message=text)


def _scatter(rows: Sequence[SeriesTest]) -> Iterator[Note]:
    worst = max((row.dispersion or 1.0 for row in rows), default=1.0)
    if worst >= MUCH_SCATTER:
        text = (
            f"the variance of models about the broken curve is up to {significant(worst, 2)} times what "
            "their test items explain; p allows for that, p_sampling in --json does not"
        )
        yield Note(code="scatter", message=text)
