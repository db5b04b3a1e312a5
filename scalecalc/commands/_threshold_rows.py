"""Thresholds of training compute and known models near a budget, as rows of an answer."""

from collections.abc import Iterable
from typing import Annotated, ClassVar

from pydantic import Field

from scalecalc.quantity import Flops
from scalecalc.result import Row, Shown


class Threshold(Row):
    """Compute above which a law or a guideline asks something; `crossed` is null without a budget."""

    told: ClassVar[frozenset[str]] = frozenset(
        {"id", "counts", "as_of", "meaning", "source", "verification", "comparison"}
    )

    id: str
    jurisdiction: str
    name: str = Field(description="What a model above it is called.")
    counts: str = Field(description="model: all of its compute; modification: what modifying one takes.")
    flops: Annotated[Flops, Shown(unit="FLOPs")] = Field(title="above")
    comparison: str = Field(description="more than, or at least.")
    crossed: bool | None = Field(description="Whether the budget lies above; null where it is not of that.")
    times: Annotated[float | None, Shown(digits=2)] = Field(
        title="times", description="Budget over threshold."
    )
    models_above: int | None = Field(
        title="models above", description="Known models of the bundled table; null beside a budget."
    )
    since: str | None = Field(description="From when it applies; null where that is open.")
    status: str = Field(description="As it was read on the date `as_of`.")
    as_of: str
    meaning: str
    source: str
    verification: str = Field(description="retrieved: read in the law; secondary: in a text that quotes it.")


class Landmark(Row):
    """A known model near the budget."""

    model: str
    year: int
    flops: Annotated[Flops, Shown(unit="FLOPs")] = Field(title="compute")
    basis: str = Field(title="as", description="published, or 6ND.")
    times: Annotated[float, Shown(digits=2)] = Field(
        title="budget / its", description="Budget over its compute."
    )


def standing(rows: Iterable[Threshold]) -> list[Threshold]:
    """Those that are not revoked."""
    return [row for row in rows if not row.status.startswith("revoked")]


def following(rows: Iterable[Threshold]) -> list[Threshold]:
    """The lowest of those that stand and are not crossed."""
    ahead = [row for row in standing(rows) if row.crossed is False]
    return [row for row in ahead if row.flops == min(each.flops for each in ahead)]
