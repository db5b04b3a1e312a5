"""Mixtures of experts; the published values are in test_further_laws.py."""

from math import log10

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.laws.experts import (
    FineGrained,
    JointExperts,
    RoutedExperts,
    saturated,
)

ROUTED = RoutedExperts(a=-0.082, b=-0.108, c=0.009, d=1.104, E_start=1.847, E_max=314.478)
JOINT = JointExperts(
    a=35.91, alpha=-0.1889, delta=-0.2285, gamma=0.0098, b=35.98, beta=-0.1775, omega=0.5529, zeta=-0.0259,
    c=1.3637, E_start=2.0732, E_max=290.4521,
)  # fmt: skip
FINE = FineGrained(c=0.47, g=2.1, gamma=0.58, a=18.1, alpha=0.115, b=30.8, beta=0.147, total_per_active=43.0)


def test_one_expert_counts_as_the_start_and_endlessly_many_as_the_most():
    assert saturated(1, 1.847, 314.478) == pytest.approx(1.847, rel=1e-14)
    assert saturated(1e12, 1.847, 314.478) == pytest.approx(314.478, rel=1e-9)


@given(experts=st.floats(1, 1e4), more=st.floats(1.01, 10))
def test_more_experts_count_more_and_never_pass_the_most(experts, more):
    assert (
        1.847 * (1 - 1e-12) <= saturated(experts, 1.847, 314.478) < saturated(experts * more, 1.847, 314.478)
    )


@pytest.mark.parametrize("experts", [0.5, 0.0, -1.0, float("nan"), float("inf")])
def test_fewer_than_one_expert_is_refused(experts):
    for law in (ROUTED, JOINT):
        with pytest.raises(ValueError, match=r"^experts must be finite and at least 1, not"):
            law.at(experts)


def test_routed_loss_is_bilinear_in_logarithms_to_base_ten():
    effective = saturated(64, 1.847, 314.478)
    expected = -0.082 * 9 - 0.108 * log10(effective) + 0.009 * 9 * log10(effective) + 1.104
    assert log10(ROUTED.loss(1e9, 64)) == pytest.approx(expected, rel=1e-13)


def test_more_experts_help_below_the_cutoff_and_hurt_above():
    below, above = ROUTED.cutoff / 10, ROUTED.cutoff * 10
    assert ROUTED.loss(below, 64) < ROUTED.loss(below, 8)
    assert ROUTED.loss(above, 64) > ROUTED.loss(above, 8)


def test_dense_equivalent_of_a_dense_model_is_itself():
    assert ROUTED.dense_equivalent(1e9, 1) == pytest.approx(1e9, rel=1e-11)


def test_dense_equivalent_has_the_loss_of_the_routed_model():
    dense = ROUTED.dense_equivalent(1e9, 64)
    assert ROUTED.loss(dense, 1) == pytest.approx(ROUTED.loss(1e9, 64), rel=1e-13)


def test_routed_loss_takes_arrays():
    params = np.array([1e8, 1e9])
    np.testing.assert_allclose(ROUTED.loss(params, 8), [ROUTED.loss(1e8, 8), ROUTED.loss(1e9, 8)], rtol=1e-14)


def test_finer_experts_lower_the_loss_toward_that_of_endless_granularity():
    losses = [FINE.at(granularity).loss(1e9, 1e11) for granularity in (1, 4, 16, 64, 1e9)]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] == pytest.approx(0.47 + 18.1 * 43e9**-0.115 + 30.8 * 1e11**-0.147, rel=1e-5)


def test_granularity_below_one_is_refused():
    with pytest.raises(ValueError, match=r"^granularity must be finite and at least 1, not 0\.5$"):
        FINE.at(0.5)


def test_fine_grained_loss_is_that_of_all_parameters():
    # Krajewski et al. 2024, eq. 9 in the paper's N, 43 times the active one
    total = 43 * 7e9
    assert FINE.at(32).loss(7e9, 1.376e11) == pytest.approx(
        0.47 + (2.1 / 32**0.58 + 18.1) / total**0.115 + 30.8 / 1.376e11**0.147, rel=1e-14
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"E_start": 0.5}, "E_start must be at least 1 and less than E_max, 314.478, not 0.5"),
        ({"E_max": 1.5}, "E_start must be at least 1 and less than E_max, 1.5, not 1.847"),
        ({"a": 0.1}, "a must leave a loss that falls in N for all experts, not 0.1"),
        ({"b": float("nan")}, "b must be finite, not nan"),
    ],
)
def test_routed_laws_that_make_no_sense_are_refused(change, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        RoutedExperts(**{**ROUTED.coefficients(), **change})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alpha": 0.1889}, "alpha and beta must leave a falling loss, not 0.1889, -0.1775"),
        ({"a": -1.0}, "a must be finite and positive, not -1.0"),
        ({"zeta": "x"}, "zeta must be a number, not 'x'"),
    ],
)
def test_joint_laws_that_make_no_sense_are_refused(change, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        JointExperts(**{**JOINT.coefficients(), **change})


def test_coefficients_that_leave_the_range_of_floats_are_refused_where_they_are_used():
    with pytest.raises(ValueError, match=r"^factor must be finite and positive, not inf$"):
        RoutedExperts(**{**ROUTED.coefficients(), "d": 1e3}).at(8)
    with pytest.raises(ValueError, match=r"^A must be finite and positive, not inf$"):
        JointExperts(**{**JOINT.coefficients(), "delta": 1e4}).at(8)
