"""Batch size: steps against tokens."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.laws.conventions import least_compute, least_steps
from scalecalc.training.batch import critical_batch, gain, simple_noise_scale, steps_at, tokens_at

sizes = st.floats(1e3, 1e8)


@given(batch=sizes, critical=sizes)
def test_steps_and_tokens_lie_on_the_hyperbola(batch, critical):
    # McCandlish et al. 2018: (S / S_min - 1) (E / E_min - 1) = 1
    steps, tokens = steps_at(batch, critical, 1.0), tokens_at(batch, critical, 1.0)
    assert (steps - 1) * (tokens - 1) == pytest.approx(1, rel=1e-4)


@given(batch=sizes, critical=sizes)
def test_tokens_are_batch_times_steps(batch, critical):
    least = 10_000.0
    assert tokens_at(batch, critical, least * critical) == pytest.approx(
        batch * steps_at(batch, critical, least)
    )


def test_at_the_critical_batch_both_are_twice_their_least():
    critical = critical_batch(least_tokens=2e10, least_steps=1e4)
    assert (critical, steps_at(critical, critical, 1e4), tokens_at(critical, critical, 2e10)) == (
        2e6,
        2e4,
        4e10,
    )


@given(batch=sizes, critical=sizes)
def test_the_corrections_of_kaplan_undo_them(batch, critical):
    assert least_steps(steps_at(batch, critical, 1e4), batch, critical) == pytest.approx(1e4)
    assert least_compute(tokens_at(batch, critical, 1e21), batch, critical) == pytest.approx(1e21)


def test_a_batch_of_the_noise_scale_gains_half_of_what_can_be_gained():
    assert gain(2e6, 2e6) == 0.5
    assert gain(1e12, 1.0) == pytest.approx(1)


def test_noise_scale_is_variance_over_squared_gradient():
    assert simple_noise_scale(12.0, 4.0) == 3.0


def test_arrays_pass_through():
    np.testing.assert_allclose(steps_at(np.array([1e6, 2e6]), 2e6, 1e4), [3e4, 2e4])
