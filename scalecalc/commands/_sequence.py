"""Lengths of sequences and phases of training: 8k positions, 15T tokens at 8k."""

from dataclasses import dataclass
from typing import ClassVar, Self

from scalecalc.commands._spelled import Spelled
from scalecalc.quantity import Quantity, Refused, Tokens, shown
from scalecalc.quantity.number import precise, prefix_exponent, read_number, unknown_ending
from scalecalc.quantity.refusal import cleaned

LONGEST_SEQUENCE = 10**9
"""Tokens; published contexts have up to some 10**7."""


class SequenceLength(Quantity):
    """Tokens of one sequence; as contexts are named, k is 1024: 8k are 8192.

    >>> SequenceLength.parse("8k"), SequenceLength.parse("128K"), str(SequenceLength(4096))
    (SequenceLength(8192.0), SequenceLength(131072.0), '4096')
    """

    __slots__ = ()

    unit = "tokens"
    noun = "a length of a sequence"
    metavar = "TOKENS"
    grammar = "8192, 8k, 128k, 1M"

    @classmethod
    def _read(cls, text: str) -> float:
        number = read_number(text, cls.grammar)
        exponent = prefix_exponent(number.rest)
        if exponent is None or (number.is_power and exponent):
            raise unknown_ending(number, cls)
        return number.scaled() * 1024.0 ** (exponent // 3)

    @classmethod
    def _check(cls, value: float, text: str = "") -> None:
        super()._check(value, text)
        if value > LONGEST_SEQUENCE:
            raise Refused(
                f"{shown(text or repr(value))} is longer than any sequence", f"for example {cls.grammar}"
            )
        if value != value // 1:
            raise Refused(f"{shown(text or repr(value))} is no whole length", f"for example {cls.grammar}")

    def __str__(self) -> str:
        return str(int(self))


@dataclass(frozen=True, slots=True)
class PhaseText(Spelled):
    """A phase of training: so many tokens in sequences of a length.

    >>> str(PhaseText.parse("800B@128k"))
    '800B@131072'
    """

    tokens: Tokens
    length: SequenceLength

    noun: ClassVar[str] = "phase"
    metavar: ClassVar[str] = "TOKENS@LENGTH"
    grammar: ClassVar[str] = "15T@8k, 800B@128k"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The phase that a text spells; `Refused` says why it spells none."""
        clean = cleaned(text, cls.grammar)
        tokens, at, length = clean.partition("@")
        if not (at and tokens.strip() and length.strip()):
            raise Refused(
                f"{shown(text)} is not tokens at a length of sequence", f"for example {cls.grammar}"
            )
        return cls(Tokens.parse(tokens), SequenceLength.parse(length))

    def __str__(self) -> str:
        return f"{self.tokens}@{self.length}"

    def written(self) -> str:
        """Its text with every digit."""
        return f"{precise(self.tokens)}@{self.length}"
