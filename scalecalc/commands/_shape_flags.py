"""A transformer by its sizes: the options that describe one, and the shape that they make."""

from typing import Annotated, Any, Literal

from pydantic import Field

from scalecalc.commands._sequence import SequenceLength
from scalecalc.compute.transformer import STYLES, Latent, Shape, styled
from scalecalc.problem import Problem
from scalecalc.quantity import Tokens
from scalecalc.result import Inputs

USUAL_SEQUENCE = 8192
"""Models that reach further are trained on sequences of about this for most of their tokens."""

LARGEST_VOCABULARY = 10**9

_TABLED = ("gpt2", "opt")
"""Styles with a table of positions, whose length counts."""

_LATENT_HEAD, _LATENT_ROPE = 128, 64
"""Widths of a head without and of its rotary part in DeepSeek-V2 and V3 (arXiv 2405.04434, 2412.19437)."""

_SIZES = ("layers", "d_model", "heads", "kv_heads", "d_head", "d_ff", "vocab", "style")

_BESIDE = {
    **dict.fromkeys(("active_experts", "shared_experts", "dense_layers"), ("experts", "64")),
    "dense_d_ff": ("dense_layers", "1"),
    "global_every": ("window", "4096"),
    **dict.fromkeys(("q_rank", "d_rope", "d_value"), ("kv_rank", "512")),
}
"""Options that say more of another, with that and an example of it."""

Width = Annotated[int | None, Field(ge=1, le=10**7)]

Style = Literal[
    "chinchilla", "deepseek3", "falcon", "gemma2", "gemma3", "gpt2", "llama", "neox", "olmo", "olmo2", "opt",
    "palm", "phi", "qwen2", "qwen3",
]  # fmt: skip


class ShapeFlags(Inputs):
    """The sizes of a transformer, one option each."""

    layers: int | None = Field(None, ge=1, le=10_000, description="Layers.")
    d_model: Width = Field(None, description="Width of the model.")
    heads: Width = Field(None, description="Query heads. [of width 128, or 64 below a width of 2048]")
    kv_heads: Width = Field(None, description="Key and value heads. [as many as query heads]")
    d_head: Width = Field(
        None, description="Width of a head, the rotary part of a latent one aside. [d-model / heads]"
    )
    d_ff: Width = Field(None, description="Feed-forward width, of one expert if there are any. [by style]")
    vocab: Tokens | None = Field(None, description="Entries of the vocabulary, e.g. 128256 or 128k.")
    tied: bool = Field(False, description="The output matrix is the table of embeddings.")
    style: Style | None = Field(
        None, description="Norms, gates and biases of a family: llama, gpt2, qwen3, gemma3, ... [llama]"
    )
    experts: Width = Field(None, description="Routed experts of a layer.")
    active_experts: Width = Field(None, description="Routed experts that work on a token. [2]")
    shared_experts: Width = Field(None, description="Experts that work on every token.")
    dense_layers: Width = Field(None, description="Layers without experts.")
    dense_d_ff: Width = Field(None, description="Feed-forward width of these.")
    window: SequenceLength | None = Field(
        None, description="Positions that a query sees, e.g. 4k; each layer's unless --global-every."
    )
    global_every: Annotated[int | None, Field(ge=2, le=10_000)] = Field(
        None, description="With a window: each so many-th layer sees all, e.g. 6 in Gemma 3."
    )
    kv_rank: Width = Field(None, description="Latent attention (MLA): rank of keys and values, e.g. 512.")
    q_rank: Width = Field(None, description="MLA: rank of queries, e.g. 1536. [queries have none]")
    d_rope: Width = Field(None, description=f"MLA: width of a head's rotary part. [{_LATENT_ROPE}]")
    d_value: Width = Field(None, description="MLA: width of a head's values. [d-head]")

    def sizes_given(self) -> list[str]:
        """The options of this group that were given."""
        names = (*_SIZES, "experts", *_BESIDE, "window", "kv_rank")
        return self.given(names) + (["--tied"] if self.tied else [])

    def given(self, names: tuple[str, ...]) -> list[str]:
        """Those of these inputs that were given, as options."""
        return [_option(name) for name in names if getattr(self, name) is not None]

    def check_sizes(self) -> None:
        """Refuse sizes that do not make a model, or that contradict each other."""
        sizes = self.sizes_given()
        missing = [name for name in ("--layers", "--d-model", "--vocab") if sizes and name not in sizes]
        if missing:
            raise Problem("too-little-given", f"{sizes[0]} needs {' and '.join(missing)} beside it", "add it")
        for name, (other, example) in _BESIDE.items():
            if getattr(self, name) is not None and getattr(self, other) is None:
                text = f"{_option(name)} without {_option(other)}"
                raise Problem("conflict", text, f"add {_option(other)}, e.g. {example}")
        if self.dense_layers and not self.dense_d_ff:
            raise Problem("too-little-given", "--dense-layers needs --dense-d-ff beside it", "add it")
        if self.kv_rank and self.kv_heads:
            text = "--kv-heads beside --kv-rank: latent attention has keys for every query head"
            raise Problem("conflict", text, "leave out one of them")

    def described(self, context: float) -> tuple[Shape, tuple[str, ...]]:
        """The shape of these sizes, and what had to be assumed for it; `context` is 0 where not told."""
        style = self.style or "llama"
        d_model, assumed = self.d_model or 1, [f"style of {style}"]
        heads, d_head = self._heads(d_model)
        d_ff = self.d_ff or _usual_width(style, d_model)
        if self.d_ff is None:
            assumed.append(f"feed-forward width {d_ff}, as usual in the style of {style}")
        if self.heads is None:
            assumed.append(f"{heads} heads of width {d_head}")
        if self.experts and STYLES[style].get("mlp_bias"):
            assumed.append("experts without biases")
        sizes: dict[str, Any] = {
            "n_layers": self.layers,
            "d_model": d_model,
            "n_heads": heads,
            "n_kv_heads": self._key_heads(heads),
            "d_head": d_head,
            "d_ff": d_ff,
            "vocab": whole(self.vocab or 1, "--vocab"),
            "context": int(context or (USUAL_SEQUENCE if style in _TABLED else 0)),
            **({"tied_embeddings": True} if self.tied else {}),
            **self._experts(),
            **self._windows(),
            "latent": self._latent(style, d_head),
        }
        return styled(style, **sizes), tuple(assumed)

    def _heads(self, d_model: int) -> tuple[int, int]:
        """Query heads and their width."""
        if self.d_head or self.kv_rank:
            d_head = self.d_head or _LATENT_HEAD
            return self.heads or max(1, d_model // d_head), d_head
        heads = self.heads or max(1, d_model // (128 if d_model >= 2048 else 64))
        if d_model % heads:
            text = f"{heads} heads do not divide --d-model {d_model}"
            raise Problem("value", text, "give --heads that divide it, or --d-head")
        return heads, d_model // heads

    def _key_heads(self, heads: int) -> int:
        if heads % (self.kv_heads or heads):
            text = f"--kv-heads {self.kv_heads} does not divide the {heads} query heads"
            raise Problem("value", text, "key heads are shared by equal groups of query heads")
        return self.kv_heads or heads

    def _experts(self) -> dict[str, int]:
        if self.experts is None:
            return {}
        active = self.active_experts or min(2, self.experts)
        if active > self.experts:
            text = f"--active-experts {active} exceeds --experts {self.experts}"
            raise Problem("value", text, "swap the two")
        if (self.dense_layers or 0) > (self.layers or 1):
            text = f"--dense-layers {self.dense_layers} exceeds --layers {self.layers}"
            raise Problem("value", text, "--layers counts all of them")
        return {
            "n_experts": self.experts,
            "n_active_experts": active,
            "n_shared_experts": self.shared_experts or 0,
            "n_dense_layers": self.dense_layers or 0,
            "d_ff_dense": self.dense_d_ff or 0,
        }

    def _windows(self) -> dict[str, int]:
        if self.window is None:
            return {}
        layers = self.layers or 1
        seeing_all = layers // self.global_every if self.global_every else 0
        return {"window": int(self.window), "n_windowed_layers": layers - seeing_all}

    def _latent(self, style: str, d_head: int) -> Latent | None:
        if self.kv_rank is None:
            return None
        if {"qkv_bias", "qk_norm", "relative_positions"} & STYLES[style].keys():
            text = f"--kv-rank in the style of {style}, which changes plain queries and keys"
            raise Problem("conflict", text, "take --style llama, or deepseek3 with its biased routers")
        return Latent(
            kv_rank=self.kv_rank,
            q_rank=self.q_rank or 0,
            d_rope=self.d_rope or _LATENT_ROPE,
            d_value=self.d_value or d_head,
        )


def whole(value: float, option: str, most: int = LARGEST_VOCABULARY) -> int:
    """A quantity that counts; halves, and more than any model has, are refused."""
    if value != value // 1 or value > most:
        raise Problem("value", f"{option}: {value:.12g} is no whole number up to {most:.0e}", "e.g. 8192")
    return int(value)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _usual_width(style: str, d_model: int) -> int:
    """4 d, or what has as many weights in three matrices, 8/3 d up to a multiple of 256."""
    if STYLES[style].get("gated", True):
        return -(-8 * d_model // 3 // 256) * 256
    return 4 * d_model
