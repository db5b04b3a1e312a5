"""Bytes on one device of a training run, by what fills them.

Counts what has to be there at once: weights, gradients, optimizer states, kept activations, the layer in
work, logits, the weights that ZeRO 3 gathers, and what a framework takes for itself. The stages of a pipeline
differ: the first has the embeddings and keeps the activations of most micro-batches, the last makes the
logits. Left out are buffers of communication, fragmentation, and tensors that an allocator frees late.
"""

from dataclasses import dataclass, fields

from scalecalc.compute.activations import kept_per_token, layer_input, recomputed_per_token
from scalecalc.compute.layout import Batch, Layout, Precision
from scalecalc.compute.parameters import Parameters, parameters
from scalecalc.compute.transformer import Shape

FRAMEWORK = 1e9
"""Bytes that a CUDA context and its libraries take, 0.5 to 1.5 GB by version."""

_GATHERED_LAYERS = 2
"""ZeRO 3 gathers the layer in work while the next one is on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Bytes on one device; `optimizer` holds the master copy too."""

    weights: float
    gradients: float
    optimizer: float
    activations: float
    in_work: float
    logits: float
    gathered: float
    framework: float = FRAMEWORK

    @property
    def total(self) -> float:
        """All of it."""
        return float(sum(getattr(self, field.name) for field in fields(self)))

    @property
    def states(self) -> float:
        """What depends on the parameters alone, the model states of the ZeRO paper."""
        return self.weights + self.gradients + self.optimizer


@dataclass(frozen=True, slots=True)
class Held:
    """Parameters that one device works with: matrices outside of experts and in them, and all others."""

    dense: float
    experts: float
    others: float

    @property
    def total(self) -> float:
        """All of them."""
        return self.dense + self.experts + self.others


def memory(shape: Shape, layout: Layout, batch: Batch, precision: Precision | None = None) -> Memory:
    """Return the bytes on the fullest device, of the first stage or the last: no other has more.

    Llama 3 8B on 8 devices with FSDP, one sequence of 32,768 and full recomputation; torchtitan measured
    83.9 GiB:

    >>> llama = Shape(
    ...     n_layers=32, d_model=4096, n_heads=32, n_kv_heads=8, d_head=128, d_ff=14336, vocab=128256
    ... )
    >>> used = memory(llama, Layout(data=8, zero=3), Batch(tokens=32768, recompute="full"))
    >>> f"{used.total / 2**30:.1f} GiB"
    '88.2 GiB'
    """
    kept = precision or Precision()
    ends = dict.fromkeys((0, layout.pipeline - 1))
    return max((_stage(shape, layout, batch, kept, stage) for stage in ends), key=lambda used: used.total)


def per_stage(
    shape: Shape, layout: Layout, batch: Batch, precision: Precision | None = None
) -> tuple[Memory, ...]:
    """Return the bytes on one device of each stage, the first first; all devices of a stage hold the same."""
    kept = precision or Precision()
    return tuple(_stage(shape, layout, batch, kept, stage) for stage in range(layout.pipeline))


def states(held: Held, layout: Layout, precision: Precision) -> tuple[float, float, float]:
    """Bytes of weights, of gradients, of optimizer and master copy, after what ZeRO splits over replicas."""

    def over(stage: int) -> tuple[float, float]:
        if layout.zero < stage:
            return 1.0, 1.0
        return 1 / layout.replicas, 1 / layout.expert_replicas

    def split(stage: int, matrices: float, others: float) -> float:
        dense, experts = over(stage)
        return dense * (held.dense * matrices + held.others * others) + experts * held.experts * matrices

    moments = split(1, precision.matrix_states + precision.master, precision.other_states + precision.master)
    return (
        split(3, precision.weights, precision.weights),
        split(2, precision.gradients, precision.gradients),
        moments,
    )


def held_by(shape: Shape, layout: Layout, stage: int = 0) -> Held:
    """Parameters of one stage on one device, before ZeRO splits them; gains and routers are not split."""
    count = parameters(shape)
    share = stage_layers(shape, layout, stage) / shape.n_layers
    experts = count.experts / max(1, shape.n_moe_layers) * stage_moe_layers(shape, layout, stage)
    tables = _tables(shape, count, layout, stage)
    return Held(
        dense=share * (count.attention + count.mlp) / layout.tensor,
        experts=experts / layout.tensor / layout.expert,
        others=tables / layout.tensor + share * (count.norms + count.router),
    )


def stage_layers(shape: Shape, layout: Layout, stage: int = 0) -> int:
    """Layers of a stage; those that are left over go one each to the first stages, as DeepSpeed has it."""
    each, left = divmod(shape.n_layers, layout.pipeline)
    return each + (stage < left)


def stage_moe_layers(shape: Shape, layout: Layout, stage: int = 0) -> int:
    """Layers of a stage that have experts, rounded up from an even spread over all layers."""
    return -(-stage_layers(shape, layout, stage) * shape.n_moe_layers // shape.n_layers)


def micro_batches_kept(layout: Layout, stage: int = 0) -> float:
    """Micro-batches whose activations a stage keeps at once: one for each stage from it to the last.

    One forward pass follows one backward pass (1F1B). Interleaved with m stages on each of p devices, the
    first keeps p (1 + (p - 1) / (p m)): Korthikanti et al. 2022 (arXiv 2205.05198), section 4.2.3. Each later
    one starts two parts of a micro-batch less ahead of its backward passes.
    """
    p, m = layout.pipeline, layout.stages_per_device
    if m == 1:
        return float(p - stage)
    return ((m - 1) * p + 2 * (p - stage - 1) + 1) / m


def _tables(shape: Shape, count: Parameters, layout: Layout, stage: int) -> int:
    """Embeddings of the first stage, the output of the last, which is a copy where they are tied."""
    if layout.pipeline == 1:
        return count.embeddings + count.head
    if stage == 0:
        return count.embeddings
    return (count.head or shape.vocab * shape.d_model) if stage == layout.pipeline - 1 else 0


def _stage(shape: Shape, layout: Layout, batch: Batch, precision: Precision, stage: int) -> Memory:
    held = held_by(shape, layout, stage)
    weights, gradients, optimizer = states(held, layout, precision)
    is_last = stage == layout.pipeline - 1
    tokens = batch.micro_batch * batch.tokens / layout.context
    return Memory(
        weights=weights,
        gradients=gradients,
        optimizer=optimizer,
        activations=_kept_layers(shape, layout, batch, stage) * tokens,
        in_work=_in_work(shape, layout, batch) * tokens,
        logits=tokens * batch.bytes_per_logit * shape.vocab / layout.tensor if is_last else 0.0,
        gathered=_gathered(shape, layout, held, precision, stage) if layout.zero == 3 else 0.0,
    )


def _in_work(shape: Shape, layout: Layout, batch: Batch) -> float:
    """Bytes per token of the widest layer's gradients, and of what it makes again, while it is worked on."""
    kinds = [True] * (shape.n_moe_layers > 0) + [False] * (shape.n_moe_layers < shape.n_layers)
    return max(
        kept_per_token(shape, batch, moe=moe).per_device(layout)
        + recomputed_per_token(shape, batch, layout, moe=moe)
        for moe in kinds
    )


def _kept_layers(shape: Shape, layout: Layout, batch: Batch, stage: int) -> float:
    """Bytes per token of all layers that are kept on a device, for every micro-batch that is under way."""
    layers = stage_layers(shape, layout, stage)
    if batch.recompute == "full":
        one_pass = layers * layer_input(shape, batch, layout)
    else:
        moe = stage_moe_layers(shape, layout, stage)
        with_experts = kept_per_token(shape, batch, moe=True).per_device(layout) if moe else 0.0
        plain = kept_per_token(shape, batch, moe=False).per_device(layout) if layers > moe else 0.0
        one_pass = moe * with_experts + (layers - moe) * plain
    return one_pass * micro_batches_kept(layout, stage)


def _gathered(shape: Shape, layout: Layout, held: Held, precision: Precision, stage: int) -> float:
    """The larger of two layers and one table, whole."""
    layer = (held.dense + held.experts) / max(1, stage_layers(shape, layout, stage))
    table = shape.vocab * shape.d_model / layout.tensor
    return precision.weights * max(_GATHERED_LAYERS * layer, table)
