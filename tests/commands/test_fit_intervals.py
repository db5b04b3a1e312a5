"""The ways to intervals: what they cover, that they repeat, and what is said of them."""

import pytest

from scalecalc.commands import call
from scalecalc.problem import Problem

METHODS = ("delta", "profile", "bootstrap", "wild", "jackknife")


def fitted(**inputs):
    return call("fit", **{"runs": "chinchilla", "resamples": 200, **inputs})


def ends(result):
    return {name: (each.low, each.high) for name, each in result.parameters.items()}


@pytest.mark.parametrize("ci", METHODS)
def test_every_method_gives_every_interval(ci):
    result = fitted(ci=ci, at=["1e22"])
    (forecast,) = result.forecasts
    sides = [forecast.params, forecast.tokens, forecast.tokens_per_param, forecast.loss]
    for each in (*result.parameters.values(), *result.exponents.values(), *sides):
        assert each.low < each.value < each.high
        assert (each.level, each.method) == (0.95, ci)
    assert forecast.loss_of_new_run.high > forecast.loss.high


@pytest.mark.parametrize("ci", METHODS)
def test_every_method_covers_the_truth_of_a_table_without_quirks(ci, simulated):
    # a single table, so that an interval may miss; 1 in 10^4 of them would at this level
    result = call("fit", runs=simulated(), ci=ci, resamples=1000, level=0.9999)
    assert result.parameters["alpha"].low < 0.3478 < result.parameters["alpha"].high
    assert result.parameters["beta"].low < 0.3658 < result.parameters["beta"].high


@pytest.mark.parametrize("ci", ["profile", "bootstrap", "wild", "jackknife"])
def test_methods_agree_where_noise_is_normal_and_equal(ci, simulated):
    # the delta method's width is exact to a few per cent there (nearly linear parameters), n = 60; resampling
    # widths scatter by about 1 / sqrt(2 * 60), 9 %, with the table
    runs = simulated()
    delta, other = (call("fit", runs=runs, ci=each, objective="least-squares") for each in ("delta", ci))
    for name in ("alpha", "beta"):
        width, other_width = (
            each.parameters[name].high - each.parameters[name].low for each in (delta, other)
        )
        assert other_width == pytest.approx(width, rel=0.3)


@pytest.mark.parametrize("ci", ["bootstrap", "wild"])
def test_same_seed_gives_the_same_intervals_and_another_others(ci):
    once, again, other = (fitted(ci=ci, seed=seed) for seed in (7, 7, 8))
    assert ends(once) == ends(again)
    assert ends(once) != ends(other)


def test_higher_level_is_wider():
    narrow, wide = (fitted(level=level).parameters["alpha"] for level in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


@pytest.mark.parametrize("objective", ["huber-1e-3", "huber-raw"])
def test_delta_intervals_of_a_sharp_objective_say_what_they_rest_on(objective):
    def told(ci):
        return [note.message for note in fitted(objective=objective, ci=ci).notes if note.code == "intervals"]

    assert "--ci bootstrap" in told("delta")[0]
    assert told("bootstrap") == []


def test_profile_intervals_say_when_their_noise_is_not_that_of_the_runs():
    messages = [note.message for note in call("fit", runs="llama3", ci="profile").notes]
    assert any("here it is unequal" in message for message in messages)


def test_resamples_that_hold_too_few_rows_are_told(simulated):
    notes = call("fit", runs=simulated(rows=7), ci="bootstrap", resamples=500).notes
    assert any("hold no more different rows than parameters" in note.message for note in notes)


@pytest.mark.parametrize("wrong", [{"ci": "guess"}, {"resamples": 3}, {"seed": -1}, {"level": 1.5}])
def test_misuse_is_refused(wrong):
    with pytest.raises((ValueError, Problem)):
        fitted(**wrong)


def test_method_and_seed_are_told_among_the_assumptions():
    assert any(
        "by bootstrap, 200 resamples, seed 3" in text for text in fitted(ci="bootstrap", seed=3).assumptions
    )
    assert any("Student's t with 234 degrees" in text for text in fitted().assumptions)
