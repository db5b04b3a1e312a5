"""The best model within limits: published scenarios, and 200 random problems against brute force."""

from dataclasses import replace
from math import exp, inf, log
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalecalc.laws import Additive, JointPower
from scalecalc.laws.constrained import as_good_as, best_within, doubling
from scalecalc.laws.constraints import Demand, Infeasible, Limits, Supply
from scalecalc.laws.repetition import RepeatedSurface, Repetition

SARDANA = Additive(E=1.69, A=406.4, B=410.7, alpha=0.336, beta=0.283)
BESIROGLU = Additive(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658)
MUENNIGHOFF = Additive(E=exp(0.6254804), A=exp(6.255414), B=exp(7.3049974), alpha=0.3526596, beta=0.3526596)
REPETITION = Repetition(R_D=15.387756, R_N=5.309743)


# ---------------------------------------------------------------- published scenarios


@pytest.mark.parametrize(
    ("quality", "demand", "params", "tokens", "saving"),
    [
        (7e9, 1e11, 6.00e9, 1.176 * 2.76e11, 0.009),
        (30e9, 5e12, 16.41e9, 3.265e12, 0.1628),
        (70e9, 1e13, 41.55e9, 7.923e12, 0.120),
    ],
)
def test_scenarios_of_sardana(quality, demand, params, tokens, saving):
    # Sardana et al. 2024: 6B on 1.18 times the tokens; 16.4B on 3.27T, about 16 %; 41.6B on 7.92T, about 12 %
    optimal_tokens = SARDANA.terms.tokens_at(quality)
    served = Demand(tokens=demand)
    best = as_good_as(SARDANA, quality, optimal_tokens, Limits(budget=inf, loss=1.0, demand=served))
    assert (best.params, best.tokens) == pytest.approx((params, tokens), rel=2e-3)
    assert 1 - best.cost / served.cost(quality, optimal_tokens) == pytest.approx(saving, abs=6e-4)
    assert best.loss == pytest.approx(SARDANA.loss(quality, optimal_tokens), rel=1e-13)


def test_the_base_law_matters_more_than_the_demand():
    optimal_tokens = BESIROGLU.terms.tokens_at(30e9)
    served = Demand(tokens=5e12)
    best = as_good_as(BESIROGLU, 30e9, optimal_tokens, Limits(loss=1.0, demand=served))
    assert (best.params, best.tokens) == pytest.approx((13.66e9, 1.73e12), rel=3e-3)
    assert 1 - best.cost / served.cost(30e9, optimal_tokens) == pytest.approx(0.31, abs=5e-3)


def test_condition_of_sardana_holds_at_the_optimum():
    best = best_within(SARDANA, Limits(loss=2.0, demand=Demand(tokens=5e12)))
    of_params = SARDANA.alpha * SARDANA.A * best.params**-SARDANA.alpha
    of_tokens = SARDANA.beta * SARDANA.B * best.tokens**-SARDANA.beta
    assert of_params / of_tokens == pytest.approx(1 + 5e12 / (3 * best.tokens), rel=1e-11)


def test_grid_optimum_of_muennighoff():
    # the grid of the authors' repository is 0.1 % wide
    best = best_within(MUENNIGHOFF, Limits(budget=1e22, supply=Supply(25e9, REPETITION)))
    assert best.tokens == pytest.approx(237_336_955_477.55, rel=1e-3)
    assert best.params == pytest.approx(7_022_364_735.88, rel=1e-3)
    assert best.epochs == pytest.approx(9.493, rel=1e-3)
    grid = RepeatedSurface(MUENNIGHOFF, REPETITION, 25e9).loss(7_022_364_735.88, 237_336_955_477.55)
    assert best.loss <= grid


# ---------------------------------------------------------------- limits


def test_without_limits_the_answer_is_the_optimum_of_the_law():
    best = best_within(BESIROGLU, Limits(budget=1e23))
    assert (best.params, best.tokens) == pytest.approx(BESIROGLU.optimal(1e23), rel=1e-12)
    assert best.binding == ("budget",)
    cheapest = best_within(BESIROGLU, Limits(loss=BESIROGLU.optimal_loss(1e23)))
    assert (cheapest.params, cheapest.tokens) == pytest.approx(BESIROGLU.optimal(1e23), rel=1e-11)
    assert cheapest.training_flops == pytest.approx(1e23, rel=1e-11)


def test_unique_tokens_that_suffice_change_nothing():
    supply = Supply(1e12, REPETITION)
    best = best_within(BESIROGLU, Limits(budget=1e23, supply=supply))
    assert (best.params, best.tokens) == pytest.approx(BESIROGLU.optimal(1e23), rel=1e-12)
    assert best.binding == ("budget",)


def test_a_model_that_may_not_be_larger_takes_the_rest_of_the_budget_in_tokens():
    best = best_within(BESIROGLU, Limits(budget=1e23, max_params=8e9))
    assert (best.params, best.tokens) == (8e9, pytest.approx(1e23 / 6 / 8e9))
    assert best.binding == ("budget", "max_params")


def test_tokens_that_may_not_be_more_leave_the_rest_of_the_budget_to_the_model():
    best = best_within(BESIROGLU, Limits(budget=1e23, max_tokens=1e11))
    assert (best.tokens, best.params) == (1e11, pytest.approx(1e23 / 6 / 1e11))
    assert best.binding == ("budget", "max_tokens")


def test_with_both_sizes_at_their_limits_the_budget_is_not_spent():
    best = best_within(BESIROGLU, Limits(budget=1e24, max_params=8e9, max_tokens=1e12))
    assert (best.params, best.tokens, best.cost) == (8e9, 1e12, pytest.approx(4.8e22))
    assert best.binding == ("max_params", "max_tokens")


def test_demand_makes_the_model_smaller_and_a_high_price_of_inference_smaller_still():
    sizes = [
        best_within(BESIROGLU, Limits(loss=2.0, demand=demand)).params
        for demand in (Demand(), Demand(tokens=1e13), Demand(tokens=1e13, inference_price=4.0))
    ]
    assert sizes == sorted(sizes, reverse=True)


def test_prices_scale_the_cost_and_move_nothing_else():
    cheap = best_within(BESIROGLU, Limits(loss=2.0, demand=Demand(1e13)))
    dear = best_within(BESIROGLU, Limits(loss=2.0, demand=Demand(1e13, train_price=7.0, inference_price=7.0)))
    assert (dear.params, dear.tokens) == pytest.approx((cheap.params, cheap.tokens), rel=1e-12)
    assert dear.cost == pytest.approx(7 * cheap.cost, rel=1e-12)
    assert dear.training_flops + dear.inference_flops == pytest.approx(cheap.cost, rel=1e-12)


def test_doubling_scarce_data_wins_more_than_doubling_the_compute():
    scarce = doubling(MUENNIGHOFF, Limits(budget=1e23, supply=Supply(1e10, REPETITION)))
    plenty = doubling(MUENNIGHOFF, Limits(budget=1e23, supply=Supply(1e12, REPETITION)))
    assert scarce.unique_tokens > scarce.budget > 0
    assert plenty.unique_tokens == pytest.approx(0, abs=1e-12)
    assert plenty.budget > 0


def test_doubling_needs_a_budget_and_a_supply():
    with pytest.raises(ValueError, match=r"^limits must have a budget and a supply of unique tokens"):
        doubling(MUENNIGHOFF, Limits(budget=1e23))


# ---------------------------------------------------------------- no answer


def refused(limits, law=MUENNIGHOFF):
    with pytest.raises(Infeasible) as caught:
        best_within(law, limits)
    return caught.value


def test_a_loss_below_the_floor_is_bound_by_itself():
    found = refused(Limits(loss=1.5))
    assert found.binding == ("loss",)
    assert found.relaxations == {"loss": pytest.approx(MUENNIGHOFF.E)}


def test_the_limit_that_needs_the_smallest_move_binds():
    found = refused(Limits(loss=2.04, max_params=16e9, max_tokens=1.1e12))
    assert list(found.relaxations) == ["max_params", "max_tokens", "loss"]
    assert found.binding == ("max_params",)
    assert str(found) == (
        "no model keeps to max_params; what would do: "
        "max_params 5.216e+10 or max_tokens 9.381e+12 or loss 2.085"
    )


def moved(limits, name, value):
    """Limits with one of them elsewhere."""
    if name == "unique_tokens":
        return replace(limits, supply=replace(limits.supply, unique_tokens=value))
    return replace(limits, **{name: value})


@pytest.mark.parametrize("name", ["max_params", "max_tokens", "unique_tokens", "loss"])
def test_a_relaxation_would_do_and_nothing_short_of_it(name):
    limits = Limits(loss=2.09, max_params=16e9, max_tokens=1e12, supply=Supply(2e11, REPETITION))
    needed = refused(limits).relaxations[name]
    best_within(MUENNIGHOFF, moved(limits, name, needed * (1 + 1e-9)))
    short = needed * (1 - 1e-3)
    assert refused(moved(limits, name, short)).binding


def test_limits_that_must_move_together_are_named_together():
    found = refused(Limits(loss=1.95, max_params=1e9, max_tokens=1e11))
    assert found.binding == ("max_params", "max_tokens")
    assert list(found.relaxations) == ["loss"]


def test_a_budget_that_does_not_pay_for_the_loss_says_what_would():
    found = refused(Limits(loss=2.0, budget=1e20))
    assert found.binding == ("budget",)
    enough = found.relaxations["budget"]
    assert best_within(MUENNIGHOFF, Limits(loss=2.0, budget=enough)).cost == pytest.approx(enough)
    assert found.relaxations["loss"] == pytest.approx(MUENNIGHOFF.optimal_loss(1e20), rel=1e-12)


def test_a_model_at_its_very_limits_keeps_to_them():
    limits = Limits(loss=1.0, max_params=7e9, max_tokens=2e12)
    best = as_good_as(BESIROGLU, 7e9, 2e12, limits)
    assert (best.params, best.tokens) == pytest.approx((7e9, 2e12), rel=1e-9)


# ---------------------------------------------------------------- against brute force


def random_problem(seed):
    """Law, limits and a repetition drawn so that limits bind about as often as not."""
    rng = np.random.default_rng(seed)
    alpha, beta = rng.uniform(0.2, 0.5, 2)
    law = Additive(E=1.7, A=0.5 * 1e9**alpha, B=0.5 * 2e10**beta, alpha=alpha, beta=beta)
    if rng.random() < 0.3:
        law = JointPower(E=1.7, A=law.A, B=law.B, alpha=alpha, beta=beta, gamma=rng.uniform(0.4, 1.5))
    flops = 10 ** rng.uniform(20, 25)
    params, tokens = law.optimal(flops)
    chosen = rng.random(5) < 0.5
    demand = Demand(tokens * 10 ** rng.uniform(-1, 2), 1.0, rng.uniform(0.5, 3)) if chosen[0] else Demand()
    repetition = Repetition(rng.uniform(3, 20), rng.uniform(2, 10))
    limits = Limits(
        budget=inf if chosen[4] else demand.cost(params, tokens),
        loss=law.loss(params, tokens) if chosen[4] else None,
        max_params=params * 10 ** rng.uniform(-0.7, 0.7) if chosen[1] else inf,
        max_tokens=tokens * 10 ** rng.uniform(-0.7, 0.7) if chosen[2] else inf,
        supply=Supply(tokens * 10 ** rng.uniform(-1.5, 0.5), repetition) if chosen[3] else None,
        demand=demand,
    )
    return law, limits


def repeated(x, fresh, R):
    """Worth of x by eqs. 5 and 6 of Muennighoff et al. 2023, on arrays."""
    excess = np.maximum(x / fresh - 1, 0)
    return np.minimum(x, fresh) + fresh * R * (1 - np.exp(-excess / R)) * (excess > 0)


def loss_of(law, limits, params, tokens):
    supply = limits.supply
    if supply is not None:
        usable = law.G * (law.G * supply.unique_tokens) ** (law.beta / law.alpha)
        params = repeated(params, usable, supply.repetition.R_N)
        tokens = repeated(tokens, supply.unique_tokens, supply.repetition.R_D)
    return law.loss_of(law.A * params**-law.alpha + law.B * tokens**-law.beta)


def cost_of(demand, params, tokens):
    return params * (6 * demand.train_price * tokens + 2 * demand.inference_price * demand.tokens)


def least_tokens(law, limits, params):
    """Tokens with which these sizes reach the loss, by bisection on the loss; at most 1e30."""
    low, high = np.zeros_like(params), np.full_like(params, log(1e30))
    for _ in range(80):
        middle = (low + high) / 2
        reached = loss_of(law, limits, params, np.exp(middle)) <= limits.loss
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    return np.exp(high)


def brute_force(law, limits):
    """Least (loss or cost) over all sizes, and where: a grid, then finer ones around its best point."""
    demand = limits.demand

    def score(log_params):
        params = np.exp(np.asarray(log_params, dtype=float))
        if limits.loss is None:
            free = (
                (limits.budget / params - 2 * demand.inference_price * demand.tokens) / 6 / demand.train_price
            )
            tokens = np.minimum(free, limits.max_tokens)
            return np.where(tokens > 0, loss_of(law, limits, params, np.maximum(tokens, 1e-3)), inf)
        tokens = least_tokens(law, limits, params)
        possible = (tokens <= limits.max_tokens) & (tokens < 1e29)
        return np.where(possible, cost_of(demand, params, tokens), inf)

    low, high = log(1e5), min(log(1e16), log(limits.max_params))
    for _ in range(6):
        grid = np.linspace(low, high, 2001)
        scores = score(grid)
        best = int(np.argmin(scores))
        low, high = grid[max(best - 2, 0)], grid[min(best + 2, 2000)]
    return float(scores[best]), float(grid[best])


@pytest.mark.parametrize("seed", range(200))
def test_agrees_with_brute_force(seed):
    law, limits = random_problem(seed)
    least, where = brute_force(law, limits)
    try:
        best = best_within(law, limits)
    except Infeasible:
        assert least == inf
        return
    score = best.loss if limits.loss is None else best.cost
    assert score <= least * (1 + 1e-9)
    assert score == pytest.approx(least, rel=1e-3)
    # at a flat minimum the size is known to about the root of the score's last digits, times a width of 1
    assert best.params == pytest.approx(exp(where), rel=1e-3)
    assert best.params <= limits.max_params
    assert best.tokens <= limits.max_tokens
    assert best.cost <= limits.budget * (1 + 1e-9)
    assert loss_of(law, limits, best.params, best.tokens) == pytest.approx(best.loss, rel=1e-12)
    assert limits.loss is None or best.loss <= limits.loss * (1 + 1e-12)


def test_random_problems_cover_every_limit_and_no_answer():
    bound = set()
    for seed in range(200):
        law, limits = random_problem(seed)
        try:
            bound.update(best_within(law, limits).binding)
        except Infeasible:
            bound.add("infeasible")
    assert bound == {"budget", "loss", "max_params", "max_tokens", "unique_tokens", "infeasible"}


positive = st.floats(-690, 690).map(exp)


@st.composite
def extreme_limits(draw):
    unique = draw(st.none() | positive)
    return Limits(
        budget=draw(positive),
        loss=draw(st.none() | st.floats(1e-3, 1e3)),
        max_params=draw(positive | st.just(inf)),
        max_tokens=draw(positive | st.just(inf)),
        supply=None if unique is None else Supply(unique, REPETITION),
        demand=Demand(draw(positive | st.just(0.0)), inference_price=draw(positive)),
    )


@settings(max_examples=500, deadline=None)
@given(limits=extreme_limits())
def test_whatever_the_limits_there_is_an_answer_or_a_value_error(limits):
    try:
        best = best_within(BESIROGLU, limits)
    except ValueError:
        return
    assert 0 < best.params <= limits.max_params
    assert 0 < best.tokens <= limits.max_tokens


def test_an_answer_takes_less_than_a_millisecond():
    limits = Limits(loss=2.1, max_params=1e11, supply=Supply(1e12, REPETITION), demand=Demand(1e13))

    def seconds():
        begun = process_time()
        best_within(MUENNIGHOFF, limits)
        return process_time() - begun

    assert min(seconds() for _ in range(20)) < 1e-3
