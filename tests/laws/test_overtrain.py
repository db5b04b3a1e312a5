"""Smaller models on more tokens."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalecalc.laws import Additive, KaplanJoint, flops_for, tokens_for
from scalecalc.laws.constrained import best_within
from scalecalc.laws.constraints import Demand, Limits
from scalecalc.laws.overtrain import critical_ratio, overtrain, smallest_ratio, token_ratio

DE_VRIES = Additive(E=1.62, A=406.4, B=410.7, alpha=0.336, beta=0.283)
BESIROGLU = Additive(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658)


@pytest.mark.parametrize(
    ("law", "ratio", "overhead"),
    [
        # de Vries 2023 prints 2.8, 20, 100 and 188 %
        (DE_VRIES, 0.75, 0.028),
        (DE_VRIES, 0.5, 0.208),
        (DE_VRIES, 0.3, 1.056),
        (DE_VRIES, 0.25, 1.889),
        (BESIROGLU, 0.75, 0.034),
        (BESIROGLU, 0.5, 0.259),
        (BESIROGLU, 0.3, 1.61),
        (BESIROGLU, 0.25, 3.47),
    ],
)
def test_compute_overhead_by_size(law, ratio, overhead):
    assert ratio * token_ratio(law, ratio) - 1 == pytest.approx(overhead, rel=2e-2)


def test_half_the_optimal_size_at_1e23_flops():
    # de Vries 2023: 9.37B on 2149B tokens
    half = DE_VRIES.optimal(1e23)[0] / 2
    found = overtrain(DE_VRIES, 1e23, half)
    assert (found.params, found.tokens) == pytest.approx((9.37e9, 2149e9), rel=5e-4)


def test_size_at_which_the_compute_doubles_is_about_a_third():
    # de Vries 2023: about 30 % of the optimal size
    assert critical_ratio(DE_VRIES) == pytest.approx(0.30, abs=0.01)


@pytest.mark.parametrize("law", [DE_VRIES, BESIROGLU, KaplanJoint(6.4e13, 1.8e13, 0.076, 0.103)])
@pytest.mark.parametrize("overhead", [1e-6, 0.01, 0.5, 1.0, 100.0])
def test_at_the_critical_ratio_the_overhead_is_the_one_asked_for(law, overhead):
    ratio = critical_ratio(law, overhead)
    assert smallest_ratio(law) < ratio < 1
    # an overhead of 1e-6 is what remains of numbers near 1
    assert ratio * token_ratio(law, ratio) - 1 == pytest.approx(overhead, rel=1e-9, abs=1e-14)


def test_an_endless_overhead_leaves_the_smallest_ratio():
    assert critical_ratio(BESIROGLU, 1e300) == pytest.approx(smallest_ratio(BESIROGLU), rel=1e-12)


def test_no_data_suffices_at_the_smallest_ratio_and_some_does_above():
    smallest = smallest_ratio(BESIROGLU)
    assert token_ratio(BESIROGLU, smallest * (1 - 1e-12)) == math.inf
    assert token_ratio(BESIROGLU, smallest * (1 + 1e-6)) < math.inf


@settings(deadline=None)
@given(flops=st.floats(40, 62).map(math.exp), ratio=st.floats(0.2, 3.0))
def test_the_model_has_the_loss_of_the_optimum(flops, ratio):
    found = overtrain(BESIROGLU, flops, ratio * BESIROGLU.optimal(flops)[0])
    assert BESIROGLU.loss(found.params, found.tokens) == pytest.approx(found.loss, rel=1e-12)
    # tokens_for starts from the loss, of which the data term is the smaller part
    assert found.tokens == pytest.approx(tokens_for(BESIROGLU, found.params, found.loss), rel=1e-8)
    assert 6 * found.params * found.tokens >= flops_for(BESIROGLU, found.loss) * (1 - 1e-9)


def test_the_optimum_itself_costs_nothing_more():
    params, tokens = BESIROGLU.optimal(1e23)
    found = overtrain(BESIROGLU, 1e23, params)
    assert (found.tokens, found.overhead) == (pytest.approx(tokens), pytest.approx(0, abs=1e-12))
    assert found.pays_from == math.inf


def test_from_the_demand_at_which_it_pays_both_models_cost_the_same():
    found = overtrain(DE_VRIES, 1e23, 9.37e9)
    demand = Demand(found.pays_from)
    smaller = demand.cost(found.params, found.tokens)
    assert smaller == pytest.approx(demand.cost(found.optimal_params, found.optimal_tokens), rel=1e-12)


def test_where_a_smaller_model_breaks_even_the_best_one_lies_between_it_and_the_optimum():
    # cost is convex along the loss: two sizes of one cost have cheaper ones between them
    half = BESIROGLU.optimal(1e23)[0] / 2
    found = overtrain(BESIROGLU, 1e23, half)
    best = best_within(BESIROGLU, Limits(loss=found.loss, demand=Demand(found.pays_from)))
    assert found.params < best.params < found.optimal_params


def test_a_larger_model_never_pays():
    larger = overtrain(BESIROGLU, 1e23, 2 * BESIROGLU.optimal(1e23)[0])
    assert larger.extra_tokens < 0 < larger.extra_flops
    assert larger.pays_from == math.inf


def test_a_model_too_small_for_the_loss_never_reaches_it():
    found = overtrain(BESIROGLU, 1e23, 1e9)
    assert (found.tokens, found.overhead, found.pays_from) == (math.inf, math.inf, math.inf)


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan])
def test_ratios_that_are_not_positive_are_refused(value):
    with pytest.raises(ValueError, match=r"^size_ratio must be positive and finite, not"):
        token_ratio(BESIROGLU, value)
    with pytest.raises(ValueError, match=r"^overhead must be positive and finite, not"):
        critical_ratio(BESIROGLU, value)
    with pytest.raises(ValueError, match=r"^params must be positive and finite, not"):
        overtrain(BESIROGLU, 1e23, value)
