"""Published models held against a law: N as it counts it, the audit, and the row of each."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from scalecalc.commands._conventions import Convention
from scalecalc.commands._count import PUBLISHED, WORDS, Count, exact, params_of
from scalecalc.commands._laws import allocator
from scalecalc.commands._model_entry import ModelRow
from scalecalc.compute.model import PublishedModel
from scalecalc.laws.audit import Audit, audit
from scalecalc.quantity import Flops, Params, Share, Tokens, TokensPerParam
from scalecalc.result import Note

MARKS = {
    "moe": "a mixture of experts, held by its active parameters against a law for dense models",
    "encdec": "held by the half of an encoder-decoder that a token passes, against a law for decoders",
    "epochs": "the text was repeated; the law takes every token for new",
    "distilled": "trained on the outputs of a larger model, whose compute is not in 6ND",
    "memory": "the figures are from memory, not checked against their source",
}
"""What stands in a model's notes, and why its verdict is to be read with it."""

AUDITED = {"params", "active_params", "tokens"}
"""The figures that a verdict rests on."""


class Yardstick(NamedTuple):
    """A law that models are held against, and the count in which their sizes were asked for."""

    read: Convention
    asked: Count | None

    @property
    def counts(self) -> str:
        """What N counts where it is printed."""
        return self.asked or self.read.law.counts

    def params(self, model: PublishedModel) -> Params:
        """N as it is printed: that which works on a token, unless all of it is asked for."""
        return Params(model.params if self.asked == "total" else params_of(model, self.counts)[0])

    def audit(self, model: PublishedModel) -> Audit | None:
        """The audit of N as the law counts it; None where the tokens are undisclosed."""
        if not model.tokens:
            return None
        params, _ = params_of(model, self.read.law.counts)
        return audit(allocator(self.read.law), params, model.tokens)

    def row(self, model: PublishedModel) -> ModelRow:
        """The model as trained and the law's optimum on its compute."""
        found = self.audit(model)
        params = self.params(model)
        return ModelRow(
            id=model.id,
            name=model.name,
            family=model.family,
            year=model.year,
            kind=model.kind,
            tokens_per_param=TokensPerParam(model.tokens / params) if model.tokens else None,
            verdict=found.verdict if found else None,
            wasted=Share(found.wasted) if found and found.wasted is not None else None,
            params=Params(model.params),
            active_params=Params(model.compute_params),
            counted_params=params,
            tokens=Tokens(model.tokens) if model.tokens else None,
            optimal_params=self.read.params(found.best_params) if found else None,
            optimal_tokens=Tokens(found.best_tokens) if found else None,
            flops=Flops(model.flops) if model.flops else None,
            loss=self.read.loss(found.loss) if found else None,
            marks=tuple(self._marks(model)),
            source=model.source,
        )

    def assumptions(self, models: Iterable[PublishedModel]) -> tuple[str, ...]:
        """How the sizes of the models were counted, where that is not as they are published."""
        counts = [
            count for count in (self.read.law.counts, self.counts) if count in ("non-embedding", "with-head")
        ]
        if not counts:
            return ()
        unknown = [model.id for model in models if exact(model, counts[0]) is None]
        told = f"N of a published model, {WORDS[counts[0]]}, is counted exactly from its shape"
        by_fit = f"; by {PUBLISHED} where that is unknown: {', '.join(unknown)}" if unknown else ""
        return (f"{told}{by_fit}",)

    def _marks(self, model: PublishedModel) -> Iterator[str]:
        if model.kind != "dense" and self.read.law.counts != "active":
            yield model.kind
        if model.multi_epoch:
            yield "epochs"
        if model.distilled:
            yield "distilled"
        if model.verification == "memory" or AUDITED & set(model.unverified):
            yield "memory"


def mark_notes(rows: Iterable[ModelRow]) -> Iterator[Note]:
    """What the marks that stand there mean."""
    there = {mark for row in rows for mark in row.marks}
    yield from (Note(code=mark, message=f"{mark}: {text}") for mark, text in MARKS.items() if mark in there)
