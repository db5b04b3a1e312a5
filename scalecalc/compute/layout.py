"""How a training run is laid out over devices, and in which precision it keeps what.

Tensor parallelism splits the matrices of a layer, pipeline parallelism the layers, context parallelism the
sequence, expert parallelism the experts, data parallelism the batch. ZeRO (Rajbhandari et al. 2020, arXiv
1910.02054) splits over the data-parallel devices what they would otherwise all hold: optimizer states (1),
gradients too (2), weights too (3, as FSDP does).
"""

from dataclasses import dataclass
from typing import Literal

Optimizer = Literal["sgd", "momentum", "adam", "adamw", "adam8bit", "adafactor", "lion", "muon"]

OPTIMIZERS: tuple[Optimizer, ...] = (
    *("sgd", "momentum", "adam", "adamw"),
    *("adam8bit", "adafactor", "lion", "muon"),
)

Recompute = Literal["none", "selective", "alternate", "full"]

RECOMPUTE: tuple[Recompute, ...] = ("none", "selective", "alternate", "full")

_STATE_BYTES: dict[Optimizer, float] = {
    "sgd": 0.0,
    "momentum": 4.0,
    "adam": 8.0,
    "adamw": 8.0,
    "adam8bit": 2.0 + 2 * 4 / 2048,
    "adafactor": 0.02,
    "lion": 4.0,
    "muon": 4.0,
}
"""Bytes of state per parameter: moments in fp32. In 8 bits each block of 2048 has an fp32 scale (Dettmers et
al. 2022, arXiv 2110.02861). Adafactor keeps one row and one column of each matrix (Shazeer and Stern 2018,
arXiv 1804.04235), which is below 1 % of a moment from a width of 800. Muon keeps one moment of matrices."""

_VECTOR_STATE_BYTES = 8.0
"""Embeddings, output and gains, which Muon leaves to Adam."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """Bytes per parameter of weights, of gradients and of a master copy in fp32, 0 where there is none.

    The default is mixed precision as in the ZeRO paper: 16-bit weights and gradients, fp32 master, which
    with Adam makes 16 bytes per parameter. Megatron keeps gradients in fp32 (4), which makes 18.
    """

    weights: float = 2.0
    gradients: float = 2.0
    master: float = 4.0
    optimizer: Optimizer = "adamw"

    def __post_init__(self) -> None:
        for name in ("weights", "gradients", "master"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, not {getattr(self, name)!r}")
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(f"optimizer must be one of {', '.join(OPTIMIZERS)}, not {self.optimizer!r}")

    @property
    def matrix_states(self) -> float:
        """Bytes of optimizer state per parameter of a layer's matrices."""
        return _STATE_BYTES[self.optimizer]

    @property
    def other_states(self) -> float:
        """Bytes of optimizer state per parameter of embeddings, output and gains."""
        return _VECTOR_STATE_BYTES if self.optimizer == "muon" else self.matrix_states


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Degrees of parallelism, and how much of a batch and of the layers is worked on at once.

    `expert` divides `data`: experts are spread over devices that have different parts of the batch.
    `stages_per_device` above 1 interleaves the pipeline (Narayanan et al. 2021, arXiv 2104.04473).
    """

    tensor: int = 1
    pipeline: int = 1
    context: int = 1
    expert: int = 1
    data: int = 1
    zero: int = 0
    sequence_parallel: bool = True
    stages_per_device: int = 1

    def __post_init__(self) -> None:
        for name in ("tensor", "pipeline", "context", "expert", "data", "stages_per_device"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)!r}")
        if self.zero not in (0, 1, 2, 3):
            raise ValueError(f"zero must be 0, 1, 2 or 3, not {self.zero!r}")
        if self.data * self.context % self.expert:
            raise ValueError(
                f"expert must divide data times context, {self.data * self.context}, not be {self.expert}"
            )

    @property
    def devices(self) -> int:
        """All devices of the run."""
        return self.tensor * self.pipeline * self.context * self.data

    @property
    def replicas(self) -> int:
        """Devices that would hold the same weights: ZeRO splits over them."""
        return self.data * self.context

    @property
    def expert_replicas(self) -> int:
        """Devices that would hold the same experts."""
        return self.replicas // self.expert


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one device works on at once, and what of it is kept for the backward pass.

    `flash` attention keeps no scores. Recomputation is `selective` where only scores are computed again
    (Korthikanti et al. 2022, arXiv 2205.05198), `alternate` where every second matrix product is, as in
    torchtitan's selective mode, `full` where each layer keeps nothing but its input.
    `dropout` keeps masks, as models did up to GPT-3. `bytes_per_logit` is for each entry of the vocabulary:
    14 where a framework holds 16-bit logits, an fp32 copy, its softmax and its gradient (as torchtitan was
    measured to), 4 in Megatron's fused loss.
    """

    tokens: int
    micro_batch: int = 1
    flash: bool = True
    recompute: Recompute = "none"
    dropout: bool = False
    bytes_per_value: float = 2.0
    bytes_per_logit: float = 14.0

    def __post_init__(self) -> None:
        for name in ("tokens", "micro_batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)!r}")
        if self.recompute not in RECOMPUTE:
            raise ValueError(f"recompute must be one of {', '.join(RECOMPUTE)}, not {self.recompute!r}")
