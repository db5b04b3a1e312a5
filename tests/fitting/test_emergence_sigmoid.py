"""Batched sigmoid fits against an independent optimizer, closed forms and each other."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import binom

from scalecalc.fitting.emergence_sigmoid import Design, fit_sigmoids, starting_theta

X = np.array([-1.9, -1.2, -0.8, -0.3, 0.2, 0.7, 1.2, 2.1])
ITEMS = np.full(8, 400.0)
JUMP = (X > 0.4).astype(float)


def slow_fit(design, right, z, start):
    """Nelder-Mead and BFGS on the binomial likelihood as scipy.stats has it."""
    width = 2 if z is None else 3

    def loss(theta):
        eta = theta[0] + theta[1] * design.x + (0 if z is None else theta[2] * z)
        share = (1 / (1 + np.exp(-eta))) ** design.answer_tokens
        accuracy = np.clip(design.chance + (1 - design.chance) * share, 1e-14, 1 - 1e-14)
        return -binom.logpmf(right, design.items.astype(int), accuracy).sum()

    options = {"maxiter": 20_000, "xatol": 1e-10, "fatol": 1e-10, "maxfev": 20_000}
    found = minimize(loss, start[:width], method="Nelder-Mead", options=options)
    return minimize(loss, found.x, method="Nelder-Mead", options=options).x


@pytest.mark.parametrize("answer_tokens", [1.0, 3.5])
@pytest.mark.parametrize("chance", [0.0, 0.25])
@pytest.mark.parametrize("broken", [False, True], ids=["smooth", "broken"])
def test_the_optimum_is_that_of_an_independent_optimizer(answer_tokens, chance, broken):
    design = Design(X, ITEMS, answer_tokens, chance)
    truth = design.accuracy(0.4 + 1.1 * X + 1.5 * JUMP)
    right = np.random.default_rng(4).binomial(400, truth).astype(float)[None]
    z = JUMP[None] if broken else None

    found = fit_sigmoids(design, right, z, starting_theta(design, right))
    expected = slow_fit(design, right[0], JUMP if broken else None, found.theta[0] + 0.05)

    # a simplex without derivatives places the optimum to about the root of its tolerance
    assert found.theta[0, : 3 if broken else 2] == pytest.approx(expected, abs=2e-4)


def test_the_log_likelihood_is_the_binomial_one_but_for_its_coefficients():
    design = Design(X, ITEMS)
    right = np.round(400 * design.accuracy(-1 + X))[None]
    found = fit_sigmoids(design, right, None, starting_theta(design, right))
    accuracy = design.accuracy(found.theta[0, 0] + found.theta[0, 1] * X)
    whole = binom.logpmf(right[0], 400, accuracy).sum()
    coefficients = (
        binom.logpmf(right[0], 400, right[0] / 400).sum()
        - (right[0] * np.log(right[0] / 400) + (400 - right[0]) * np.log(1 - right[0] / 400)).sum()
    )
    assert found.log_likelihood[0] == pytest.approx(whole - coefficients)


def test_two_scales_are_met_exactly():
    # two parameters and two groups: the closed form is the log-odds of either
    design = Design(np.array([-1.0, 1.0]), np.array([50.0, 80.0]))
    right = np.array([[10.0, 60.0]])
    theta = fit_sigmoids(design, right, None, np.zeros((1, 3))).theta[0]
    assert theta[0] - theta[1] == pytest.approx(np.log(10 / 40), abs=1e-6)
    assert theta[0] + theta[1] == pytest.approx(np.log(60 / 20), abs=1e-6)


def test_many_tables_are_fitted_as_each_alone():
    design = Design(X, ITEMS, 2.5)
    right = np.random.default_rng(0).binomial(400, design.accuracy(1.2 * X), (30, 8)).astype(float)
    z = np.broadcast_to(JUMP, right.shape)
    start = starting_theta(design, right)
    together = fit_sigmoids(design, right, z, start)
    alone = [fit_sigmoids(design, right[i : i + 1], z[:1], start[i : i + 1]) for i in range(30)]
    assert together.theta == pytest.approx(np.concatenate([each.theta for each in alone]), abs=1e-9)


@pytest.mark.parametrize(
    "right",
    [[0] * 8, [400] * 8, [0, 0, 0, 0, 400, 400, 400, 400], [0] * 7 + [400], [0] * 7 + [1]],
    ids=["none right", "all right", "separated", "last alone", "one answer"],
)
def test_degenerate_tables_end_and_are_met(right):
    design = Design(X, ITEMS)
    table = np.array([right], dtype=float)
    for z in (None, JUMP[None]):
        found = fit_sigmoids(design, table, z, starting_theta(design, table))
        assert np.isfinite(found.theta).all()
        assert np.isfinite(found.log_likelihood).all()


def test_a_break_never_lessens_the_likelihood():
    design = Design(X, ITEMS, 3.0)
    right = np.random.default_rng(1).binomial(400, 0.5, (200, 8)).astype(float)
    smooth = fit_sigmoids(design, right, None, starting_theta(design, right))
    broken = fit_sigmoids(design, right, np.broadcast_to(JUMP, right.shape), smooth.theta)
    assert (broken.log_likelihood >= smooth.log_likelihood).all()
