"""Refusals as pydantic's errors."""

import pytest
from pydantic_core import PydanticCustomError

from scalecalc.quantity.refusal import Refused
from scalecalc.quantity.schema import translated


def test_a_refusal_becomes_an_error_with_its_message_and_hint_untouched():
    def refuse(value):
        raise Refused("{hint} {value}", "{message}")

    with pytest.raises(PydanticCustomError) as error:
        translated(refuse)(1)
    assert error.value.message() == "{hint} {value}"
    assert error.value.context["hint"] == "{message}"
    assert error.value.type == "refused"


def test_other_errors_rise_as_they_are():
    with pytest.raises(ZeroDivisionError):
        translated(lambda value: 1 / value)(0)
