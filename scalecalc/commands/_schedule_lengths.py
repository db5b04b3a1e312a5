"""Parts of a run as people write them: in steps, in tokens, as a share; and rates, or shares of the peak."""

from typing import TYPE_CHECKING

from scalecalc.problem import Problem
from scalecalc.quantity import Quantity, Refused, Share, Tokens, shown
from scalecalc.quantity.number import read_number, with_prefix

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_STEPS = 1e9
"""A thousand times the longest run that was ever told of."""


class Steps(Quantity):
    """A whole number of optimizer steps.

    >>> Steps.parse("326k"), Steps.parse("2^17")
    (Steps(326000.0), Steps(131072.0))
    """

    __slots__ = ()

    unit = "steps"
    noun = "a number of steps"
    metavar = "STEPS"
    grammar = "10k, 326373, 2^17"

    @classmethod
    def _read(cls, text: str) -> float:
        number = read_number(text, cls.grammar)
        return with_prefix(number, number.rest.lower().removesuffix("steps").rstrip().upper(), cls)

    @classmethod
    def _check(cls, value: float, text: str = "") -> None:
        super()._check(value, text)
        hint = f"for example {cls.grammar}"
        if value != int(value):
            raise Refused(f"{shown(text or repr(value))} is no whole number", hint)
        if value > MOST_STEPS:
            raise Refused(f"{shown(text or repr(value))} are too many", "a schedule has at most 1e9 steps")

    def __str__(self) -> str:
        return f"{int(self)}"


def length(option: str, text: str, steps: int, batch: float | None) -> int:
    """How many steps a text spells: `2000`, `2k`, `1%`, or `4B tokens` where the batch is known."""
    written = text.strip().lower()
    if written.endswith(("%", "percent")):
        return round(_read(option, text, Share.parse) * steps)
    if written.endswith(("tokens", "token", "tok")):
        if batch is None:
            hint = "add --batch, or write steps or a share of the run"
            raise Problem("no-batch", f"{option}: {shown(text)} are no steps without a batch size", hint)
        return round(_read(option, text, Tokens.parse) / batch)
    if written in ("0", "0.0"):
        return 0
    return int(_read(option, text, _steps))


def lengths(option: str, text: str, steps: int, batch: float | None) -> tuple[int, ...]:
    """Several of them, apart by commas."""
    return tuple(length(option, each, steps, batch) for each in text.split(","))


def rate(option: str, text: str, peak: float) -> float:
    """The learning rate that a text spells: `3e-5`, or `10%` of the peak."""
    if text.strip().lower().endswith(("%", "percent")):
        return float(f"{_read(option, text, Share.parse) * peak:.15g}")  # 10% of 3e-4 is 3e-5, not a bit less
    return _read(option, text, _plain)


def _steps(text: str) -> float:
    number = read_number(text, Steps.grammar)
    if not number.rest and 0 < number.scaled() < 1:
        raise Refused(
            f"{shown(text)} is less than one step", f"as a share of the run it is {100 * number.scaled():g}%"
        )
    return Steps.parse(text)


def _plain(text: str) -> float:
    number = read_number(text, "3e-5, 10%")
    if number.rest:
        raise Refused(f"{shown(text)} is no learning rate", "write 3e-5, or 10% of the peak")
    return number.scaled()


def _read(option: str, text: str, parse: "Callable[[str], float]") -> float:
    try:
        return float(parse(text.strip()))
    except Refused as refused:
        raise Problem("value", f"{option}: {refused.message}", refused.hint) from None
