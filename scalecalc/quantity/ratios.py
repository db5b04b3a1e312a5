"""Pure ratios: shares such as MFU, and tokens per parameter."""

import re

from scalecalc.quantity.number import read_number, significant, unknown_ending, with_prefix
from scalecalc.quantity.refusal import Refused, shown
from scalecalc.quantity.scalar import Quantity

_RATIO_WORDS = r"(?:tpp|tokens?(?:/| per )param(?:eter)?)$"


class Share(Quantity):
    """A share of a whole, from 0 to 1.

    >>> Share.parse("40%"), str(Share(0.335))
    (Share(0.4), '33.5%')
    """

    __slots__ = ()

    unit = ""
    noun = "a share"
    metavar = "SHARE"
    grammar = "0.4, 40%"
    may_be_zero = True

    @classmethod
    def _read(cls, text: str) -> float:
        number = read_number(text, cls.grammar)
        ending = number.rest.lower()
        if ending in ("%", "percent"):
            return number.scaled(-2)
        if ending:
            raise unknown_ending(number, cls)
        value = number.scaled()
        if value == 1 and "." not in text:
            raise Refused(f"{shown(text)} may be all or one percent", "write 100% or 1%")
        if 1 < value <= 100:
            raise Refused(f"{shown(text)} is more than the whole", f"did you mean {text}%?")
        return value

    @classmethod
    def _check(cls, value: float, text: str = "") -> None:
        super()._check(value, text)
        if value > 1:
            raise Refused(
                f"{shown(text or repr(value))} is more than the whole", "a share is at most 1, or 100%"
            )

    def __str__(self) -> str:
        return f"{significant(100 * self)}%"


class TokensPerParam(Quantity):
    """Training tokens per parameter.

    >>> TokensPerParam.parse("20:1"), TokensPerParam.parse("20tpp"), str(TokensPerParam(19.23))
    (TokensPerParam(20.0), TokensPerParam(20.0), '19.2')
    """

    __slots__ = ()

    unit = "tokens per parameter"
    noun = "a number of tokens per parameter"
    metavar = "RATIO"
    grammar = "20, 20tpp, 20:1"

    @classmethod
    def _read(cls, text: str) -> float:
        number = read_number(text, cls.grammar)
        colon = re.fullmatch(r"(?P<prefix>[^:]*):(?P<params>.*)", number.rest)
        if colon is not None and colon["params"].strip() != "1":
            raise Refused(
                f"{shown(text)} is not a ratio to one", "tokens come first, parameters are 1: write 20:1"
            )
        prefix = colon["prefix"] if colon else re.sub(_RATIO_WORDS, "", number.rest, flags=re.IGNORECASE)
        return with_prefix(number, prefix.rstrip(), cls)

    def __str__(self) -> str:
        return significant(self)
