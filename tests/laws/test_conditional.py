"""Conditions of laws: what makes no sense is refused with the name of the condition."""

import math

import pytest

from scalecalc.laws import Additive
from scalecalc.laws.conditional import require_at_least, require_finite


@pytest.mark.parametrize("value", [0.99, -1.0, math.nan, math.inf])
def test_conditions_below_the_least_that_makes_sense_are_refused(value):
    with pytest.raises(ValueError, match=f"^experts must be finite and at least 1, not {value!r}$"):
        require_at_least("experts", value, 1)


@pytest.mark.parametrize("value", [1, 1.0, 1e6])
def test_conditions_that_make_sense_pass(value):
    require_at_least("experts", value, 1)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (math.nan, "E must be finite, not nan"),
        (math.inf, "E must be finite, not inf"),
        ("1", "E must be a number, not '1'"),
        (True, "E must be a number, not True"),
    ],
)
def test_coefficients_of_free_sign_must_be_finite_numbers(value, message):
    law = Additive(E=1.0, A=1.0, B=1.0, alpha=1.0, beta=1.0)
    object.__setattr__(law, "E", value)
    with pytest.raises(ValueError, match=f"^{message}$"):
        require_finite(law, "E")


def test_coefficients_of_free_sign_may_be_negative():
    law = Additive(E=1.0, A=1.0, B=1.0, alpha=1.0, beta=1.0)
    object.__setattr__(law, "E", -1.0)
    require_finite(law, "E")
