"""The laws as a list shows them: one row each, those of more than parameters, tokens and compute apart."""

from typing import Any, ClassVar, TypeVar

from pydantic import Field

from scalecalc.commands._law_entry import BUDGETS, law_point
from scalecalc.commands._laws import law_source
from scalecalc.laws import Allocator, LossCurve, PublishedLaw
from scalecalc.quantity import Flops, Params, TokensPerParam
from scalecalc.result import Row


class LawRow(Row):
    """One law; sizes and ratios at its optimum, null where it does not say how to split a budget."""

    told: ClassVar[frozenset[str]] = frozenset(
        {"title", "family", "form", "allocates", "flops_low", "loss_unit", "source"}
    )

    name: str = Field(title="law")
    title: str
    family: str
    form: str
    allocates: bool = Field(description="Whether it says how to split a budget.")
    params_at_1e21: Params | None = Field(title="N 1e21", description="Optimal model size at 1e21 FLOPs.")
    tokens_per_param_at_1e21: TokensPerParam | None = Field(title="D/N")
    params_at_1e23: Params | None = Field(title="N 1e23", description="Optimal model size at 1e23 FLOPs.")
    tokens_per_param_at_1e23: TokensPerParam | None = Field(title="D/N")
    params_at_1e25: Params | None = Field(title="N 1e25", description="Optimal model size at 1e25 FLOPs.")
    tokens_per_param_at_1e25: TokensPerParam | None = Field(title="D/N")
    counts: str = Field(title="N counts")
    flops_low: Flops | None = Field(description="Least compute that it was fitted on.")
    flops_high: Flops | None = Field(title="fitted to", description="Most compute that it was fitted on.")
    loss_unit: str = Field(title="loss in")
    source: str


class FurtherLaw(LawRow):
    """A law of more than parameters, tokens and compute: the same keys, but a reader sees what it is of."""

    told: ClassVar[frozenset[str]] = frozenset(LawRow.model_fields) - {"name", "title", "family"}


Listed = TypeVar("Listed", bound=LawRow)


def law_rows(found: tuple[PublishedLaw, ...]) -> tuple[tuple[LawRow, ...], tuple[FurtherLaw, ...]]:
    """The laws of parameters, tokens and compute, and those of more; each family together."""
    families = list(dict.fromkeys(law.family for law in found))
    by_family = sorted(found, key=lambda law: families.index(law.family))
    plain = [law for law in by_family if isinstance(law.law, Allocator | LossCurve)]
    further = [law for law in by_family if law not in plain]
    return tuple(_row(law, LawRow) for law in plain), tuple(_row(law, FurtherLaw) for law in further)


def _row(law: PublishedLaw, kind: type[Listed]) -> Listed:
    optima: dict[str, Any] = {}
    for flops in BUDGETS:
        point = law_point(law, flops)
        optima[f"params_at_{flops:.0e}".replace("+", "")] = point.params
        optima[f"tokens_per_param_at_{flops:.0e}".replace("+", "")] = point.tokens_per_param
    fitted = law.ranges.flops
    return kind(
        name=law.name,
        title=law.title,
        family=law.family,
        form=law.law.form,
        allocates=law.allocates,
        **optima,
        counts=law.counts,
        flops_low=Flops(fitted.low) if fitted.low else None,
        flops_high=Flops(fitted.high) if fitted.high else None,
        loss_unit=law.loss_unit,
        source=law_source(law),
    )
