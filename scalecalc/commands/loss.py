"""A loss in every unit, and two losses of different tokenizers held against each other."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from scalecalc.commands._loss_measured import (
    Given,
    Measured,
    given_tokenizer,
    measured,
    measured_alike,
)
from scalecalc.commands._loss_rows import (
    Comparison,
    Converted,
    InUnit,
    compared,
    converted,
    in_units,
    verdict,
)
from scalecalc.problem import Problem
from scalecalc.quantity import significant
from scalecalc.result import Completes, Inputs, Note, Positional, Result
from scalecalc.training.information import PER_TOKEN, LossUnit

TokenizerName = Annotated[str | None, Completes("tokenizer")]

LONGEST_CORPUS = 40


def _pieces(text: str) -> float | None:
    return Field(None, gt=0, le=1e6, allow_inf_nan=False, description=text)


class LossInputs(Inputs):
    """Convert a loss: nats and bits per token, perplexity, bits per byte or character, word perplexity.

    Units of the text need to know how much text a token is: a tokenizer by name, or your own figure. With
    --against two losses are held against each other, in a unit in which that means something.
    """

    group: ClassVar[str] = "Look up"
    examples: ClassVar[tuple[str, ...]] = (
        "loss 2.31 --bytes-per-token 4.4",
        "loss 2.31 --tokenizer gpt2 --corpus pile",
        "loss 0.9 --unit bits/byte --tokenizer llama3",
        "loss 1.9 --tokenizer llama2 --against 2.1 --against-tokenizer gpt2",
        "loss 0.93 --unit bits/byte --against 2.1 --against-unit nats/token --against-tokenizer gpt2 --json",
    )

    loss: Annotated[float, Positional()] = Field(
        gt=0, allow_inf_nan=False, description="The loss, e.g. 2.31."
    )
    unit: LossUnit = Field(
        "nats/token",
        description="nats/token, bits/token, perplexity, bits/byte, bits/character or word-perplexity.",
    )
    tokenizer: TokenizerName = Field(None, description="Its tokenizer, e.g. gpt2 or llama3.")
    bytes_per_token: float | None = _pieces("Bytes of UTF-8 per token, e.g. 4.3.")
    chars_per_token: float | None = _pieces("Characters per token.")
    words_per_token: float | None = _pieces("Words per token, e.g. 0.75.")
    corpus: str | None = Field(
        None, max_length=LONGEST_CORPUS, description="The text it was measured on, e.g. pile."
    )
    against: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="Another loss on the same text, to hold it against."
    )
    against_unit: LossUnit | None = Field(None, description="Its unit. [that of the first]")
    against_tokenizer: TokenizerName = Field(None, description="Its tokenizer.")
    against_bytes_per_token: float | None = _pieces("Bytes per token of its tokenizer.")
    against_chars_per_token: float | None = _pieces("Characters per token of its tokenizer.")
    against_words_per_token: float | None = _pieces("Words per token of its tokenizer.")
    against_corpus: str | None = Field(
        None, max_length=LONGEST_CORPUS, description="The text of the other loss. [the same]"
    )

    @model_validator(mode="after")
    def _against_something(self) -> Self:
        about = [name for name in type(self).model_fields if name.startswith("against_")]
        given = next((name for name in about if getattr(self, name) is not None), None)
        if self.against is None and given is not None:
            option = f"--{given.replace('_', '-')}"
            raise Problem("conflict", f"{option} is about no loss", "add the other one, e.g. --against 2.1")
        if self.corpus is not None and self.tokenizer is None and self.against is None:
            raise Problem("conflict", "--corpus chooses the figures of no tokenizer", "add --tokenizer")
        return self

    def first(self) -> Given:
        """The loss, with what is said of it."""
        tokenizer = given_tokenizer(self.tokenizer, "--")
        return Given("--", self.loss, self.unit, tokenizer, self._own(""), self.corpus)

    def second(self, loss: float) -> Given:
        """The loss held against it."""
        tokenizer = given_tokenizer(self.against_tokenizer, "--against-")
        unit = self.against_unit or self.unit
        return Given("--against-", loss, unit, tokenizer, self._own("against_"), self.against_corpus)

    def _own(self, prefix: str) -> dict[str, float]:
        own = {kind: getattr(self, f"{prefix}{kind}_per_token") for kind in PER_TOKEN.values()}
        return {kind: value for kind, value in own.items() if value is not None}


class LossResult(Result):
    """A loss in every unit that what is known allows, and how it compares with another."""

    told: ClassVar[frozenset[str]] = frozenset({"loss", "against"})

    loss: Converted
    against: Converted | None = Field(description="The loss held against it.")
    comparison: Comparison | None = Field(title="comparison")
    units: tuple[InUnit, ...] = Field(title="in every unit")

    def headline(self) -> str:
        """The loss in the unit that compares best; of two, which is better."""
        if self.comparison is not None:
            return verdict(self.comparison)
        loss = self.loss
        if loss.bits_per_byte is not None and loss.nats_per_token is not None:
            told = f"{significant(loss.nats_per_token, 4)} nats/token"
            at = f"{significant(loss.bytes_per_token or 0.0, 4)} bytes per token"
            return f"{told} is {significant(loss.bits_per_byte, 4)} bits/byte at {at}"
        told = f"{significant(loss.nats_per_token or 0.0, 4)} nats/token"
        per_character = ""
        if loss.bits_per_character is not None:
            per_character = f"{significant(loss.bits_per_character, 4)} bits/character, "
        perplexity = "too large to hold" if loss.perplexity is None else significant(loss.perplexity, 4)
        bits = f"{significant(loss.bits_per_token or 0.0, 4)} bits/token"
        return f"{told} is {per_character}{bits}, perplexity {perplexity}"

    def records(self) -> tuple[InUnit, ...]:
        """One record for each unit."""
        return self.units


def loss(inputs: LossInputs) -> LossResult:
    """The loss in every unit, and held against another if one is given."""
    if inputs.against is None:
        first = measured(inputs.first())
        _refuse_no_conversion(first)
        return _result(inputs, first, None)
    return _result(inputs, *measured_alike(inputs.first(), inputs.second(inputs.against)))


def _result(inputs: LossInputs, first: Measured, second: Measured | None) -> LossResult:
    comparison = compared(first, second) if second else None
    both = (first, second) if second else (first,)
    return LossResult(
        loss=converted(first),
        against=converted(second) if second else None,
        comparison=comparison,
        units=in_units(first, second),
        assumptions=tuple(dict.fromkeys(_assumptions(inputs, both))),
        notes=tuple(_notes(both, comparison)),
        sources=tuple(dict.fromkeys(source for each in both for source in each.sources)),
    )


def _refuse_no_conversion(first: Measured) -> None:
    """Refuse a loss per byte, character or word that nothing converts."""
    if first.nats is None:
        kind = PER_TOKEN[first.given.unit]
        text = f"{first.given.loss:g} {first.given.unit} converts into nothing without {kind} per token"
        raise Problem("no-conversion", text, f"add --{kind}-per-token, or --tokenizer of which it is known")


def _assumptions(inputs: LossInputs, losses: tuple[Measured, ...]) -> Iterator[str]:
    for each in losses:
        yield from each.assumptions
    if len(losses) > 1:
        if inputs.corpus is None or inputs.against_corpus is None:
            yield "both losses are of the same text; losses on two texts do not compare"
        if losses[0].name != losses[1].name or losses[0].name is None:
            yield "losses per token, and perplexities, do not compare between tokenizers"


def _notes(losses: tuple[Measured, ...], comparison: Comparison | None) -> Iterator[Note]:
    used = [each.figure.corpus for each in losses if each.figure]
    if comparison and len(set(used)) > 1 and comparison.unit != "nats/token":
        of = " and ".join(f"{each.name} on {each.figure.corpus}" for each in losses if each.figure)
        told = f"the figures per token are of two texts, {of}: take both from one of your own"
        if comparison.equal_at is not None:
            kind = PER_TOKEN[comparison.unit]
            equal = f"{significant(comparison.equal_at)} {kind} per token"
            told = f"{told}; the two are equal if {losses[0].name or 'the first'} has {equal}"
        yield Note(code="two-texts", message=told, level="warning")
    for each in losses:
        corpus = each.given.corpus
        if corpus and each.figure and each.figure.corpus != corpus.strip().lower():
            told = f"the text is {corpus}, and the figure of {each.name} is that of {each.figure.corpus}"
            yield Note(code="other-text", message=told, level="warning")
