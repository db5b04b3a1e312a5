"""The transformer that a command asks about: by name, by a config.json, by its sizes, or by a count alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from scalecalc import tables
from scalecalc.compute.config import read_config
from scalecalc.compute.parameters import parameters
from scalecalc.compute.transformer import STYLES, Shape, styled
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Params, Tokens
from scalecalc.result import Completes, Inputs, Note, Positional

USUAL_SEQUENCE = 8192
"""Models that reach further are trained on sequences of about this for most of their tokens."""

LONGEST_SEQUENCE = 10**9

_TABLED = ("gpt2", "opt")
"""Styles with a table of positions, whose length counts."""

_COUNT_AGREES = 0.01
"""A published size is rounded; a shape whose count is further off is not quite that of the model."""

_FLAGS = ("layers", "d_model", "heads", "kv_heads", "d_head", "d_ff", "vocab", "style")
_EXPERT_FLAGS = ("experts", "active_experts", "shared_experts")

Width = Annotated[int | None, Field(ge=1, le=10**7)]

Style = Literal["gemma2", "gemma3", "gpt2", "llama", "neox", "olmo", "olmo2", "opt", "phi", "qwen2", "qwen3"]


@dataclass(frozen=True, slots=True)
class Architecture:
    """A shape, what to call it, and what had to be assumed or left out to have it."""

    name: str
    shape: Shape
    assumptions: tuple[str, ...]
    notes: tuple[Note, ...]
    source: str

    def sequence(self, given: float | None, option: str) -> tuple[int, tuple[str, ...]]:
        """Tokens of a sequence, and what was assumed where none were given."""
        if given is not None:
            return whole(given, option), ()
        longest = self.shape.context
        if not longest:
            return USUAL_SEQUENCE, (f"sequences of {USUAL_SEQUENCE} tokens: {option} sets others",)
        if longest <= USUAL_SEQUENCE:
            return longest, (f"sequences of {longest} tokens, the model's context",)
        text = f"sequences of {USUAL_SEQUENCE} tokens; the model reaches {longest}: {option} sets others"
        return USUAL_SEQUENCE, (text,)


class ArchitectureChoice(Inputs):
    """The options that name or describe a transformer."""

    model: Annotated[str | None, Positional(), Completes("model")] = Field(
        None, description="A published model, e.g. llama3-8b, or its config.json."
    )
    params: Params | None = Field(
        None, description="Only a size, e.g. 7B: the shape is what `scalecalc shape` suggests."
    )
    layers: int | None = Field(None, ge=1, le=10_000, description="Layers.")
    d_model: Width = Field(None, description="Width of the model.")
    heads: Width = Field(None, description="Query heads. [of width 128, or 64 below a width of 2048]")
    kv_heads: Width = Field(None, description="Key and value heads. [as many as query heads]")
    d_head: Width = Field(None, description="Width of a head. [d-model / heads]")
    d_ff: Width = Field(None, description="Feed-forward width, of one expert if there are any. [by style]")
    vocab: Tokens | None = Field(None, description="Entries of the vocabulary, e.g. 128256 or 128k.")
    tied: bool = Field(False, description="The output matrix is the table of embeddings.")
    style: Style | None = Field(
        None, description="Norms, gates and biases of a family: llama, gpt2, qwen3, gemma3, ... [llama]"
    )
    experts: Width = Field(None, description="Routed experts of a layer.")
    active_experts: Width = Field(None, description="Routed experts that work on a token. [2]")
    shared_experts: Width = Field(None, description="Experts that work on every token.")

    @model_validator(mode="after")
    def _one_architecture(self) -> Self:
        """A name, a count, or sizes; not two of them."""
        flags = self._given((*_FLAGS, *_EXPERT_FLAGS)) + (["--tied"] if self.tied else [])
        ways = [*(["MODEL"] if self.model else []), *self._given(("params",)), *flags[:1]]
        if len(ways) > 1:
            raise Problem("conflict", f"{' and '.join(ways)} are two models", "give one of them")
        if not ways:
            hint = "for example llama3-8b, config.json, or --layers 32 --d-model 4096 --vocab 128256"
            raise Problem("too-little-given", "no model is given", hint)
        missing = [name for name in ("--layers", "--d-model", "--vocab") if flags and name not in flags]
        if missing:
            raise Problem("too-little-given", f"{flags[0]} needs {' and '.join(missing)} beside it", "add it")
        beside = self._given(("active_experts", "shared_experts"))
        if beside and self.experts is None:
            raise Problem("conflict", f"{beside[0]} without --experts", "add --experts, e.g. 64")
        return self

    def architecture(self, context: float | None = None, tensor: int = 1) -> Architecture:
        """The transformer that the options name or describe.

        Sizes leave its context to the sequence; a size alone gets widths that divide over `tensor` devices.
        """
        if self.model is not None:
            if self.model.lower().endswith(".json"):
                return _from_file(Path(self.model))
            return _published(self.model)
        if self.params is not None:
            return _of_size(self.params, tensor)
        return self._from_flags(context or 0)

    def _from_flags(self, context: float) -> Architecture:
        style = self.style or "llama"
        d_model, assumed = self.d_model or 1, []
        heads, d_head = self._heads(d_model)
        d_ff = self.d_ff or _usual_width(style, d_model)
        if self.d_ff is None:
            assumed.append(f"feed-forward width {d_ff}, as usual in the style of {style}")
        if self.heads is None:
            assumed.append(f"{heads} heads of width {d_head}")
        sizes: dict[str, Any] = {
            "n_layers": self.layers,
            "d_model": d_model,
            "n_heads": heads,
            "n_kv_heads": self.kv_heads or heads,
            "d_head": d_head,
            "d_ff": d_ff,
            "vocab": whole(self.vocab or 1, "--vocab"),
            "context": whole(context or (USUAL_SEQUENCE if style in _TABLED else 0), "the context"),
            **({"tied_embeddings": True} if self.tied else {}),
            **self._experts(),
        }
        if heads % sizes["n_kv_heads"]:
            text = f"--kv-heads {self.kv_heads} does not divide the {heads} query heads"
            raise Problem("value", text, "key heads are shared by equal groups of query heads")
        try:
            shape = styled(style, **sizes)
        except ValueError as error:
            raise Problem("value", str(error), "`scalecalc flops --help` tells the sizes") from error
        return Architecture(
            f"{self.layers} layers of width {d_model}", shape, (f"style of {style}", *assumed), (), ""
        )

    def _heads(self, d_model: int) -> tuple[int, int]:
        """Query heads and their width."""
        if self.d_head:
            return self.heads or max(1, d_model // self.d_head), self.d_head
        heads = self.heads or max(1, d_model // (128 if d_model >= 2048 else 64))
        if d_model % heads:
            text = f"{heads} heads do not divide --d-model {d_model}"
            raise Problem("value", text, "give --heads that divide it, or --d-head")
        return heads, d_model // heads

    def _experts(self) -> dict[str, int]:
        if self.experts is None:
            return {}
        active = self.active_experts or min(2, self.experts)
        if active > self.experts:
            text = f"--active-experts {active} exceeds --experts {self.experts}"
            raise Problem("value", text, "swap the two")
        shared = self.shared_experts or 0
        return {"n_experts": self.experts, "n_active_experts": active, "n_shared_experts": shared}

    def _given(self, names: tuple[str, ...]) -> list[str]:
        return [f"--{name.replace('_', '-')}" for name in names if getattr(self, name) is not None]


def whole(value: float, option: str, most: int = LONGEST_SEQUENCE) -> int:
    """A quantity that counts; halves, and more than any model has, are refused."""
    if value != value // 1 or value > most:
        raise Problem("value", f"{option}: {value:.12g} is no whole number up to {most:.0e}", "e.g. 8192")
    return int(value)


def _published(name: str) -> Architecture:
    model = tables.model(name)
    if model.shape is None:
        raise Problem(
            "no-shape",
            f"the shape of {model.id} is not in the table",
            f"give its config.json, or a size alone: --params {Params(model.params)}",
            ExitCode.NO_ANSWER,
        )
    count = parameters(model.shape).total
    off = count / model.params - 1
    notes: tuple[Note, ...] = ()
    if abs(off) > _COUNT_AGREES:
        published = f"{off:+.1%} from the {Params(model.params)} published"
        text = f"the shape counts {Params(count)} parameters, {published}"
        notes = (Note(code="published-size", message=text),)
    return Architecture(model.name, model.shape, (), notes, f"{model.id}: {model.source}")


def _of_size(params: Params, tensor: int) -> Architecture:
    from scalecalc.compute.shape import Wish, suggest

    shape = suggest(Wish(params=params, tensor_parallel=tensor)).shape
    asked = f"--params {params}" + (f" --tensor {tensor}" if tensor > 1 else "")
    text = f"only a size is given: the shape is what `scalecalc shape {asked}` suggests"
    return Architecture(f"a model of {params}", shape, (text,), (), "")


def _from_file(path: Path) -> Architecture:
    """The architecture of a config.json; what is wrong with it is told with the file and the key."""
    try:
        config = _json_object(path.read_text(encoding="utf-8"))
        found = read_config(config)
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        hint = "give the config.json that is published with a model, or its sizes by flags"
        raise Problem("model-file", f"{path}: {reason}", hint, ExitCode.BAD_DATA) from error
    notes = tuple(Note(code="left-out", message=f"left out of the count: {part}") for part in found.left_out)
    name = str(config.get("_name_or_path") or path.parent.name or found.model_type)
    return Architecture(name, found.shape, (), notes, f"{path.name}: a {found.model_type} configuration")


def _json_object(text: str) -> Mapping[str, object]:
    config = json.loads(text)
    if not isinstance(config, dict):
        raise ValueError("the file holds no JSON object")  # noqa: TRY004 - the value is wrong, not a type
    return config


def _usual_width(style: str, d_model: int) -> int:
    """4 d, or what has as many weights in three matrices, 8/3 d up to a multiple of 256."""
    if STYLES[style].get("gated", True):
        return -(-8 * d_model // 3 // 256) * 256
    return 4 * d_model
