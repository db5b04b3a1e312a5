"""Parameters of a transformer from its shape.

Each formula counts every weight, bias and gain of one published family, so that a shape gives the exact size
that was published. `d` is the model width, `a` the width of all query heads together, `k` that of all key
heads, `f` the width of the feed-forward layer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The shape of a transformer decoder, as far as its parameters depend on it.

    In a mixture of experts `d_ff` is the width of one expert; of all layers `n_dense_layers` have one plain
    feed-forward layer of width `d_ff_dense` instead. Of the `context`, the GPT-2 style learns every position;
    the other styles have no parameters for it. `tied_embeddings` matters to the LLaMA styles; the others have
    it settled.
    """

    n_layers: int
    d_model: int
    n_heads: int
    n_kv_heads: int
    d_head: int
    d_ff: int
    vocab: int
    context: int = 0
    tied_embeddings: bool = False
    n_experts: int = 0
    n_active_experts: int = 0
    n_shared_experts: int = 0
    n_dense_layers: int = 0
    d_ff_dense: int = 0

    @property
    def d_attention(self) -> int:
        """Width of all query heads together; equal to `d_model` in most models, but not in all."""
        return self.n_heads * self.d_head

    @property
    def d_keys(self) -> int:
        """Width of all key heads together, smaller than that of the queries where heads share keys."""
        return self.n_kv_heads * self.d_head


def gpt2_params(shape: Shape) -> int:
    """Parameters in the style of GPT-2: tied embeddings, learned positions, biases, LayerNorm.

    Vd + Td + L (12 d^2 + 13 d) + 2d where a = d and f = 4d (Radford et al. 2019).

    >>> gpt2_params(
    ...     Shape(
    ...         n_layers=12, d_model=768, n_heads=12, n_kv_heads=12, d_head=64, d_ff=3072, vocab=50257,
    ...         context=1024,
    ...     )
    ... )
    124439808
    """
    return (shape.vocab + shape.context) * shape.d_model + _biased_layers(shape)


def neox_params(shape: Shape) -> int:
    """Parameters in the style of GPT-NeoX and Pythia: as GPT-2, but rotary positions and untied embeddings.

    2Vd + L (12 d^2 + 13 d) + 2d where a = d and f = 4d (Biderman et al. 2023, arXiv 2304.01373). `vocab`
    is the padded one, with which the matrices were made.
    """
    return 2 * shape.vocab * shape.d_model + _biased_layers(shape)


def chinchilla_params(shape: Shape) -> int:
    """Parameters in the style of Gopher and Chinchilla: relative positions, no learned ones, tied embeddings.

    Relative positions (Dai et al. 2019, arXiv 1901.02860) add d a + 2a to each layer. Reproduces the sizes of
    Hoffmann et al. 2022 (arXiv 2203.15556), table A9, within 2%; they are printed in whole millions.
    """
    relative_positions = shape.d_model * shape.d_attention + 2 * shape.d_attention
    return shape.vocab * shape.d_model + _biased_layers(shape) + shape.n_layers * relative_positions


def llama_params(shape: Shape) -> int:
    """Parameters in the style of LLaMA: rotary positions, RMSNorm, SwiGLU, shared keys, no biases.

    (1 or 2) Vd + L (2da + 2dk + 3df + 2d) + d (Touvron et al. 2023, arXiv 2302.13971).

    >>> llama_params(
    ...     Shape(n_layers=32, d_model=4096, n_heads=32, n_kv_heads=8, d_head=128, d_ff=14336, vocab=128256)
    ... )
    8030261248
    """
    return _llama_frame(shape) + shape.n_layers * _swiglu(shape, shape.d_ff)


def moe_params(shape: Shape) -> int:
    """All parameters of a mixture of SwiGLU experts in a LLaMA frame.

    A layer of E experts has 3df for each and dE for the router (Jiang et al. 2024, arXiv 2401.04088).
    """
    return _moe(shape, shape.n_experts)


def moe_active_params(shape: Shape) -> int:
    """Parameters of a mixture of experts that one token passes through, embeddings and output included."""
    return _moe(shape, shape.n_active_experts)


def non_embedding_params(shape: Shape) -> int:
    """Weights of the layers without biases and gains: Kaplan et al. 2020 (arXiv 2001.08361), eq. 2.1.

    2 d L (2a + f), which is 12 L d^2 where a = d and f = 4d.
    """
    return 2 * shape.d_model * shape.n_layers * (2 * shape.d_attention + shape.d_ff)


FORMULAS: Mapping[str, Callable[[Shape], int]] = MappingProxyType(
    {
        "gpt2": gpt2_params,
        "neox": neox_params,
        "chinchilla": chinchilla_params,
        "llama": llama_params,
        "moe": moe_params,
    }
)
"""The parameter formulas by the name that the tables give them."""


def _biased_layers(shape: Shape) -> int:
    """Layers with biases and two LayerNorms each, and the LayerNorm after the last."""
    d, a, f = shape.d_model, shape.d_attention, shape.d_ff
    queries_keys_values = 3 * (d * a + a)
    output = a * d + d
    feed_forward = d * f + f + f * d + d
    layer = queries_keys_values + output + feed_forward + 4 * d
    return shape.n_layers * layer + 2 * d


def _llama_frame(shape: Shape) -> int:
    """Everything of a LLaMA-style model but its feed-forward layers."""
    d = shape.d_model
    embeddings = (1 if shape.tied_embeddings else 2) * shape.vocab * d
    attention = 2 * d * shape.d_attention + 2 * d * shape.d_keys
    return embeddings + shape.n_layers * (attention + 2 * d) + d


def _swiglu(shape: Shape, width: int) -> int:
    """Three matrices: gate, up and down."""
    return 3 * shape.d_model * width


def _moe(shape: Shape, experts: int) -> int:
    """Count with `experts` of the routed ones; the shared ones and the router always take part."""
    router = shape.d_model * shape.n_experts
    moe_layer = (experts + shape.n_shared_experts) * _swiglu(shape, shape.d_ff) + router
    dense_layer = _swiglu(shape, shape.d_ff_dense)
    moe_layers = shape.n_layers - shape.n_dense_layers
    return _llama_frame(shape) + moe_layers * moe_layer + shape.n_dense_layers * dense_layer
