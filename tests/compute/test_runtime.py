import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.compute.plan import Known
from scalecalc.compute.runtime import DAY, missing, per_day, solve
from scalecalc.compute.spread import Spread
from scalecalc.compute.throughput import Throughput, mfu_from_achieved, training_flops
from scalecalc.problem import ExitCode, Problem

QUANTITIES = ("flops", "gpus", "seconds", "usd")
SUBSETS = [subset for size in range(5) for subset in itertools.combinations(QUANTITIES, size)]

# 10th percentile, median and 90th percentile of 32 dense runs on A100, end to end; US dollars of May 2026.
A100 = Throughput(312e12, Spread(value=0.335, low=0.251, high=0.464))
A100_PRICE = Spread(value=1.5, low=0.8, high=3.0)
SUFFICIENT = [s for s in SUBSETS if "flops" in s or "usd" in s or {"gpus", "seconds"} <= set(s)]
RUN = {"flops": 1e23, "gpus": 1024, "seconds": 30 * DAY, "usd": 2e6}

LLAMA2_70B = training_flops(68.98e9, 2e12)


def known(*names):
    return Known(**{name: RUN[name] for name in names})


def powers(low, high):
    return st.floats(low, high).map(lambda exponent: 10**exponent)


@st.composite
def shares(draw):
    low, value, high = sorted(draw(st.lists(st.floats(0.01, 1), min_size=3, max_size=3)))
    return Spread(value, low, high)


@st.composite
def paces(draw):
    return Throughput(draw(powers(12, 16)), draw(shares()), draw(st.floats(0.1, 1)))


@st.composite
def prices(draw):
    low, value, high = sorted(draw(st.lists(powers(-1, 2), min_size=3, max_size=3)))
    return Spread(value, low, high)


@st.composite
def runs(draw):
    """A dictionary of the four quantities, independent of each other."""
    return {
        "flops": draw(powers(15, 28)),
        "gpus": draw(st.integers(1, 10**6)),
        "seconds": draw(powers(2, 9)),
        "usd": draw(powers(0, 10)),
    }


def answer_or_code(*question):
    """The quantities of the answer, each read once, or the code of the refusal."""
    try:
        plan = solve(*question)
    except Problem as refusal:
        return refusal.code
    _ = (plan.gpus, plan.seconds, plan.price, plan.affordable_price, plan.balance)
    return plan.flops, plan.gpu_hours, plan.mfu, plan.end_to_end, plan.usd


def scenarios(plan):
    return (plan.typical, plan.pessimistic, plan.optimistic)


@given(run=runs(), pace=paces(), price=prices(), subset=st.sampled_from(SUFFICIENT))
def test_every_scenario_satisfies_the_relation(run, pace, price, subset):
    given_ = Known(**{name: run[name] for name in subset})
    for scenario in scenarios(solve(given_, pace, price)):
        hours = scenario.gpu_hours
        # a handful of roundings of 1.1e-16 each
        assert scenario.flops == pytest.approx(
            hours * 3600 * pace.peak * scenario.mfu * pace.goodput, rel=1e-14
        )
        assert scenario.usd == pytest.approx(hours * scenario.price, rel=1e-14)
        if scenario.gpus is not None:
            assert scenario.gpus * scenario.seconds / 3600 == pytest.approx(hours, rel=1e-14)


@given(run=runs(), pace=paces(), price=prices(), subset=st.sampled_from(SUFFICIENT))
def test_what_is_given_is_kept_but_for_limits_that_are_undercut(run, pace, price, subset):
    given_ = Known(**{name: run[name] for name in subset})
    for scenario in scenarios(solve(given_, pace, price)):
        kept = {name: getattr(scenario, name) for name in subset}
        if "seconds" in subset and "gpus" not in subset:  # whole GPUs finish before the deadline
            assert kept.pop("seconds") <= run["seconds"] * (1 + 1e-8)
        if given_.flops is not None and given_.reserved is None:  # money is held against the cost
            kept.pop("usd", None)
        assert kept == {name: run[name] for name in kept}


@given(
    gpus=st.integers(1, 10**6),
    seconds=powers(2, 9),
    pace=paces().map(lambda pace: Throughput(pace.peak, Spread.exact(pace.mfu.value), pace.goodput)),
    price=prices().map(lambda price: Spread.exact(price.value)),
    subset=st.sampled_from(SUFFICIENT),
)
def test_any_sufficient_part_of_a_run_gives_the_rest_back(gpus, seconds, pace, price, subset):
    whole = solve(Known(gpus=gpus, seconds=seconds), pace, price).typical
    part = solve(Known(**{name: getattr(whole, name) for name in subset}), pace, price).typical
    for name in ("flops", "gpu_hours", "usd", "mfu", "price"):
        assert getattr(part, name) == pytest.approx(getattr(whole, name), rel=1e-12), name
    if part.gpus is not None:
        assert part.gpus == gpus
        assert part.seconds == pytest.approx(seconds, rel=1e-12)


@given(flops=powers(15, 28), seconds=powers(2, 9), pace=paces())
def test_gpus_for_a_deadline_are_the_fewest_whole_ones_that_hold_it(flops, seconds, pace):
    for scenario in scenarios(solve(Known(flops=flops, seconds=seconds), pace)):
        assert isinstance(scenario.gpus, int)
        hours = scenario.gpu_hours
        slack = 1e-8 * seconds  # of taking 1024.0000001 GPUs as 1024
        assert 3600 * hours / scenario.gpus <= seconds + slack
        if scenario.gpus > 1:
            assert 3600 * hours / (scenario.gpus - 1) > seconds - slack


@given(flops=powers(15, 28), gpus=st.integers(1, 10**6), pace=paces(), price=prices())
def test_a_higher_mfu_means_fewer_hours_and_less_money(flops, gpus, pace, price):
    plan = solve(Known(flops=flops, gpus=gpus), pace, price)
    assert plan.optimistic.gpu_hours <= plan.typical.gpu_hours <= plan.pessimistic.gpu_hours
    assert plan.gpu_hours == Spread(
        plan.typical.gpu_hours, plan.optimistic.gpu_hours, plan.pessimistic.gpu_hours
    )
    assert plan.seconds.low == plan.optimistic.seconds
    assert plan.usd.high == plan.pessimistic.usd


@given(usd=powers(0, 10), pace=paces(), price=prices())
def test_money_buys_most_where_hours_are_cheap_and_mfu_is_high(usd, pace, price):
    plan = solve(Known(usd=usd), pace, price)
    assert plan.gpu_hours.high == usd / price.low
    assert plan.flops.high == plan.optimistic.flops
    assert plan.usd == Spread.exact(usd)


@pytest.mark.parametrize("subset", SUFFICIENT, ids="+".join)
def test_every_sufficient_subset_settles_compute_hours_and_money(subset):
    assert missing(known(*subset), priced=True) == (frozenset(),)
    plan = solve(known(*subset), A100, A100_PRICE)
    assert None not in (plan.flops, plan.gpu_hours, plan.mfu, plan.usd)


@pytest.mark.parametrize(
    "subset", [s for s in SUBSETS if s not in SUFFICIENT], ids=["none", "gpus", "seconds"]
)
def test_every_other_subset_is_refused_as_too_little(subset):
    with pytest.raises(Problem) as refusal:
        solve(known(*subset), A100, A100_PRICE)
    assert refusal.value.code == "too-little-given"
    assert refusal.value.exit_code == ExitCode.WRONG_USAGE


@pytest.mark.parametrize(
    ("subset", "price", "message", "hint"),
    [
        (("gpus",), A100_PRICE, "the GPUs alone", "the GPU-hours or the time or the compute or the money"),
        (("seconds",), A100_PRICE, "the time alone", "the GPU-hours or the GPUs or the compute or the money"),
        ((), A100_PRICE, "nothing is given", "give the GPU-hours or the compute or the money"),
        (("usd",), None, "the money alone", "the GPU-hours or the compute or a price per GPU-hour"),
        (("gpus",), None, "the GPUs alone", "the GPU-hours or the time or the compute"),
    ],
)
def test_the_hint_names_the_least_that_would_settle_it(subset, price, message, hint):
    with pytest.raises(Problem) as refusal:
        solve(known(*subset), A100, price)
    assert refusal.value.message.startswith(message)
    assert refusal.value.hint.endswith(hint)


@pytest.mark.parametrize("subset", [s for s in SUBSETS if {"flops", "gpus", "seconds"} <= set(s)])
def test_compute_gpus_and_time_imply_the_mfu(subset):
    plan = solve(known(*subset), A100, A100_PRICE)
    hours = 1024 * 30 * 24
    assert plan.mfu == Spread.exact(plan.mfu.value)
    assert plan.mfu.value == pytest.approx(1e23 / (hours * 3600 * 312e12), rel=1e-14)
    assert plan.balance.needed.value == pytest.approx(1e23 / (3600 * 312e12 * 0.335), rel=1e-14)
    assert plan.balance.available == Spread.exact(hours)


def test_an_implied_mfu_is_the_steady_one_and_goodput_is_beside_it():
    slow = Throughput(312e12, A100.mfu, goodput=0.5)
    plan = solve(known("flops", "gpus", "seconds"), slow)
    assert plan.mfu.value == pytest.approx(2 * plan.end_to_end.value)
    assert plan.end_to_end.value == pytest.approx(1e23 / (1024 * 30 * DAY * 312e12))


@pytest.mark.parametrize("subset", [("gpus", "seconds", "usd"), QUANTITIES])
def test_gpus_time_and_money_imply_the_price(subset):
    plan = solve(known(*subset), A100, A100_PRICE)
    assert plan.price == Spread.exact(2e6 / (1024 * 30 * 24))
    assert plan.usd == Spread.exact(2e6)
    assert plan.affordable_price == plan.price


@pytest.mark.parametrize("also", [(), ("gpus",), ("seconds",)])
def test_compute_and_money_are_held_against_each_other(also):
    # Llama 2 70B at 33.5 (25.1 to 46.4) % of an A100's peak needs 2.2M (1.6M to 2.9M) hours.
    plan = solve(Known(flops=LLAMA2_70B, usd=2e6, **{name: RUN[name] for name in also}), A100, A100_PRICE)
    assert plan.mfu == A100.mfu
    assert plan.usd.value == pytest.approx(1.5 * LLAMA2_70B / (3600 * 312e12 * 0.335))
    assert plan.balance.needed == plan.gpu_hours
    assert plan.balance.available == Spread(2e6 / 1.5, 2e6 / 3.0, 2e6 / 0.8)
    assert not plan.balance.enough
    assert not plan.balance.certain  # at $0.8 and 46.4 % it would do
    assert plan.balance.mfu.value == pytest.approx(LLAMA2_70B / (3600 * 312e12) / (2e6 / 1.5))
    assert plan.affordable_price.value == pytest.approx(2e6 / plan.gpu_hours.value)


def test_the_money_for_a_run_and_its_balance_agree():
    needed = solve(Known(flops=LLAMA2_70B), A100, A100_PRICE).usd.value
    plan = solve(Known(flops=LLAMA2_70B, usd=needed), A100, A100_PRICE)
    assert plan.balance.enough
    assert plan.balance.mfu.value == pytest.approx(A100.mfu.value, rel=1e-14)


def test_money_without_a_price_gives_the_price_that_it_can_pay():
    plan = solve(Known(flops=LLAMA2_70B, usd=2e6), A100)
    assert (plan.usd, plan.balance) == (None, None)
    assert plan.affordable_price.value == pytest.approx(2e6 / plan.gpu_hours.value)


def test_money_and_a_deadline_buy_whole_gpus_and_spend_it_all():
    scenario = solve(known("usd", "seconds"), A100, A100_PRICE).typical
    assert scenario.gpus == 1852  # $2M at $1.5 for 720 hours: 1851.9
    assert scenario.usd == 2e6
    assert scenario.seconds < 30 * DAY


def test_a_day_of_a_cluster():
    day = per_day(512, Throughput(989.4e12, Spread.exact(0.4)), Spread.exact(2.5))
    assert day.gpu_hours.value == 512 * 24
    assert day.usd.value == 512 * 24 * 2.5
    assert day.flops.value == pytest.approx(512 * 86_400 * 989.4e12 * 0.4)


# Published device-hours must lie in the predicted range; hours and sources as in test_throughput.
@pytest.mark.parametrize(
    ("params", "tokens", "hours"),
    [
        (68.98e9, 2e12, 1_720_320),  # Llama 2 70B
        (13.02e9, 2e12, 368_640),  # Llama 2 13B
        (32.53e9, 1.4e12, 530_432),  # LLaMA 33B
    ],
)
def test_the_spread_of_published_mfu_brackets_published_hours(params, tokens, hours):
    predicted = solve(Known(flops=training_flops(params, tokens), gpus=2048), A100).gpu_hours
    assert predicted.low < hours < predicted.high


def test_megatrons_formula_gives_gpt3_its_34_days():
    # 8 T P / (n X) with X = 140 TFLOP/s, recomputation counted (arXiv 2104.04473, section 5.1).
    mfu = mfu_from_achieved(140e12, 312e12, recomputed=1.0)
    plan = solve(Known(flops=training_flops(175e9, 300e9), gpus=1024), Throughput(312e12, Spread.exact(mfu)))
    assert plan.seconds.value == pytest.approx(8 * 300e9 * 175e9 / (1024 * 140e12), rel=1e-14)
    assert round(plan.seconds.value / DAY) == 34


def test_llama_3_8b_took_53_hours_of_24576_gpus():
    # A question in the threads of llama3 (issue 91): 1.3M GPU-hours over 24,576 GPUs.
    plan = solve(Known(gpu_hours=1.3e6, gpus=24_576), A100)
    assert plan.seconds.value / 3600 == pytest.approx(52.9, abs=0.05)


def test_gpt3_on_ten_thousand_v100_for_fifteen_days():
    # Patterson et al. 2021 (arXiv 2104.10350), table 4: 14.8 days at 24.6 TFLOP/s of a V100's 125.
    plan = solve(Known(flops=3.14e23, gpus=10_000), Throughput(125e12, Spread.exact(24.6 / 125)))
    assert plan.seconds.value / DAY == pytest.approx(14.8, abs=0.05)


def test_deepseek_v3_costs_its_hours_times_two_dollars():
    # arXiv 2412.19437, table 1: 2.788M H800-hours, $5.576M at $2.
    plan = solve(Known(gpu_hours=2.788e6), A100, Spread.exact(2.0))
    assert plan.usd.value == pytest.approx(5.576e6, rel=1e-12)


@given(
    st.dictionaries(st.sampled_from([*QUANTITIES, "gpu_hours"]), st.floats(min_value=0, exclude_min=True)),
    st.floats(min_value=0, max_value=1e300, exclude_min=True),
    st.floats(min_value=0, max_value=1, exclude_min=True),
)
def test_extreme_quantities_are_answered_or_refused(quantities, peak, share):
    quantities["gpus"] = max(1, int(min(quantities.get("gpus", 1.0), 1e308)))
    if "seconds" in quantities:
        quantities.pop("gpu_hours", None)
    if float("inf") in quantities.values():
        return
    answer = answer_or_code(Known(**quantities), Throughput(peak, Spread.exact(share)), Spread.exact(2.0))
    assert answer in {"out-of-range", "too-little-given"} or None not in answer
