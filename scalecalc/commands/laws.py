"""The published scaling laws: what they say, what their numbers mean, and where they come from."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from scalecalc import tables
from scalecalc.commands._intervals import constant_intervals
from scalecalc.commands._law_entry import BUDGETS, LawDetail, law_detail, law_point, law_words
from scalecalc.commands._laws import fit_behind, law_notes, law_source
from scalecalc.commands._lists import SOURCES, Shelf
from scalecalc.laws import PublishedLaw
from scalecalc.quantity import Flops, Params, TokensPerParam
from scalecalc.result import Completes, Inputs, Note, Positional, Result, Row

if TYPE_CHECKING:
    from scalecalc.fitting import Fit


class LawsInputs(Inputs):
    """List the scaling laws, or tell all about one: formula, constants, conventions, range, source.

    The JSON of one law holds it under `law` as a file of your own would: saved as law.json, it can be
    followed with --law law.json.
    """

    group: ClassVar[str] = "Look up"
    examples: ClassVar[tuple[str, ...]] = (
        "laws",
        "laws besiroglu2024",
        "laws law.json",
        "laws hoffmann2022-a3 --json | jq .result.law > law.json",
    )

    name: Annotated[str | None, Positional(), Completes("law")] = Field(
        None, description="A law, e.g. besiroglu2024, a family, e.g. over-training, or a law.json. [all]"
    )
    family: str | None = Field(None, description="List one family, e.g. chinchilla.")


class LawRow(Row):
    """One law; sizes and ratios at its optimum, null where it does not say how to split a budget."""

    told: ClassVar[frozenset[str]] = frozenset(
        {"title", "family", "form", "allocates", "flops_low", "source"}
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


class LawsResult(Result):
    """What published laws say of how large a model to train, and on how much."""

    told: ClassVar[frozenset[str]] = frozenset({"law"})

    laws: tuple[LawRow, ...] = Field(title="optimal parameters N and tokens per parameter D/N")
    detail: LawDetail | None = Field(
        title="as published", description="All about the one asked for; null in a list."
    )
    law: dict[str, Any] | None = Field(
        description="The one asked for as a law.json holds it; null in a list."
    )

    def headline(self) -> str:
        """How many there are, and how many split a budget."""
        splitting = sum(row.allocates for row in self.laws)
        return f"{len(self.laws)} laws, {splitting} of which say how to split a budget"

    def records(self) -> tuple[LawRow, ...]:
        """One record for each law."""
        return self.laws


class OneLaw(LawsResult):
    """One law: the same keys, but a reader sees its detail alone."""

    told: ClassVar[frozenset[str]] = frozenset({"laws", "law"})

    def headline(self) -> str:
        """The formula."""
        (row,) = self.laws
        return f"{row.name}: {self.detail.formula if self.detail else row.title}"


def laws(inputs: LawsInputs) -> LawsResult:
    """The law of that name or file, or those of a family, or all by family."""
    shelf = Shelf(tables.laws(), tables.law, lambda law: (law.family,))
    one = shelf.one(inputs.name, inputs.family)
    if one is None:
        return _listing(shelf.family(inputs.family or inputs.name))
    return _one(one, None if inputs.name is None else fit_behind(inputs.name))


def _listing(found: tuple[PublishedLaw, ...]) -> LawsResult:
    families = list(dict.fromkeys(law.family for law in found))
    by_family = sorted(found, key=lambda law: families.index(law.family))
    return LawsResult(
        laws=tuple(map(_row, by_family)),
        detail=None,
        law=None,
        assumptions=(
            "N, D: the optimum on 1e21, 1e23, 1e25 FLOPs, C = 6ND; - where a law does not split a budget",
            "N of different laws counts different parameters, and their losses are not comparable",
            "fitted to: the largest compute behind the law, in FLOPs; - where it is not published",
        ),
        sources=(SOURCES.format("laws"),),
    )


def _one(law: PublishedLaw, fit: "Fit | None") -> LawsResult:
    return OneLaw(
        laws=(_row(law),),
        detail=law_detail(law, constant_intervals(fit) if fit else None),
        law=law.to_row(),
        assumptions=law_words(law),
        notes=(*law_notes(law), *(Note(code="caveat", message=caveat) for caveat in law.caveats)),
        sources=(law_source(law),),
    )


def _row(law: PublishedLaw) -> LawRow:
    optima: dict[str, Any] = {}
    for flops in BUDGETS:
        point = law_point(law, flops)
        optima[f"params_at_{flops:.0e}".replace("+", "")] = point.params
        optima[f"tokens_per_param_at_{flops:.0e}".replace("+", "")] = point.tokens_per_param
    fitted = law.ranges.flops
    return LawRow(
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
