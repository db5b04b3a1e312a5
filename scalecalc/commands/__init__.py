"""One file per command: its Inputs, its Result, and the one function between them.

A file `gpu_hours.py` holds the function `gpu_hours`, which becomes the command `gpu-hours`. Files whose
name begins with an underscore hold option groups that commands share. There is no other list.
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
def names() -> tuple[str, ...]:
    """The names of all commands, in alphabetical order, as they are typed."""
    files = Path(__file__).parent.glob("[!_]*.py")
    return tuple(sorted(file.stem.replace("_", "-") for file in files))


@cache
def command(name: str) -> Command:
    """The command of that name, its file imported now; KeyError if there is none."""
    if name not in names():
        raise KeyError(name)
    stem = name.replace("-", "_")
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


def function(name: str) -> Callable[..., Result | Stream]:
    """The command of that Python name as a function of keywords; its docstring is the command's help."""

    def answer(**values: object) -> Result | Stream:
        return call(name.replace("_", "-"), **values)

    answer.__name__ = name
    answer.__doc__ = command(name.replace("_", "-")).inputs.__doc__
    return answer
