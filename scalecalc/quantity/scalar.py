"""What every quantity is: a float with a unit that parses and prints itself."""

from __future__ import annotations

import math
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar, Self

from scalecalc.quantity.number import precise, too_large
from scalecalc.quantity.refusal import Refused, cleaned, shown
from scalecalc.quantity.schema import reading

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

# Well inside a double, so that the three printed digits of every quantity are a double too.
LARGEST = 1e300
SMALLEST = 1e-300


class Quantity(float):
    """A finite, non-negative float in a base unit; arithmetic on it gives plain floats.

    Abstract: a subclass names its unit and says how its text is read (`_read`) and printed (`__str__`).
    """

    __slots__ = ()

    unit: ClassVar[str]
    noun: ClassVar[str]
    metavar: ClassVar[str]
    grammar: ClassVar[str]
    may_be_zero: ClassVar[bool] = False

    def __new__(cls, value: float) -> Self:
        """From a plain number in the base unit; a text is read by `parse`."""
        if cls is Quantity:
            raise TypeError("Quantity is abstract: use a kind such as Params")
        number = _plain_float(value, cls)
        cls._check(number)
        # Adding zero turns -0.0 into 0.0.
        return super().__new__(cls, number + 0.0)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The quantity that a text spells; `Refused` says why it spells none."""
        clean = cleaned(text, cls.grammar)
        value = cls._read(clean)
        cls._check(value, clean)
        return super().__new__(cls, value)

    @classmethod
    def accept(cls, value: object) -> Self:
        """The quantity from a text, a number in the base unit, or a quantity of this kind."""
        if isinstance(value, cls):
            return value
        return cls.parse(value) if isinstance(value, str) else cls(value)  # type: ignore[arg-type]

    @classmethod
    def _read(cls, text: str) -> float:
        """The value that a cleaned text spells, in the base unit."""
        raise NotImplementedError

    @classmethod
    def _check(cls, value: float, text: str = "") -> None:
        """Refuse what no quantity of this kind can be."""
        if SMALLEST <= value <= LARGEST or (value == 0 and cls.may_be_zero):
            return
        text, example = text or repr(value), f"for example {cls.grammar}"
        if not math.isfinite(value):
            raise Refused(f"{shown(text)} is not finite", example)
        if value < 0:
            raise Refused(f"{shown(text)} is negative", example)
        if value == 0:
            raise Refused(f"{shown(text)} is zero", f"{cls.noun} is positive, for example {cls.grammar}")
        if value > LARGEST:
            raise too_large(text)
        raise Refused(f"{shown(text)} is too small", f"the smallest number is {precise(SMALLEST)}")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({precise(self)})"

    def __format__(self, spec: str) -> str:
        return super().__format__(spec) if spec else str(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return reading(cls.accept, float)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        kind = ["number", "string"] if handler.mode == "validation" else "number"
        return {"type": kind, "x-unit": cls.unit} if cls.unit else {"type": kind}


def _plain_float(value: object, kind: type[Quantity]) -> float:
    is_another_kind = isinstance(value, Quantity) and not isinstance(value, kind)
    if isinstance(value, bool) or is_another_kind or not isinstance(value, Real):
        raise _no_number(value, kind)
    try:
        return float(value)
    except OverflowError:
        raise Refused("an integer beyond 1.8e308 is too large", "the largest number is 1e300") from None


def _no_number(value: object, kind: type[Quantity]) -> Refused:
    hint = f"for example {kind.grammar}"
    if isinstance(value, Quantity):
        return Refused(f"{value!r} is not {kind.noun}", hint)
    if isinstance(value, str):
        return Refused(f"{shown(value)} is a text, not {kind.noun}", f"read it with {kind.__name__}.parse")
    if isinstance(value, bool):
        return Refused(f"{str(value).lower()} is not {kind.noun}", hint)
    return Refused(f"a value of type {type(value).__name__} is not {kind.noun}", hint)
