"""Repeated data."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.laws import Additive
from scalecalc.laws.repetition import Repeated, RepeatedSurface, Repetition, Saturation

BASE = Additive(
    E=math.exp(0.6254804), A=math.exp(6.255414), B=math.exp(7.3049974), alpha=0.3526596, beta=0.3526596
)
PUBLISHED = Repetition(R_D=15.387756, R_N=5.309743)
TOKENS = Saturation(fresh=25e9, R=15.387756)


@pytest.mark.parametrize(("epochs", "share"), [(2, 0.984), (4, 0.931), (8, 0.828), (16, 0.661), (40, 0.379)])
def test_worth_of_tokens_by_epochs(epochs, share):
    assert TOKENS.effective(epochs * 25e9) / (epochs * 25e9) == pytest.approx(share, abs=5e-4)


@pytest.mark.parametrize(("epochs", "share"), [(1, 1.0), (2, 0.937), (4, 0.823), (16, 0.377), (40, 0.079)])
def test_worth_of_the_next_token_by_epochs(epochs, share):
    assert PUBLISHED.worth_of_next_token(epochs) == pytest.approx(share, abs=5e-4)


def test_no_number_of_epochs_is_worth_more_than_sixteen_and_no_size_more_than_six_times():
    assert TOKENS.ceiling / 25e9 == pytest.approx(16.39, abs=5e-3)
    of_params = PUBLISHED.of_params(BASE, 25e9)
    assert of_params.ceiling / of_params.fresh == pytest.approx(6.31, abs=5e-3)
    assert TOKENS.effective(1e30) <= TOKENS.ceiling


def test_size_that_unique_tokens_can_use():
    # Muennighoff et al. 2023: N = 0.051 U, that is 19.6 tokens per parameter
    assert PUBLISHED.of_params(BASE, 25e9).fresh / 25e9 == pytest.approx(0.05099, rel=1e-3)


@given(x=st.floats(1e6, 2.4e10))
def test_what_is_seen_once_is_worth_itself(x):
    assert (TOKENS.effective(x), TOKENS.needed(x), TOKENS.log_slope(x)) == (x, x, 0.0)


@given(x=st.floats(1e6, 5e12))
def test_what_is_needed_for_a_worth_is_what_has_it(x):
    # near the ceiling, 99.8 % of it here, the worth keeps three digits fewer than x
    assert TOKENS.needed(TOKENS.effective(x)) == pytest.approx(x, rel=1e-10)


def test_no_tokens_are_worth_the_ceiling():
    assert TOKENS.needed(TOKENS.ceiling) == math.inf


@pytest.mark.parametrize("x", [3e10, 1e11, 1e12, 5e12])
def test_slope_is_that_of_a_difference(x):
    step = 1e-5
    rise = math.log(TOKENS.effective(x * (1 + step)) / TOKENS.effective(x * (1 - step))) / (2 * step)
    assert math.exp(TOKENS.log_slope(x)) == pytest.approx(rise, rel=1e-5)


@pytest.mark.parametrize(
    ("params", "tokens", "loss"),
    [(6.34e9, 242e9, 2.2256440889984477), (8.67e9, 178e9, 2.2269634075087867)],
)
def test_losses_of_the_authors_repository(params, tokens, loss):
    law = Repeated(**BASE.coefficients(), R_D=15.387756, R_N=5.309743)
    assert law.at(unique_tokens=25e9).loss(params, tokens) == pytest.approx(loss, rel=1e-14)


def test_with_tokens_enough_the_loss_is_that_of_the_surface():
    assert RepeatedSurface(BASE, PUBLISHED, 1e15).loss(1e9, 2e10) == BASE.loss(1e9, 2e10)


def test_loss_falls_with_every_further_epoch():
    law = RepeatedSurface(BASE, PUBLISHED, 25e9)
    losses = [law.loss(1e9, epochs * 25e9) for epochs in (1, 2, 4, 10, 100)]
    assert losses == sorted(losses, reverse=True)


@pytest.mark.parametrize("value", [0.0, -1.0, math.nan])
def test_numbers_that_are_not_positive_are_refused(value):
    with pytest.raises(ValueError, match=r"^R_D must be positive and finite, not"):
        Repetition(R_D=value, R_N=1.0)
    with pytest.raises(ValueError, match=r"^unique_tokens must be positive and finite, not"):
        RepeatedSurface(BASE, PUBLISHED, value)
