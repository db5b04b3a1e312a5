"""Activations that a layer keeps for its backward pass, in bytes per token.

Korthikanti et al. 2022 (arXiv 2205.05198) count 34 h + 5 a s bytes for GPT-3's layer: 10 h that tensor
parallelism does not split (inputs of norms and of matrices, dropout masks), 24 h that it does (queries, keys,
values, both sides of the activation function), and the scores. Here the same is counted from the shape, so
that shared keys, gates, latents and experts are as wide as they are.
"""

from dataclasses import dataclass

from scalecalc.compute.layout import Batch, Layout
from scalecalc.compute.transformer import Shape


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes per token of one layer: what every tensor-parallel device keeps, and what they share."""

    common: float
    split: float

    def per_device(self, layout: Layout) -> float:
        """Bytes on one device; sequence parallelism splits also what is common."""
        common = self.common / layout.tensor if layout.sequence_parallel else self.common
        return common + self.split / layout.tensor


def kept_per_token(shape: Shape, batch: Batch, *, moe: bool) -> Kept:
    """Return what a layer keeps per token where it is not recomputed whole; `moe` for one with experts.

    GPT-3's 34 h + 5 a s, with the scores kept and dropout:

    >>> from scalecalc.compute.transformer import styled
    >>> gpt3 = styled(
    ...     "gpt2", n_layers=96, d_model=12288, n_heads=96, n_kv_heads=96, d_head=128, d_ff=49152, vocab=51200
    ... )
    >>> kept = kept_per_token(gpt3, Batch(tokens=2048, flash=False, dropout=True), moe=False)
    >>> (kept.common + kept.split) / 12288
    114.0
    """
    if batch.recompute == "alternate":
        return _alternate(shape, batch, moe=moe)
    return _everything(shape, batch, moe=moe)


def recomputed_per_token(shape: Shape, batch: Batch, layout: Layout, *, moe: bool) -> float:
    """Bytes per token on one device of what a layer makes again, all at once, in its backward pass."""
    if batch.recompute not in ("alternate", "full"):
        return 0.0
    return _everything(shape, batch, moe=moe).per_device(layout)


def _everything(shape: Shape, batch: Batch, *, moe: bool) -> Kept:
    value = batch.bytes_per_value
    masks = 2 * shape.d_model if batch.dropout else 0
    # inputs of two norms, their outputs
    common = value * (2 * shape.d_model + 2 * shape.d_model) + masks
    if shape.norms_per_layer > 2:
        common += value * (shape.norms_per_layer - 2) * shape.d_model
    common += _dispatched(shape, value) if moe else 0
    split = value * (_attention_width(shape) + _mlp_width(shape, moe=moe))
    return Kept(common, split + _scores(shape, batch))


def _alternate(shape: Shape, batch: Batch, *, moe: bool) -> Kept:
    """The layer's input, what attention returns, and the results of half of the matrix products."""
    value = batch.bytes_per_value
    mlp = _mlp_width(shape, moe=moe)
    inner = mlp * 2 // 3 if shape.gated else mlp // 2
    attention = _attention_width(shape)
    returned = shape.n_heads * (shape.latent.d_value if shape.latent else shape.d_head)
    common = value * (shape.d_model + shape.d_model)  # the input, and half of the two results of width d
    return Kept(common, value * (returned + (attention - returned + inner) / 2))


def layer_input(shape: Shape, batch: Batch, layout: Layout) -> float:
    """Bytes per token of the input of a layer: all that is kept where layers are recomputed."""
    width = batch.bytes_per_value * shape.d_model
    return width / layout.tensor if layout.sequence_parallel else width


def _attention_width(shape: Shape) -> int:
    """Queries, keys, values and what attention returns; queries and keys twice where they are normalized."""
    if shape.latent is None:
        width = 2 * shape.d_attention + 2 * shape.d_keys
        return width + (0 if shape.qk_norm == "none" else shape.d_attention + shape.d_keys)
    latent = shape.latent
    queries = shape.n_heads * (shape.d_head + latent.d_rope)
    latents = 2 * (latent.kv_rank + latent.q_rank) + latent.d_rope
    return 2 * queries + 2 * shape.n_heads * latent.d_value + latents


def _mlp_width(shape: Shape, *, moe: bool) -> int:
    """Both sides of the activation function; gated, its two inputs and their product."""
    width = (shape.n_active_experts + shape.n_shared_experts) * shape.d_ff if moe else shape.d_plain
    return (3 if shape.gated else 2) * width


def _dispatched(shape: Shape, value: float) -> float:
    """Copies of a token that go to its experts, and what comes back before it is weighed."""
    return 2 * value * shape.n_active_experts * shape.d_model


def _scores(shape: Shape, batch: Batch) -> float:
    """Scores after softmax in 16 bits, and with dropout their mask and what it leaves: 5 bytes in all."""
    if batch.flash or batch.recompute == "selective":
        return 4.0 * shape.n_heads if batch.flash else 0.0
    return (5 if batch.dropout else batch.bytes_per_value) * shape.n_heads * batch.tokens
