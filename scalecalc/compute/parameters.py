"""Parameters of a transformer, exactly, part by part.

Counts every weight, bias and gain, so that a shape gives the size that was published. `d` is the model
width, `a` the width of all query heads together, `k` that of all key heads, `f` that of the feed-forward
layer. The weights that multiply a token's activations, of which two FLOPs each make the forward pass, are
counted apart from biases and gains.
"""

from dataclasses import dataclass

from scalecalc.compute.transformer import Norm, Shape

_GAINS: dict[Norm, int] = {"rms": 1, "layer": 2, "none": 0}
"""Vectors of one norm: a gain, and a bias in LayerNorm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """All parameters by part; their sum is the published size.

    `embeddings` holds the table of tokens and that of learned positions; `head` is the output matrix, 0
    where it is the table of tokens. `mlp` holds plain feed-forward layers and shared experts, `experts` the
    routed ones, of which `idle` work on no given token. `weights` are those that multiply a token's
    activations, the output matrix included, tied or not.
    """

    embeddings: int
    attention: int
    mlp: int
    experts: int
    router: int
    norms: int
    head: int
    idle: int
    weights: int

    @property
    def total(self) -> int:
        """All of them."""
        return (
            self.embeddings + self.attention + self.mlp + self.experts + self.router + self.norms + self.head
        )

    @property
    def active(self) -> int:
        """Those that one token passes through, embeddings and output included."""
        return self.total - self.idle

    @property
    def non_embedding(self) -> int:
        """All but the tables of tokens and positions and the output matrix."""
        return self.total - self.embeddings - self.head

    @property
    def active_non_embedding(self) -> int:
        """Those of the layers that one token passes through."""
        return self.non_embedding - self.idle


def parameters(shape: Shape) -> Parameters:
    """Count every parameter of a shape.

    The LLaMA frame is (1 or 2) Vd + L (2da + 2dk + 3df + 2d) + d (Touvron et al. 2023, arXiv 2302.13971);
    GPT-2's Vd + Td + L (12 d^2 + 13 d) + 2d (Radford et al. 2019).

    >>> llama = Shape(
    ...     n_layers=32, d_model=4096, n_heads=32, n_kv_heads=8, d_head=128, d_ff=14336, vocab=128256
    ... )
    >>> parameters(llama).total
    8030261248
    """
    d, table = shape.d_model, shape.vocab * shape.d_model
    relative = 2 * shape.d_attention + d * shape.d_attention if shape.relative_positions else 0
    mlp, experts, active, router = _feed_forward(shape)
    return Parameters(
        embeddings=table + shape.learned_positions * d,
        attention=shape.n_layers * (attention_weights(shape) + _attention_biases(shape) + relative),
        mlp=mlp + _mlp_biases(shape),
        experts=experts,
        router=router + (shape.n_moe_layers * shape.n_experts if shape.biased_selection else 0),
        norms=shape.n_layers * _layer_norms(shape) + _GAINS[shape.norm] * d,
        head=(0 if shape.tied_embeddings else table) + (shape.vocab if shape.head_bias else 0),
        idle=experts - active,
        weights=shape.n_layers * attention_weights(shape) + mlp + active + router + table,
    )


def non_embedding_params(shape: Shape) -> int:
    """Weights of the layers without biases and gains: Kaplan et al. 2020 (arXiv 2001.08361), eq. 2.1.

    2 d L (2a + f), which is 12 L d^2 where a = d and f = 4d; with another attention or feed-forward layer,
    their weights that work on a token.
    """
    return parameters(shape).weights - shape.vocab * shape.d_model


def attention_weights(shape: Shape) -> int:
    """Weights of the four projections of one layer, or of those that latent attention has instead."""
    d, latent = shape.d_model, shape.latent
    if latent is None:
        return 2 * d * shape.d_attention + 2 * d * shape.d_keys
    queries = shape.n_heads * (shape.d_head + latent.d_rope)
    up = latent.kv_rank * shape.n_heads * (shape.d_head + latent.d_value)
    down = d * (latent.kv_rank + latent.d_rope)
    query_path = latent.q_rank * (d + queries) if latent.q_rank else d * queries
    return query_path + down + up + shape.n_heads * latent.d_value * d


def mlp_weights(shape: Shape, width: int) -> int:
    """Two matrices, or three where the layer is gated: gate, up and down."""
    return (3 if shape.gated else 2) * shape.d_model * width


def _attention_biases(shape: Shape) -> int:
    queries_keys_values = shape.d_attention + 2 * shape.d_keys if shape.qkv_bias else 0
    return queries_keys_values + (shape.d_model if shape.output_bias else 0)


def _feed_forward(shape: Shape) -> tuple[int, int, int, int]:
    """Weights of plain layers and shared experts, of all routed experts, of the active ones, of routers."""
    moe = shape.n_moe_layers
    plain = (shape.n_layers - moe) * mlp_weights(shape, shape.d_plain)
    one = moe * mlp_weights(shape, shape.d_ff)
    router = moe * shape.d_model * (shape.n_experts + (1 if shape.gated_shared else 0))
    return plain + shape.n_shared_experts * one, shape.n_experts * one, shape.n_active_experts * one, router


def _mlp_biases(shape: Shape) -> int:
    """Biases of plain feed-forward layers; no family has them in experts."""
    width = shape.d_plain * (2 if shape.gated else 1)
    return (shape.n_layers - shape.n_moe_layers) * (width + shape.d_model) if shape.mlp_bias else 0


def _layer_norms(shape: Shape) -> int:
    vectors = _GAINS[shape.norm]
    norms = shape.norms_per_layer * vectors * shape.d_model
    if shape.qk_norm == "head":
        norms += 2 * vectors * shape.d_head
    elif shape.qk_norm == "full":
        norms += vectors * (shape.d_attention + shape.d_keys)
    if shape.latent is not None:
        norms += vectors * (shape.latent.kv_rank + shape.latent.q_rank)
    return norms
