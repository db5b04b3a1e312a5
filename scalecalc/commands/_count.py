"""What N counts: the law's own count beside the one that the reader writes and reads in."""

from math import exp, log
from typing import TYPE_CHECKING, Literal, NamedTuple

from pydantic import Field

from scalecalc.laws import PublishedLaw
from scalecalc.laws.arithmetic import FLOPS_PER_TOKEN_PER_PARAM
from scalecalc.problem import Problem
from scalecalc.quantity import Params
from scalecalc.result import Inputs

if TYPE_CHECKING:
    from scalecalc.compute.model import PublishedModel

Count = Literal["total", "non-embedding", "active"]

WHOLE = ("total", "with-head")
"""Counts that are one where the output matrix is the embedding, as Pearce & Song 2024 take it."""

MISPRINTED = 0.02
"""A shape that differs by more than this share from the size that it is printed with is not followed."""

PUBLISHED = "Pearce & Song 2024 (arXiv 2406.12907, vocabulary 32000)"

WORDS = {
    "total": "all parameters",
    "non-embedding": "all but the embeddings",
    "active": "those active for a token",
    "with-head": "all but the input embedding",
}


class CountChoice(Inputs):
    """How N is counted, where it is given and where it is printed."""

    count: Count | None = Field(
        None, description="Give and print N as total, non-embedding or active. [as the law counts]"
    )


class Counting(NamedTuple):
    """The count of a law and the one asked for; `total_per_active` is known of mixtures of experts alone."""

    own: str
    asked: str
    total_per_active: float | None = None

    @classmethod
    def of(cls, law: PublishedLaw, asked: Count | None, total_per_active: float | None = None) -> "Counting":
        """The counting by one law; a Problem where nothing published converts between the two."""
        found = cls(law.counts, asked or law.counts, total_per_active)
        is_mixture = found.own == "active" and found.asked != "active"
        if is_mixture and (total_per_active is None or found.asked != "total"):
            raise Problem(
                "no-conversion",
                f"--count {asked}: {law.name} counts active parameters, and nothing published converts",
                "leave --count out",
            )
        return found

    @property
    def converts(self) -> bool:
        """Whether the two counts differ."""
        return self._place(self.own) != self._place(self.asked)

    def to_law(self, params: float) -> float:
        """Parameters as asked for, as the law counts them."""
        if not self.converts:
            return params
        if self.own == "active":
            return params / (self.total_per_active or 1.0)
        return converted(params, self.asked, self.own)

    def printed(self, params: float) -> Params:
        """Parameters as the law counts them, as asked for."""
        if not self.converts:
            return Params(params)
        if self.own == "active":
            return Params(params * (self.total_per_active or 1.0))
        return Params(converted(params, self.own, self.asked))

    def at_ratio(self, flops: float, tokens_per_param: float) -> float:
        """The law's N on a budget with so many tokens for each parameter as asked for."""
        product = flops / (FLOPS_PER_TOKEN_PER_PARAM * tokens_per_param)
        plain = log(product) / 2
        if not self.converts:
            return exp(plain)
        from scalecalc.laws.roots import falling_root

        return exp(falling_root(lambda u: log(product) - u - log(self.printed(exp(u))), plain))

    @property
    def assumptions(self) -> tuple[str, ...]:
        """How one count became the other; nothing where they are the same."""
        if self.asked == self.own:
            return ()
        told = f"N is given and printed as {WORDS[self.asked]}"
        if self.own == "active":
            return (f"{told}, the experts that a token does not see among them",)
        if self.converts:
            return (f"{told}: converted by {PUBLISHED}",)
        same = "all are active in a dense model" if self.asked == "active" else f"as by {PUBLISHED}"
        return (f"{told}, here the same: {same}",)

    def _place(self, count: str) -> str:
        """Counts that are one by the conversion have one name; a dense model has no idle parameters."""
        if self.own == "active":
            return count
        return "non-embedding" if count == "non-embedding" else "total"


def exact(model: "PublishedModel", count: str) -> float | None:
    """N of a published model that works on a token, counted exactly; None where its shape is not known.

    Nor is it where the printed shape is not that of the printed size.
    """
    if count in ("total", "active"):
        return model.compute_params
    if model.shape is None:
        return None
    from scalecalc.compute.parameters import parameters

    found = parameters(model.shape)
    if abs(found.active / model.compute_params - 1) > MISPRINTED:
        return None
    inner = found.active_non_embedding
    return inner if count == "non-embedding" else inner + model.shape.vocab * model.shape.d_model


def params_of(model: "PublishedModel", count: str) -> tuple[float, str]:
    """N of a published model as a law counts it, and how that is known."""
    found = exact(model, count)
    if found is not None:
        return found, f"N of {model.id} is {WORDS[count]}, as published or counted exactly from its shape"
    by_fit = converted(model.compute_params, "total", count)
    why = "its shape being unknown or not of that size"
    return by_fit, f"N of {model.id} is {WORDS[count]}: converted by {PUBLISHED}, {why}"


def converted(params: float, own: str, asked: str) -> float:
    """N of a dense model in another count, by the published conversion where the two differ."""
    from scalecalc.laws.conventions import non_embedding_from_total, total_from_non_embedding

    if own == "non-embedding" and asked != own:
        return total_from_non_embedding(params)
    if asked == "non-embedding" and asked != own:
        return non_embedding_from_total(params)
    return params
