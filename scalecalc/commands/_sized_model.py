"""A model by its size and its training tokens, 7B:2T, or by the name under which it was published."""

import re
from dataclasses import dataclass
from typing import ClassVar, Self

from scalecalc.commands._spelled import Spelled
from scalecalc.quantity import Params, Refused, Tokens, shown
from scalecalc.quantity.number import precise
from scalecalc.quantity.refusal import cleaned


@dataclass(frozen=True, slots=True)
class SizedModel(Spelled):
    """Parameters and tokens, or the name of a published model.

    >>> str(SizedModel.parse("7B:2T")), str(SizedModel.parse("7B x 2T")), str(SizedModel.parse("llama3-8b"))
    ('7B:2T', '7B:2T', 'llama3-8b')
    """

    params: Params | None
    tokens: Tokens | None
    name: str | None = None

    noun: ClassVar[str] = "model"
    grammar: ClassVar[str] = "7B:2T, 7Bx2T, llama3-8b"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The model that a text spells; `Refused` says why it spells none."""
        clean = cleaned(text, cls.grammar)
        hint = f"for example {cls.grammar}"
        if clean[:1].isalpha():
            return cls(None, None, clean.lower())
        sides = re.split(r"[:xX*]", clean)
        if len(sides) != 2:
            raise Refused(f"{shown(text)} is not a model size and its tokens", hint)
        return cls(Params.parse(sides[0]), Tokens.parse(sides[1]))

    def __str__(self) -> str:
        return self.name or f"{self.params}:{self.tokens}"

    def written(self) -> str:
        """Its text with every digit."""
        return self.name or f"{precise(self.params or 0)}:{precise(self.tokens or 0)}"
