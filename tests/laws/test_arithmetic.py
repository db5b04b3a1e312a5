"""Numbers that laws take."""

import math

import pytest

from scalecalc.laws.arithmetic import PF_DAY, power, require_positive


def test_a_pf_day_is_8_64e19_flops():
    assert PF_DAY == 8.64e19


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf, -math.inf, 0, -3])
def test_what_is_not_positive_and_finite_is_refused_with_its_name(value):
    with pytest.raises(ValueError, match=f"^flops must be positive and finite, not {value!r}$"):
        require_positive("flops", value)


@pytest.mark.parametrize("value", [5e-324, 1, 1e308])
def test_what_is_positive_and_finite_passes(value):
    require_positive("flops", value)


@pytest.mark.parametrize(
    ("base", "exponent", "expected"),
    [(2.0, 10.0, 1024.0), (0.0, -1.0, math.inf), (0.0, 2.0, 0.0), (1e300, 2.0, math.inf), (1e-300, 2.0, 0.0)],
)
def test_powers_end_at_infinity_instead_of_failing(base, exponent, expected):
    assert power(base, exponent) == expected
