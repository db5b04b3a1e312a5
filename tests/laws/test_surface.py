"""Loss surfaces and the power sum inside them; what holds for all of them is in test_contract.py."""

import math

import pytest

from scalecalc.laws import Additive, JointPower, KaplanJoint, PowerSum

ADDITIVE = Additive(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658)


def test_additive_loss_is_the_sum_of_its_three_terms():
    assert ADDITIVE.loss(1e9, 2e10) == 1.8172 + (482.01 * 1e9**-0.3478 + 2085.43 * 2e10**-0.3658)


def test_the_two_terms_of_the_optimum_are_as_beta_to_alpha():
    params, tokens = ADDITIVE.optimal(1e23)
    of_params, of_tokens = 482.01 * params**-0.3478, 2085.43 * tokens**-0.3658
    assert of_params / of_tokens == pytest.approx(0.3658 / 0.3478, rel=1e-12)


def test_least_power_sum_is_one_power_of_compute():
    terms = PowerSum(482.01, 2085.43, 0.3478, 0.3658)
    closed = terms.least_at_unit * (1e23 / 6) ** -terms.decay
    assert terms.value(*terms.optimal(1e23)) == pytest.approx(closed, rel=1e-13)


def test_an_outer_power_of_one_changes_nothing():
    joint = JointPower(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658, gamma=1.0)
    assert joint.loss(1e9, 2e10) == pytest.approx(ADDITIVE.loss(1e9, 2e10), rel=1e-15)


def test_an_outer_power_moves_no_optimum():
    joint = JointPower(E=0.5, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658, gamma=0.4)
    assert joint.optimal(1e23) == ADDITIVE.optimal(1e23)


def test_kaplan_joint_law_with_all_tokens_is_the_law_in_params_alone():
    law = KaplanJoint(N_c=8.8e13, D_c=5.4e13, alpha_N=0.076, alpha_D=0.095)
    assert law.loss(1e9, 1e300) == pytest.approx((8.8e13 / 1e9) ** 0.076, rel=1e-12)
    assert law.loss(1e300, 1e9) == pytest.approx((5.4e13 / 1e9) ** 0.095, rel=1e-12)


@pytest.mark.parametrize("name", ["A", "B", "alpha", "beta"])
@pytest.mark.parametrize("value", [0.0, -0.1, math.nan, math.inf])
def test_coefficients_that_are_not_positive_are_refused_by_name(name, value):
    coefficients = {"E": 1.7, "A": 400.0, "B": 400.0, "alpha": 0.3, "beta": 0.3, name: value}
    with pytest.raises(ValueError, match=f"^{name} must be finite and positive, not {value!r}$"):
        Additive(**coefficients)


def test_a_floor_may_be_zero_but_not_negative():
    assert Additive(E=0.0, A=1.0, B=1.0, alpha=1.0, beta=1.0).loss(1.0, 1.0) == 2.0
    with pytest.raises(ValueError, match=r"^E must be finite and not negative, not -0\.1$"):
        Additive(E=-0.1, A=1.0, B=1.0, alpha=1.0, beta=1.0)


@pytest.mark.parametrize("value", [True, "0.3", None])
def test_coefficients_that_are_no_numbers_are_refused(value):
    with pytest.raises(ValueError, match=r"^alpha must be a number, not"):
        Additive(E=1.7, A=400.0, B=400.0, alpha=value, beta=0.3)


@pytest.mark.parametrize("flops", [0.0, -1e23, math.nan, math.inf])
def test_a_budget_that_is_not_positive_is_refused(flops):
    with pytest.raises(ValueError, match=r"^flops must be positive and finite, not"):
        ADDITIVE.optimal(flops)


@pytest.mark.parametrize(("params", "tokens", "name"), [(0.0, 1e9, "params"), (1e9, -1.0, "tokens")])
def test_a_size_that_is_not_positive_is_refused(params, tokens, name):
    with pytest.raises(ValueError, match=f"^{name} must be positive and finite, not"):
        ADDITIVE.loss(params, tokens)


def test_budgets_and_sizes_too_small_for_floats_are_refused():
    with pytest.raises(ValueError, match=r"^flops must be such that floats can hold the answer, not 5e-324$"):
        ADDITIVE.optimal(5e-324)
    with pytest.raises(ValueError, match=r"^params and tokens must be such that floats can hold the answer"):
        Additive(E=1.0, A=1.0, B=1.0, alpha=5.0, beta=1.0).loss(1e-300, 1e9)
