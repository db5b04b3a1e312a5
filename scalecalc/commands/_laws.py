"""The choice of a law, shared by every command that follows one, and what a law's numbers assume."""

from typing import TYPE_CHECKING, Annotated, TypeGuard

from pydantic import Field

from scalecalc import tables
from scalecalc.laws import Allocator, PublishedLaw
from scalecalc.problem import Problem
from scalecalc.quantity import significant
from scalecalc.result import Completes, Inputs, Note

if TYPE_CHECKING:
    from scalecalc.fitting import Fit

COUNTED = {
    "total": "all parameters",
    "non-embedding": "all parameters but the embeddings",
    "active": "the parameters that are active for a token",
    "with-head": "all parameters but the input embedding",
}
"""What N counts, in words."""

FAR = 100
"""Times beyond the fitted range from which a forecast is worth a warning rather than a note."""


class LawChoice(Inputs):
    """Which scaling laws to follow."""

    law: Annotated[list[str], Completes("law")] = Field(
        [tables.DEFAULT_LAW],
        description="A published law, or a law.json of your own; repeat it to compare, `all` for every one.",
    )

    def any_laws(self) -> tuple[PublishedLaw, ...]:
        """The laws chosen, each once; the first leads. `all` are those that split a budget."""
        if "all" in self.law:
            every = [tables.law(tables.DEFAULT_LAW), *tables.laws().values()]
            return tuple(dict.fromkeys(law for law in every if law.allocates))
        return tuple(dict.fromkeys(tables.law(name) for name in self.law))

    def laws(self) -> tuple[PublishedLaw, ...]:
        """The laws chosen; one that splits no budget is a problem."""
        chosen = self.any_laws()
        for law in chosen:
            if not law.allocates:
                raise Problem(
                    "no-allocation",
                    f"{law.name} does not say how to split a budget: {law.law.formula}",
                    "`scalecalc laws` marks those that do",
                )
        return chosen

    def fit(self) -> "Fit | None":
        """The fit behind the first law, if it is a law file that holds one; intervals come from it."""
        return fit_behind(self.law[0])


def fit_behind(name: str) -> "Fit | None":
    """The fit in the law file of that name; None for a published law, or a file without a fit."""
    record = tables.fit_of_law(name)
    if record is None:
        return None
    from scalecalc.commands._law_file import checked_fit

    return checked_fit(name, record)


def allocator(law: PublishedLaw) -> Allocator:
    """The law as one that splits a budget; `LawChoice.laws` lets no other through."""
    assert isinstance(law.law, Allocator)  # noqa: S101 - narrows the type
    return law.law


def is_comparable(law: PublishedLaw, other: PublishedLaw) -> TypeGuard[PublishedLaw]:
    """Whether losses of the two laws are in the same unit, on the same text and tokenizer."""
    return (law.loss_unit, law.corpus, law.tokenizer) == (other.loss_unit, other.corpus, other.tokenizer)


def law_assumptions(law: PublishedLaw) -> tuple[str, ...]:
    """What a reader must know to read the law's numbers rightly."""
    convention = f"{law.flops_convention}; N counts {COUNTED[law.counts]}"
    corpus = ", ".join(part for part in (law.corpus, law.tokenizer) if part)
    return (convention, f"loss in {law.loss_unit} on {corpus}") if corpus else (convention,)


def law_notes(law: PublishedLaw, flops: float | None = None) -> tuple[Note, ...]:
    """Warnings that belong to the law itself, and how far a budget lies outside what it was fitted on."""
    found = [Note(code="law", message=f"{law.name}: {law.warning}", level="warning")] if law.warning else []
    excess = 1.0 if flops is None else law.ranges.flops.excess(flops)
    if excess > FAR:
        times = significant(excess, 2) if excess < 1e6 else f"{excess:.0e}"
        text = f"this budget lies {times} times outside the range that {law.name} was fitted on"
        found.append(Note(code="extrapolation", message=text, level="warning"))
    return tuple(found)


def law_source(law: PublishedLaw) -> str:
    """Where the law's constants come from, in one line."""
    place = f"arXiv {law.arxiv}" if law.arxiv else law.url
    told = ", ".join(part for part in (law.citation, place, law.where) if part)
    return f"{law.name}: {told or law.title or 'a law of your own'}"
