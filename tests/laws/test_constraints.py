"""Limits and their answers."""

import math

import pytest

from scalecalc.laws.constraints import Demand, Limits, Supply
from scalecalc.laws.repetition import Repetition

REPETITION = Repetition(R_D=15.387756, R_N=5.309743)


def test_without_prices_the_cost_is_training_and_inference_compute():
    assert Demand(tokens=5e12).cost(7e9, 2e12) == pytest.approx(6 * 7e9 * 2e12 + 2 * 7e9 * 5e12)


def test_prices_weigh_the_two():
    demand = Demand(tokens=5e12, train_price=2.0, inference_price=3.0)
    assert demand.cost(7e9, 2e12) == pytest.approx(2 * 6 * 7e9 * 2e12 + 3 * 2 * 7e9 * 5e12)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Demand(tokens=-1.0), "tokens must be finite and not negative, not -1.0"),
        (lambda: Demand(tokens=math.inf), "tokens must be finite and not negative, not inf"),
        (lambda: Demand(train_price=0.0), "train_price must be positive and finite, not 0.0"),
        (lambda: Demand(inference_price=math.nan), "inference_price must be positive and finite, not nan"),
        (lambda: Supply(0.0, REPETITION), "unique_tokens must be positive and finite, not 0.0"),
        (Limits, "limits must have a budget or a loss"),
        (lambda: Limits(max_params=1e9), "limits must have a budget or a loss"),
        (lambda: Limits(budget=-1.0), "budget must be positive, not -1.0"),
        (lambda: Limits(budget=1e21, max_params=0.0), "max_params must be positive, not 0.0"),
        (lambda: Limits(budget=1e21, max_tokens=math.nan), "max_tokens must be positive, not nan"),
        (lambda: Limits(loss=0.0), "loss must be positive and finite, not 0.0"),
    ],
)
def test_limits_that_make_no_sense_are_refused(make, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        make()
