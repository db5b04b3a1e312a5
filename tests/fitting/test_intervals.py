"""Intervals: a small coverage study, and the methods against each other."""

import numpy as np
import pytest

from scalecalc.fitting import (
    Plan,
    Request,
    allocation_exponents,
    clustered_runs,
    delta_intervals,
    fit,
    loss_quantity,
    optimum_quantities,
    parameter_quantities,
    profile_intervals,
    resample,
    resampled_intervals,
)

SIMULATIONS = 150
# Four standard errors of a share of 0.95 among so many simulations.
TOLERANCE = 4 * (0.95 * 0.05 / SIMULATIONS) ** 0.5


@pytest.mark.parametrize("rows", [20, 60])
def test_default_intervals_cover_the_truth_as_often_as_they_say(rows, simulation):
    cell = simulation.Cell("", *simulation.SIZES[rows], simulation.normal(0.01))
    found = simulation.covered(cell, SIMULATIONS, seed=1)
    for name in simulation.NAMES:
        assert found[name] == pytest.approx(0.95, abs=TOLERANCE)


def test_checkpoints_of_runs_are_covered_too(simulation):
    found = simulation.covered(simulation.CLUSTERED[0], SIMULATIONS, seed=1)
    for name in simulation.NAMES:
        assert found[name] == pytest.approx(0.95, abs=TOLERANCE)


def test_outliers_are_covered_too(simulation):
    found = simulation.covered(simulation.OTHER[0], SIMULATIONS, seed=1)
    for name in simulation.NAMES:
        assert found[name] == pytest.approx(0.95, abs=TOLERANCE)


def quantities(found):
    return (*parameter_quantities(found.form), *allocation_exponents(), *optimum_quantities(1e23))


def log_ends(interval):
    return np.log([interval.low, interval.high])


@pytest.mark.parametrize("method", ["bootstrap", "wild", "jackknife", "profile"])
def test_methods_agree_where_all_are_valid(method, simulated):
    # 400 independent rows with equal normal noise: every method is consistent, so that ends differ by
    # resampling error and curvature only; half of a half-width is far beyond both.
    runs = simulated(8, rows=400)
    found = fit(runs, Request(objective="least-squares"))
    plain = delta_intervals(found, quantities(found))
    if method == "profile":
        other = profile_intervals(runs, found, quantities(found))
    else:
        other = resampled_intervals(found, resample(runs, found, Plan(method, 400)), quantities(found))
    for name, interval in plain.items():
        half = np.ptp(log_ends(interval)) / 2
        assert log_ends(other[name]) == pytest.approx(log_ends(interval), abs=0.5 * half)


def test_profile_of_a_linear_problem_is_the_t_interval():
    from scalecalc.fitting import runs_of

    random = np.random.default_rng(2)
    x = np.geomspace(1, 1e3, 12)
    runs = runs_of(x, None, 3 * x**-0.2 * np.exp(0.05 * random.standard_normal(12)))
    found = fit(runs, Request(form="power", objective="least-squares"))
    for name, interval in profile_intervals(runs, found, parameter_quantities(found.form)).items():
        plain = delta_intervals(found, parameter_quantities(found.form))[name]
        assert (interval.low, interval.high) == pytest.approx((plain.low, plain.high), rel=1e-5)


def test_new_run_interval_is_wider_by_the_residual_spread(chinchilla240):
    found = fit(chinchilla240)
    quantity = [loss_quantity(1e9, 1e11)]
    mean, new = (
        delta_intervals(found, quantity)["loss"],
        delta_intervals(found, quantity, new_run=True)["loss"],
    )
    quantile = 1.97  # Student t, 235 degrees of freedom
    added = np.ptp(log_ends(new)) ** 2 - np.ptp(log_ends(mean)) ** 2
    assert np.sqrt(added) / 2 == pytest.approx(quantile * found.sigma, rel=1e-3)


def test_higher_level_is_wider(chinchilla240):
    found = fit(chinchilla240)
    widths = [
        np.ptp(log_ends(delta_intervals(found, optimum_quantities(1e23), level=p)["params"]))
        for p in (0.5, 0.9, 0.99)
    ]
    assert widths == sorted(widths)


def test_level_outside_zero_and_one_is_refused(chinchilla240):
    with pytest.raises(ValueError, match="level must lie between 0 and 1, got 95"):
        delta_intervals(fit(chinchilla240), optimum_quantities(1e23), level=95)


def test_every_resample_of_hoffmanns_objective_converges(chinchilla240):
    found = fit(chinchilla240, Request(objective="huber-1e-3"))
    draws = resample(chinchilla240, found, Plan(resamples=500))
    assert draws.converged == 1.0
    assert draws.degenerate == 0.0


def test_same_seed_same_draws_and_other_seed_other_draws(chinchilla240):
    found = fit(chinchilla240)
    first, again = (resample(chinchilla240, found, Plan(resamples=70, seed=4)) for _ in range(2))
    other = resample(chinchilla240, found, Plan(resamples=70, seed=5))
    assert np.array_equal(first.theta, again.theta)
    assert not np.array_equal(first.theta, other.theta)


def test_progress_ends_at_the_total_and_an_interrupt_passes_through(chinchilla240):
    found = fit(chinchilla240)
    told = []
    resample(
        chinchilla240, found, Plan(resamples=130, progress=lambda done, total: told.append((done, total)))
    )
    assert told[-1] == (130, 130)

    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        resample(chinchilla240, found, Plan(resamples=130, progress=interrupt))


def test_clustered_bootstrap_draws_whole_runs(simulation):
    runs = simulation.table_of(simulation.CLUSTERED[0], np.random.default_rng(0))
    found = fit(runs)
    assert found.noise == "clustered"
    by_run = resample(clustered_runs(runs, found), found, Plan("jackknife"))
    assert len(by_run.theta) == 10


def test_unknown_method_is_refused(chinchilla240):
    with pytest.raises(ValueError, match="bootstrap, wild, jackknife"):
        resample(chinchilla240, fit(chinchilla240), Plan("bayes"))
