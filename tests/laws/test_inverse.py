"""What reaches a loss; the roots of every law are in test_contract.py."""

import math

import pytest

from scalecalc.laws import (
    PF_DAY,
    Additive,
    Allocation,
    KaplanJoint,
    LossCurve,
    flops_for,
    params_for,
    tokens_for,
)

LAW = Additive(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658)
CURVE = LossCurve(of="flops", scale=3.1e8, exponent=0.05, unit=PF_DAY)


def test_an_allocation_answers_by_its_curve_in_the_whole_compute():
    law = Allocation(of="params", scale=1.3e9, exponent=0.73, unit=PF_DAY, share=0.5, curve=CURVE)
    assert flops_for(law, law.optimal_loss(1e22)) == pytest.approx(1e22, rel=1e-12)


def test_a_curve_of_flops_answers_itself():
    assert flops_for(CURVE, CURVE.loss(1e22)) == pytest.approx(1e22, rel=1e-12)


@pytest.mark.parametrize(
    "law", [Allocation(of="params", scale=0.1, exponent=0.5), LossCurve(of="params", exponent=0.1)]
)
def test_a_law_without_loss_in_compute_is_refused(law):
    with pytest.raises(ValueError, match=r"^law must"):
        flops_for(law, 2.0)


def test_a_law_without_floor_reaches_any_loss_until_floats_end():
    law = KaplanJoint(N_c=6.4e13, D_c=1.8e13, alpha_N=0.076, alpha_D=0.103)
    assert 0 < flops_for(law, 0.5) < math.inf
    assert flops_for(law, 1e-20) == math.inf


def test_a_loss_above_that_of_one_token_takes_less_than_one_token():
    assert 0 < tokens_for(LAW, 1e9, 1e5) < 1


@pytest.mark.parametrize("loss", [0.0, -1.0, math.nan, math.inf])
def test_a_loss_that_is_not_positive_is_refused(loss):
    for question in (
        lambda: flops_for(LAW, loss),
        lambda: tokens_for(LAW, 1e9, loss),
        lambda: params_for(LAW, 1e9, loss),
    ):
        with pytest.raises(ValueError, match=r"^loss must be positive and finite, not"):
            question()


def test_sizes_that_are_not_positive_are_refused():
    with pytest.raises(ValueError, match=r"^params must be positive and finite, not"):
        tokens_for(LAW, -1e9, 2.0)
    with pytest.raises(ValueError, match=r"^tokens must be positive and finite, not"):
        params_for(LAW, 0.0, 2.0)
