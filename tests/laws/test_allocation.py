"""Laws of one variable."""

import math

import pytest

from scalecalc.laws import PF_DAY, Allocation, LossCurve

CURVE = LossCurve(of="flops", scale=3.1e8, exponent=0.05, unit=PF_DAY)


def test_a_curve_may_be_written_with_a_scale_or_with_a_factor():
    factor = LossCurve(of="flops", factor=3.1e8**0.05, exponent=0.05, unit=PF_DAY)
    assert factor.loss(1e23) == pytest.approx(CURVE.loss(1e23), rel=1e-14)


def test_a_curve_at_its_scale_is_one_above_its_floor():
    assert LossCurve(of="flops", scale=5.984e22, exponent=0.0737, E=0.5).loss(5.984e22) == 1.5


@pytest.mark.parametrize("x", [1e15, 1e23, 1e30])
def test_the_inverse_of_a_curve_returns_where_the_loss_came_from(x):
    curve = LossCurve(of="tokens", scale=5.4e13, exponent=0.095, E=0.3, factor=2.0)
    assert curve.inverse(curve.loss(x)) == pytest.approx(x, rel=1e-13)


def test_no_x_reaches_the_floor_of_a_curve():
    assert LossCurve(of="flops", scale=5.984e22, exponent=0.0737, E=0.5066).inverse(0.5) == math.inf


def test_half_the_compute_counts_where_the_share_is_a_half():
    whole = Allocation(of="params", scale=1.3e9, exponent=0.73, unit=PF_DAY, curve=CURVE)
    half = Allocation(of="params", scale=1.3e9, exponent=0.73, unit=PF_DAY, share=0.5, curve=CURVE)
    assert half.optimal(2e21)[0] == whole.optimal(1e21)[0]
    assert half.optimal_loss(2e21) == whole.optimal_loss(1e21)


def test_an_allocation_without_a_curve_predicts_no_loss():
    assert Allocation(of="params", scale=0.1, exponent=0.5).optimal_loss(1e23) is None


def test_an_allocation_of_tokens_leaves_the_rest_of_the_budget_to_params():
    assert Allocation(of="tokens", scale=0.3, exponent=0.5).optimal(1e20) == (1e20 / (6 * 3e9), 3e9)


def test_an_allocation_of_flops_per_token_stands_for_six_times_params():
    assert Allocation(of="flops_per_token", scale=0.6, exponent=0.5).optimal(1e20) == (1e9, 1e20 / 6e9)


@pytest.mark.parametrize(
    ("coefficients", "message"),
    [
        ({"of": "flops"}, "of must be one of params, tokens, flops_per_token, not 'flops'"),
        ({"scale": 0.0}, "scale must be finite and positive, not 0.0"),
        ({"exponent": 1.0}, "exponent must be less than 1, not 1.0"),
        ({"share": 1.5}, "share must be at most 1, not 1.5"),
        ({"unit": "PF-days"}, "unit must be a number, not 'PF-days'"),
        ({"curve": LossCurve(of="params", exponent=0.1)}, "curve must be a loss curve of flops, not"),
    ],
)
def test_allocations_that_make_no_sense_are_refused(coefficients, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        Allocation(**{"of": "params", "scale": 0.1, "exponent": 0.5, **coefficients})


@pytest.mark.parametrize(
    ("coefficients", "message"),
    [
        ({"of": "loss"}, "of must be one of params, tokens, flops, not 'loss'"),
        ({"exponent": -0.1}, "exponent must be finite and positive, not -0.1"),
        ({"E": -1.0}, "E must be finite and not negative, not -1.0"),
    ],
)
def test_curves_that_make_no_sense_are_refused(coefficients, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        LossCurve(**{"of": "flops", "exponent": 0.05, **coefficients})


def test_x_must_be_positive():
    with pytest.raises(ValueError, match=r"^flops must be positive and finite, not 0\.0$"):
        CURVE.loss(0.0)


@pytest.mark.parametrize(
    ("law", "formula"),
    [
        (CURVE, "L = (scale/C[PF-days])^exponent"),
        (LossCurve(of="params", exponent=0.1, factor=3.0, E=1.0), "L = E + factor * N^-exponent"),
        (
            Allocation(of="params", scale=1.3e9, exponent=0.73, unit=PF_DAY, share=0.5),
            "N* = scale * (0.5*C)[PF-days]^exponent, D* = C/(6 N*)",
        ),
        (
            Allocation(of="tokens", scale=77e9, exponent=0.5, unit=5.88e23),
            "D* = scale * (C/5.88e+23)^exponent, N* = C/(6 D*)",
        ),
    ],
)
def test_formulas_say_what_stands_in_the_law(law, formula):
    assert law.formula == formula


@pytest.mark.parametrize("flops", [1e-300, 5e-324])
def test_a_budget_too_small_for_floats_is_refused(flops):
    law = Allocation(of="params", scale=77e9, exponent=0.497, unit=5.88e23)
    with pytest.raises(ValueError, match=r"^flops must be such that floats can hold the answer, not"):
        law.optimal(flops)


@pytest.mark.parametrize("x", [1e-310, 5e-324])
def test_an_x_too_small_for_floats_is_refused(x):
    with pytest.raises(ValueError, match=r"^flops must be such that floats can hold the answer, not"):
        CURVE.loss(x)
