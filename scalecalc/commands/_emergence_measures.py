"""How each measure of an answer changes along a smooth loss, and what that looks like, in words."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from scalecalc.commands._emergence_family import Family
from scalecalc.commands._emergence_rows import AnswerTokens, Appearance, Measure
from scalecalc.quantity import Share
from scalecalc.training import emergence as measures

if TYPE_CHECKING:
    from scalecalc.commands.emergence import EmergenceInputs

EVEN = 2.0
"""Emergence scores per step up to which a measure changes evenly."""

SILENCE = {"flops": 10.0, "params": 10.0**0.5}
"""Growth of scale over which a measure must read zero before it seems to jump; a decade of compute."""

HITS = 10
"""Times the accuracy of a likely first hit that the last model must reach for the measure to seem to jump."""


def probability(value: float) -> Share:
    """A probability; below what a quantity can be it is zero."""
    return Share(value if value > 1e-300 else 0.0)


def measures_of(inputs: "EmergenceInputs", family: Family) -> Iterator[Measure]:
    """The measures of one token, then those of each length of answer."""
    losses = [family.answer_loss(scale) for scale in inputs.scales]
    yield _measure("loss on the answer", None, losses)
    yield _measure("one token right", None, [measures.token_probability(loss) for loss in losses])
    yield _measure("Brier score", None, [measures.brier_score(loss) for loss in losses])
    for k in inputs.answer_tokens:
        exact = [measures.exact_match(loss, k) for loss in losses]
        yield _measure("all k right", k, exact, jumps=_jumps(inputs, family, k))
        yield _measure("wrong of k", k, [measures.edit_distance(loss, k) for loss in losses])


def _measure(name: str, k: AnswerTokens | None, values: list[float], *, jumps: bool = False) -> Measure:
    step, score = measures.largest_step(values), measures.emergence_score(values)
    even = score is not None and abs(score) <= EVEN * (len(values) - 1)
    reading = "starts from nothing" if jumps else "changes evenly" if even else "bends"
    return Measure(
        measure=name,
        answer_tokens=k,
        first=values[0],
        last=values[-1],
        largest_step=None if step is None else Share(min(step, 1.0)),
        emergence_score=score,
        reading=reading,
    )


def _jumps(inputs: "EmergenceInputs", family: Family, k: float) -> bool:
    """Whether exact match reads zero for a while on the test, and is plain to see in the end."""
    likely = measures.smallest_seen(inputs.items, 0.5)
    first, last = inputs.scales[0], inputs.scales[-1]
    late = min(last, first * SILENCE[family.variable])
    silent = measures.exact_match(family.answer_loss(late), k) < likely
    return silent and measures.exact_match(family.answer_loss(last), k) >= min(HITS * likely, 0.5)


def verdict(inputs: "EmergenceInputs", family: Family, appearances: tuple[Appearance, ...]) -> str:
    """In words, for the longest answer."""
    k = max(inputs.answer_tokens)
    appearance = next(each for each in appearances if each.answer_tokens == k)
    first, last = (measures.exact_match(family.answer_loss(inputs.scales[end]), k) for end in (0, -1))
    what = f"exact match of {k} token{'s' * (float(k) != 1.0)}"
    unit = "FLOPs" if family.variable == "flops" else "parameters"
    place = f"{appearance.likely_at} {unit}"
    if _jumps(inputs, family, k):
        return f"{what} seems to jump near {place}; the loss behind it falls smoothly all along"
    if last < appearance.smallest_seen:
        until = "at every scale" if appearance.likely_at is None else f"up to {place}"
        asked = f"{inputs.items} question{'s' * (inputs.items > 1)}"
        return f"{what} reads zero on {asked} {until}, though the loss falls smoothly"
    if first >= appearance.smallest_seen:
        span = f"{probability(first)} to {probability(last)}"
        return f"{what} is seen throughout, {span}: no jump, as there is none in the loss"
    return f"{what} is first seen near {place} and rises slowly, as the loss falls smoothly"
