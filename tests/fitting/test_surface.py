"""The centred surface: exact derivatives, blocks of rows, no overflow."""

import numpy as np
import pytest

from scalecalc.fitting import surface
from scalecalc.fitting.objective import OBJECTIVES
from scalecalc.fitting.rows import rows_of
from scalecalc.fitting.surface import Scratch, Task, chart_of, jacobian_rows, log_loss_at, sums

ADDITIVE = chart_of(np.array([0.0, 0, 0, 0, 0, 1]), np.eye(6)[:, :5], nested=False)
NESTED = chart_of(np.zeros(6), np.eye(6), nested=True)
PLACES = {
    ADDITIVE: np.array([[0.5, -0.5, -0.6, 0.3, 0.4], [0.4, -0.3, -0.6, 0.36, 0.4]]),
    NESTED: np.array([[0.5, -0.5, -0.6, 0.3, 0.4, 0.8], [0.4, -0.3, -0.6, 0.36, 0.4, 1.1]]),
}


def task(runs, objective):
    rows = rows_of(runs)
    weights = np.random.default_rng(1).integers(0, 3, (2, len(rows))).astype(float)
    return Task(rows, objective, weights, np.array([0.01, 0.02]), Scratch())


@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.parametrize("chart", PLACES, ids=["additive", "nested"])
def test_gradient_and_hessian_are_those_of_central_differences(chart, name, simulated):
    asked = task(simulated(0), OBJECTIVES[name])
    phi, step = PLACES[chart], 1e-6
    here = sums(chart, asked, phi)
    for k, direction in enumerate(step * np.eye(chart.size)):
        up, down = sums(chart, asked, phi + direction), sums(chart, asked, phi - direction)
        slope = (up.value - down.value) / (2 * step)
        # Differences of doubles at this step are good to about 1e-9 of the largest entry.
        assert here.gradient[:, k] == pytest.approx(slope, abs=1e-8 * np.abs(here.gradient).max())
        bend = (up.gradient - down.gradient) / (2 * step)
        assert here.hessian[:, k] == pytest.approx(bend, abs=1e-8 * np.abs(here.hessian).max())


def test_nested_surface_with_unit_outer_exponent_is_the_additive_one(simulated):
    asked = task(simulated(0), OBJECTIVES["least-squares"])
    phi = PLACES[ADDITIVE]
    fast = sums(ADDITIVE, asked, phi)
    slow = sums(NESTED, asked, np.column_stack([phi, np.ones(2)]))
    assert fast.value == pytest.approx(slow.value, rel=1e-12)
    assert fast.hessian == pytest.approx(slow.hessian[:, :5, :5], rel=1e-9, abs=1e-12)


def test_blocks_of_rows_add_up(simulated, monkeypatch):
    asked = task(simulated(0, rows=1000), OBJECTIVES["huber-1e-3"])
    whole = sums(ADDITIVE, asked, PLACES[ADDITIVE])
    monkeypatch.setattr(surface, "BLOCK", 64)
    parts = sums(ADDITIVE, asked, PLACES[ADDITIVE])
    for one, other in zip(whole, parts, strict=True):
        assert one == pytest.approx(other, rel=1e-12, abs=1e-12)


def test_log_loss_is_that_of_the_written_formula(simulated):
    runs = simulated(0)
    rows = rows_of(runs)
    mean_params, mean_tokens = rows.centers
    a, b = np.log(480) - 0.35 * mean_params, np.log(2000) - 0.37 * mean_tokens
    theta = np.array([np.log(1.8), a, b, 0.35, 0.37, 1.0])
    written = 1.8 + 480 * runs.params**-0.35 + 2000 * runs.tokens**-0.37
    assert np.exp(log_loss_at(theta, rows.x, rows.z)) == pytest.approx(written, rel=1e-12)


def test_jacobian_rows_is_the_gradient_of_log_loss(simulated):
    rows = rows_of(simulated(0))
    theta = PLACES[NESTED][0]
    _, jacobian = jacobian_rows(NESTED, rows, theta)
    for k, direction in enumerate(1e-6 * np.eye(6)):
        up, down = (
            log_loss_at(theta + direction, rows.x, rows.z),
            log_loss_at(theta - direction, rows.x, rows.z),
        )
        assert jacobian[:, k] == pytest.approx((up - down) / 2e-6, abs=1e-8)
