"""Exact parameters and FLOPs of a transformer, to train it and to run it."""

from typing import Annotated, ClassVar

from pydantic import Field

from scalecalc.commands._architecture import Architecture, ArchitectureChoice
from scalecalc.commands._sequence import SequenceLength
from scalecalc.commands._shape_row import CountedShape, shape_row, shape_text
from scalecalc.compute.flops import CONVENTIONS, ratio_to_six_n, training_flops_per_token
from scalecalc.compute.inference import cache_bytes, cache_bytes_per_token, decode_flops, prefill_flops
from scalecalc.compute.parameters import Parameters, parameters
from scalecalc.compute.transformer import Shape
from scalecalc.quantity import Bytes, Flops, Params, Share, Tokens, significant
from scalecalc.result import Note, Result, Row, Shown

LEADING = "exact"
"""The convention of the headline: every matrix product of a token, attention as it is masked."""

TELLING = 0.05
"""From this difference on, 6ND is told to be off."""

PARTS = {
    "embeddings": "embeddings",
    "attention": "attention",
    "mlp": "feed-forward",
    "experts": "routed experts",
    "router": "routers",
    "norms": "norms",
    "head": "output matrix",
}
"""The parts of `Parameters` and what a reader calls them."""


class FlopsInputs(ArchitectureChoice):
    """Count the parameters of a transformer exactly, and its FLOPs per token by every convention.

    Name a published model, give the config.json that is published with it, or its sizes by flags. Training is
    counted forward and backward and held against 6N; inference by the prompt's tokens and by those written.
    """

    group: ClassVar[str] = "Cost"
    examples: ClassVar[tuple[str, ...]] = (
        "flops llama3-8b",
        "flops config.json",
        "flops deepseek-v3 --context 4096 --tokens 14.8T",
        "flops --layers 32 --d-model 4096 --kv-heads 8 --d-ff 14336 --vocab 128256",
        "flops --style gemma3 --layers 26 --d-model 1152 --vocab 256k --window 512 --global-every 6",
        "flops --layers 27 --d-model 2048 --vocab 102400 --kv-rank 512 --experts 64 --active-experts 6",
    )

    context: SequenceLength | None = Field(
        None, description="Tokens of a sequence in training, and before a token in inference. [up to 8192]"
    )
    tokens: Tokens | None = Field(None, description="Training tokens, for the FLOPs of the whole training.")


class Part(Row):
    """The parameters of one part of the model."""

    part: str
    params: int = Field(title="parameters")
    share: Share


class Counted(Row):
    """Training FLOPs per token by one convention."""

    told: ClassVar[frozenset[str]] = frozenset({"counts", "source"})

    convention: str
    flops: Flops = Field(title="total")
    forward: Flops
    backward: Flops
    over_six_n: Annotated[float, Shown(digits=4)] = Field(
        title="over 6N", description="Its FLOPs over 6N of the parameters that work on a token."
    )
    formula: str = Field(
        description="a: width of all heads, d: of the model, L: layers, h: heads, T: sequence, V: vocabulary."
    )
    counts: str = Field(description="What the convention counts or takes for granted.")
    source: str


class Training(Row):
    """The training on all tokens."""

    tokens: Tokens
    flops: Annotated[Flops, Shown(unit="FLOPs")] = Field(title="compute", description="By the exact count.")
    flops_six_n: Annotated[Flops, Shown(unit="FLOPs")] = Field(title="compute, 6ND")


class Inference(Row):
    """What a request takes, in FLOPs per token, and what it keeps."""

    context: int = Field(description="Tokens before the one that is written.")
    prefill_flops_per_token: Annotated[Flops, Shown(unit="FLOPs per token")] = Field(
        title="prefill", description="Mean over a prompt as long as the context."
    )
    decode_flops_per_token: Annotated[Flops, Shown(unit="FLOPs per token")] = Field(
        title="decode", description="For one token after the context."
    )
    kv_cache_bytes_per_token: Annotated[Bytes, Shown(unit="per token")] = Field(
        title="KV cache", description="In 16 bits, within every window."
    )
    kv_cache_bytes: Annotated[Bytes, Shown(unit="per sequence")] = Field(
        title="KV cache, context", description="Of one sequence as long as the context, in 16 bits."
    )


class FlopsResult(Result):
    """Parameters and FLOPs of a transformer."""

    told: ClassVar[frozenset[str]] = frozenset({"model", "shape", "over_six_n", "training_flops_per_token"})

    model: str
    params: int = Field(title="parameters", description="All of them.")
    non_embedding_params: int = Field(
        title="without embeddings", description="Without tables of tokens and positions and output matrix."
    )
    active_params: int = Field(title="active", description="Those that one token passes through.")
    active_non_embedding_params: int = Field(title="active, without embeddings")
    multiplied_params: int = Field(
        title="in matrix products",
        description="Weights that multiply a token's activations, the output matrix included even if tied.",
    )
    training_flops_per_token: Annotated[Flops, Shown(unit="FLOPs per token")] = Field(
        title="training", description="By the exact count."
    )
    over_six_n: float = Field(
        description="Training FLOPs by the exact count over 6N of the active parameters."
    )
    shape: CountedShape
    parts: tuple[Part, ...] = Field(title="parameters by part")
    conventions: tuple[Counted, ...] = Field(title="training FLOPs per token by convention")
    training: Training | None = Field(title="training on all tokens", description="Null without tokens.")
    inference: Inference

    def headline(self) -> str:
        """The size, and what training takes per token."""
        active = "" if self.active_params == self.params else f", {Params(self.active_params)} active"
        size = f"{self.model}: {Params(self.params)} parameters{active}"
        ratio = significant(self.over_six_n, 3)
        return f"{size}; training takes {self.training_flops_per_token} FLOPs per token, {ratio} x 6N"

    def records(self) -> tuple[Counted, ...]:
        """One record for each convention."""
        return self.conventions


class DenseResult(FlopsResult):
    """A model without experts: the same keys, but a reader does not see all its parameters twice."""

    told: ClassVar[frozenset[str]] = FlopsResult.told | {"active_params", "active_non_embedding_params"}


def flops(inputs: FlopsInputs) -> FlopsResult:
    """The parameters and FLOPs of the model that was named or described."""
    found = inputs.architecture(inputs.context)
    length, assumed = found.sequence(inputs.context, "--context")
    shape, count = found.shape, parameters(found.shape)
    per_token = training_flops_per_token(shape, length).total
    ratio = ratio_to_six_n(shape, length)
    kind = FlopsResult if shape.n_experts else DenseResult
    return kind(
        model=found.name,
        params=count.total,
        non_embedding_params=count.non_embedding,
        active_params=count.active,
        active_non_embedding_params=count.active_non_embedding,
        multiplied_params=count.weights,
        training_flops_per_token=Flops(per_token),
        over_six_n=ratio,
        shape=shape_row(shape),
        parts=_parts(count),
        conventions=tuple(_counted(shape, length, name) for name in CONVENTIONS),
        training=_training(inputs, shape, length),
        inference=_inference(shape, length),
        assumptions=(
            f"shape: {shape_text(shape)}",
            *found.assumptions,
            *assumed,
            f"{LEADING}: {CONVENTIONS[LEADING].source}",
        ),
        notes=(*found.notes, *_off(shape, ratio, length), *_beyond(found, length)),
        sources=tuple(filter(None, (found.source,))),
    )


def _parts(count: Parameters) -> tuple[Part, ...]:
    counts = {title: getattr(count, name) for name, title in PARTS.items()}
    return tuple(
        Part(part=title, params=params, share=Share(params / count.total))
        for title, params in counts.items()
        if params
    )


def _counted(shape: Shape, length: int, name: str) -> Counted:
    convention = CONVENTIONS[name]
    found = training_flops_per_token(shape, length, name)
    return Counted(
        convention=name,
        flops=Flops(found.total),
        forward=Flops(found.forward),
        backward=Flops(found.backward),
        over_six_n=ratio_to_six_n(shape, length, name),
        formula=convention.formula,
        counts=convention.assumes,
        source=convention.source,
    )


def _training(inputs: FlopsInputs, shape: Shape, length: int) -> Training | None:
    if inputs.tokens is None:
        return None
    totals = {
        name: training_flops_per_token(shape, length, name).total * inputs.tokens for name in (LEADING, "6n")
    }
    return Training(tokens=inputs.tokens, flops=Flops(totals[LEADING]), flops_six_n=Flops(totals["6n"]))


def _inference(shape: Shape, length: int) -> Inference:
    return Inference(
        context=length,
        prefill_flops_per_token=Flops(prefill_flops(shape, length) / length),
        decode_flops_per_token=Flops(decode_flops(shape, length)),
        kv_cache_bytes_per_token=Bytes(cache_bytes_per_token(shape)),
        kv_cache_bytes=Bytes(cache_bytes(shape, length)),
    )


def _off(shape: Shape, ratio: float, length: int) -> tuple[Note, ...]:
    """A note where 6ND misses the exact count, with the reason."""
    if abs(ratio - 1) <= TELLING:
        return ()
    if ratio < 1:
        tables = "weights of relative positions" if shape.relative_positions else "tables that are looked up"
        why = f"it counts {tables}, which multiply no activations"
    else:
        why = f"it leaves out attention over {length} tokens"
    text = f"6ND is {abs(1 / ratio - 1):.1%} {'above' if ratio < 1 else 'below'} the exact count: {why}"
    return (Note(code="six-n", message=text),)


def _beyond(found: Architecture, length: int) -> tuple[Note, ...]:
    longest = found.shape.context
    if not longest or length <= longest:
        return ()
    text = f"sequences of {length} tokens exceed the model's context, {longest}"
    return (Note(code="beyond-context", message=text, level="warning"),)
