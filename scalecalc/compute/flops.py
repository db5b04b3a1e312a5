"""Training FLOPs of a transformer per token, by each convention in use.

Conventions differ in what they count: the output matrix, attention over the sequence in full, its causal
half or within a window, the table of tokens, softmax. All count a multiplication and an addition as two
FLOPs, and the backward pass as twice the forward pass.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from scalecalc.compute.parameters import non_embedding_params, parameters
from scalecalc.compute.throughput import hardware_per_model_flops
from scalecalc.compute.transformer import Shape
from scalecalc.laws.arithmetic import FLOPS_PER_TOKEN_PER_PARAM, require_positive

_TRAINING_PER_FORWARD = 3
"""One forward pass, and two of its size backward: one for the inputs, one for the weights."""


@dataclass(frozen=True, slots=True)
class TrainingFlops:
    """FLOPs to train on one token; `total` is the model's own, without recomputation."""

    total: float

    @property
    def forward(self) -> float:
        """The forward pass."""
        return self.total / _TRAINING_PER_FORWARD

    @property
    def backward(self) -> float:
        """The backward pass, without what is recomputed for it."""
        return self.total - self.forward

    def hardware(self, recomputed: float = 1.0) -> float:
        """What the hardware does where the share `recomputed` of the forward pass is done twice."""
        return self.total * hardware_per_model_flops(recomputed)


@dataclass(frozen=True, slots=True)
class Convention:
    """A way to count training FLOPs per token; `assumes` is what it takes for granted of the shape."""

    name: str
    formula: str
    source: str
    assumes: str
    count: Callable[[Shape, float], float]


def training_flops_per_token(shape: Shape, tokens: float, convention: str = "exact") -> TrainingFlops:
    """FLOPs to train on one token in sequences of `tokens`, by the convention of this name.

    GPT-3 175B on sequences of 2048 (arXiv 2005.14165); attention adds 2.7 % to 6N:

    >>> from scalecalc.compute.transformer import STYLES
    >>> gpt3 = Shape(
    ...     n_layers=96, d_model=12288, n_heads=96, n_kv_heads=96, d_head=128, d_ff=49152, vocab=50257,
    ...     learned_positions=2048, **STYLES["gpt2"],
    ... )
    >>> six_n, palm = (training_flops_per_token(gpt3, 2048, name).total for name in ("6n", "palm"))
    >>> f"{six_n:.3g} {palm / six_n:.3f}"
    '1.05e+12 1.028'
    """
    require_positive("tokens", tokens)
    if convention not in CONVENTIONS:
        raise ValueError(f"convention must be one of {', '.join(CONVENTIONS)}, not {convention!r}")
    return TrainingFlops(CONVENTIONS[convention].count(shape, tokens))


def ratio_to_six_n(shape: Shape, tokens: float, convention: str = "exact") -> float:
    """FLOPs by a convention over 6N of the parameters that work on a token."""
    return training_flops_per_token(shape, tokens, convention).total / _six_n(shape, tokens)


def _six_n(shape: Shape, _tokens: float) -> float:
    return float(FLOPS_PER_TOKEN_PER_PARAM * parameters(shape).active)


def _kaplan(shape: Shape, tokens: float) -> float:
    layers = 2 * non_embedding_params(shape) + 2 * shape.n_layers * tokens * shape.d_attention
    return float(_TRAINING_PER_FORWARD * layers)


def _hoffmann(shape: Shape, tokens: float) -> float:
    table = 2 * shape.vocab * shape.d_model
    return _hoffmann_layers(shape, tokens) + _TRAINING_PER_FORWARD * 2 * table


def _hoffmann_layers(shape: Shape, tokens: float) -> float:
    softmax = 3 * shape.n_heads * tokens
    attention = 2 * shape.score_width * tokens + softmax
    return float(_TRAINING_PER_FORWARD * (2 * non_embedding_params(shape) + shape.n_layers * attention))


def _palm(shape: Shape, tokens: float) -> float:
    return _six_n(shape, tokens) + 6 * shape.n_layers * shape.score_width * tokens


def _causal(shape: Shape, tokens: float) -> float:
    return _six_n(shape, tokens) + 3 * shape.n_layers * shape.score_width * tokens


def _window(shape: Shape, tokens: float) -> float:
    return _six_n(shape, tokens) + 6 * shape.score_width * shape.reach(tokens)


def _deepseek(shape: Shape, tokens: float) -> float:
    return float(shape.n_layers * shape.d_model * (72 * shape.d_model + 12 * tokens))


def _megatron(shape: Shape, tokens: float) -> float:
    d, n_layers = shape.d_model, shape.n_layers
    return 72 * n_layers * d**2 * (1 + tokens / (6 * d) + shape.vocab / (12 * d * n_layers))


def _exact(shape: Shape, tokens: float) -> float:
    products = parameters(shape).weights + shape.score_width * shape.causal_reach(tokens)
    return float(FLOPS_PER_TOKEN_PER_PARAM * products)


CONVENTIONS: Mapping[str, Convention] = MappingProxyType(
    {
        convention.name: convention
        for convention in (
            Convention(
                "exact",
                "6 (weights + causal attention within windows)",
                "every matrix product of a token, the output matrix once, the table of tokens not at all",
                "attention kernels that skip what is masked",
                _exact,
            ),
            Convention("6n", "6 N", "C = 6ND", "N of the parameters that work on a token", _six_n),
            Convention(
                "kaplan",
                "3 (2 N + 2 L T a), N without embeddings",
                "Kaplan et al. 2020 (arXiv 2001.08361), section 2.1",
                "half of the full attention, no output matrix",
                _kaplan,
            ),
            Convention(
                "hoffmann",
                "3 (embeddings + L (2 weights + 4 T a + 3 h T) + logits)",
                "Hoffmann et al. 2022 (arXiv 2203.15556), appendix F",
                "full attention; the table of tokens counted as a matrix product",
                _hoffmann,
            ),
            Convention(
                "hoffmann-layers",
                "3 L (2 weights + 4 T a + 3 h T)",
                "Hoffmann et al. 2022, as the ratios printed in table A4 come out",
                "full attention; neither embeddings nor logits",
                _hoffmann_layers,
            ),
            Convention(
                "palm",
                "6 N + 12 L T a",
                "Chowdhery et al. 2022 (arXiv 2204.02311), appendix B",
                "full attention; N counts all parameters",
                _palm,
            ),
            Convention("causal", "6 N + 6 L T a", "PaLM's with the masked half left out", "", _causal),
            Convention(
                "window",
                "6 N + 12 a (sum over layers of min(T, window))",
                "PaLM's with the reach of each layer",
                "full attention within the window",
                _window,
            ),
            Convention(
                "deepseek",
                "72 L d^2 + 12 L d T",
                "DeepSeek-AI 2024 (arXiv 2401.02954), section 3.2",
                "as many key heads as queries, f = 4d ungated, full attention, no vocabulary",
                _deepseek,
            ),
            Convention(
                "megatron",
                "72 L d^2 (1 + T / 6d + V / 12dL)",
                "Narayanan et al. 2021 (arXiv 2104.04473), section 5.1, without recomputation",
                "as many key heads as queries, f = 4d ungated, full attention",
                _megatron,
            ),
        )
    }
)
"""The conventions by name. `a` is the width of all heads, `T` the sequence, `V` the vocabulary."""
