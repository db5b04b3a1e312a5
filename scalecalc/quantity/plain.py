"""Quantities that are written as bare numbers: a loss, a coefficient, a mean length."""

from scalecalc.quantity.number import read_number, unknown_ending
from scalecalc.quantity.scalar import Quantity


class PlainNumber(Quantity):
    """A number without a unit or a prefix, such as 1.85 or 1.3e9. Abstract, as `Quantity` is."""

    __slots__ = ()

    unit = ""

    @classmethod
    def _read(cls, text: str) -> float:
        number = read_number(text, cls.grammar)
        if number.rest:
            raise unknown_ending(number, cls)
        return number.scaled()
