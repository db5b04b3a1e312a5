"""How far a quantity can be pushed: profiles against refits and against the intervals made from them."""

import numpy as np
import pytest

from scalecalc import fitting
from scalecalc.fitting import Request, parameter_quantities, profile_depths, profile_intervals
from scalecalc.fitting.distributions import quantile_of_t
from scalecalc.fitting.intervals import standard_error


@pytest.fixture(scope="module")
def fitted(chinchilla240):
    return fitting.fit(chinchilla240, Request(objective="least-squares"))


def held_at(fit, quantity, steps):
    center = float(quantity.of(fit.theta, fit.centers))
    return center + np.array(steps) * standard_error(fit, quantity)


@pytest.mark.parametrize("quantity", parameter_quantities(fitting.FORMS["additive"]), ids=lambda q: q.name)
def test_the_depth_is_that_of_a_refit_with_the_parameter_held(chinchilla240, fitted, quantity):
    values = held_at(fitted, quantity, (-2.0, -0.5, 0.5, 2.0))
    depths = profile_depths(chinchilla240, fitted, quantity, values)
    for value, depth in zip(values, depths, strict=True):
        natural = float(np.exp(value)) if quantity.log else float(value)
        refit = fitting.fit(chinchilla240, Request(objective="least-squares", fixed={quantity.name: natural}))
        # the variance is the sum of squares over the degrees of freedom, so the rise in units of it is
        rise = (refit.report.value / fitted.report.value - 1) * fitted.degrees
        assert depth**2 == pytest.approx(rise, rel=1e-4)
        assert np.sign(depth) == np.sign(value - held_at(fitted, quantity, (0.0,))[0])


def test_it_is_zero_at_the_optimum_and_rises_to_both_sides(chinchilla240, fitted):
    alpha = parameter_quantities(fitted.form)[3]
    depths = profile_depths(chinchilla240, fitted, alpha, held_at(fitted, alpha, (-2, -1, 0, 1, 2)))
    assert depths[2] == pytest.approx(0, abs=1e-4)
    assert list(depths) == sorted(depths)


def test_at_the_ends_of_the_interval_it_is_the_quantile(chinchilla240, fitted):
    beta = parameter_quantities(fitted.form)[4]
    interval = profile_intervals(chinchilla240, fitted, [beta])[beta.name]
    depths = profile_depths(chinchilla240, fitted, beta, np.array([interval.low, interval.high]))
    quantile = quantile_of_t(fitted.degrees, 0.95)
    assert depths == pytest.approx([-quantile, quantile], rel=1e-3)
