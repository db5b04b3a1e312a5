"""The published scaling laws: what they say, what their numbers mean, and where they come from."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from scalecalc import tables
from scalecalc.commands._citation import bibtex
from scalecalc.commands._conventions import ConventionChoice
from scalecalc.commands._intervals import constant_intervals
from scalecalc.commands._law_comparison import LawComparison, compared
from scalecalc.commands._law_entry import LawDetail, law_detail, law_words
from scalecalc.commands._law_rows import FurtherLaw, LawRow, law_rows
from scalecalc.commands._laws import fit_behind, law_notes, law_source
from scalecalc.commands._lists import SOURCES, Shelf
from scalecalc.laws import PublishedLaw
from scalecalc.problem import Problem
from scalecalc.quantity import Flops
from scalecalc.result import Completes, Note, Positional, Result

if TYPE_CHECKING:
    from scalecalc.fitting import Fit


DEFAULT_BUDGET = Flops(1e23)
"""FLOPs at which laws are compared where none are given."""

COMPARE, CITE = "compare", "cite"


class LawsInputs(ConventionChoice):
    """List the scaling laws, tell all about one, compare several at a budget, or cite them.

    The JSON of one law holds it under `law` as a file of your own would: saved as law.json, it can be
    followed with --law law.json. `compare` says what differs between the first law and each other, and why;
    `cite` prints BibTeX.
    """

    group: ClassVar[str] = "Look up"
    examples: ClassVar[tuple[str, ...]] = (
        "laws",
        "laws besiroglu2024",
        "laws compare besiroglu2024 hoffmann2022-a3 kaplan2020 --flops 1e24",
        "laws compare besiroglu2024 kaplan2020 --flops 1e20 --count total",
        "laws cite besiroglu2024 hoffmann2022-a3",
        "laws hoffmann2022-a3 --json | jq .result.law > law.json",
    )

    words: Annotated[list[str], Positional(), Completes("any-law")] = Field(
        [],
        description="A law, e.g. besiroglu2024, a family, e.g. over-training, or a law.json; or "
        "`compare` or `cite` and laws. [all laws]",
    )
    family: str | None = Field(None, description="List one family, e.g. chinchilla.")
    flops: Flops | None = Field(None, description="The budget to compare at, e.g. 1e24. [1e23]")

    @model_validator(mode="after")
    def _options_have_their_use(self) -> Self:
        verb = self.words[0].lower() if self.words else ""
        for option in ("flops", "count", "loss_in"):
            if getattr(self, option) is not None and verb != COMPARE:
                text = f"--{option.replace('_', '-')} goes with `laws compare`"
                raise Problem("conflict", text, "name laws to compare")
        if self.family is not None and verb in (COMPARE, CITE):
            raise Problem("conflict", f"--family does not go with `laws {verb}`", "name the laws")
        return self


class LawsResult(Result):
    """What published laws say of how large a model to train, and on how much."""

    told: ClassVar[frozenset[str]] = frozenset({"law", "bibtex"})

    laws: tuple[LawRow, ...] = Field(title="optimal parameters N and tokens per parameter D/N")
    further: tuple[FurtherLaw, ...] = Field((), title="laws of more than parameters, tokens and compute")
    detail: LawDetail | None = Field(
        None, title="as published", description="All about the one asked for; null in a list."
    )
    law: dict[str, Any] | None = Field(
        None, description="The one asked for as a law.json holds it; null in a list."
    )
    comparison: LawComparison | None = Field(
        None, title="at one budget", description="Of `laws compare`; null otherwise."
    )
    bibtex: str | None = Field(None, description="Of `laws cite`; null otherwise.")

    def headline(self) -> str:
        """How many there are, and how many split a budget."""
        splitting = sum(row.allocates for row in self.laws)
        return f"{len(self.records())} laws, {splitting} of which say how to split a budget"

    def records(self) -> tuple[LawRow, ...]:
        """One record for each law."""
        return (*self.laws, *self.further)


class OneLaw(LawsResult):
    """One law: the same keys, but a reader sees its detail alone."""

    told: ClassVar[frozenset[str]] = LawsResult.told | {"laws", "further"}

    def headline(self) -> str:
        """The formula."""
        (row,) = self.records()
        return f"{row.name}: {self.detail.formula if self.detail else row.title}"


class ComparedLaws(LawsResult):
    """Laws side by side: the same keys, but a reader sees the comparison alone."""

    told: ClassVar[frozenset[str]] = LawsResult.told | {"laws", "further"}

    def headline(self) -> str:
        """At which budget, and how far apart."""
        found = self.comparison
        if found is None:
            return super().headline()
        sizes = sorted(row.params for row in found.laws if row.params)
        at = f"{len(found.laws)} laws at {found.flops} FLOPs"
        if not sizes:
            return at
        span = " to ".join(dict.fromkeys(map(str, (sizes[0], sizes[-1]))))
        return f"{at}: {span} parameters"


class CitedLaws(LawsResult):
    """The papers of laws: the same keys, but a reader sees BibTeX alone."""

    def document(self) -> str | None:
        """The entries as a .bib file has them."""
        return self.bibtex


def laws(inputs: LawsInputs) -> LawsResult:
    """The law of that name or file, those of a family, all by family, a comparison, or citations."""
    match [inputs.words[0].lower(), *inputs.words[1:]] if inputs.words else []:
        case ["compare", *names]:
            return _compared(inputs, _several(names, COMPARE, least=2))
        case ["cite", *names]:
            return _cited(_several(names, CITE, least=1))
        case [first, second, *_]:
            message = f"{first[:40]!r} and {second[:40]!r} are several laws"
            raise Problem("several-laws", message, "side by side: `scalecalc laws compare A B`")
    name = inputs.words[0] if inputs.words else None
    shelf = Shelf(tables.all_laws(), tables.law, lambda law: (law.family,))
    one = shelf.one(name, inputs.family)
    if one is None:
        return _listing(shelf.family(inputs.family or name))
    return _one(one, None if name is None else fit_behind(name))


def _several(names: list[str], verb: str, least: int) -> tuple[PublishedLaw, ...]:
    """The laws of those names, each once."""
    found = tuple(dict.fromkeys(map(tables.law, names)))
    if len(found) < least:
        hint = f"for example `scalecalc laws {verb} besiroglu2024 hoffmann2022-a3`"
        given = f"only {found[0].name}" if found else "no law"
        raise Problem("too-few-laws", f"`laws {verb}` is given {given}", hint)
    return found


def _listing(found: tuple[PublishedLaw, ...]) -> LawsResult:
    plain, further = law_rows(found)
    return LawsResult(
        laws=plain,
        further=further,
        assumptions=(
            "N, D: the optimum on 1e21, 1e23, 1e25 FLOPs, C = 6ND; - where a law does not split a budget",
            "N of different laws counts different parameters, and their losses are not comparable",
            "fitted to: the largest compute behind the law, in FLOPs; - where it is not published",
        )
        if plain
        else (),
        sources=(SOURCES.format("laws"),),
    )


def _one(law: PublishedLaw, fit: "Fit | None") -> LawsResult:
    plain, further = law_rows((law,))
    return OneLaw(
        laws=plain,
        further=further,
        detail=law_detail(law, constant_intervals(fit) if fit else None),
        law=law.to_row(),
        assumptions=law_words(law),
        notes=(*law_notes(law), *(Note(code="caveat", message=caveat) for caveat in law.caveats)),
        sources=(law_source(law),),
    )


def _compared(inputs: LawsInputs, found: tuple[PublishedLaw, ...]) -> LawsResult:
    plain, further = law_rows(found)
    flops = inputs.flops or DEFAULT_BUDGET
    comparison, told = compared(found, float(flops), inputs)
    return ComparedLaws(
        laws=plain,
        further=further,
        comparison=comparison,
        assumptions=(
            "C = 6ND for every law, each with its own N",
            *told,
            "losses compare only in one unit, on one text",
        ),
        notes=(*_silent(comparison), *(note for law in found for note in law_notes(law, float(flops)))),
        sources=tuple(map(law_source, found)),
    )


def _silent(comparison: LawComparison) -> tuple[Note, ...]:
    """The laws that have no number in the table."""
    silent = [row.law for row in comparison.laws if not (row.params or row.loss or row.loss_of_first_split)]
    text = f"{', '.join(silent)}: a budget alone is not enough; `scalecalc laws NAME` tells what it takes"
    return (Note(code="no-answer", message=text),) if silent else ()


def _cited(found: tuple[PublishedLaw, ...]) -> LawsResult:
    plain, further = law_rows(found)
    return CitedLaws(laws=plain, further=further, bibtex=bibtex(found), sources=tuple(map(law_source, found)))
