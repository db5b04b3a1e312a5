"""Draws that have no answer are left out and counted; none of them is warned about."""

import numpy as np
import pytest

from scalecalc.fitting import (
    Draws,
    Plan,
    Request,
    allocation_exponents,
    fit,
    loss_quantity,
    optimum_quantities,
    parameter_quantities,
    resample,
    resampled_intervals,
)

# Warnings are errors in these tests, so that every one also says that NumPy kept silent.


@pytest.mark.parametrize("method", ["bootstrap", "wild", "jackknife"])
@pytest.mark.parametrize(
    ("table", "objective"), [("no_fall_with_tokens", "huber"), ("draws_without_optimum", "huber-raw")]
)
def test_wild_tables_give_intervals_or_none_but_no_warning(table, objective, method, hostile):
    runs = hostile(table)
    found = fit(runs, Request(objective=objective))
    draws = resample(runs, found, Plan(method, 60))
    asked = (*parameter_quantities(found.form), *allocation_exponents(), *optimum_quantities(1e22))
    for interval in resampled_intervals(found, draws, asked, new_run=True).values():
        assert np.isnan(interval.low) == np.isnan(interval.high)
        assert 0 <= interval.left_out <= 1


def drawn(found, thetas, method="bootstrap"):
    return Draws(method, np.array(thetas).reshape(-1, 6), 1.0, 0.0)


@pytest.fixture(scope="module")
def found(chinchilla240):
    return fit(chinchilla240)


@pytest.mark.parametrize("method", ["bootstrap", "jackknife"])
def test_draws_without_an_optimum_are_left_out_and_counted(method, found):
    falling = [found.theta + 1e-3 * k for k in range(8)]
    rising = found.theta * np.array([1, 1, 1, -1, 1, 1])
    plain = resampled_intervals(found, drawn(found, falling, method), optimum_quantities(1e23))
    mixed = resampled_intervals(
        found, drawn(found, [*falling, rising, rising], method), optimum_quantities(1e23)
    )
    for name, interval in mixed.items():
        assert interval.left_out == pytest.approx(0.2)
        assert (interval.low, interval.high) == (plain[name].low, plain[name].high)
        assert plain[name].left_out == 0


def test_interval_is_absent_when_most_draws_have_no_optimum(found):
    rising = found.theta * np.array([1, 1, 1, -1, 1, 1])
    mixed = resampled_intervals(found, drawn(found, [found.theta, *[rising] * 3]), optimum_quantities(1e23))
    assert all(np.isnan(interval.low) and np.isnan(interval.high) for interval in mixed.values())
    assert mixed["params"].value > 0


@pytest.mark.parametrize("method", ["bootstrap", "wild", "jackknife"])
def test_no_draw_at_all_gives_no_interval(method, found):
    for interval in resampled_intervals(found, drawn(found, [], method), optimum_quantities(1e23)).values():
        assert np.isnan(interval.low)
        assert interval.left_out == 0


@pytest.mark.parametrize("method", ["bootstrap", "wild", "jackknife"])
def test_dropped_floor_stays_zero_in_every_draw(method, simulated):
    runs = simulated(3, rows=30, E=1e-9)
    fitted = fit(runs, Request(fixed={"E": 0.0}))
    draws = resample(runs, fitted, Plan(method, 60))
    asked = (*parameter_quantities(fitted.form), loss_quantity(1e9, 1e11))
    intervals = resampled_intervals(fitted, draws, asked)
    assert (intervals["E"].low, intervals["E"].value, intervals["E"].high) == (0.0, 0.0, 0.0)
    assert intervals["loss"].low < intervals["loss"].value < intervals["loss"].high
