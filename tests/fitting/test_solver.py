"""The global optimum: certified tables, independent optimizers, invariances."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares, minimize

from scalecalc.fitting import Request, fit, runs_of

# Certified optima of the bundled table: every one of 9,000 starts agrees, polished in 50 digits.
CERTIFIED = [
    ("chinchilla240", "huber-1e-3", 0.0010183044653231),
    ("chinchilla240", "huber-raw", 0.002896354526938),
    ("chinchilla245", "huber-1e-3", 0.0018259936257855),
    ("chinchilla245", "huber-raw", 0.0058287724125122),
]
COEFFICIENTS = {
    ("chinchilla240", "huber-1e-3"): (1.8171357039, 477.096344, 2144.04499, 0.34722575315, 0.36718337116),
    ("chinchilla240", "huber-raw"): (1.8202085545, 454.942944, 2410.9437, 0.34428981694, 0.37307898858),
    ("chinchilla245", "huber-1e-3"): (1.8910287921, 494.218421, 12800.3837, 0.34914119848, 0.45287789555),
    ("chinchilla245", "huber-raw"): (1.9195378032, 465.267622, 34306.8972, 0.34530592669, 0.5003928887),
}


@pytest.mark.parametrize(("table", "objective", "value"), CERTIFIED)
def test_certified_optimum_is_found(table, objective, value, request):
    found = fit(request.getfixturevalue(table), Request(objective=objective))
    assert found.report.value == pytest.approx(value, rel=1e-12)
    wanted = dict(zip(("E", "A", "B", "alpha", "beta"), COEFFICIENTS[table, objective], strict=True))
    assert found.parameters == pytest.approx(wanted, rel=1e-7)
    assert found.report.agreeing == found.report.starts == 12


def huber_log(theta, runs, delta=1e-3):
    """Hoffmann's objective written out, as an oracle for what the peers minimize."""
    e, a, b, alpha, beta = theta
    terms = [np.full(runs.rows, e), a - alpha * np.log(runs.params), b - beta * np.log(runs.tokens)]
    size = np.abs(np.logaddexp.reduce(terms) - np.log(runs.loss))
    return np.where(size <= delta, size**2 / 2, delta * (size - delta / 2)).sum()


def test_default_lbfgsb_from_hoffmanns_values_stops_14_percent_above_the_optimum(chinchilla240):
    start = [np.log(1.69), np.log(406.4), np.log(410.7), 0.34, 0.28]
    stopped = minimize(huber_log, start, args=(chinchilla240,), method="L-BFGS-B")
    best = fit(chinchilla240, Request(objective="huber-1e-3")).report.value
    assert stopped.fun > 1.05 * best


def log_residual(theta, runs):
    e, a, b, alpha, beta = theta
    fitted = (
        np.exp(e)
        + np.exp(a - alpha * np.log(runs.params / 1e8))
        + np.exp(b - beta * np.log(runs.tokens / 1e10))
    )
    return np.log(fitted) - np.log(runs.loss)


@pytest.mark.parametrize("seed", range(8))
def test_scipy_least_squares_agrees(seed, simulated):
    runs = simulated(seed, rows=30)
    found = fit(runs, Request(objective="least-squares"))
    oracle = least_squares(
        log_residual, [0.6, -0.3, -0.9, 0.35, 0.37], args=(runs,), xtol=1e-15, ftol=1e-15, gtol=1e-15
    )
    assert found.report.value == pytest.approx(2 * oracle.cost, rel=1e-10)
    assert found.parameters["alpha"] == pytest.approx(oracle.x[3], rel=1e-6)
    assert found.parameters["beta"] == pytest.approx(oracle.x[4], rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_no_start_of_nelder_mead_beats_the_huber_optimum(seed, simulated):
    runs = simulated(seed, rows=25)
    found = fit(runs, Request(objective="huber-1e-3"))
    natural = found.parameters
    start = np.array([*np.log([natural[k] for k in "EAB"]), natural["alpha"], natural["beta"]])
    random = np.random.default_rng(seed)
    for _ in range(3):
        tried = minimize(
            huber_log, start * (1 + 0.02 * random.standard_normal(5)), args=(runs,), method="Nelder-Mead"
        )
        assert found.report.value <= tried.fun * (1 + 1e-9)


@given(
    params_unit=st.floats(1e-9, 1e9), tokens_unit=st.floats(1e-12, 1e6), seed=st.integers(0, 50),
    objective=st.sampled_from(["least-squares", "huber-1e-3"]),
)  # fmt: skip
@settings(max_examples=25, deadline=None)
def test_units_of_params_and_tokens_do_not_matter(simulated, params_unit, tokens_unit, seed, objective):
    runs = simulated(seed)
    other = replace(runs, params=runs.params * params_unit, tokens=runs.tokens * tokens_unit)
    one, two = fit(runs, Request(objective=objective)), fit(other, Request(objective=objective))
    assert two.report.value == pytest.approx(one.report.value, rel=1e-9)
    assert two.parameters["alpha"] == pytest.approx(one.parameters["alpha"], rel=1e-6)


@pytest.mark.parametrize("objective", ["least-squares", "huber", "huber-1e-3", "huber-raw"])
def test_order_of_rows_does_not_matter(objective, chinchilla240):
    order = np.random.default_rng(3).permutation(240)
    one, two = (
        fit(chinchilla240, Request(objective=objective)),
        fit(chinchilla240.take(order), Request(objective=objective)),
    )
    assert two.report.value == pytest.approx(one.report.value, rel=1e-12)
    assert two.parameters == pytest.approx(one.parameters, rel=1e-8)


@pytest.mark.parametrize("objective", ["least-squares", "huber", "huber-1e-3", "huber-raw"])
def test_repeated_rows_are_weights(objective, chinchilla240):
    doubled = chinchilla240.take(np.repeat(np.arange(240), 2))
    weighted = replace(chinchilla240, weights=np.full(240, 2.0))
    one, two = fit(doubled, Request(objective=objective)), fit(weighted, Request(objective=objective))
    assert two.report.value == pytest.approx(one.report.value, rel=1e-10)
    assert two.parameters == pytest.approx(one.parameters, rel=1e-7)
    assert two.covariance == pytest.approx(one.covariance, rel=1e-5, abs=1e-12)


def test_noise_free_runs_give_back_the_law(simulated):
    found = fit(simulated(5, sd=0.0), Request(objective="least-squares"))
    wanted = {"E": 1.8, "A": 480.0, "B": 2000.0, "alpha": 0.35, "beta": 0.37}
    assert found.parameters == pytest.approx(wanted, rel=1e-9)


def test_floor_that_vanishes_is_a_bound(simulated):
    found = fit(simulated(1, E=-0.05))
    assert found.report.sentence == "at a bound: E = 0"
    assert found.parameters["E"] == 0.0


def test_bounds_hold_and_are_reported(simulated):
    found = fit(simulated(1), Request(bounds={"alpha": (0.1, 0.3)}))
    assert found.parameters["alpha"] == pytest.approx(0.3, rel=1e-12)
    assert found.report.sentence == "at a bound: alpha = 0.3"


def test_fixing_a_parameter_at_its_optimum_changes_nothing(chinchilla240):
    free = fit(chinchilla240, Request(objective="huber-1e-3"))
    for name, value in free.parameters.items():
        held = fit(chinchilla240, Request(objective="huber-1e-3", fixed={name: value}))
        assert held.report.value == pytest.approx(free.report.value, rel=1e-9)
        assert held.parameters == pytest.approx(free.parameters, rel=1e-6)


def test_nist_danwood_is_met_to_eight_digits():
    # NIST StRD nonlinear regression, problem DanWood: y = b1 * x**b2, certified values.
    x = [1.309, 1.471, 1.490, 1.565, 1.611, 1.680]
    y = [2.138, 3.421, 3.597, 4.340, 4.882, 5.660]
    found = fit(runs_of(x, None, y), Request(form="power", objective="least-squares-raw"))
    assert found.parameters["a"] == pytest.approx(7.6886226176e-01, rel=1e-9)
    assert found.parameters["b"] == pytest.approx(3.8604055871e00, rel=1e-10)
    assert found.report.value == pytest.approx(4.3173084083e-03, rel=1e-10)
    assert np.sqrt(found.covariance[3, 3]) == pytest.approx(5.1726610913e-02, rel=1e-8)


def test_a_hundred_thousand_rows_are_fitted(simulated):
    found = fit(simulated(2, rows=100_000), Request(objective="huber-1e-3"))
    assert found.report.agreeing == found.report.starts
    assert found.parameters["alpha"] == pytest.approx(0.35, abs=0.002)
