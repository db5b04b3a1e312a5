"""A loss with what is known of its tokenizer and its text."""

from dataclasses import dataclass
from math import inf

from scalecalc import tables
from scalecalc.problem import Problem
from scalecalc.quantity import significant
from scalecalc.training.information import PER_TOKEN, LossUnit, from_nats, to_nats
from scalecalc.training.tokenizer import Compression, Tokenizer


@dataclass(frozen=True, slots=True)
class Given:
    """A loss as it was given; `own` are bytes, characters and words per token that the user knows.

    `option` begins the options that are about it: `--` or `--against-`.
    """

    option: str
    loss: float
    unit: LossUnit
    tokenizer: Tokenizer | None
    own: dict[str, float]
    corpus: str | None


@dataclass(frozen=True, slots=True)
class Measured:
    """A loss with how much text a token is: the user's figures, or else published ones."""

    given: Given
    figure: Compression | None

    @property
    def name(self) -> str | None:
        """The tokenizer, if it is named."""
        return self.given.tokenizer.id if self.given.tokenizer else None

    def pieces(self, kind: str) -> float | None:
        """How many bytes, characters or words a token has."""
        return self.figure.of(kind) if self.figure else self.given.own.get(kind)

    @property
    def nats(self) -> float | None:
        """Nats per token; None where the unit is per byte and the bytes of a token are not known."""
        needed = PER_TOKEN.get(self.given.unit)
        per_token = self.pieces(needed) if needed else None
        if needed and per_token is None:
            return None
        given = self.given
        try:
            nats = to_nats(given.loss, given.unit, per_token)
        except ValueError as error:
            hint = "a perplexity is e to the loss, 1 where nothing is left to guess"
            raise Problem("value", f"{given.unit}: {error}", hint) from None
        if nats == inf:
            text = f"{given.loss:g} {given.unit} is more nats per token than a number can hold"
            raise Problem("value", text, "losses of language models are below 20 nats per token")
        return nats

    def in_unit(self, unit: LossUnit) -> float | None:
        """The loss in another unit; None where nothing converts it, or no float can hold it."""
        if unit == self.given.unit:
            return self.given.loss
        needed = PER_TOKEN.get(unit)
        per_token = self.pieces(needed) if needed else None
        nats = self.nats
        if nats is None or (needed and per_token is None):
            return None
        found = from_nats(nats, unit, per_token)
        return found if found < inf else None

    def needs(self, unit: LossUnit) -> str | None:
        """The option that the unit asks for, where it is not there."""
        if unit == self.given.unit:
            return None
        kinds = [kind for each in (self.given.unit, unit) if (kind := PER_TOKEN.get(each))]
        missing = next((kind for kind in kinds if self.pieces(kind) is None), None)
        return missing and f"{self.given.option}{missing}-per-token"

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Where the figures of a token come from, and what they were on other texts."""
        tokenizer, figure = self.given.tokenizer, self.figure
        if not (tokenizer and figure):
            return ()
        kinds = [kind for kind in PER_TOKEN.values() if figure.of(kind)]
        told = " and ".join(f"{significant(figure.of(kind) or 0.0, 4)} {kind}" for kind in kinds)
        others = [
            f"{significant(other.of(kind) or 0.0, 4)} {kind} on {other.corpus}"
            for other in tokenizer.figures
            for kind in kinds[:1]
            if other is not figure and other.of(kind)
        ]
        elsewhere = f"; {', '.join(others)}" if others else ""
        return (f"a token of {tokenizer.id} has {told}, as on {figure.corpus}{elsewhere}",)

    @property
    def sources(self) -> tuple[str, ...]:
        """Where its figures were published."""
        return (f"{self.name}: {self.figure.source}",) if self.figure else ()


def given_tokenizer(name: str | None, option: str) -> Tokenizer | None:
    """The tokenizer of that name; the option stands before the message where there is none."""
    if name is None:
        return None
    try:
        return tables.tokenizer(name)
    except Problem as problem:
        raise Problem(problem.code, f"{option}tokenizer: {problem.message}", problem.hint) from None


def measured(given: Given) -> Measured:
    """The loss with the figure of its text, or else the first of its tokenizer that converts it."""
    return Measured(given, _figure(given))


def measured_alike(first: Given, second: Given) -> tuple[Measured, Measured]:
    """Two losses, with figures that were measured on one text if there are any, and in one unit if not."""
    figures = (_figure(first), _figure(second))
    if first.tokenizer and second.tokenizer and all(figures):
        pairs = [(one, two) for one in first.tokenizer.figures for two in second.tokenizer.figures]
        named = {given.corpus for given in (first, second)} - {None}
        alike = [pair for pair in pairs if pair[0].corpus == pair[1].corpus]
        on_it = [pair for pair in alike if pair[0].corpus in named]
        shared = [pair for pair in pairs if any(_both(pair, kind) for kind in PER_TOKEN.values())]
        figures = next(iter((*on_it, *alike, *shared)), figures)
    return Measured(first, figures[0]), Measured(second, figures[1])


def _both(pair: tuple[Compression, Compression], kind: str) -> bool:
    return all(figure.of(kind) is not None for figure in pair)


def _figure(given: Given) -> Compression | None:
    if given.tokenizer is None or given.own:
        return None
    of_text = given.tokenizer.on(given.corpus.strip().lower()) if given.corpus else None
    needed = PER_TOKEN.get(given.unit)
    that_converts = (each for each in given.tokenizer.figures if needed and each.of(needed))
    return of_text or next(that_converts, given.tokenizer.figures[0])
