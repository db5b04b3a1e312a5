"""The transformer that a command asks about: by name, by a config.json, by its sizes, or by a count alone."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from scalecalc import tables
from scalecalc.commands._config_file import config_path, read_model_file
from scalecalc.commands._sequence import SequenceLength
from scalecalc.commands._shape_flags import USUAL_SEQUENCE, ShapeFlags, whole
from scalecalc.compute.parameters import parameters
from scalecalc.compute.transformer import Shape
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Params
from scalecalc.result import Completes, Inputs, Note, Positional

__all__ = ["Architecture", "ArchitectureChoice", "check_size", "of_size", "published", "whole"]

LARGEST = 10**15
"""Parameters; published models have up to some 10**12."""

_COUNT_AGREES = 0.01
"""A published size is rounded; a shape whose count is further off is not quite that of the model."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """A shape, what to call it, and what had to be assumed or left out to have it."""

    name: str
    shape: Shape
    assumptions: tuple[str, ...]
    notes: tuple[Note, ...]
    source: str

    def sequence(self, given: SequenceLength | None, option: str) -> tuple[int, tuple[str, ...]]:
        """Tokens of a sequence, and what was assumed where none were given."""
        if given is not None:
            return int(given), ()
        longest = self.shape.context
        if not longest:
            return USUAL_SEQUENCE, (f"sequences of {USUAL_SEQUENCE} tokens: {option} sets others",)
        if longest <= USUAL_SEQUENCE:
            return longest, (f"sequences of {longest} tokens, the model's context",)
        text = f"sequences of {USUAL_SEQUENCE} tokens; the model reaches {longest}: {option} sets others"
        return USUAL_SEQUENCE, (text,)


class _Named(Inputs):
    """A transformer by its name, its file or its size; these options stand first."""

    model: Annotated[str | None, Positional(), Completes("model")] = Field(
        None,
        description="A published model, e.g. llama3-8b, or its config.json, or the folder that holds it.",
    )
    params: Params | None = Field(
        None, description="Only a size, e.g. 7B: the shape is what `scalecalc shape` suggests."
    )


class ArchitectureChoice(ShapeFlags, _Named):
    """The options that name or describe a transformer."""

    @model_validator(mode="after")
    def _one_architecture(self) -> Self:
        """A name, a count, or sizes; not two of them."""
        ways = [*(["MODEL"] if self.model else []), *self.given(("params",)), *self.sizes_given()[:1]]
        if len(ways) > 1:
            raise Problem("conflict", f"{' and '.join(ways)} are two models", "give one of them")
        if not ways:
            hint = "for example llama3-8b, config.json, or --layers 32 --d-model 4096 --vocab 128256"
            raise Problem("too-little-given", "no model is given", hint)
        self.check_sizes()
        return self

    def architecture(self, context: float | None = None, tensor: int = 1) -> Architecture:
        """The transformer that the options name or describe.

        Sizes leave its context to the sequence; a size alone gets widths that divide over `tensor` devices.
        """
        if self.model is not None:
            path = config_path(self.model)
            return _from_file(path) if path else published(self.model)
        if self.params is not None:
            return of_size(self.params, tensor)
        shape, assumed = self.described(context or 0)
        layers = f"{self.layers} layer{'' if self.layers == 1 else 's'}"
        return Architecture(f"{layers} of width {self.d_model}", shape, assumed, (), "")


def published(name: str) -> Architecture:
    """The model of that name, with a note where its shape counts another size than was published."""
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


def of_size(params: Params, tensor: int) -> Architecture:
    """The shape that is suggested for a size, its widths dividing over `tensor` devices."""
    check_size(params)
    from scalecalc.compute.shape import Wish, suggest

    shape = suggest(Wish(params=params, tensor_parallel=tensor)).shape
    asked = f"--params {params}" + (f" --tensor {tensor}" if tensor > 1 else "")
    text = f"only a size is given: the shape is what `scalecalc shape {asked}` suggests"
    return Architecture(f"a model of {params}", shape, (text,), (), "")


def check_size(params: Params) -> None:
    """Refuse sizes that no model has."""
    if params > LARGEST:
        raise Problem("value", f"--params: {params} is more than any model", "for example 70B")


def _from_file(path: Path) -> Architecture:
    """The architecture of a config.json, with a note for each part of the model that is not in it."""
    name, found = read_model_file(path)
    notes = tuple(Note(code="left-out", message=f"left out of the count: {part}") for part in found.left_out)
    return Architecture(name, found.shape, (), notes, f"{path.name}: a {found.model_type} configuration")
