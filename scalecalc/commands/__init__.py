"""One file per command: its Inputs, its Result, and the one function between them.

A file `gpu_hours.py` holds the function `gpu_hours`, which becomes the command `gpu-hours`. A file whose name
goes on from another command's, as `emergence_fit.py` from `emergence.py`, becomes a command of two words,
`emergence fit`. Files whose name begins with an underscore hold what commands share. There is no other list.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_args, get_type_hints

from scalecalc.result import Inputs, Result, Stream

GROUPS = ("Plan", "Fit", "Cost", "Train", "Look up")
"""The headings of the overview in their order; every command stands under one of them."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command as its file defines it."""

    name: str
    run: Callable[[Inputs], Result | Stream]
    inputs: type[Inputs]
    result: type[Result]


@cache
def stems() -> dict[str, str]:
    """The commands as they are typed, in alphabetical order, with the name of file and function of each."""
    found = {file.stem for file in Path(__file__).parent.glob("[!_]*.py")}
    return dict(sorted((_typed(stem, found), stem) for stem in found))


def _typed(stem: str, stems: set[str]) -> str:
    first, _, second = stem.partition("_")
    words = (first, second) if second and first in stems else (stem,)
    return " ".join(words).replace("_", "-")


@cache
def names() -> tuple[str, ...]:
    """The names of all commands, in alphabetical order, as they are typed."""
    return tuple(stems())


@cache
def command(name: str) -> Command:
    """The command of that name, its file imported now; KeyError if there is none."""
    stem = stems()[name]
    module = importlib.import_module(f"{__name__}.{stem}")
    run = getattr(module, stem)
    hints = get_type_hints(run)
    answers = get_args(hints["return"]) or (hints["return"],)
    (result,) = (answer for answer in answers if answer is not Stream)
    return Command(name, run, hints["inputs"], result)


def call(name: str, /, **values: object) -> Result | Stream:
    """Answer the command's question from Python: `call("optimal", flops="1e23")`.

    Raises pydantic's ValidationError for a wrong value and `Problem` for a question without an answer.
    """
    chosen = command(name)
    return chosen.run(chosen.inputs.model_validate(values))


def function(stem: str) -> Callable[..., Result | Stream]:
    """The command of that Python name as a function of keywords; its docstring is the command's help."""
    (name,) = (typed for typed, known in stems().items() if known == stem)

    def answer(**values: object) -> Result | Stream:
        return call(name, **values)

    answer.__name__ = stem
    answer.__doc__ = command(name).inputs.__doc__
    return answer
