"""Entropy, cross-entropy and divergences of distributions."""

from collections.abc import Iterator
from math import isinf
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import BeforeValidator, Field, model_validator

from scalecalc.commands._information_distribution import (
    Distribution,
    Given,
    as_text,
    distribution,
    given_distribution,
    matched,
)
from scalecalc.commands._information_rows import (
    MOST_LISTED,
    Measure,
    Outcome,
    measures_of_one,
    measures_of_two,
    outcomes,
)
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import shown, significant
from scalecalc.result import Inputs, Note, Positional, Result
from scalecalc.training.divergence import impossible

if TYPE_CHECKING:
    from scalecalc.run_table.cells import Cells

ALIASES = {
    "p": ("prob", "probability", "true", "data"),
    "q": ("model", "predicted"),
    "outcome": ("token", "symbol", "word", "event", "label", "name", "x"),
}
"""What is read from a table, each with the names it also goes by."""

DistributionText = Annotated[str | None, BeforeValidator(as_text), Positional()]


class InformationInputs(Inputs):
    """Entropy, cross-entropy, KL both ways, Jensen-Shannon and perplexity of distributions, in nats and bits.

    P and Q are probabilities (0.5,1/4,25%), JSON, or the name of a JSON file; an object names its outcomes.
    Or give a table: --file dist.csv with the columns p, q and outcome. What is no distribution is refused.
    """

    group: ClassVar[str] = "Look up"
    examples: ClassVar[tuple[str, ...]] = (
        "information 1/2,1/4,1/8,1/8",
        "information 0.5,0.25,0.25 0.25,0.25,0.5",
        """information '{"cat": 0.7, "dog": 0.3}' '{"cat": 0.5, "dog": 0.5}'""",
        "information --file dist.csv",
        "information 8,4,2,2 1,1,1,1 --normalize --json",
    )

    p: DistributionText = Field(None, description="The distribution that the outcomes are of.")
    q: DistributionText = Field(None, description="The distribution held against it, e.g. a model's.")
    file: str | None = Field(None, description="A table with a column for each, CSV or JSON Lines.")
    columns: str | None = Field(
        None, description="Its columns, e.g. human,model or p=human,q=model,outcome=word. [p,q,outcome]"
    )
    normalize: bool = Field(False, description="Divide by the sum, as for counts.")

    @model_validator(mode="after")
    def _one_way_of_giving(self) -> Self:
        if self.file is not None and self.p is not None:
            raise Problem("conflict", "P and --file are two ways to give a distribution", "keep one of them")
        if self.columns is not None and self.file is None:
            raise Problem("conflict", "--columns names no columns without a table", "add --file dist.csv")
        if self.file is None and self.p is None:
            hint = "for example `scalecalc information 0.5,0.25,0.25`, or --file dist.csv"
            raise Problem("no-distribution", "no distribution is given", hint)
        return self


class InformationResult(Result):
    """Measures of one distribution, or of two over the same outcomes; nats, null where infinite."""

    told: ClassVar[frozenset[str]] = frozenset(
        {"outcomes", "entropy", "cross_entropy", "kl", "reverse_kl", "jensen_shannon", "perplexity"}
        | {"ruled_out_by_q", "ruled_out_by_p"}
    )

    outcomes: int = Field(description="How many there are.")
    entropy: float = Field(description="H(p) in nats.")
    perplexity: float | None = Field(description="Of q on outcomes of p, or of p alone; null where infinite.")
    cross_entropy: float | None = Field(None, description="H(p, q) in nats.")
    kl: float | None = Field(None, description="KL(p || q) in nats.")
    reverse_kl: float | None = Field(None, description="KL(q || p) in nats.")
    jensen_shannon: float | None = Field(None, description="In nats, at most log 2.")
    ruled_out_by_q: tuple[str, ...] = Field(
        (), description="Outcomes of p without a chance by q, for which KL(p || q) is infinite; the first 12."
    )
    ruled_out_by_p: tuple[str, ...] = Field((), description="The same the other way round.")
    measures: tuple[Measure, ...]
    listed: tuple[Outcome, ...] = Field(title="outcomes", description="All, or the 12 that weigh most.")

    def headline(self) -> str:
        """The divergence; of one distribution, its entropy."""
        first = self.measures[0]
        if self.kl is None or self.cross_entropy is None:
            most = significant(self.measures[1].bits or 0.0, 4)
            told = f"{significant(first.bits or 0.0, 4)} bits ({significant(self.entropy, 4)} nats)"
            over = "1 outcome" if self.outcomes == 1 else f"{self.outcomes} outcomes"
            return f"entropy {told} of at most {most} bits over {over}; perplexity {_digits(self.perplexity)}"
        if isinf(self.kl):
            return f"KL(p || q) is infinite: q rules out {shown(self.ruled_out_by_q[0])}, which p has"
        told = f"{significant(self.kl, 4)} nats ({_digits(_bits(self.measures, 'KL(p || q)'))} bits)"
        by_q, best = (_digits(_bits(self.measures, symbol)) for symbol in ("H(p, q)", "H(p)"))
        return f"KL(p || q) is {told}: an outcome of p takes {by_q} bits in a code for q, {best} at best"

    def records(self) -> tuple[Measure, ...]:
        """One record for each measure."""
        return self.measures


def information(inputs: InformationInputs) -> InformationResult:
    """The measures of the distributions that are given."""
    p, q = _distributions(inputs)
    measures = measures_of_two(p, q) if q else measures_of_one(p)
    nats = {each.symbol: each.nats for each in measures}
    by_q = _names(p, impossible(p.probabilities, q.probabilities)) if q else ()
    by_p = _names(p, impossible(q.probabilities, p.probabilities)) if q else ()
    return InformationResult(
        outcomes=len(p.probabilities),
        entropy=nats["H(p)"] or 0.0,
        perplexity=measures[2 if q else 0].perplexity,
        cross_entropy=nats.get("H(p, q)"),
        kl=nats.get("KL(p || q)"),
        reverse_kl=nats.get("KL(q || p)"),
        jensen_shannon=nats.get("JS(p, q)"),
        ruled_out_by_q=by_q[:MOST_LISTED],
        ruled_out_by_p=by_p[:MOST_LISTED],
        measures=measures,
        listed=outcomes(p, q),
        assumptions=(
            "logarithms are natural for nats and of base 2 for bits: 1 nat is 1.4427 bits; 0 log 0 is 0",
            *_rescaled(inputs, (p, q)),
        ),
        notes=tuple(_notes(p, q, by_q, by_p)),
        sources=("Shannon 1948; Cover & Thomas, Elements of Information Theory, chapter 2",),
    )


def _distributions(inputs: InformationInputs) -> tuple[Distribution, Distribution | None]:
    given = _of_file(inputs.file, inputs.columns) if inputs.file is not None else _of_words(inputs)
    p, *others = (distribution(each, normalize=inputs.normalize) for each in given)
    return p, matched(p, others[0]) if others else None


def _of_words(inputs: InformationInputs) -> list[Given]:
    words = {"p": inputs.p, "q": inputs.q}
    return [given_distribution(text, place) for place, text in words.items() if text is not None]


def _of_file(file: str, columns: str | None) -> list[Given]:
    """The distributions of a table's columns."""
    from scalecalc.commands._information_table import cells_of_file, chosen_names, found_columns

    cells = cells_of_file(file, "its columns are p, q and outcome")
    found = found_columns(cells, chosen_names(columns, tuple(ALIASES)), ALIASES, ("p",))
    names = _outcomes_of(cells, found["outcome"]) if "outcome" in found else None
    return [_of_column(cells, found[side], names) for side in ("p", "q") if side in found]


def _outcomes_of(cells: "Cells", column: str) -> tuple[str, ...]:
    """The names of the outcomes; one that stands twice is told with its line."""
    from scalecalc.commands._information_table import texts_of
    from scalecalc.run_table.cells import bad

    names = tuple(text.strip() for text in texts_of(cells, column))
    first: dict[str, int] = {}
    for line, name in zip(cells.lines, names, strict=True):
        if first.setdefault(name, line) != line:
            message = f"outcome {shown(name)} stands on line {first[name]} already"
            raise bad(cells.name, line, message, "give every outcome once")
    return names


def _of_column(cells: "Cells", column: str, names: tuple[str, ...] | None) -> Given:
    from scalecalc.commands._information_distribution import number_of
    from scalecalc.commands._information_table import numbers_of, texts_of
    from scalecalc.run_table.cells import bad

    values = [value or 0.0 for value in numbers_of(cells, column)]
    for line, value in zip(cells.lines, values, strict=True):
        if value < 0:
            hint = "a probability is from 0 to 1"
            raise bad(cells.name, line, f"column {column}: {value:g} is negative", hint)
    decimals = max(number_of(text.strip())[1] for text in texts_of(cells, column))
    return Given(f"{cells.name}, column {column},", names, tuple(values), decimals, ExitCode.BAD_DATA)


def _names(p: Distribution, places: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(p.names[place] if p.names else str(place + 1) for place in places)


def _rescaled(inputs: InformationInputs, found: tuple[Distribution | None, ...]) -> Iterator[str]:
    why = "as --normalize asks" if inputs.normalize else "as the rounding of its digits allows"
    for each in found:
        if each and each.rescaled is not None:
            yield f"{each.place} sums to {each.rescaled:.10g}, {why}: every number is divided by that"


def _notes(
    p: Distribution, q: Distribution | None, by_q: tuple[str, ...], by_p: tuple[str, ...]
) -> Iterator[Note]:
    for ours, theirs, lost in (("p", "q", by_q), ("q", "p", by_p)):
        if lost:
            more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
            named = ", ".join(map(shown, lost[:3])) + more
            text = f"KL({ours} || {theirs}) is infinite: {theirs} gives {named} no chance, and {ours} has it"
            yield Note(code="infinite", message=f"{text}; smooth {theirs}, or look at Jensen-Shannon")
    if len(p.probabilities) > MOST_LISTED:
        weight = "the divergence" if q else "the entropy"
        text = f"of {len(p.probabilities)} outcomes the {MOST_LISTED} that add most to {weight} are listed"
        yield Note(code="listed", message=text)


def _bits(measures: tuple[Measure, ...], symbol: str) -> float | None:
    return next(each.bits for each in measures if each.symbol == symbol)


def _digits(value: float | None) -> str:
    return significant(value or 0.0, 4)
