"""Laws side by side at one budget, and in words what makes them differ."""

from collections.abc import Iterator
from math import floor, log10
from typing import Annotated, Any, ClassVar

from pydantic import Field

from scalecalc.commands._conventions import Convention, ConventionChoice
from scalecalc.commands._count import PUBLISHED, converted
from scalecalc.commands._law_entry import constants_of, law_point
from scalecalc.commands._laws import COUNTED
from scalecalc.laws import Allocator, PublishedLaw, Range, Surface
from scalecalc.laws.conventions import EMBEDDING_VOCAB, total_from_non_embedding
from scalecalc.problem import Problem
from scalecalc.quantity import Flops, Params, Tokens, TokensPerParam, significant
from scalecalc.result import Row, Shown

NEAR = 2
"""Ends of fitted ranges within this factor are not told apart."""


class ComparedLaw(Row):
    """What one law makes of the budget; null where it says nothing of it."""

    told: ClassVar[frozenset[str]] = frozenset({"counts"})

    law: str
    params: Params | None = Field(title="N")
    tokens: Tokens | None = Field(title="D")
    tokens_per_param: TokensPerParam | None = Field(title="D/N")
    params_over_first: float | None = Field(title="N / first", description="N over that of the first law.")
    loss: Annotated[float | None, Shown(digits=4)] = Field(description="At its own optimum.")
    loss_of_first_split: Annotated[float | None, Shown(digits=4)] = Field(
        title="loss of first's N, D",
        description="By this law at the N and D of the first one, N converted to what this law counts.",
    )
    loss_unit: str = Field(title="in")
    counts: str = Field(title="N counts")
    beyond_range: Annotated[float | None, Shown(digits=2)] = Field(
        title="times beyond",
        description="The range it was fitted on; 1 inside, null where none is published.",
    )


class Difference(Row):
    """One thing in which a law is another than the first one, and what that does."""

    law: str
    differs_in: str = Field(
        title="differs in",
        description="rounding, constants, form, growth, N, loss, compute, range; nothing.",
    )
    how: str = Field(title="how")


class LawComparison(Row):
    """Laws at one budget, each held against the first."""

    told: ClassVar[frozenset[str]] = frozenset({"flops", "first"})

    flops: Annotated[Flops, Shown(unit="FLOPs")] = Field(title="compute")
    first: str = Field(description="The law that the others are held against.")
    laws: tuple[ComparedLaw, ...] = Field(title="side by side")
    differences: tuple[Difference, ...] = Field(title="what differs, and why")


def compared(
    laws: tuple[PublishedLaw, ...], flops: float, asked: ConventionChoice
) -> tuple[LawComparison, tuple[str, ...]]:
    """The laws at a budget in FLOPs, the others held against the first, and what was converted for that."""
    first, *others = laws
    reads = (asked.convention(first), *(_read(asked, law, first) for law in others))
    return _comparison(reads, flops), tuple(_conversions(reads))


def _read(asked: ConventionChoice, law: PublishedLaw, first: PublishedLaw) -> Convention:
    """A law as asked for beside the first one; as it is itself where nothing published converts."""
    try:
        return asked.convention(law, leading=first)
    except Problem:
        return ConventionChoice().convention(law)


def _conversions(reads: tuple[Convention, ...]) -> Iterator[str]:
    """What was converted, each kind of it once."""
    yield from dict.fromkeys(told for read in reads for told in read.assumptions)
    first, *others = (read.law for read in reads)
    if any(law.counts != first.counts and isinstance(law.law, Surface) for law in others):
        yield f"N of {first.name} is converted to what each law counts by {PUBLISHED}, for its loss"


def _comparison(reads: tuple[Convention, ...], flops: float) -> LawComparison:
    leading, *rest = reads
    first, others = leading.law, [read.law for read in rest]
    return LawComparison(
        flops=Flops(flops),
        first=first.name,
        laws=tuple(_row(read, leading, flops) for read in reads),
        differences=tuple(each for law in others for each in _differences(law, first, flops)),
    )


def _row(read: Convention, leading: Convention, flops: float) -> ComparedLaw:
    law, first = read.law, leading.law
    point, own = law_point(law, flops), law_point(first, flops)
    there = None
    if isinstance(law.law, Surface) and own.params and own.tokens:
        there = law.law.loss(converted(float(own.params), first.counts, law.counts), float(own.tokens))
    params = read.params(point.params) if point.params else None
    first_params = leading.params(own.params) if own.params else None
    return ComparedLaw(
        law=law.name,
        params=params,
        tokens=point.tokens,
        tokens_per_param=TokensPerParam(point.tokens / params) if point.tokens and params else None,
        params_over_first=params / first_params if params and first_params else None,
        loss=read.loss(point.loss),
        loss_of_first_split=read.loss(there),
        loss_unit=read.losses.unit,
        counts=read.counting.asked,
        beyond_range=point.beyond_range,
    )


def _differences(law: PublishedLaw, first: PublishedLaw, flops: float) -> Iterator[Difference]:
    """Every difference of the law from the first one; `nothing` where there is none."""
    found = {
        **_of_constants(law, first, flops),
        "N": _of_counts(law, first, flops),
        "loss": _of_loss(law, first),
        "compute": _of_compute(law, first),
        "range": _of_range(law, first),
    }
    told = [Difference(law=law.name, differs_in=name, how=how) for name, how in found.items() if how]
    yield from told or [Difference(law=law.name, differs_in="nothing", how=f"the same as {first.name}")]


def _of_constants(law: PublishedLaw, first: PublishedLaw, flops: float) -> dict[str, str]:
    """Rounding alone, other constants, or another form."""
    if law.law.form != first.law.form:
        return {"form": f"{law.law.formula}; not {first.law.formula}", "growth": _growth(law, first)}
    mine, other = constants_of(law), constants_of(first)
    if mine == other:
        return {}
    pairs = {name: (_brief(mine.get(name)), _brief(other.get(name))) for name in {**mine, **other}}
    changed = ", ".join(f"{name} {one} not {two}" for name, (one, two) in pairs.items() if one != two)
    if _is_rounding(mine, other):
        return {"rounding": f"the same fit, constants rounded ({changed}){_effect(law, first, flops)}"}
    if _is_rounding(other, mine):
        return {"rounding": f"the same fit, constants not rounded ({changed}){_effect(law, first, flops)}"}
    same = "fitted to the same corpus" if law.corpus and law.corpus == first.corpus else "another fit"
    return {"constants": f"{same}: {changed}", "growth": _growth(law, first)}


def _is_rounding(rounded: dict[str, Any], exact: dict[str, Any]) -> bool:
    """Whether each number is the other one, rounded to as many digits as it has itself."""
    if rounded.keys() != exact.keys():
        return False
    return all(_rounds_to(exact[name], value) for name, value in rounded.items())


def _rounds_to(exact: object, rounded: object) -> bool:
    if not (isinstance(exact, float) and isinstance(rounded, float)):
        return exact == rounded
    digits, _, power = f"{rounded:.15e}".partition("e")
    decimals = len(digits.rstrip("0").partition(".")[2]) - int(power)
    # half a unit of the last digit, and a little: sources round ties either way
    return abs(exact - rounded) <= 0.5000001 * 10.0**-decimals


def _effect(law: PublishedLaw, first: PublishedLaw, flops: float) -> str:
    """What a difference does to the optimum of the budget."""
    mine, other = law_point(law, flops), law_point(first, flops)
    if not (mine.params and other.params and mine.tokens_per_param and other.tokens_per_param):
        return ""
    size = significant(mine.params / other.params)
    ratio = significant(mine.tokens_per_param / other.tokens_per_param)
    return f": that alone makes the model {size} times as large, tokens per parameter {ratio} times"


def _growth(law: PublishedLaw, first: PublishedLaw) -> str:
    """How the optimal sizes grow with compute, where both laws split budgets and differ in it."""
    pair = [each.law for each in (law, first) if each.allocates and isinstance(each.law, Allocator)]
    if len(pair) < 2:
        return ""
    mine, other = (f"{rule.a:.3f}" for rule in pair)
    return "" if mine == other else f"N* grows as C^{mine}, not C^{other}"


def _of_counts(law: PublishedLaw, first: PublishedLaw, flops: float) -> str:
    if law.counts == first.counts:
        return ""
    told = f"counts {COUNTED[law.counts]}, not {COUNTED[first.counts]}"
    parameters = law_point(law, flops).params
    if (law.counts, first.counts) != ("non-embedding", "total") or parameters is None:
        return told
    total = Params(total_from_non_embedding(float(parameters)))
    in_all = f"{parameters} are about {total} in all (vocabulary of {EMBEDDING_VOCAB})"
    return f"{told}: {in_all}; counted so, small runs make N* seem to grow faster (Pearce & Song 2024)"


def _of_loss(law: PublishedLaw, first: PublishedLaw) -> str:
    """The unit, the text and the tokenizer of the losses."""
    parts = [
        _unlike(law.loss_unit, first.loss_unit),
        _unlike(law.corpus, first.corpus, "on "),
        _unlike(law.tokenizer, first.tokenizer, "tokens of "),
    ]
    told = "; ".join(part for part in parts if part)
    return f"{told}: losses do not compare, and the best split may move with the text" if told else ""


def _of_compute(law: PublishedLaw, first: PublishedLaw) -> str:
    """The conventions of compute, unless one only explains the other."""
    mine, other = law.flops_convention, first.flops_convention
    return "" if mine.partition(",")[0] == other.partition(",")[0] else _unlike(mine, other)


def _of_range(law: PublishedLaw, first: PublishedLaw) -> str:
    """The compute of the runs behind the laws, where one reaches notably farther."""
    mine, other = law.ranges.flops, first.ranges.flops
    pairs = ((mine.low, other.low), (mine.high, other.high))
    if all(one == two or (one and two and 1 / NEAR < one / two < NEAR) for one, two in pairs):
        return ""
    return f"fitted on {_span(mine)}, not {_span(other)}"


def _span(fitted: Range) -> str:
    if fitted.low and fitted.high:
        return f"{Flops(fitted.low)} to {Flops(fitted.high)} FLOPs"
    if fitted.high:
        return f"up to {Flops(fitted.high)} FLOPs"
    return f"{Flops(fitted.low)} FLOPs on" if fitted.low else "compute that is not published"


def _unlike(mine: str, other: str, before: str = "") -> str:
    """One text against the other, where both are known and differ."""
    if mine == other or not (mine and other):
        return ""
    return f"{before}{mine}, not {before}{other}"


def _brief(value: object) -> str:
    """A constant with at most five digits."""
    if not isinstance(value, float):
        return "none" if value is None else str(value)
    plain = value == 0 or -4 <= floor(log10(abs(value))) < 6
    return f"{value:.5g}" if plain else f"{value:.4e}".replace("e+", "e")
