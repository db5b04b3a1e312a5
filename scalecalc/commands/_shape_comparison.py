"""The proportions of a shape beside those of published models of about its size and kind."""

import math
from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import Field

from scalecalc import tables
from scalecalc.compute.model import PublishedModel
from scalecalc.compute.parameters import parameters
from scalecalc.compute.shape import ff_ratio
from scalecalc.compute.transformer import Shape
from scalecalc.quantity import Params
from scalecalc.result import Row, Shown

COMPARED = 4
"""Published models that a shape is held against."""

_UNGATED = 0.5
"""In the logarithm of the size: how much nearer a model without gates has to be to stand beside one with."""


class Proportions(Row):
    """The proportions of one shape."""

    told: ClassVar[frozenset[str]] = frozenset({"vocab", "tied_embeddings"})

    name: str = Field(title="")
    params: Params = Field(title="size")
    active_params: Params | None = Field(title="active", description="Null where all work on every token.")
    n_layers: int = Field(title="layers")
    d_model: int = Field(title="width")
    n_heads: int = Field(title="heads")
    n_kv_heads: int = Field(title="KV", description="Heads of keys and values.")
    n_experts: int | None = Field(title="experts")
    n_active_experts: int | None = Field(title="top-k", description="Routed experts that work on a token.")
    d_ff: int = Field(title="FFN", description="Of one expert in a mixture.")
    vocab: int
    tied_embeddings: bool
    aspect: Annotated[float, Shown(digits=3)] = Field(title="aspect", description="Width over layers.")
    ff_ratio: Annotated[float, Shown(digits=3)] = Field(
        title="FFN/width", description="Of all experts on a token, shared ones included."
    )


def compared(shape: Shape) -> tuple[Proportions, ...]:
    """The shape itself, and the published ones nearest to it."""
    others = (_proportions(model.name, model.shape) for model in nearest(shape) if model.shape)
    return (_proportions("this shape", shape), *others)


def nearest(shape: Shape) -> list[PublishedModel]:
    """Models of its kind nearest in size, the smallest first; one of each shape, and rather gated ones."""
    kind = "moe" if shape.n_experts else "dense"
    alike = [model for model in tables.models().values() if model.shape and model.kind == kind]
    by_shape = {replace(model.shape, context=0): model for model in reversed(alike) if model.shape}
    near = sorted((_distance(shape, other), model.id) for other, model in by_shape.items())
    return sorted((tables.model(name) for _, name in near[:COMPARED]), key=lambda model: model.params)


def _distance(shape: Shape, other: Shape) -> float:
    """How far two models are apart, in logarithms of their sizes, all and active."""
    own, its = parameters(shape), parameters(other)
    active = abs(math.log(its.active / own.active)) if shape.n_experts else 0.0
    return abs(math.log(its.total / own.total)) + active + (0 if other.gated else _UNGATED)


def _proportions(name: str, of: Shape) -> Proportions:
    count = parameters(of)
    return Proportions(
        name=name,
        params=Params(count.total),
        active_params=Params(count.active) if of.n_experts else None,
        n_layers=of.n_layers,
        d_model=of.d_model,
        n_heads=of.n_heads,
        n_kv_heads=of.n_kv_heads,
        n_experts=of.n_experts or None,
        n_active_experts=of.n_active_experts or None,
        d_ff=of.d_ff,
        vocab=of.vocab,
        tied_embeddings=of.tied_embeddings,
        aspect=of.d_model / of.n_layers,
        ff_ratio=ff_ratio(of),
    )
