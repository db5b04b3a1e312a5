"""The curves of accuracy over loss: their minimum, and how often their intervals hold."""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from scalecalc.commands._accuracy_curve import ErrorCurve, SigmoidCurve
from scalecalc.commands._accuracy_fit import fit_curve
from scalecalc.fitting.distributions import quantile_of_t
from scalecalc.laws.downstream import Sigmoid

TRUTH = Sigmoid(chance=0.25, top=0.85, slope=9.0, midpoint=1.85)


def test_the_minimum_is_that_of_an_independent_solver():
    generator = np.random.default_rng(8)
    loss = np.linspace(2.4, 1.5, 16)
    accuracy = np.array(list(map(TRUTH.accuracy, loss))) + generator.normal(0, 0.01, 16)

    def sigmoid(x, chance, top, slope, midpoint):
        return chance + (top - chance) / (1 + np.exp(slope * (x - midpoint)))

    expected, covariance = curve_fit(sigmoid, loss, accuracy, p0=[0.2, 0.9, 7.0, 1.9])
    found = fit_curve(SigmoidCurve(), loss, accuracy)
    assert list(found.parameters.values()) == pytest.approx(expected, rel=1e-4)
    errors = [found.parameter_error(name) for name in found.curve.names]
    assert errors == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-3)


@pytest.mark.parametrize(
    ("least_loss", "asked"), [(1.5, 1.85), (1.5, 1.3), (1.75, 1.6)], ids=["within", "beyond", "far beyond"]
)
def test_delta_intervals_cover_the_truth_as_often_as_they_say(least_loss, asked):
    """100 simulated tables of 12 runs; four standard errors of 95 % are 8.7 points."""
    loss = np.linspace(2.3, least_loss, 12)
    mean = np.array(list(map(TRUTH.accuracy, loss)))
    generator = np.random.default_rng(5)
    inside = 0
    for _ in range(100):
        found = fit_curve(SigmoidCurve(), loss, mean + generator.normal(0, 0.01, 12))
        reach = quantile_of_t(found.degrees, 0.95) * found.error(asked)
        inside += abs(float(found.accuracy(asked)) - TRUTH.accuracy(asked)) <= reach
    assert inside >= 86


def test_curves_of_error_and_accuracy_mirror_each_other():
    phi, z = np.array([0.8, 0.1, 0.2]), np.array([-1.0, 0.0, 1.0])
    error = 0.8 - np.exp(0.1) * np.exp(-np.exp(0.2) * z)
    assert ErrorCurve.value(phi, z) == pytest.approx(1 - error, rel=1e-12)
