"""Fine-tuning with low-rank adapters: LoRA on 16-bit weights, QLoRA on weights of 4 bits.

An adapter of rank r beside a matrix of n x m has r (n + m) weights (Hu et al. 2021, arXiv 2106.09685). The
frozen weights have neither gradients nor optimizer states; activations are kept as in full training.
"""

from dataclasses import dataclass
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
    """Parameters of the adapters of all layers; routed experts have none.

    GPT-3 with rank 8 on queries and values has 37.7M (arXiv 2106.09685, table 4):

    >>> from scalecalc.compute.transformer import styled
    >>> gpt3 = styled(
    ...     "gpt2", n_layers=96, d_model=12288, n_heads=96, n_kv_heads=96, d_head=128, d_ff=49152, vocab=50257
    ... )
    >>> adapter_params(gpt3, Adapters(rank=8, targets="query-value"))
    37748736
    """
    return shape.n_layers * adapters.rank * sum(_ends(shape, adapters.targets))


def tuning_memory(shape: Shape, adapters: Adapters, batch: Batch, layout: Layout | None = None) -> Memory:
    """Bytes on one device: frozen weights, adapters with all their states, activations as in training."""
    laid_out = layout or Layout()
    full = memory(shape, laid_out, batch, Precision(gradients=0.0, master=0.0, optimizer="sgd"))
    count = parameters(shape)
    quantized = count.attention + count.mlp + count.experts
    per_weight = (quantized * adapters.bytes_per_weight + (count.total - quantized) * 2.0) / count.total
    per_device = adapter_params(shape, adapters) / laid_out.tensor / laid_out.pipeline
    trained = adapters.precision
    return Memory(
        weights=full.weights * per_weight / 2.0 + per_device * trained.weights,
        gradients=per_device * trained.gradients,
        optimizer=per_device * (trained.matrix_states + trained.master),
        activations=full.activations,
        in_work=full.in_work,
        logits=full.logits,
        gathered=full.gathered,
    )


def _ends(shape: Shape, targets: Targets) -> list[int]:
    """Inputs plus outputs of every matrix of a layer that has an adapter."""
    if shape.latent is not None:
        raise ValueError("shape must have plain attention: adapters of latent attention are not counted")
    d, queries, keys = shape.d_model, shape.d_attention, shape.d_keys
    if targets == "query-value":
        return [d + queries, d + keys]
    attention = [d + queries, d + keys, d + keys, queries + d]
    if targets == "attention":
        return attention
    width = shape.n_shared_experts * shape.d_ff if shape.n_experts else shape.d_ff
    return attention + [d + width] * ((3 if shape.gated else 2) if width else 0)
