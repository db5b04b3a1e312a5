"""Covariances against the textbook, and the choices between them."""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from scalecalc.fitting import (
    Plan,
    Request,
    allocation_exponents,
    delta_intervals,
    fit,
    resample,
    resampled_intervals,
    runs_of,
)


def test_classical_errors_are_those_of_scipy(simulated):
    runs = simulated(4, rows=30)
    found = fit(runs, Request(objective="least-squares"))

    def log_law(logs, e, a, b, alpha, beta):
        terms = np.exp(e) + np.exp(a - alpha * (logs[0] - 18)) + np.exp(b - beta * (logs[1] - 24))
        return np.log(terms)

    logs = np.log([runs.params, runs.tokens])
    _, covariance = curve_fit(log_law, logs, np.log(runs.loss), [0.6, -0.4, -1.3, 0.35, 0.37])
    # Exponents are not touched by centring, so their errors can be compared.
    assert found.covariance[3:5, 3:5] == pytest.approx(covariance[3:, 3:], rel=1e-4)
    assert found.noise == "equal"


def test_scaling_all_weights_changes_no_error(simulated):
    runs = simulated(4)
    one = fit(
        runs_of(runs.params, runs.tokens, runs.loss, weights=np.full(40, 0.1)),
        Request(objective="least-squares"),
    )
    two = fit(runs, Request(objective="least-squares"))
    assert one.covariance == pytest.approx(two.covariance, rel=1e-6, abs=1e-14)


def test_table_written_twice_is_no_more_certain(simulated):
    runs = simulated(4)
    doubled = runs.take(np.tile(np.arange(40), 2))
    one, two = fit(runs, Request(objective="least-squares")), fit(doubled, Request(objective="least-squares"))
    assert two.covariance == pytest.approx(one.covariance, rel=1e-6, abs=1e-14)
    assert two.degrees == one.degrees == 35


def test_noise_that_grows_with_compute_is_noticed(simulation):
    cell = simulation.Cell("", 12, 20, simulation.growing(0.002, 0.02))
    found = fit(simulation.table_of(cell, np.random.default_rng(0)))
    assert found.noise == "unequal"


def test_given_run_labels_make_clusters(simulation):
    params, tokens, labels = simulation.checkpointed_runs(10, 6)
    random = np.random.default_rng(0)
    loss = (1.8 + 480 * params**-0.35 + 2000 * tokens**-0.37) * np.exp(0.005 * random.standard_normal(60))
    found = fit(runs_of(params, tokens, loss, clusters=labels))
    assert found.noise == "clustered"
    assert found.degrees == 9
    assert "10 effective runs, not 60 rows: rows of one run share their noise" in found.report.notes


def test_labels_that_are_all_different_are_no_clusters(chinchilla240):
    labelled = runs_of(
        chinchilla240.params, chinchilla240.tokens, chinchilla240.loss, clusters=np.arange(240)
    )
    assert fit(labelled).noise == fit(chinchilla240).noise == "any"


def test_hc3_is_the_sandwich_of_the_textbook():
    # MacKinnon and White 1985 on a straight line in logs, whose normal equations are written out here.
    random = np.random.default_rng(7)
    x = np.geomspace(1, 1e4, 50)
    runs = runs_of(x, None, 3 * x**-0.2 * np.exp(0.05 * random.standard_normal(50)))
    found = fit(runs, Request(form="power", objective="least-squares"))
    assert found.noise == "any"
    design = np.column_stack([np.ones(50), -(np.log(x) - np.log(x).mean())])
    bread = np.linalg.inv(design.T @ design)
    residual = np.log(runs.loss) - design @ (bread @ design.T @ np.log(runs.loss))
    pull = design * (residual / (1 - np.sum(design @ bread * design, axis=1)))[:, None]
    wanted = bread @ pull.T @ pull @ bread
    assert found.covariance[np.ix_([1, 3], [1, 3])] == pytest.approx(wanted, rel=1e-8)


@pytest.mark.parametrize("objective", ["least-squares", "huber"])
def test_interval_of_chinchillas_exponent_is_as_wide_as_the_jackknifes(objective, chinchilla240):
    # Real residuals are neither equal nor normal: the classical interval is half as wide as it should be.
    found = fit(chinchilla240, Request(objective=objective))
    exponent = allocation_exponents()[:1]
    delta = delta_intervals(found, exponent)["a"]
    jackknife = resampled_intervals(found, resample(chinchilla240, found, Plan("jackknife")), exponent)["a"]
    assert delta.high - delta.low == pytest.approx(jackknife.high - jackknife.low, rel=0.1)


def test_few_rows_and_sharp_thresholds_keep_to_equal_noise(simulated):
    assert fit(simulated(4, rows=30)).noise == "equal"
    assert fit(simulated(4, rows=60), Request(objective="huber-1e-3")).noise == "equal"


def test_outliers_switch_to_huber_and_are_named(simulated):
    runs = simulated(6)
    loss = runs.loss.copy()
    loss[[3, 17]] *= 1.15
    found = fit(runs_of(runs.params, runs.tokens, loss))
    assert found.report.objective == "huber"
    assert set(found.report.outliers) == {3, 17}
    assert found.report.notes[0].startswith("2 rows are too far off for least squares")


def test_asking_for_least_squares_keeps_it(simulated):
    runs = simulated(6)
    loss = runs.loss.copy()
    loss[3] *= 1.2
    assert (
        fit(runs_of(runs.params, runs.tokens, loss), Request(objective="least-squares")).report.objective
        == "least-squares"
    )


def test_robust_sigma_ignores_outliers(simulated):
    runs = simulated(6, rows=400)
    loss = runs.loss.copy()
    loss[:20] *= 1.3
    assert fit(runs_of(runs.params, runs.tokens, loss)).sigma == pytest.approx(0.01, rel=0.15)
