"""What the laws say of a run, side by side."""

import math
import subprocess
import sys

import pytest

from scalecalc.training.hyperparameters import HyperparameterLaw
from scalecalc.training.recommendation import disagreements, recommend, too_few_steps, weight_decay_for
from scalecalc.training.run import TrainingRun

RUN = TrainingRun(total=1e9, non_embedding=8e8, with_head=9e8, tokens=1e10)


def law(name, **row):
    return HyperparameterLaw.from_row(name, row)


SMALL = law(
    "small",
    learning_rate={"factor": 1e-4},
    batch_tokens={"factor": 5e5},
    counts="non-embedding",
    settings={"warmup_steps": 2000.0},
    ranges={"params": {"high": 1e8}, "tokens": {"low": 1e9}},
)
LARGE = law("large", learning_rate={"factor": 3e-4}, batch_tokens={"factor": 4e6})
RATE = law("rate", learning_rate={"factor": 2e-4}, settings={"batch_tokens": 1e6})
BY_LOSS = law("by-loss", batch_tokens={"factor": 1e9, "loss": -6.0})


def test_each_applicable_law_speaks_for_itself_and_in_order():
    found = recommend(RUN, [LARGE, BY_LOSS, SMALL])
    assert [each.law.name for each in found] == ["large", "small"]
    assert [each.learning_rate for each in found] == [3e-4, 1e-4]


def test_steps_are_tokens_over_the_batch_of_the_law_or_the_one_it_was_fitted_at():
    small, rate = recommend(RUN, [SMALL, RATE])
    assert (small.steps, small.warmup_steps) == (20_000, 2000)
    assert (rate.batch_tokens, rate.steps, rate.warmup_steps) == (None, 10_000, None)


def test_a_recommendation_says_how_far_beyond_the_fitted_range_it_is_in_the_laws_own_count():
    (small,) = recommend(RUN, [SMALL])
    assert small.params == 8e8
    assert small.beyond == {"params": 8.0, "tokens": 1.0}


def test_laws_more_than_twofold_apart_disagree():
    rate, batch = disagreements(recommend(RUN, [SMALL, LARGE, RATE]))
    assert (rate.quantity, rate.low_law, rate.high_law) == ("learning_rate", "small", "large")
    assert rate.factor == pytest.approx(3)
    assert (batch.quantity, batch.factor) == ("batch_tokens", 8)


def test_laws_within_the_factor_agree():
    assert disagreements(recommend(RUN, [SMALL, RATE])) == ()
    assert disagreements(recommend(RUN, [SMALL, LARGE]), factor=10) == ()
    assert disagreements(()) == ()


def test_batches_that_leave_few_steps_are_named():
    found = recommend(RUN, [SMALL, LARGE])
    assert [each.law.name for each in too_few_steps(found)] == ["large"]
    assert too_few_steps(found, fewest=100) == ()


def test_weight_decay_makes_the_timescale():
    decay = weight_decay_for(timescale=0.2, batch_tokens=1e6, learning_rate=1e-3, tokens=2e10)
    assert 1e6 / (1e-3 * decay * 2e10) == pytest.approx(0.2)


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan])
def test_weight_decay_without_a_run_is_refused(value):
    with pytest.raises(ValueError, match=r"^tokens must be positive and finite, not"):
        weight_decay_for(timescale=0.2, batch_tokens=1e6, learning_rate=1e-3, tokens=value)


def test_the_room_loads_nothing_heavy():
    heavy = "numpy scipy pydantic typer rich"
    rooms = "scalecalc.training.recommendation, scalecalc.training.information, scalecalc.training.batch"
    script = f"import sys, {rooms};print(sorted(set(sys.modules) & set('{heavy}'.split())))"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
