"""The loss of n-gram models on a held-out text: what any language model must beat."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from scalecalc.commands._information_models import (
    Model,
    Order,
    Scored,
    Settings,
    Size,
    Smoothing,
    best_of,
    ruled_out_notes,
    scored_models,
)
from scalecalc.commands._information_text import Split, Tokenize, split_of
from scalecalc.problem import Problem
from scalecalc.quantity import Share, significant
from scalecalc.result import Inputs, Note, Positional, Result, Shown
from scalecalc.training.ngram import Counts

LARGEST_VOCABULARY = 10**9

UNITS = {"words": "word", "characters": "character", "bytes": "byte", "integers": "token"}


class InformationLikelihoodInputs(Inputs):
    """Fit unigram and bigram models to one part of a text and score the other: the baseline to beat.

    By maximum likelihood, additive and Kneser-Ney smoothing, unless one is asked for. The last --held-out of
    the tokens is scored; a token that the first part lacks counts as one unknown token, or as one of a closed
    vocabulary. A token file (--tokenize integers) holds whole numbers with white space between them.
    """

    group: ClassVar[str] = "Train"
    examples: ClassVar[tuple[str, ...]] = (
        "information likelihood corpus.txt",
        "information likelihood corpus.txt --tokenize bytes --held-out 20%",
        "information likelihood corpus.txt --tokenize characters --order bigram --json",
    )

    file: Annotated[str, Positional()] = Field(description="A text in UTF-8, or - for standard input.")
    tokenize: Tokenize = Field(
        "words", description="What its tokens are: words, characters, bytes, or integers of a token file."
    )
    held_out: Share = Field(Share(0.1), description="Share of the tokens that is scored, the last of them.")
    order: Order | None = Field(None, description="unigram or bigram. [both]")
    smoothing: Smoothing | None = Field(None, description="none, additive or kneser-ney. [all]")
    add: float = Field(
        1.0, gt=0, le=1e6, allow_inf_nan=False, description="What additive smoothing adds to every count."
    )
    discount: float = Field(
        0.75, gt=0, le=1, allow_inf_nan=False, description="What Kneser-Ney takes from every count."
    )
    lowest_order: Annotated[str, Field(pattern="^(uniform|continuation)$")] = Field(
        "uniform",
        description="What Kneser-Ney ends in: uniform, as in KenLM, gives unknown tokens a chance; "
        "continuation, as in NLTK, gives them none.",
    )
    vocabulary: int | None = Field(
        None, gt=0, le=LARGEST_VOCABULARY, description="Size of a closed vocabulary, e.g. 50257."
    )
    bytes_per_token: float | None = Field(
        None, gt=0, le=1e6, allow_inf_nan=False, description="Bytes per token of a token file, e.g. 4.3."
    )

    @model_validator(mode="after")
    def _options_that_go_together(self) -> Self:
        if not 0 < self.held_out < 1:
            text = f"--held-out: {self.held_out} leaves nothing on one side"
            raise Problem("value", text, "a share between, e.g. 10%")
        if self.order == "unigram" and self.smoothing == "kneser-ney":
            text = "--smoothing kneser-ney has nothing below a unigram to share with"
            raise Problem("conflict", text, "take --order bigram, or --smoothing additive")
        if self.vocabulary is not None and self.tokenize == "bytes":
            raise Problem("conflict", "--vocabulary of bytes is 256", "leave it out")
        if self.bytes_per_token is not None and self.tokenize != "integers":
            text = f"--bytes-per-token of {self.tokenize} is counted in the text"
            raise Problem("conflict", text, "leave it out; it is for --tokenize integers")
        return self

    def settings(self) -> Settings:
        """Which models are made."""
        ends_uniform = self.lowest_order == "uniform"
        return Settings(self.order, self.smoothing, self.add, self.discount, ends_uniform)


class InformationLikelihoodResult(Result):
    """What a held-out text takes by n-gram models, and the least of it."""

    told: ClassVar[frozenset[str]] = frozenset(
        {"unit", "best_model", "best_smoothing", "nats_per_token", "bits_per_byte"}
    )

    unit: str = Field(description="What a token is.")
    best_model: str | None = Field(description="Of least loss; null where it is infinite by all.")
    best_smoothing: str | None
    nats_per_token: float | None = Field(description="By the best model.")
    bits_per_byte: float | None = Field(description="By the best model.")
    train_tokens: int = Field(title="tokens to train on")
    held_out_tokens: int = Field(title="tokens held out")
    vocabulary: int = Field(description="Kinds of tokens, the unknown one included where there is one.")
    unseen_tokens: int = Field(
        title="unseen in training", description="Held-out tokens of kinds that the training split lacks."
    )
    unseen_share: Share = Field(title="share unseen")
    bytes_per_token: Annotated[float | None, Shown(digits=4)] = Field(description="Of the held-out text.")
    spelling_bits_per_byte: Annotated[float | None, Shown(digits=4)] = Field(
        title="bits/byte of spelling", description="What unknown tokens take to be spelled, of bits_per_byte."
    )
    models: tuple[Model, ...] = Field(title="on the text held out")

    def headline(self) -> str:
        """The loss to beat."""
        if self.nats_per_token is None:
            return "no model asked for gives every held-out token a chance: the loss is infinite"
        told = f"{significant(self.nats_per_token, 4)} nats per {self.unit}"
        if self.bits_per_byte is not None:
            told = f"{significant(self.bits_per_byte, 4)} bits per byte, {told}"
        how = "" if self.best_smoothing == "-" else f" ({self.best_smoothing})"
        return f"to beat: {told}, by the {self.best_model} model{how} on {self.held_out_tokens} held out"

    def records(self) -> tuple[Model, ...]:
        """One record for each model."""
        return self.models


def information_likelihood(inputs: InformationLikelihoodInputs) -> InformationLikelihoodResult:
    """The models fitted on the first part of the file and scored on the last."""
    split = split_of(inputs.file, inputs.tokenize, inputs.held_out)
    train, held_out = Counts.of(split.train), Counts.of(split.held_out, split.train[-1:])
    unseen = {token: times for token, times in held_out.unigrams.items() if token not in train.unigrams}
    vocabulary = _vocabulary(inputs, train, unseen)
    size = _size(inputs, split, unseen)
    scored = scored_models(train, held_out, vocabulary, inputs.settings(), size)
    best = best_of(scored)
    return InformationLikelihoodResult(
        unit=UNITS[inputs.tokenize],
        best_model=best and best.model,
        best_smoothing=best and best.smoothing,
        nats_per_token=best and best.nats_per_token,
        bits_per_byte=best and best.bits_per_byte,
        train_tokens=len(split.train),
        held_out_tokens=len(split.held_out),
        vocabulary=vocabulary,
        unseen_tokens=sum(unseen.values()),
        unseen_share=Share(sum(unseen.values()) / len(split.held_out)),
        bytes_per_token=size.bytes and size.bytes / len(split.held_out),
        spelling_bits_per_byte=size.spelling_bits / size.bytes if size.bytes and size.spelling_bits else None,
        models=tuple(each.row for each in scored),
        assumptions=tuple(_assumptions(inputs, split, size.spelling_bits)),
        notes=tuple(_notes(inputs, scored)),
        sources=(
            "Chen & Goodman 1998, An Empirical Study of Smoothing Techniques for Language Modeling",
            "Kneser & Ney 1995, Improved backing-off for m-gram language modeling",
        ),
    )


def _size(inputs: InformationLikelihoodInputs, split: Split, unseen: dict[object, int]) -> Size:
    """The bytes of the held-out text, and the bits that spell its unknown tokens, an end after each word."""
    if split.held_out_bytes is None:
        of_tokens = inputs.bytes_per_token and inputs.bytes_per_token * len(split.held_out)
        return Size(of_tokens, 0.0)
    if inputs.vocabulary is not None or inputs.tokenize == "bytes":
        return Size(split.held_out_bytes, 0.0)
    end = inputs.tokenize == "words"
    spelled = sum(times * (len(str(token).encode()) + end) for token, times in unseen.items())
    return Size(split.held_out_bytes, 8.0 * spelled)


def _vocabulary(inputs: InformationLikelihoodInputs, train: Counts, unseen: dict[object, int]) -> int:
    """Kinds of tokens: the closed vocabulary, all bytes, or those of the training split and one unknown."""
    if inputs.tokenize == "bytes":
        return 256
    if inputs.vocabulary is None:
        return len(train.unigrams) + 1
    kinds = [*train.unigrams, *unseen]
    largest = max((kind for kind in kinds if isinstance(kind, int)), default=-1)
    least = max(len(kinds), largest + 1)
    if inputs.vocabulary < least:
        why = f"token {largest}" if largest >= len(kinds) else f"{len(kinds)} kinds of tokens"
        raise Problem(
            "value",
            f"--vocabulary: {inputs.vocabulary} is too small for a file with {why}",
            f"it is at least {least}; without it unknown tokens count as one",
        )
    return inputs.vocabulary


def _assumptions(inputs: InformationLikelihoodInputs, split: Split, spelling: float) -> Iterator[str]:
    tokens = {
        "words": "words are what stands between white space",
        "characters": "characters are Unicode code points",
        "bytes": "tokens are bytes, a vocabulary of 256 that is known",
        "integers": "tokens are the whole numbers of the file",
    }
    yield tokens[inputs.tokenize]
    yield f"held out are the last {inputs.held_out} of the tokens; the first follows the training split"
    if inputs.vocabulary is not None:
        yield f"the vocabulary is closed at {inputs.vocabulary}: unseen tokens are each a kind of their own"
    elif inputs.tokenize != "bytes":
        yield "unseen tokens count as one unknown kind, which the vocabulary includes"
    if inputs.smoothing in (None, "kneser-ney") and inputs.order != "unigram":
        yield f"Kneser-Ney interpolates with one discount, {significant(inputs.discount)}; {_lowest(inputs)}"
    if split.held_out_bytes is not None and inputs.tokenize == "words":
        yield "bits per byte are over all bytes held out, with the white space, which the words do not code"
    if spelling:
        yield "bits per byte spell every unknown token at 8 bits a byte; nats and bits per token do not"


def _lowest(inputs: InformationLikelihoodInputs) -> str:
    if inputs.lowest_order == "uniform":
        return "its lowest order is interpolated with a uniform choice from the vocabulary"
    return "its lowest order is the share of kinds of bigrams, none for an unknown token"


def _notes(inputs: InformationLikelihoodInputs, scored: tuple[Scored, ...]) -> Iterator[Note]:
    yield from ruled_out_notes(scored, are_bytes=inputs.tokenize == "bytes")
    if inputs.tokenize == "integers" and inputs.bytes_per_token is None:
        text = (
            "a token file does not say how many bytes its tokens are: bits per byte ask for --bytes-per-token"
        )
        yield Note(code="no-bytes", message=text)
