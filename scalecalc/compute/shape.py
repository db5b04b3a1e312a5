"""A sensible shape for a parameter count: the reverse of counting.

The style is LLaMA's: SwiGLU, shared keys, rotary positions. Width, depth and feed-forward width are those
whose proportions lie nearest to published models; the feed-forward width then takes up what the size still
lacks. Widths divide over the devices that tensor parallelism asks for. A mixture of experts has the
proportions of a dense model of its active parameters; its feed-forward width is that of all experts on a
token.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from scalecalc.compute.parameters import parameters
from scalecalc.compute.transformer import Shape
from scalecalc.laws.arithmetic import require_positive
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Params

_ASPECTS = ((1e8, 60.0), (1e9, 90.0), (8e9, 120.0))
"""Width over depth of published models by size: GPT-2 and Pythia 64 to 85, Llama 3 from 102 to 130."""

_FF_RATIO = 3.5
"""Feed-forward width over model width of Llama 3 8B and 70B, which share their keys.

The experts on a token are as wide together: 2.4 times (DeepSeek-V2), 3 (Qwen3), 4 (OLMoE), 7 (Mixtral 8x7B).
"""

_ATTENTION = 2.5
"""Weights of attention in units of the width squared where four heads or so share their keys."""

_LAYER = _ATTENTION + 3 * _FF_RATIO
"""Weights of a layer in the same units."""

_TIED_SHARE = 0.18
"""Two tables of embeddings over the size: 0.25 in Llama 3.2 3B and 0.19 in Qwen3 4B, which tie; 8B do not."""

_EXACT_ENOUGH = 0.01
"""Relative miss of a size that counts as much as a proportion that is off by the factor e."""

_FURTHEST = 0.05
"""Relative miss of a size from which it is another model than was asked for."""

_LARGE_VOCAB, _SMALL_VOCAB = 128_256, 50_304
"""Vocabularies of Llama 3 and of Pythia, padded as they are."""

_SMALL, _WIDE_HEADS = 5e8, 2e9
"""Sizes up to which the small vocabulary and from which heads of width 128 are usual."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A shape with its exact size, and of that what works on a token.

    `off` is the size over that asked for, less 1; `active_off` the same of the active one, 0 if none was.
    """

    shape: Shape
    params: int
    active_params: int
    off: float
    active_off: float = 0.0

    @property
    def aspect(self) -> float:
        """Width over depth."""
        return self.shape.d_model / self.shape.n_layers

    @property
    def ff_ratio(self) -> float:
        """Feed-forward width over model width, of all experts on a token together."""
        return ff_ratio(self.shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a shape has to keep to; what is absent is chosen by size.

    Heads, feed-forward width and vocabulary divide by `tensor_parallel`, layers by `pipeline_parallel`,
    experts by `expert_parallel`. In a mixture of `experts`, 0 for none, every layer has them; a token passes
    `active_experts` and all of the `shared_experts`, and `active_params` may be asked for beside the size.
    """

    params: float
    active_params: float | None = None
    experts: int = 0
    active_experts: int = 0
    shared_experts: int = 0
    vocab: int | None = None
    tied_embeddings: bool | None = None
    d_head: int | None = None
    context: int = 8192
    tensor_parallel: int = 1
    pipeline_parallel: int = 1
    expert_parallel: int = 1

    def __post_init__(self) -> None:
        require_positive("params", self.params)
        for name in ("tensor_parallel", "pipeline_parallel", "expert_parallel", "context"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)!r}")
        if self.experts and not 1 <= self.active_experts <= self.experts:
            raise ValueError(f"active_experts must be 1 to {self.experts}, not {self.active_experts!r}")
        if self.experts % self.expert_parallel:
            raise ValueError(
                f"expert_parallel must divide {self.experts} experts, not {self.expert_parallel!r}"
            )
        if not self.experts and (self.active_params or self.active_experts or self.shared_experts):
            raise ValueError("experts must be positive where some of them are active or shared")

    @property
    def expert_share(self) -> float:
        """The experts on a token over all of them, shared ones included; 1 without experts."""
        if not self.experts:
            return 1.0
        return (self.active_experts + self.shared_experts) / (self.experts + self.shared_experts)

    @property
    def working_params(self) -> float:
        """About what works on a token: as asked for, or as usual proportions make it."""
        usual = _LAYER / (_ATTENTION + (_LAYER - _ATTENTION) / self.expert_share)
        return self.active_params or self.params * usual

    @property
    def usual_active_experts(self) -> int:
        """With how many routed experts on a token usual proportions make the active parameters asked for."""
        share = (_LAYER - _ATTENTION) / (_LAYER * self.params / self.working_params - _ATTENTION)
        routed = round(share * (self.experts + self.shared_experts)) - self.shared_experts
        return min(self.experts, max(1, routed))

    @property
    def padded_vocab(self) -> int:
        """The vocabulary, padded so that each device's part of it fills whole tiles."""
        vocab = self.vocab or (_SMALL_VOCAB if self.params < _SMALL else _LARGE_VOCAB)
        return _up(vocab, _tile(self.tensor_parallel))

    @property
    def head_width(self) -> int:
        """The width of a head: 64 in small models, 128 in large ones."""
        return self.d_head or (128 if self.params >= _WIDE_HEADS else 64)


def suggest(wish: Wish) -> Suggestion:
    """Return the shape whose size and proportions come nearest to the wish.

    >>> found = suggest(Wish(params=8.03e9, tensor_parallel=8))
    >>> found.shape.n_layers, found.shape.d_model, found.shape.d_ff
    (32, 4096, 14336)
    """
    _refuse_impossible(wish)
    found = min(_candidates(wish), key=lambda candidate: _strain(candidate, wish), default=None)
    if found is None or max(abs(found.off), abs(found.active_off)) > _FURTHEST:
        active = f" with {Params(wish.active_params)} active" if wish.active_params else ""
        text = f"no shape of {Params(wish.params)} parameters{active} keeps to this"
        hint = "try a smaller vocabulary, or fewer devices to divide over"
        raise Problem("no-shape", text, _other_experts(wish) or hint, ExitCode.NO_ANSWER)
    return found


def ff_ratio(shape: Shape) -> float:
    """Feed-forward width over model width; in a mixture of experts that of all experts on a token."""
    experts = shape.n_active_experts + shape.n_shared_experts if shape.n_experts else 1
    return experts * shape.d_ff / shape.d_model


def usual_aspect(params: float) -> float:
    """Width over depth of published models of this size, on straight lines between the logarithms."""
    (least, low), *_ = _ASPECTS
    if params <= least:
        return low
    for (below, low), (above, high) in pairwise(_ASPECTS):
        if params <= above:
            share = math.log(params / below) / math.log(above / below)
            return low * math.pow(high / low, share)
    return _ASPECTS[-1][1]


def _refuse_impossible(wish: Wish) -> None:
    """Refuse active parameters that are fewer than the share of their experts, or all."""
    least = wish.params * wish.expert_share
    if wish.active_params and not least < wish.active_params < wish.params:
        asked = f"{Params(wish.active_params)} active of {Params(wish.params)} parameters"
        text = f"{asked} is not between {Params(least)}, the share of the experts on a token, and all"
        raise Problem("no-shape", text, _other_experts(wish), ExitCode.NO_ANSWER)


def _other_experts(wish: Wish) -> str:
    """What the experts usually make, and how many make what was asked for; nothing where nothing was."""
    if not wish.active_params:
        return ""
    usual = Params(replace(wish, active_params=None).working_params)
    told = f"{wish.active_experts} of {wish.experts} experts usually make {usual} active"
    better = replace(wish, active_experts=wish.usual_active_experts)
    if better == wish or better.params * better.expert_share >= wish.active_params:
        return told
    return f"{told}, {better.active_experts} of them about {Params(wish.active_params)}"


def _candidates(wish: Wish) -> Iterator[Suggestion]:
    """One candidate for each width and depth near the usual proportions that the wish allows."""
    aspect = usual_aspect(wish.working_params)
    width = (wish.working_params * aspect / 12.5) ** (1 / 3)  # 12 to 13 L d^2, with L = d / aspect
    step = math.lcm(wish.tensor_parallel, 4) * wish.head_width
    layers_step = math.lcm(wish.pipeline_parallel, 2)  # published depths are even
    stride = max(1, int(width / 32 / step))  # widths closer than that differ by less than their depths can
    for multiple in range(max(1, int(width / 2 / step)), int(1.5 * width / step) + 2, stride):
        d_model = multiple * step
        depth = d_model / aspect / layers_step
        for layers in range(max(1, int(depth / 1.5)), int(2 * depth) + 2, max(1, int(depth / 48))):
            yield from _filled(wish, d_model, layers * layers_step)


def _filled(wish: Wish, d_model: int, n_layers: int) -> Iterator[Suggestion]:
    """The shape of this width and depth whose feed-forward layers take up what its size lacks."""
    n_heads = d_model // wish.head_width
    tied = wish.tied_embeddings
    if tied is None:
        tied = 2 * wish.padded_vocab * d_model > _TIED_SHARE * wish.params
    # an expert is narrow: it has the tiles of the vocabulary, and not one of 64 on each device
    multiple = _tile(wish.tensor_parallel) if wish.experts else 64 * wish.tensor_parallel
    smallest = Shape(
        n_layers=n_layers,
        d_model=d_model,
        n_heads=n_heads,
        n_kv_heads=_key_heads(n_heads, wish.tensor_parallel),
        d_head=wish.head_width,
        d_ff=multiple,
        vocab=wish.padded_vocab,
        context=wish.context,
        tied_embeddings=tied,
        n_experts=wish.experts,
        n_active_experts=wish.active_experts,
        n_shared_experts=wish.shared_experts,
    )
    per_width = 3 * d_model * n_layers * max(1, wish.experts + wish.shared_experts)
    lacking = (wish.params - parameters(smallest).total) / per_width
    shape = replace(smallest, d_ff=max(multiple, multiple * (1 + round(lacking / multiple))))
    if ff_ratio(shape) >= 1:
        yield _counted(shape, wish)


def _counted(shape: Shape, wish: Wish) -> Suggestion:
    count = parameters(shape)
    active_off = count.active / wish.active_params - 1 if wish.active_params else 0.0
    return Suggestion(shape, count.total, count.active, count.total / wish.params - 1, active_off)


def _key_heads(n_heads: int, tensor_parallel: int) -> int:
    """Eight heads of keys where they divide the heads and the devices divide them; more where they must."""
    wanted = max(8, tensor_parallel)
    return wanted if n_heads % wanted == 0 and wanted % tensor_parallel == 0 else math.lcm(4, tensor_parallel)


def _strain(found: Suggestion, wish: Wish) -> float:
    """How far size and proportions are from the wish, in squared logarithms."""
    aspect = math.log(found.aspect / usual_aspect(wish.working_params))
    missed = (found.off**2 + found.active_off**2) / _EXACT_ENOUGH**2
    return aspect**2 + math.log(found.ff_ratio / _FF_RATIO) ** 2 + missed


def _tile(tensor_parallel: int) -> int:
    """A width whose part on each device fills whole tiles of matrix units."""
    return math.lcm(64, 8 * tensor_parallel)


def _up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
