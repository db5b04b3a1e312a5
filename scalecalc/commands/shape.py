"""A sensible shape for a number of parameters, with its exact count."""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from scalecalc.commands._architecture import check_size, whole
from scalecalc.commands._sequence import SequenceLength
from scalecalc.commands._shape_comparison import Proportions, compared, nearest
from scalecalc.commands._shape_row import CountedShape, shape_row
from scalecalc.compute.flops import ratio_to_six_n, training_flops_per_token
from scalecalc.compute.parameters import parameters
from scalecalc.compute.shape import Suggestion, Wish, suggest, usual_aspect
from scalecalc.compute.transformer import Shape
from scalecalc.problem import Problem
from scalecalc.quantity import Flops, Params, Tokens
from scalecalc.result import Inputs, Note, Result, Shown

_OFF = 0.01
"""A size that is missed by more than this is told."""

_USUAL_ACTIVE = 2
"""Experts on a token where none are given, as in Mixtral."""

Degree = Annotated[int, Field(ge=1, le=4096)]

Experts = Annotated[int | None, Field(ge=1, le=10_000)]


class ShapeInputs(Inputs):
    """Propose a shape for a number of parameters: layers, widths, heads and vocabulary, counted exactly.

    The style is Llama's. Proportions are near those of published models of the size, which stand beside it.
    Widths, heads and vocabulary divide over --tensor devices, layers over --pipeline stages, experts over
    --expert devices. With --experts it is a mixture, whose active parameters may be given too.
    """

    group: ClassVar[str] = "Plan"
    examples: ClassVar[tuple[str, ...]] = (
        "shape --params 7B",
        "shape --params 70B --tensor 8 --pipeline 4",
        "shape --params 350M --vocab 50257 --tied --context 2k",
        "shape --params 47B --active 13B --experts 8 --expert 8",
        "shape --params 30B --experts 128 --active-experts 8 --tensor 4",
    )

    params: Params = Field(description="The size, all parameters, e.g. 7B.")
    active: Params | None = Field(
        None, description="Parameters that work on a token, e.g. 13B. [as usual with these experts]"
    )
    experts: Experts = Field(None, description="Routed experts of each layer.")
    active_experts: Experts = Field(
        None, description=f"Routed experts that work on a token. [{_USUAL_ACTIVE}]"
    )
    shared_experts: Experts = Field(None, description="Experts that work on every token.")
    tensor: Degree = Field(1, description="Devices that split each matrix.")
    pipeline: Degree = Field(1, description="Stages that the layers are split into.")
    expert: Degree = Field(1, description="Devices that the experts are spread over.")
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
    def _without_contradiction(self) -> Self:
        if self.tied and self.untied:
            raise Problem("conflict", "--tied and --untied exclude each other", "give one of them")
        beside = {
            "--active": self.active,
            "--active-experts": self.active_experts,
            "--shared-experts": self.shared_experts,
            "--expert": self.expert if self.expert > 1 else None,
        }
        given = [option for option, value in beside.items() if value is not None]
        if given and self.experts is None:
            raise Problem("conflict", f"{given[0]} without --experts", "add --experts, e.g. 64")
        if self.experts is not None:
            self._check_experts(self.experts)
        return self

    def _check_experts(self, experts: int) -> None:
        if (self.active_experts or 1) > experts:
            text = f"--active-experts {self.active_experts} exceeds --experts {experts}"
            raise Problem("value", text, "swap the two")
        if experts % self.expert:
            up = -(-experts // self.expert) * self.expert
            text = f"--expert {self.expert} does not divide --experts {experts}"
            raise Problem("value", text, f"give a divisor of it, or --experts {up}")
        if self.active and self.active >= self.params:
            text = f"--active {self.active} is not less than --params {self.params}"
            raise Problem("value", text, "--params counts all experts")

    def wish(self) -> Wish:
        """What the shape has to keep to."""
        check_size(self.params)
        experts = self.experts or 0
        return Wish(
            params=self.params,
            active_params=self.active,
            experts=experts,
            active_experts=self.active_experts or min(_USUAL_ACTIVE, experts),
            shared_experts=self.shared_experts or 0,
            vocab=None if self.vocab is None else whole(self.vocab, "--vocab"),
            tied_embeddings=True if self.tied else False if self.untied else None,
            d_head=self.d_head,
            context=int(self.context),
            tensor_parallel=self.tensor,
            pipeline_parallel=self.pipeline,
            expert_parallel=self.expert,
        )


class ShapeResult(Result):
    """A shape of about the size asked for."""

    told: ClassVar[frozenset[str]] = frozenset({"shape", "off", "active_off"})

    params: int = Field(title="parameters", description="Counted exactly.")
    off: float = Field(description="Parameters over those asked for, less 1.")
    active_params: int | None = Field(title="active", description="Null where all work on every token.")
    active_off: float | None = Field(
        description="Active parameters over those asked for, less 1; null where none were."
    )
    non_embedding_params: int = Field(title="without embeddings")
    training_flops_per_token: Annotated[Flops, Shown(unit="FLOPs per token")] = Field(
        title="training", description="By the exact count, in sequences as long as the context."
    )
    over_six_n: Annotated[float, Shown(digits=4)] = Field(title="that over 6N")
    shape: CountedShape
    flags: str = Field(title="as flags", description="The shape as `flops` and `memory` take it.")
    compared: tuple[Proportions, ...] = Field(title="beside published models of about its size")

    def headline(self) -> str:
        """The widths, and how near the size is."""
        shape = self.shape
        experts = f", {shape.n_experts} experts" if shape.n_experts else ""
        size = f"{self.params} parameters ({self.off:+.2%})"
        if self.active_params:
            near = "" if self.active_off is None else f" ({self.active_off:+.2%})"
            size += f", {Params(self.active_params)} active{near}"
        return f"{shape.n_layers} layers of width {shape.d_model}, {shape.n_heads} heads{experts}: {size}"


def shape(inputs: ShapeInputs) -> ShapeResult:
    """The shape whose size and proportions come nearest to what was asked for."""
    wish = inputs.wish()
    found = suggest(wish)
    proposed = found.shape
    return ShapeResult(
        params=found.params,
        off=found.off,
        active_params=found.active_params if wish.experts else None,
        active_off=found.active_off if wish.active_params else None,
        non_embedding_params=parameters(proposed).non_embedding,
        training_flops_per_token=Flops(training_flops_per_token(proposed, wish.context).total),
        over_six_n=ratio_to_six_n(proposed, wish.context),
        shape=shape_row(proposed),
        flags=_flags(proposed),
        compared=compared(proposed),
        assumptions=(*_assumptions(inputs, wish, proposed), *_divided(wish)),
        notes=_notes(found),
        sources=tuple(f"{model.id}: {model.source}" for model in nearest(proposed)),
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
        "experts": proposed.n_experts,
        "active-experts": proposed.n_active_experts,
        "shared-experts": proposed.n_shared_experts,
    }
    tied = " --tied" if proposed.tied_embeddings else ""
    return " ".join(f"--{name} {size}" for name, size in sizes.items() if size) + tied


def _assumptions(inputs: ShapeInputs, wish: Wish, proposed: Shape) -> tuple[str, ...]:
    """The style, and what was chosen for lack of a wish."""
    told = ["style of llama: RMSNorm, gated feed-forward layers, rotary positions, shared keys"]
    usual = f"aspect, width / layers, near {usual_aspect(wish.working_params):.3g}, as usual for the size"
    of_experts = " of all experts on a token" if wish.experts else ""
    near = "as the active parameters make it" if wish.active_params else "near 3.5"
    told.append(f"{usual}; FFN{of_experts} / width {near}")
    if wish.experts:
        told.append("experts in every layer, routers without biases")
    if wish.experts and not inputs.active_experts:
        told.append(f"{wish.active_experts} experts on a token: --active-experts sets others")
    if inputs.vocab is None:
        told.append(f"vocabulary {proposed.vocab}: --vocab sets another")
    elif proposed.vocab != int(inputs.vocab):
        told.append(f"vocabulary {int(inputs.vocab)} padded to {proposed.vocab}, whole tiles on each device")
    if not (inputs.tied or inputs.untied):
        tied = "tied" if proposed.tied_embeddings else "not tied"
        told.append(f"embeddings {tied}, as usual for the size: --tied and --untied choose")
    return tuple(told)


def _divided(wish: Wish) -> tuple[str, ...]:
    """What divides over which devices."""
    degrees = {
        "heads, feed-forward width and vocabulary divide over {} devices": wish.tensor_parallel,
        "layers divide over {} stages": wish.pipeline_parallel,
        "experts divide over {} devices": wish.expert_parallel,
    }
    return tuple(text.format(degree) for text, degree in degrees.items() if degree > 1)


def _notes(found: Suggestion) -> tuple[Note, ...]:
    if max(abs(found.off), abs(found.active_off)) <= _OFF:
        return ()
    off = found.off if abs(found.off) > _OFF else found.active_off
    size = "size" if abs(found.off) > _OFF else "active size"
    text = f"no shape that keeps to this comes nearer to the {size} than {off:+.1%}"
    return (Note(code="size-missed", message=text),)
