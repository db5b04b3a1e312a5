"""Losses in every unit, and two of them held against each other, as rows of an answer."""

from typing import Annotated, get_args

from pydantic import Field

from scalecalc.commands._loss_measured import Measured
from scalecalc.problem import Problem
from scalecalc.quantity import Share, significant
from scalecalc.result import Row, Shown
from scalecalc.training.information import PER_TOKEN, LossUnit

UNITS: tuple[LossUnit, ...] = get_args(LossUnit)

ACROSS: tuple[LossUnit, ...] = ("bits/byte", "bits/character", "word-perplexity")
"""Units that are of the text, whatever its tokens, the best known first."""


class Converted(Row):
    """A loss in every unit; null where nothing converts it."""

    tokenizer: str | None
    corpus: str | None = Field(description="The text that its figures per token are of, if published.")
    bytes_per_token: float | None
    chars_per_token: float | None
    words_per_token: float | None
    nats_per_token: float | None
    bits_per_token: float | None
    perplexity: float | None
    bits_per_byte: float | None
    bits_per_character: float | None
    word_perplexity: float | None


class InUnit(Row):
    """One unit: the loss in it, and the one held against it."""

    unit: str
    value: Annotated[float | None, Shown(digits=4)] = Field(title="loss")
    against: Annotated[float | None, Shown(digits=4)] = Field(None, title="against")
    compares: bool | None = Field(None, description="Whether the two can be held against each other in it.")
    needs: str | None = Field(None, description="The option that the unit asks for.")


class Comparison(Row):
    """Two losses in a unit in which they compare."""

    unit: str = Field(title="compared in")
    loss: Annotated[float, Shown(digits=4)]
    against: Annotated[float, Shown(digits=4)]
    better: str = Field(description="loss, against, or neither.")
    difference: Annotated[float, Shown(digits=3)] = Field(description="loss less against.")
    share: Share | None = Field(
        title="lower by", description="The lower one below the higher, of it; null for perplexities."
    )
    equal_at: Annotated[float | None, Shown(digits=3)] = Field(
        title="equal if its tokens had",
        description="Bytes, characters or words per token of the first at which both are equal.",
    )


def converted(loss: Measured) -> Converted:
    """The loss in all units."""
    values = {unit.replace("/", "_per_").replace("-", "_"): loss.in_unit(unit) for unit in UNITS}
    sizes = {f"{kind}_per_token": loss.pieces(kind) for kind in PER_TOKEN.values()}
    corpus = loss.figure.corpus if loss.figure else None
    return Converted(tokenizer=loss.name, corpus=corpus, **sizes, **values)


def in_units(loss: Measured, against: Measured | None) -> tuple[InUnit, ...]:
    """A row for each unit, with what is missing where there is no value."""
    rows = []
    for unit in UNITS:
        value = loss.in_unit(unit)
        needs = loss.needs(unit) or (against.needs(unit) if against else None)
        row = InUnit(unit=unit, value=value, needs=needs)
        if against is not None:
            other = against.in_unit(unit)
            both = value is not None and other is not None
            compares = both and (unit in ACROSS or _is_same(loss, against))
            asked = needs if unit in ACROSS and not both else None
            row = InUnit(unit=unit, value=value, against=other, compares=compares, needs=asked)
        rows.append(row)
    return tuple(rows)


def compared(loss: Measured, against: Measured) -> Comparison:
    """The two in the first unit in which they compare; a Problem says why they do not."""
    _refuse_two_texts(loss, against)
    own: tuple[LossUnit, ...] = ("nats/token",) if _is_same(loss, against) else ()
    for unit in (*own, *ACROSS):
        first, second = loss.in_unit(unit), against.in_unit(unit)
        if first is not None and second is not None:
            return _comparison(loss, unit, first, second, against)
    raise _incomparable(loss, against)


def _comparison(loss: Measured, unit: LossUnit, first: float, second: float, against: Measured) -> Comparison:
    kind = PER_TOKEN.get(unit)
    tokens_matter = kind and loss.given.unit != unit and loss.nats is not None
    equal_at = None
    if tokens_matter and kind and unit != "word-perplexity":
        equal_at = (loss.pieces(kind) or 0.0) * first / second
    lower, higher = sorted((first, second))
    return Comparison(
        unit=unit,
        loss=first,
        against=second,
        better="neither" if first == second else "loss" if first < second else "against",
        difference=first - second,
        share=None if "perplexity" in unit else Share(1 - lower / higher),
        equal_at=None if _is_same(loss, against) else equal_at,
    )


def _is_same(loss: Measured, against: Measured) -> bool:
    return loss.name is not None and loss.name == against.name


def _refuse_two_texts(loss: Measured, against: Measured) -> None:
    corpora = [each.given.corpus for each in (loss, against)]
    first, second = (corpus.strip().lower() if corpus else None for corpus in corpora)
    if first and second and first != second:
        text = f"losses on {corpora[0]} and on {corpora[1]} do not compare: one text is harder than another"
        raise Problem("not-comparable", text, "measure both on one text")


def _incomparable(loss: Measured, against: Measured) -> Problem:
    """Why two losses of two tokenizers, or of unknown ones, do not compare."""
    both = (loss, against)
    units = [each.given.unit for each in both]
    if units[0] != units[1] and set(units) <= set(ACROSS):
        told = f"losses in {units[0]} and {units[1]} do not compare: those are other pieces of a text"
        asked = (f"{against.given.option}{PER_TOKEN[unit]}-per-token" for unit in units)
        return Problem("not-comparable", told, f"say what a token of the second is: {' and '.join(asked)}")
    what = "perplexities" if "perplexity" in units else f"losses in {' and '.join(dict.fromkeys(units))}"
    options = " and ".join(option for each in both if (option := each.needs("bits/byte")))
    hint = f"say how much text a token is: {options}"
    unnamed = [f"{each.given.option}tokenizer" for each in both if each.name is None]
    if unnamed:
        of, reason = "two tokenizers", "a token of one is another amount of text than a token of the other"
        hint = f"give {' and '.join(unnamed)}, or {hint}"
    else:
        of, reason = f"{loss.name} and {against.name}", "their tokens are other amounts of text"
    return Problem("not-comparable", f"{what} of {of} do not compare: {reason}", hint)


def verdict(comparison: Comparison) -> str:
    """Which of the two is better, in words."""
    first, second = (significant(each, 4) for each in (comparison.loss, comparison.against))
    told = f"{first} against {second} {comparison.unit}"
    if comparison.better == "neither":
        return f"equal: {told}"
    which = "the first" if comparison.better == "loss" else "the second"
    by = f", {comparison.share} lower" if comparison.share is not None else ""
    return f"{which} is better: {told}{by}"
