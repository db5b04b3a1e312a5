"""A sensible shape for a number of parameters, with its exact count."""

import math
from dataclasses import replace
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from scalecalc import tables
from scalecalc.commands._architecture import LONGEST_SEQUENCE, whole
from scalecalc.commands._model_entry import ModelShape
from scalecalc.commands._sequence import SequenceLength
from scalecalc.commands._shape_row import shape_row
from scalecalc.compute.flops import ratio_to_six_n, training_flops_per_token
from scalecalc.compute.model import PublishedModel
from scalecalc.compute.parameters import parameters
from scalecalc.compute.shape import Suggestion, Wish, suggest, usual_aspect
from scalecalc.compute.transformer import Shape
from scalecalc.problem import Problem
from scalecalc.quantity import Flops, Params, Tokens
from scalecalc.result import Inputs, Note, Result, Row, Shown

COMPARED = 4
"""Published models that a shape is held against."""

LARGEST = 10**15
"""Parameters; published models have up to some 10**12."""

_UNGATED = 0.5
"""In the logarithm of the size: how much nearer a model without gates has to be to stand beside one with."""

_OFF = 0.01
"""A size that is missed by more than this is told."""

Degree = Annotated[int, Field(ge=1, le=4096)]


class ShapeInputs(Inputs):
    """Propose a shape for a number of parameters: layers, widths, heads and vocabulary, counted exactly.

    The style is Llama's. Proportions are near those of published models of the size, which stand beside it.
    Widths, heads and vocabulary divide over --tensor devices, layers over --pipeline stages.
    """

    group: ClassVar[str] = "Plan"
    examples: ClassVar[tuple[str, ...]] = (
        "shape --params 7B",
        "shape --params 70B --tensor 8 --pipeline 4",
        "shape --params 350M --vocab 50257 --tied --context 2k",
    )

    params: Params = Field(description="The size, all parameters, e.g. 7B.")
    tensor: Degree = Field(1, description="Devices that split each matrix.")
    pipeline: Degree = Field(1, description="Stages that the layers are split into.")
    vocab: Tokens | None = Field(
        None, description="Entries of the vocabulary, e.g. 128k; padded. [50304, or 128256 from 500M]"
    )
    context: SequenceLength = Field(SequenceLength(8192), description="Tokens of a sequence.")
    d_head: Annotated[int | None, Field(ge=1, le=4096)] = Field(
        None, description="Width of a head. [64, or 128 from 2B]"
    )
    tied: bool = Field(False, description="The output matrix is the table of embeddings. [in small models]")
    untied: bool = Field(False, description="It is not, even in a small model.")

    @model_validator(mode="after")
    def _tied_or_not(self) -> Self:
        if self.tied and self.untied:
            raise Problem("conflict", "--tied and --untied exclude each other", "give one of them")
        return self

    def wish(self) -> Wish:
        """What the shape has to keep to."""
        if self.params > LARGEST:
            raise Problem("value", f"--params: {self.params} is more than any model", "for example 70B")
        return Wish(
            params=self.params,
            vocab=None if self.vocab is None else whole(self.vocab, "--vocab"),
            tied_embeddings=True if self.tied else False if self.untied else None,
            d_head=self.d_head,
            context=whole(self.context, "--context", LONGEST_SEQUENCE),
            tensor_parallel=self.tensor,
            pipeline_parallel=self.pipeline,
        )


class Proportions(Row):
    """The proportions of a shape beside those of published models."""

    told: ClassVar[frozenset[str]] = frozenset({"vocab", "tied_embeddings"})

    name: str = Field(title="")
    params: Params = Field(title="size")
    n_layers: int = Field(title="layers")
    d_model: int = Field(title="width")
    n_heads: int = Field(title="heads")
    n_kv_heads: int = Field(title="key heads")
    d_ff: int = Field(title="FFN")
    vocab: int
    tied_embeddings: bool
    aspect: Annotated[float, Shown(digits=3)] = Field(title="width / layers")
    ff_ratio: Annotated[float, Shown(digits=3)] = Field(title="FFN / width")


class ShapeResult(Result):
    """A shape of about the size asked for."""

    told: ClassVar[frozenset[str]] = frozenset({"shape", "off"})

    params: int = Field(title="parameters", description="Counted exactly.")
    off: float = Field(description="Parameters over those asked for, less 1.")
    non_embedding_params: int = Field(title="without embeddings")
    training_flops_per_token: Annotated[Flops, Shown(unit="FLOPs per token")] = Field(
        title="training", description="By the exact count, in sequences as long as the context."
    )
    over_six_n: Annotated[float, Shown(digits=4)] = Field(title="that over 6N")
    shape: ModelShape
    flags: str = Field(title="as flags", description="The shape as `flops` and `memory` take it.")
    compared: tuple[Proportions, ...] = Field(title="beside published models of about its size")

    def headline(self) -> str:
        """The widths, and how near the size is."""
        shape = self.shape
        size = f"{self.params} parameters ({self.off:+.2%})"
        return f"{shape.n_layers} layers of width {shape.d_model}, {shape.n_heads} heads: {size}"


def shape(inputs: ShapeInputs) -> ShapeResult:
    """The shape whose size and proportions come nearest to what was asked for."""
    wish = inputs.wish()
    found = suggest(wish)
    proposed = found.shape
    return ShapeResult(
        params=found.params,
        off=found.off,
        non_embedding_params=parameters(proposed).non_embedding,
        training_flops_per_token=Flops(training_flops_per_token(proposed, wish.context).total),
        over_six_n=ratio_to_six_n(proposed, wish.context),
        shape=shape_row(proposed),
        flags=_flags(proposed),
        compared=(_proportions("this shape", proposed), *_published_near(found.params)),
        assumptions=_assumptions(inputs, wish, proposed),
        notes=_notes(found),
        sources=tuple(f"{model.id}: {model.source}" for model in _nearest(found.params)),
    )


def _flags(proposed: Shape) -> str:
    """The options of `flops` and `memory` that describe the shape."""
    sizes = {
        "layers": proposed.n_layers,
        "d-model": proposed.d_model,
        "heads": proposed.n_heads,
        "kv-heads": proposed.n_kv_heads,
        "d-ff": proposed.d_ff,
        "vocab": proposed.vocab,
    }
    tied = " --tied" if proposed.tied_embeddings else ""
    return " ".join(f"--{name} {size}" for name, size in sizes.items()) + tied


def _proportions(name: str, of: Shape) -> Proportions:
    return Proportions(
        name=name,
        params=Params(parameters(of).total),
        n_layers=of.n_layers,
        d_model=of.d_model,
        n_heads=of.n_heads,
        n_kv_heads=of.n_kv_heads,
        d_ff=of.d_ff,
        vocab=of.vocab,
        tied_embeddings=of.tied_embeddings,
        aspect=of.d_model / of.n_layers,
        ff_ratio=of.d_ff / of.d_model,
    )


def _published_near(params: float) -> tuple[Proportions, ...]:
    return tuple(_proportions(model.name, model.shape) for model in _nearest(params) if model.shape)


def _nearest(params: float) -> list[PublishedModel]:
    """Dense models nearest in size, the smallest first; one of each shape, and rather one that is gated."""
    dense = [model for model in tables.models().values() if model.shape and model.kind == "dense"]
    by_shape = {replace(model.shape, context=0): model for model in reversed(dense) if model.shape}
    near = sorted(
        (abs(math.log(model.params / params)) + (0 if shape.gated else _UNGATED), model.id)
        for shape, model in by_shape.items()
    )
    nearest = [tables.model(name) for _, name in near[:COMPARED]]
    return sorted(nearest, key=lambda model: model.params)


def _assumptions(inputs: ShapeInputs, wish: Wish, proposed: Shape) -> tuple[str, ...]:
    """The style, and what was chosen for lack of a wish."""
    told = ["style of llama: RMSNorm, gated feed-forward layers, rotary positions, shared keys"]
    usual = f"{usual_aspect(wish.params):.3g}"
    told.append(f"width / layers near {usual}, as usual for the size; FFN / width near 3.5")
    if inputs.vocab is None:
        told.append(f"vocabulary {proposed.vocab}: --vocab sets another")
    elif proposed.vocab != int(inputs.vocab):
        told.append(f"vocabulary {int(inputs.vocab)} padded to {proposed.vocab}, whole tiles on each device")
    if not (inputs.tied or inputs.untied):
        tied = "tied" if proposed.tied_embeddings else "not tied"
        told.append(f"embeddings {tied}, as usual for the size: --tied and --untied choose")
    if wish.tensor_parallel > 1:
        told.append(f"heads, feed-forward width and vocabulary divide over {wish.tensor_parallel} devices")
    if wish.pipeline_parallel > 1:
        told.append(f"layers divide over {wish.pipeline_parallel} stages")
    return tuple(told)


def _notes(found: Suggestion) -> tuple[Note, ...]:
    if abs(found.off) <= _OFF:
        return ()
    text = f"no shape that keeps to this comes nearer to the size than {found.off:+.1%}"
    return (Note(code="size-missed", message=text),)
