"""Fine-tuning with low-rank adapters: LoRA on 16-bit weights, QLoRA on weights of 4 bits.

An adapter of rank r beside a matrix of n x m has r (n + m) weights (Hu et al. 2021, arXiv 2106.09685). The
frozen weights have neither gradients nor optimizer states; activations are kept as in full training.
"""

from dataclasses import dataclass, replace
from typing import Literal

from scalecalc.compute.layout import Batch, Layout, Precision
from scalecalc.compute.memory import Memory, memory
from scalecalc.compute.parameters import parameters
from scalecalc.compute.transformer import Shape

Targets = Literal["query-value", "attention", "all"]

TARGETS: tuple[Targets, ...] = ("query-value", "attention", "all")

FOUR_BITS = 0.5 + 0.127 / 8
"""Bytes per weight in NF4 with constants of blocks of 64 quantized in turn: 0.127 bits for each weight
(Dettmers et al. 2023, arXiv 2305.14314, section 3)."""

FROZEN = Precision(gradients=0.0, master=0.0, optimizer="sgd")
"""Weights that are not trained have no gradients and no states."""

_ADAPTER_PRECISION = Precision(weights=2.0, gradients=2.0, master=0.0)
"""Adapters are trained in 16 bits with moments in fp32, as QLoRA does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """Rank and place of the adapters: queries and values as in the LoRA paper, or all matrices as in QLoRA's.

    `bytes_per_weight` is of the frozen matrices; embeddings, output and gains stay in 16 bits.
    """

    rank: int
    targets: Targets = "all"
    bytes_per_weight: float = 2.0
    precision: Precision = _ADAPTER_PRECISION

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise ValueError(f"rank must be at least 1, not {self.rank!r}")
        if self.targets not in TARGETS:
            raise ValueError(f"targets must be one of {', '.join(TARGETS)}, not {self.targets!r}")


def adapter_params(shape: Shape, adapters: Adapters) -> int:
    """Parameters of the adapters of all layers; routed experts and routers have none.

    Latent attention has adapters beside its projections down and up; queries and values are then those of the
    queries' path and the one from the latent up to keys and values.

    GPT-3 with rank 8 on queries and values has 37.7M (arXiv 2106.09685, table 4):

    >>> from scalecalc.compute.transformer import styled
    >>> gpt3 = styled(
    ...     "gpt2", n_layers=96, d_model=12288, n_heads=96, n_kv_heads=96, d_head=128, d_ff=49152, vocab=50257
    ... )
    >>> adapter_params(gpt3, Adapters(rank=8, targets="query-value"))
    37748736
    """
    ends = shape.n_layers * _attention_ends(shape, queries_and_values=adapters.targets == "query-value")
    if adapters.targets == "all":
        shared = shape.n_moe_layers * _mlp_ends(shape, shape.n_shared_experts * shape.d_ff)
        ends += shared + (shape.n_layers - shape.n_moe_layers) * _mlp_ends(shape, shape.d_plain)
    return adapters.rank * ends


def tuning_memory(shape: Shape, adapters: Adapters, batch: Batch, layout: Layout | None = None) -> Memory:
    """Bytes on the fullest device: frozen weights, adapters with their states, activations as in training."""
    laid_out = layout or Layout()
    return tuned(memory(shape, laid_out, batch, FROZEN), shape, adapters, laid_out)


def tuned(frozen: Memory, shape: Shape, adapters: Adapters, layout: Layout) -> Memory:
    """The bytes on one device with adapters beside what it holds of the frozen weights."""
    count = parameters(shape)
    quantized = count.attention + count.mlp + count.experts
    per_weight = (quantized * adapters.bytes_per_weight + (count.total - quantized) * 2.0) / count.total
    per_device = adapter_params(shape, adapters) / layout.tensor / layout.pipeline
    trained = adapters.precision
    return replace(
        frozen,
        weights=frozen.weights * per_weight / 2.0 + per_device * trained.weights,
        gradients=per_device * trained.gradients,
        optimizer=per_device * (trained.matrix_states + trained.master),
    )


def fewest_tuning_devices(
    shape: Shape, adapters: Adapters, batch: Batch, usable: float, most: int = 65_536
) -> int | None:
    """Return the least number of devices, a power of two, that hold the tuning, weights split over them.

    None where not even `most` devices of `usable` bytes do.
    """
    devices = 1
    while tuning_memory(shape, adapters, batch, Layout(data=devices, zero=3)).total > usable:
        devices *= 2
        if devices > most:
            return None
    return devices


def _attention_ends(shape: Shape, *, queries_and_values: bool) -> int:
    """Inputs plus outputs of the matrices of one attention layer that have an adapter."""
    d, latent = shape.d_model, shape.latent
    if latent is None:
        query_and_value = [d + shape.d_attention, d + shape.d_keys]
        others = [d + shape.d_keys, shape.d_attention + d]
    else:
        queries = shape.n_heads * (shape.d_head + latent.d_rope)
        path = [d + latent.q_rank, latent.q_rank + queries] if latent.q_rank else [d + queries]
        query_and_value = [*path, latent.kv_rank + shape.n_heads * (shape.d_head + latent.d_value)]
        others = [d + latent.kv_rank + latent.d_rope, shape.n_heads * latent.d_value + d]
    return sum(query_and_value) + (0 if queries_and_values else sum(others))


def _mlp_ends(shape: Shape, width: int) -> int:
    """Inputs plus outputs of the matrices of one feed-forward layer of this width, 0 where there is none."""
    return (3 if shape.gated else 2) * (shape.d_model + width) if width else 0
