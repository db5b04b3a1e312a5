"""The n-gram models of a text, scored, as rows of an answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, log
from typing import Annotated, Literal

from pydantic import Field

from scalecalc import progress
from scalecalc.quantity import shown, significant
from scalecalc.result import Note, Row, Shown
from scalecalc.training.divergence import perplexity
from scalecalc.training.ngram import Additive, Counts, KneserNey, Ngram, Score, Uniform

Order = Literal["unigram", "bigram"]
Smoothing = Literal["none", "additive", "kneser-ney"]

ORDERS: dict[Order, int] = {"unigram": 1, "bigram": 2}


@dataclass(frozen=True, slots=True)
class Settings:
    """Which models are made, and how they are smoothed; None stands for all of them."""

    order: Order | None
    smoothing: Smoothing | None
    add: float
    discount: float
    ends_uniform: bool


@dataclass(frozen=True, slots=True)
class Size:
    """The held-out text in bytes, if known, and the bits that spell the tokens it has for the first time."""

    bytes: float | None
    spelling_bits: float


class Model(Row):
    """One model, and what the held-out text takes by it; null where that is infinite."""

    model: str
    smoothing: str
    train_nats_per_token: Annotated[float | None, Shown(digits=4)] = Field(
        title="in training", description="Nats per token of the training split itself."
    )
    log_likelihood: Annotated[float | None, Shown(unit="nats", digits=5)] = Field(
        description="Of the held-out split, in nats."
    )
    nats_per_token: Annotated[float | None, Shown(digits=4)] = Field(title="nats/token")
    bits_per_token: Annotated[float | None, Shown(digits=4)] = Field(title="bits/token")
    perplexity: Annotated[float | None, Shown(digits=4)] = Field(description="Per token.")
    bits_per_byte: Annotated[float | None, Shown(digits=4)] = Field(
        title="bits/byte",
        description="With what spells unknown tokens; null for a token file without --bytes-per-token, too.",
    )
    ruled_out: int = Field(title="ruled out", description="Held-out tokens of probability zero.")


@dataclass(frozen=True, slots=True)
class Scored:
    """A model's row, and the first held-out token that it rules out."""

    row: Model
    impossible: object


def scored_models(
    train: Counts, held_out: Counts, vocabulary: int, settings: Settings, size: Size
) -> tuple[Scored, ...]:
    """Every model that is asked for, fitted on one split and scored on both."""
    models = list(_models(train, vocabulary, settings))
    scored = []
    for done, (order, smoothing, model) in enumerate(models):
        progress.report("models", done, len(models))
        of_held_out = model.score(held_out)
        row = _row(order, smoothing, model.score_in_training(), of_held_out, size)
        scored.append(Scored(row, of_held_out.impossible))
    progress.report("models", len(models), len(models))
    return tuple(scored)


def best_of(scored: Sequence[Scored]) -> Model | None:
    """The model of least loss on the held-out text; None where it is infinite by all."""
    rows = [each.row for each in scored if not each.row.ruled_out]
    return min(rows, key=lambda row: row.nats_per_token or 0.0, default=None)


def ruled_out_notes(scored: Sequence[Scored], *, are_bytes: bool) -> Iterator[Note]:
    """Which models give the held-out text no chance, and by which token."""
    for each in scored:
        if each.row.ruled_out:
            named = f"{each.row.model} by {each.row.smoothing}"
            times = f"{each.row.ruled_out} held-out token{'s' * (each.row.ruled_out > 1)}"
            first = f"{each.impossible:#04x}" if are_bytes else shown(str(each.impossible))
            text = f"{named}: the loss is infinite; {times}, the first of them {first}, had no chance by it"
            yield Note(code="infinite", message=text)


def _models(train: Counts, vocabulary: int, settings: Settings) -> Iterator[tuple[str, str, Ngram]]:
    if settings.order is None and settings.smoothing is None:
        yield "uniform", "-", Uniform(vocabulary)
    for name, order in ORDERS.items():
        if settings.order not in (None, name):
            continue
        if settings.smoothing in (None, "none"):
            yield name, "maximum likelihood", Additive(train, vocabulary, 0.0, order)
        if settings.smoothing in (None, "additive"):
            told = f"additive {significant(settings.add)}"
            yield name, told, Additive(train, vocabulary, settings.add, order)
        if order == 2 and settings.smoothing in (None, "kneser-ney"):
            told = f"Kneser-Ney {significant(settings.discount)}"
            lowest = vocabulary if settings.ends_uniform else None
            yield name, told, KneserNey(train, lowest, settings.discount)


def _row(order: str, smoothing: str, of_train: Score, of_held_out: Score, size: Size) -> Model:
    nats = of_held_out.cross_entropy
    bits = -of_held_out.log_likelihood / log(2) + size.spelling_bits
    return Model(
        model=order,
        smoothing=smoothing,
        train_nats_per_token=of_train.cross_entropy,
        log_likelihood=of_held_out.log_likelihood,
        nats_per_token=nats,
        bits_per_token=nats / log(2),
        perplexity=perplexity(nats) if nats < inf else inf,
        bits_per_byte=bits / size.bytes if size.bytes else None,
        ruled_out=of_held_out.ruled_out,
    )
