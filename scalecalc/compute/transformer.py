"""The shape of a transformer decoder: every width, count and habit that its parameters and FLOPs depend on.

`config.py` reads a shape from a published configuration, `parameters.py` counts it, `flops.py` and
`inference.py` tell what it computes, `memory.py` what it occupies.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from scalecalc.laws.arithmetic import require_positive

Norm = Literal["rms", "layer", "none"]
"""RMSNorm has a gain, LayerNorm a gain and a bias, the norm of OLMo 1 has no parameters."""

QkNorm = Literal["none", "head", "full"]
"""Whether queries and keys are normalized: not, by one gain for every head, or by gains of the full width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latent:
    """Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434, section 2.1).

    Keys and values are projected down to `kv_rank` and up again; `d_rope` of each key carries the position
    and is shared by all heads. Queries take the same way through `q_rank`, or the direct one where that
    is 0. A head is `d_head + d_rope` wide in queries and keys, `d_value` in values.
    """

    kv_rank: int
    d_rope: int
    d_value: int
    q_rank: int = 0

    def __post_init__(self) -> None:
        for name in ("kv_rank", "d_rope", "d_value"):
            require_positive(name, getattr(self, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The shape of a transformer decoder.

    `context` is the longest sequence; `learned_positions` the rows of a table of positions, 0 for rotary
    ones. `norms_per_layer` is 2 in most models, 1 where parallel blocks share one, 4 in Gemma 2 and 3.
    Queries of `n_windowed_layers` reach back `window` positions only. `relative_positions` are those of
    Transformer-XL, as in Gopher and Chinchilla.

    In a mixture of experts `d_ff` is the width of one expert, routed or shared; a token passes
    `n_active_experts` of the routed and all shared ones. Of all layers `n_dense_layers` have one plain
    feed-forward layer of width `d_ff_dense` instead. Some models gate their shared experts (Qwen2-MoE),
    some bias the selection (DeepSeek-V3).
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
    gated: bool = True
    norm: Norm = "rms"
    norms_per_layer: int = 2
    qk_norm: QkNorm = "none"
    qkv_bias: bool = False
    output_bias: bool = False
    mlp_bias: bool = False
    head_bias: bool = False
    learned_positions: int = 0
    relative_positions: bool = False
    window: int = 0
    n_windowed_layers: int = 0
    n_experts: int = 0
    n_active_experts: int = 0
    n_shared_experts: int = 0
    n_dense_layers: int = 0
    d_ff_dense: int = 0
    gated_shared: bool = False
    biased_selection: bool = False
    latent: Latent | None = None

    def __post_init__(self) -> None:
        for name in ("n_layers", "d_model", "n_heads", "n_kv_heads", "d_head", "d_ff", "vocab"):
            require_positive(name, getattr(self, name))
        if not 0 <= self.n_windowed_layers <= self.n_layers:
            raise ValueError(f"n_windowed_layers must be 0 to {self.n_layers}, not {self.n_windowed_layers}")
        if self.n_windowed_layers and self.window < 1:
            raise ValueError(f"window must be positive where layers have one, not {self.window}")
        if self.n_experts:
            self._check_experts()

    def _check_experts(self) -> None:
        if not 1 <= self.n_active_experts <= self.n_experts:
            raise ValueError(f"n_active_experts must be 1 to {self.n_experts}, not {self.n_active_experts}")
        if not 0 <= self.n_dense_layers <= self.n_layers:
            raise ValueError(f"n_dense_layers must be 0 to {self.n_layers}, not {self.n_dense_layers}")
        if self.n_dense_layers:
            require_positive("d_ff_dense", self.d_ff_dense)

    @property
    def d_attention(self) -> int:
        """Width of all query heads together; equal to `d_model` in most models, but not in all."""
        return self.n_heads * self.d_head

    @property
    def d_keys(self) -> int:
        """Width of all key heads together, smaller than that of the queries where heads share keys."""
        return self.n_kv_heads * self.d_head

    @property
    def score_width(self) -> int:
        """Width of queries and of values over all heads: attention takes twice that per position."""
        if self.latent is None:
            return 2 * self.d_attention
        return self.n_heads * (self.d_head + self.latent.d_rope + self.latent.d_value)

    @property
    def n_moe_layers(self) -> int:
        """Layers with experts."""
        return self.n_layers - self.n_dense_layers if self.n_experts else 0

    @property
    def d_plain(self) -> int:
        """Width of the feed-forward layer where there are no experts."""
        return self.d_ff_dense if self.n_experts else self.d_ff

    def reach(self, tokens: float) -> float:
        """Positions back to which a query sees, summed over layers: `tokens`, or the window if that is less.

        >>> shape = Shape(
        ...     n_layers=2, d_model=8, n_heads=1, n_kv_heads=1, d_head=8, d_ff=32, vocab=9, window=4,
        ...     n_windowed_layers=1,
        ... )
        >>> shape.reach(10)
        14
        """
        n_full = self.n_layers - self.n_windowed_layers
        return n_full * tokens + self.n_windowed_layers * min(tokens, self.window)

    def causal_reach(self, tokens: float) -> float:
        """Positions seen by the mean query of a sequence, itself included, summed over layers.

        (T + 1) / 2 without a window; with one of w < T, the first w queries see (w + 1) / 2 and the rest w.
        """
        full = (tokens + 1) / 2
        window = min(tokens, self.window)
        windowed = window - window * (window - 1) / (2 * tokens) if window else 0
        return (self.n_layers - self.n_windowed_layers) * full + self.n_windowed_layers * windowed


def styled(style: str, **sizes: Any) -> Shape:
    """Return the shape of these sizes in the style of a family; what is given stands before the style.

    >>> gpt2 = {"n_layers": 12, "d_model": 768, "n_heads": 12, "n_kv_heads": 12, "d_head": 64}
    >>> styled("gpt2", **gpt2, d_ff=3072, vocab=50257, context=1024).learned_positions
    1024
    """
    if style not in STYLES:
        raise ValueError(f"style must be one of {', '.join(STYLES)}, not {style!r}")
    rows = _ROWS_BEFORE_FIRST_POSITION.get(style)
    positions = {} if rows is None else {"learned_positions": sizes.get("context", 0) + rows}
    return Shape(**{**STYLES[style], **positions, **sizes})


_ROWS_BEFORE_FIRST_POSITION = {"gpt2": 0, "opt": 2}
"""Styles with a table of positions, and the rows of it that stand for none."""

_BIASED: Mapping[str, Any] = {
    "gated": False, "norm": "layer", "qkv_bias": True, "output_bias": True, "mlp_bias": True,
}  # fmt: skip

STYLES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "gpt2": {**_BIASED, "tied_embeddings": True},
        "neox": _BIASED,
        "chinchilla": {**_BIASED, "tied_embeddings": True, "relative_positions": True},
        "opt": {**_BIASED, "tied_embeddings": True},
        "llama": {},
        "moe": {},
        "qwen2": {"qkv_bias": True},
        "qwen3": {"qk_norm": "head"},
        "gemma2": {"tied_embeddings": True, "norms_per_layer": 4},
        "gemma3": {"tied_embeddings": True, "norms_per_layer": 4, "qk_norm": "head"},
        "olmo": {"norm": "none"},
        "olmo2": {"qk_norm": "full"},
        "falcon": {"gated": False, "norm": "layer", "tied_embeddings": True},
        "falcon-7b": {"gated": False, "norm": "layer", "tied_embeddings": True, "norms_per_layer": 1},
        "deepseek2": {},
        "deepseek3": {"biased_selection": True},
        "palm": {"tied_embeddings": True, "norms_per_layer": 1},
        "phi": {**_BIASED, "norms_per_layer": 1, "head_bias": True},
    }
)
"""What the shapes of a family have in common beside their sizes, by the name that the tables give it."""
