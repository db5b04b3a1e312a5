"""The near-optimal band against a solver of fifty digits."""

from decimal import Decimal, localcontext
from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalecalc.laws import Additive, band, band_of_ratios

LAW = Additive(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658)


def by_bisection(alpha, beta, less):
    """(low, high) / N* to 30 digits, from the power sum on the budget and the optimum of less compute."""
    with localcontext() as context:
        context.prec = 60
        a, b = Decimal(alpha), Decimal(beta)
        goal = (-(a * b / (a + b)) * (1 - Decimal(less)).ln()).exp() * (a + b)
        ends = []
        for sign in (-1, 1):
            inside, outside = Decimal(0), Decimal(sign * 400)
            for _ in range(120):
                u = (inside + outside) / 2
                within = b * (-a * u).exp() + a * (b * u).exp() <= goal
                inside, outside = (u, outside) if within else (inside, u)
            ends.append(float(inside.exp()))
        return tuple(ends)


@pytest.mark.parametrize("less", [1e-6, 0.01, 0.05, 0.3, 0.9])
@pytest.mark.parametrize(("alpha", "beta"), [(0.3478, 0.3658), (0.08, 0.13), (0.737864, 1.0), (0.2, 2.0)])
def test_ends_are_exact_to_twelve_digits(alpha, beta, less):
    law = Additive(E=1.0, A=100.0, B=100.0, alpha=alpha, beta=beta)
    assert band_of_ratios(law, less) == pytest.approx(by_bisection(alpha, beta, less), rel=1e-12)


@settings(max_examples=200, deadline=None)
@given(
    alpha=st.floats(0.01, 5),
    beta=st.floats(0.01, 5),
    less=st.floats(-20, 0).map(exp).filter(lambda less: less < 1),
)
def test_band_encloses_the_optimum_and_grows_with_what_is_given_up(alpha, beta, less):
    law = Additive(E=1.0, A=100.0, B=100.0, alpha=alpha, beta=beta)
    low, high = band_of_ratios(law, less)
    narrow_low, narrow_high = band_of_ratios(law, less / 2)
    assert low < narrow_low < 1 < narrow_high < high


def test_swapping_params_and_tokens_mirrors_the_band():
    mirrored = Additive(E=1.8172, A=2085.43, B=482.01, alpha=0.3658, beta=0.3478)
    low, high = band_of_ratios(LAW, 0.05)
    assert band_of_ratios(mirrored, 0.05) == pytest.approx((1 / high, 1 / low), rel=1e-14)


def test_the_smallest_share_gives_a_band_of_its_own_width():
    # to second order S rises by alpha * beta * u**2 / 2, and less compute costs alpha * beta / (alpha + beta)
    _, high = band_of_ratios(LAW, 1e-10)
    assert log(high) == pytest.approx((2 * 1e-10 / (0.3478 + 0.3658)) ** 0.5, rel=1e-4)


def test_band_of_an_array_of_budgets_is_the_band_of_each():
    flops = np.array([1e20, 1e23])
    low, high = band(LAW, flops, 0.01)
    each = [band(LAW, float(budget), 0.01) for budget in flops]
    np.testing.assert_allclose(np.stack([low, high], axis=1), each, rtol=1e-14)


@pytest.mark.parametrize("less", [0.0, 1.0, -0.01, 5.0, float("nan")])
def test_a_share_outside_zero_to_one_is_refused(less):
    with pytest.raises(ValueError, match=r"^less must be a share of compute between 0 and 1, not"):
        band(LAW, 1e23, less)
