"""How the types of this room present themselves to pydantic, which is imported only when it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scalecalc.quantity.refusal import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_core import CoreSchema


def reading(accept: Callable[[Any], Any], write: Callable[[Any], Any]) -> CoreSchema:
    """A schema that reads through `accept` and writes JSON through `write`."""
    from pydantic_core import core_schema

    writer = core_schema.plain_serializer_function_ser_schema(write, when_used="json")
    return core_schema.no_info_plain_validator_function(translated(accept), serialization=writer)


def translated(accept: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same reading; a refusal becomes pydantic's error "refused", its hint in the error's context."""

    def validate(value: Any) -> Any:
        try:
            return accept(value)
        except Refused as refused:
            from pydantic_core import PydanticCustomError

            # The message goes in last: braces in what the user wrote are then never taken for a field.
            context = {"hint": refused.hint, "message": refused.message}
            raise PydanticCustomError("refused", "{message}", context) from None

    return validate
