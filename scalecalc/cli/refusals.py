"""What Typer and pydantic refuse, as a Problem that names the option, the reason and the remedy."""

import re
from typing import Any

import typer
from pydantic import ValidationError

from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Refused
from scalecalc.result import Inputs, Positional

UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""What Typer raises for words that it cannot read; BadParameter is its one public descendant."""

SUGGESTS = re.compile(r"\(Possible options: ")
"""How Typer words its suggestion for a mistyped option; for a mistyped command it asks "Did you mean"."""


def validated(inputs: type[Inputs], words: dict[str, Any]) -> Inputs:
    """The inputs that the words give; a refused word becomes a `Problem` of code `value`."""
    try:
        return inputs.model_validate(words)
    except ValidationError as error:
        refused = error.errors(include_url=False)
    told = [f"{_place(inputs, each['loc'])}{_message(each)}" for each in refused]
    hints = [each["ctx"]["hint"] for each in refused if each.get("ctx", {}).get("hint")]
    raise Problem("value", "; ".join(told), "; ".join(dict.fromkeys(hints)))


def usage_problem(error: Any, command: str | None) -> Problem:
    """Words that Typer could not read, with a pointer to the help that lists the right ones."""
    message, _, suggestion = SUGGESTS.sub("Did you mean ", error.format_message()).partition("Did you mean ")
    where = f"`scalecalc {command} --help`" if command else "`scalecalc --help`"
    hint = f"did you mean {suggestion.rstrip('?)')}?" if suggestion else f"{where} lists what there is"
    message = message.replace("Value error, ", "").strip().rstrip(".?")
    return Problem("usage", message[:1].lower() + message[1:], hint)


def beyond_numbers(error: Refused | ArithmeticError) -> Problem:
    """Inputs that are each a number, but whose answer is none that its quantity can be."""
    reason = str(error.args[-1] if isinstance(error, ArithmeticError) else error.message)
    return Problem(
        "beyond-numbers",
        f"the answer is no number that makes sense: {reason[:1].lower()}{reason[1:]}",
        "ask about a run that could be",
        ExitCode.NO_ANSWER,
    )


def _place(inputs: type[Inputs], location: tuple[int | str, ...]) -> str:
    """The option as it is typed, before the message about it."""
    if not location:
        return ""
    name = str(location[0])
    field = inputs.model_fields.get(name)
    if field and any(isinstance(mark, Positional) for mark in field.metadata):
        return f"{name.upper()}: "
    return f"--{name.replace('_', '-')}: "


def _message(refused: Any) -> str:
    """The refusal in our tone; the value is named where pydantic's own words leave it out."""
    message: str = refused["msg"]
    if refused.get("ctx", {}).get("hint") is not None:
        return message
    value = repr(refused["input"])
    return f"{message[:1].lower()}{message[1:]}, not {value if len(value) <= 40 else value[:37] + '...'}"
