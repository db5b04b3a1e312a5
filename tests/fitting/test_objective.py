"""The functions of the residual, row by row."""

import numpy as np
import pytest
from scipy.special import huber

from scalecalc.fitting.objective import OBJECTIVES, huber_terms, objective, quadratic_terms

RESIDUAL = np.linspace(-0.01, 0.01, 21)[None]
WEIGHTS = np.linspace(0.5, 2.0, 21)[None]


def test_huber_is_that_of_scipy():
    value, slope, curvature = huber_terms(RESIDUAL, np.array([[1e-3]]), WEIGHTS)
    assert value == pytest.approx((WEIGHTS * huber(1e-3, RESIDUAL)).sum(axis=1))
    assert slope == pytest.approx(WEIGHTS * np.clip(RESIDUAL, -1e-3, 1e-3))
    assert curvature == pytest.approx(WEIGHTS * (np.abs(RESIDUAL) <= 1e-3))


def test_quadratic_is_the_weighted_square():
    value, slope, curvature = quadratic_terms(RESIDUAL, WEIGHTS)
    assert value == pytest.approx((WEIGHTS * RESIDUAL**2).sum(axis=1))
    assert slope == pytest.approx(2 * WEIGHTS * RESIDUAL)
    assert curvature == pytest.approx(2 * WEIGHTS)


def test_delta_of_hoffmann_is_a_thousandth():
    assert objective("huber-1e-3").delta == objective("huber-raw").delta == 1e-3


def test_names_are_their_keys():
    assert all(name == each.name for name, each in OBJECTIVES.items())
