"""Bytes that one device sends in a step of training, by the kind of parallelism that asks for it.

Rings are assumed: of a tensor of n bytes, gathering or scattering it over k devices sends n (k - 1) / k, an
all-reduce twice that. Tensor parallelism reduces four times per layer (Shoeybi et al. 2019, arXiv
1909.08053), six times where layers are recomputed.
"""

from dataclasses import dataclass

from scalecalc.compute.layout import Batch, Layout, Precision
from scalecalc.compute.memory import held_by, stage_layers, stage_moe_layers
from scalecalc.compute.transformer import Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """Bytes that one device sends in a step."""

    tensor: float
    pipeline: float
    context: float
    expert: float
    data: float

    @property
    def total(self) -> float:
        """All of them."""
        return self.tensor + self.pipeline + self.context + self.expert + self.data


def traffic(shape: Shape, layout: Layout, batch: Batch, precision: Precision, micro_batches: int) -> Traffic:
    """Return what one device of the first stage sends while it works on this many micro-batches."""
    tokens = batch.micro_batch * batch.tokens / layout.context * micro_batches
    layers = stage_layers(shape, layout)
    passes = 3 if batch.recompute == "full" else 2
    state = batch.bytes_per_value * shape.d_model * tokens
    keys = batch.bytes_per_value * _key_width(shape) * tokens / layout.tensor
    return Traffic(
        tensor=layers * 2 * passes * 2 * _ring(layout.tensor) * state,
        pipeline=0.0 if layout.pipeline == 1 else 2 * layout.stages_per_device * state / layout.tensor,
        # keys and values go around, forward; they and their gradients do, backward
        context=layers * (passes + 1) * (layout.context - 1) * keys,
        expert=stage_moe_layers(shape, layout)
        * 2
        * passes
        * _ring(layout.expert)
        * shape.n_active_experts
        * state
        / layout.tensor,
        data=_data(shape, layout, precision, micro_batches),
    )


def _data(shape: Shape, layout: Layout, precision: Precision, micro_batches: int) -> float:
    """Gradients reduced once a step; ZeRO 3 gathers weights twice and reduces for every micro-batch."""
    held = held_by(shape, layout)
    ring = (held.total - held.experts) * _ring(layout.replicas) + held.experts * _ring(layout.expert_replicas)
    if layout.zero == 0:
        return 2 * ring * precision.gradients
    if layout.zero < 3:
        return ring * (precision.gradients + precision.weights)
    return micro_batches * ring * (precision.gradients + 2 * precision.weights)


def _ring(devices: int) -> float:
    return (devices - 1) / devices


def _key_width(shape: Shape) -> int:
    if shape.latent is None:
        return 2 * shape.d_keys
    return shape.n_heads * (shape.d_head + shape.latent.d_rope + shape.latent.d_value)
