"""Values of several parts that are spelled as one word on the command line, 7B:2T or 15T@8k."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Self

from scalecalc.quantity import Refused

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema


class Spelled(ABC):
    """A value that is read from its spelling, and written to JSON with every digit of it."""

    __slots__ = ()

    noun: ClassVar[str]
    """What it is called in messages."""

    grammar: ClassVar[str]
    """Spellings that stand for all, the first as the example of the JSON schema."""

    @classmethod
    @abstractmethod
    def parse(cls, text: str) -> Self:
        """The value that a text spells; `Refused` says why it spells none."""

    @abstractmethod
    def written(self) -> str:
        """Its text with every digit."""

    @classmethod
    def accept(cls, value: object) -> Self:
        """The value from a text, or from a value of this kind."""
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls.parse(value)
        raise Refused(
            f"a value of type {type(value).__name__} is no {cls.noun}", f"for example {cls.grammar}"
        )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        from scalecalc.quantity.schema import reading

        return reading(cls.accept, cls.written)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: "CoreSchema", handler: "GetJsonSchemaHandler"
    ) -> "JsonSchemaValue":
        return {"type": "string", "examples": [cls.grammar.partition(",")[0]]}
