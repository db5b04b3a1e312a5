"""A model by its size and its training tokens, 7B:2T, or by the name under which it was published."""

import re
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from scalecalc.quantity import Params, Refused, Tokens, shown
from scalecalc.quantity.number import precise
from scalecalc.quantity.refusal import cleaned

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema


GRAMMAR = "7B:2T, 7Bx2T, llama3-8b"


class SizedModel(NamedTuple):
    """Parameters and tokens, or the name of a published model.

    >>> str(SizedModel.parse("7B:2T")), str(SizedModel.parse("7B x 2T")), str(SizedModel.parse("llama3-8b"))
    ('7B:2T', '7B:2T', 'llama3-8b')
    """

    params: Params | None
    tokens: Tokens | None
    name: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """The model that a text spells; `Refused` says why it spells none."""
        clean = cleaned(text, GRAMMAR)
        hint = f"for example {GRAMMAR}"
        if clean[:1].isalpha():
            return cls(None, None, clean.lower())
        sides = re.split(r"[:xX*]", clean)
        if len(sides) != 2:
            raise Refused(f"{shown(text)} is not a model size and its tokens", hint)
        return cls(Params.parse(sides[0]), Tokens.parse(sides[1]))

    @classmethod
    def accept(cls, value: object) -> Self:
        """The model from a text, or from a model."""
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls.parse(value)
        raise Refused(f"a value of type {type(value).__name__} is no model", f"for example {GRAMMAR}")

    def __str__(self) -> str:
        return self.name or f"{self.params}:{self.tokens}"

    def written(self) -> str:
        """Its text with every digit."""
        return self.name or f"{precise(self.params or 0)}:{precise(self.tokens or 0)}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        from scalecalc.quantity.schema import reading

        return reading(cls.accept, cls.written)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: "CoreSchema", handler: "GetJsonSchemaHandler"
    ) -> "JsonSchemaValue":
        return {"type": "string", "examples": ["7B:2T"]}
