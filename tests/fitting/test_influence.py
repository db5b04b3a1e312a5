"""One-step influence against refits."""

import numpy as np
import pytest

from scalecalc.fitting import Request, fit, influence, parameter_quantities, runs_of
from scalecalc.fitting.influence import observed_minus_fitted


def test_one_step_shifts_are_those_of_refits(simulated):
    runs = simulated(9, rows=60)
    found = fit(runs, Request(objective="least-squares"))
    alpha = parameter_quantities(found.form)[3]
    for row in influence(runs, found, alpha):
        without = fit(runs.take(np.delete(np.arange(60), row.row)), Request(objective="least-squares"))
        moved = without.parameters["alpha"] - found.parameters["alpha"]
        # One Newton step from the full fit: exact to second order in the shift.
        assert row.shift == pytest.approx(moved, rel=0.15)


def test_outlier_is_the_most_influential_row(simulated):
    runs = simulated(9, rows=60)
    loss = runs.loss.copy()
    loss[7] *= 1.2
    spoiled = runs_of(runs.params, runs.tokens, loss)
    found = fit(spoiled, Request(objective="least-squares"))
    first = influence(spoiled, found, parameter_quantities(found.form)[0])[0]
    assert first.row == 7
    assert first.residual > 0.1


def test_residuals_are_observed_minus_fitted(chinchilla240):
    found = fit(chinchilla240, Request(objective="least-squares"))
    assert (observed_minus_fitted(chinchilla240, found) ** 2).sum() == pytest.approx(found.report.value)


def test_equal_influence_keeps_the_order_of_the_rows_and_few_rows_are_all_told(simulated):
    runs = simulated(9, rows=20)
    doubled = runs.take(np.repeat(np.arange(20), 2))
    found = fit(doubled, Request(objective="least-squares"))
    alpha = parameter_quantities(found.form)[3]
    told = influence(doubled, found, alpha)
    assert [row.row % 2 for row in told] == [0, 1, 0, 1, 0]
    assert [row.row for row in influence(doubled, found, alpha, most=1000)][:5] == [row.row for row in told]
    for row in told:
        assert row.residual == pytest.approx(observed_minus_fitted(doubled, found)[row.row], rel=1e-12)
