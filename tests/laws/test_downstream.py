"""From loss to accuracy."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.laws.downstream import ErrorLaw, Sigmoid, TwoStep, exact_match

ERROR = ErrorLaw(epsilon=0.85, k=2.08, gamma=0.756)
SIGMOID = Sigmoid(chance=0.25, top=0.95, slope=8.0, midpoint=0.7)
TWO_STEP = TwoStep(u=3.0, v=-0.1, chance=0.25, top=0.95, slope=8.0, midpoint=0.7)


def test_error_is_epsilon_where_the_loss_is_hopeless():
    assert ERROR.error(1e3) == pytest.approx(0.85)
    assert ERROR.loss_for(0.85) == math.inf


@given(loss=st.floats(1.0, 8.0))
def test_error_and_loss_turn_into_each_other(loss):
    # at a loss of 8 the error is 0.005 below epsilon, which costs three digits
    assert ERROR.loss_for(ERROR.error(loss)) == pytest.approx(loss, rel=1e-11)


def test_accuracy_is_between_chance_and_top_and_half_way_at_the_midpoint():
    assert SIGMOID.accuracy(0.7) == pytest.approx(0.6)
    assert (SIGMOID.accuracy(1e6), SIGMOID.accuracy(-1e6)) == (0.25, 0.95)


@given(accuracy=st.floats(0.26, 0.94))
def test_the_sigmoid_and_its_inverse_undo_each_other(accuracy):
    assert SIGMOID.accuracy(SIGMOID.inverse(accuracy)) == pytest.approx(accuracy, rel=1e-12)


def test_accuracies_that_no_loss_has_are_infinitely_far():
    assert (SIGMOID.inverse(0.95), SIGMOID.inverse(0.25)) == (-math.inf, math.inf)


def test_two_steps_are_a_line_in_log_compute_and_a_sigmoid():
    assert TWO_STEP.nll(1e22) == pytest.approx(3.0 - 0.1 * 22)
    assert TWO_STEP.accuracy(1e22) == SIGMOID.accuracy(TWO_STEP.nll(1e22))


@given(exponent=st.floats(18, 28))
def test_compute_for_an_accuracy_is_where_it_is_reached(exponent):
    flops = 10**exponent
    assert TWO_STEP.flops_for(TWO_STEP.accuracy(flops)) == pytest.approx(flops, rel=1e-9)


def test_no_compute_reaches_the_top_and_none_is_needed_for_chance():
    assert (TWO_STEP.flops_for(0.95), TWO_STEP.flops_for(0.25)) == (math.inf, 0.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"top": 0.2}, "top must be above chance, 0.25, and at most 1, not 0.2"),
        ({"top": 1.2}, "top must be above chance, 0.25, and at most 1, not 1.2"),
        ({"v": 0.1}, "v must be negative, not 0.1"),
        ({"slope": -8.0}, "slope must be finite and positive, not -8.0"),
    ],
)
def test_forecasts_that_make_no_sense_are_refused(change, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        TwoStep(**{**TWO_STEP.coefficients(), **change})


def test_longer_answers_come_suddenly():
    # Schaeffer et al. 2023: p**length with p = e**-loss
    assert exact_match(0.5, 1) == pytest.approx(math.exp(-0.5))
    assert exact_match(0.5, 10) == pytest.approx(math.exp(-0.5) ** 10)
