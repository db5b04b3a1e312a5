"""The charts of `emergence`: the same smooth loss as an even measure, and as exact match on two axes."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from scalecalc.chart import Axis, Chart, Rule
from scalecalc.commands._charts import COMPUTE, SIZE, chart, curve, grid
from scalecalc.commands._emergence_family import Family
from scalecalc.training import emergence as measures

if TYPE_CHECKING:
    from scalecalc.commands.emergence import EmergenceInputs

FAINTEST = 1e-6
"""Share of right answers at which the logarithmic chart ends."""


def emergence_charts(inputs: "EmergenceInputs", family: Family) -> Iterator[Chart | None]:
    """Shares of right tokens and right answers, and the latter once more on a logarithmic axis."""
    scales = inputs.scales
    if len(scales) < 2:
        return
    along = grid(scales[0], scales[-1])
    axis = COMPUTE if family.variable == "flops" else SIZE
    likely = measures.smallest_seen(inputs.items, 0.5)
    yield chart(
        "emergence",
        "one smooth loss, two measures",
        (axis, Axis("share right", "share")),
        (
            curve("one token", along, lambda scale: measures.token_probability(family.answer_loss(scale))),
            *(curve(f"all {k} tokens", along, _exact(family, k)) for k in inputs.answer_tokens),
            *_first_hits(inputs, family, along),
        ),
        "the share of right tokens rises evenly; that of answers with every token right starts from nothing",
    )
    yield chart(
        "emergence-log",
        "the same exact match on a logarithmic axis",
        (axis, Axis("share right", "share", log=True)),
        (
            *(curve(f"all {k} tokens", along, _exact(family, k, FAINTEST)) for k in inputs.answer_tokens),
            Rule(f"first hit of {inputs.items} questions likely", "y", likely),
        ),
        "no curve has a jump: what lies below the line reads zero on a test of that size",
    )


def _exact(family: Family, k: float, least: float = 0.0) -> Callable[[float], float | None]:
    """Exact match of k tokens by scale, None where it is no more than `least`."""

    def share(scale: float) -> float | None:
        found = measures.exact_match(family.answer_loss(scale), k)
        return found if found > least else None

    return share


def _first_hits(inputs: "EmergenceInputs", family: Family, along: Sequence[float]) -> Iterator[Rule]:
    """Where the longest answer is first seen, if that is within the range."""
    k = max(inputs.answer_tokens)
    at = family.reached_at(measures.loss_at(measures.smallest_seen(inputs.items, 0.5), k))
    if at is not None and along[0] <= at <= along[-1]:
        yield Rule(f"first hit of {inputs.items} questions likely, {k} tokens", "x", float(at))
