"""A sensible shape for a parameter count: the reverse of counting.

The style is LLaMA's: SwiGLU, shared keys, rotary positions. Width, depth and feed-forward width are those
whose proportions lie nearest to published models; the feed-forward width then takes up what the size still
lacks. Widths divide over the devices that tensor parallelism asks for.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from scalecalc.compute.parameters import parameters
from scalecalc.compute.transformer import Shape
from scalecalc.laws.arithmetic import require_positive
from scalecalc.problem import ExitCode, Problem

_ASPECTS = ((1e8, 60.0), (1e9, 90.0), (8e9, 120.0))
"""Width over depth of published models by size: GPT-2 and Pythia 64 to 85, Llama 3 from 102 to 130."""

_FF_RATIO = 3.5
"""Feed-forward width over model width of Llama 3 8B and 70B, which share their keys."""

_TIED_SHARE = 0.18
"""Two tables of embeddings over the size: 0.25 in Llama 3.2 3B and 0.19 in Qwen3 4B, which tie; 8B do not."""

_EXACT_ENOUGH = 0.01
"""Relative miss of the size that counts as much as a proportion that is off by the factor e."""

_LARGE_VOCAB, _SMALL_VOCAB = 128_256, 50_304
"""Vocabularies of Llama 3 and of Pythia, padded as they are."""

_SMALL, _WIDE_HEADS = 5e8, 2e9
"""Sizes up to which the small vocabulary and from which heads of width 128 are usual."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A shape with its exact size; `off` is that over the size asked for, less 1."""

    shape: Shape
    params: int
    off: float

    @property
    def aspect(self) -> float:
        """Width over depth."""
        return self.shape.d_model / self.shape.n_layers

    @property
    def ff_ratio(self) -> float:
        """Feed-forward width over model width."""
        return self.shape.d_ff / self.shape.d_model


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a shape has to keep to; what is absent is chosen by size.

    Heads, feed-forward width and vocabulary divide by `tensor_parallel`, layers by `pipeline_parallel`.
    """

    params: float
    vocab: int | None = None
    tied_embeddings: bool | None = None
    d_head: int | None = None
    context: int = 8192
    tensor_parallel: int = 1
    pipeline_parallel: int = 1

    def __post_init__(self) -> None:
        require_positive("params", self.params)
        for name in ("tensor_parallel", "pipeline_parallel", "context"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)!r}")

    @property
    def padded_vocab(self) -> int:
        """The vocabulary, padded so that each device's part of it fills whole tiles."""
        vocab = self.vocab or (_SMALL_VOCAB if self.params < _SMALL else _LARGE_VOCAB)
        return _up(vocab, math.lcm(64, 8 * self.tensor_parallel))

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
    found = min(_candidates(wish), key=lambda candidate: _strain(candidate, wish), default=None)
    if found is None or abs(found.off) > 0.05:
        raise Problem(
            "no-shape",
            f"no shape of {wish.params:.3g} parameters keeps to this",
            "try a smaller vocabulary, or fewer devices to divide over",
            ExitCode.NO_ANSWER,
        )
    return found


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


def _candidates(wish: Wish) -> Iterator[Suggestion]:
    """One candidate for each width and depth near the usual proportions that the wish allows."""
    aspect = usual_aspect(wish.params)
    width = (wish.params * aspect / 12.5) ** (1 / 3)  # 12 to 13 L d^2, with L = d / aspect
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
    multiple = 64 * wish.tensor_parallel
    tied = wish.tied_embeddings
    if tied is None:
        tied = 2 * wish.padded_vocab * d_model > _TIED_SHARE * wish.params
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
    )
    lacking = (wish.params - parameters(smallest).total) / (3 * d_model * n_layers)
    d_ff = multiple * (1 + round(lacking / multiple))
    if d_ff >= d_model:
        shape = replace(smallest, d_ff=d_ff)
        params = parameters(shape).total
        yield Suggestion(shape, params, params / wish.params - 1)


def _key_heads(n_heads: int, tensor_parallel: int) -> int:
    """Eight heads of keys where they divide the heads and the devices divide them; more where they must."""
    wanted = max(8, tensor_parallel)
    return wanted if n_heads % wanted == 0 and wanted % tensor_parallel == 0 else math.lcm(4, tensor_parallel)


def _strain(found: Suggestion, wish: Wish) -> float:
    """How far size and proportions are from the wish, in squared logarithms."""
    aspect = math.log(found.aspect / usual_aspect(wish.params))
    return aspect**2 + math.log(found.ff_ratio / _FF_RATIO) ** 2 + (found.off / _EXACT_ENOUGH) ** 2


def _up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
