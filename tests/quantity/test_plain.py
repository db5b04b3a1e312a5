"""Numbers without a unit: whatever stands behind the digits is refused."""

import pytest

from scalecalc.quantity import Refused
from scalecalc.quantity.plain import PlainNumber


class Slope(PlainNumber):
    """A number for these tests."""

    __slots__ = ()

    noun = "a slope"
    grammar = "1.85, 1.3e9"


@pytest.mark.parametrize(
    ("text", "value"), [("1.85", 1.85), (" 1.3e9 ", 1.3e9), ("1_000", 1000.0), ("2^10", 1024.0)]
)
def test_a_bare_number_is_read(text, value):
    assert Slope.parse(text) == value


@pytest.mark.parametrize("text", ["1.85 nats", "70B", "5%", "-1", "nan", ""])
def test_anything_else_is_refused(text):
    with pytest.raises(Refused):
        Slope.parse(text)
