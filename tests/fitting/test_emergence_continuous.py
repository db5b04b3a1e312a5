"""The test of a continuous measure: exact under normal noise, against least squares by NumPy."""

import numpy as np
import pytest

from scalecalc.fitting.emergence import places
from scalecalc.fitting.emergence_continuous import continuous_break_test

SCALE = np.geomspace(1e19, 1e24, 10)
X = np.log10(SCALE) - np.log10(SCALE).mean()


def test_a_power_law_is_told_as_one_without_a_break():
    test = continuous_break_test(SCALE, 3e3 * SCALE**-0.12)
    assert test.is_log
    assert test.statistic == 0
    assert test.p_value > 0.9
    assert test.bic_gain < 0


def test_the_statistic_is_that_of_least_squares():
    values = np.exp(0.5 - 0.3 * X + 0.4 * np.random.default_rng(2).normal(size=10))
    test = continuous_break_test(SCALE, values)

    def left(*columns):
        return np.linalg.lstsq(np.stack(columns, axis=-1), np.log(values), rcond=None)[1][0]

    line = left(np.ones(10), X)
    best = min(left(np.ones(10), X, place.column(X)) for place in places(X))
    assert test.statistic == pytest.approx(((line - best) / 2) / (best / 6))
    assert test.bic_gain == pytest.approx(10 * np.log(line / best) - 2 * np.log(10))


def test_p_values_are_uniform_under_a_power_law():
    random = np.random.default_rng(0)
    p_values = np.array(
        [
            continuous_break_test(SCALE, np.exp(-0.3 * X + 0.05 * random.normal(size=10)), seed=i).p_value
            for i in range(400)
        ]
    )
    for level in (0.05, 0.2, 0.5):
        # four standard errors of 400 tables
        assert (p_values <= level).mean() == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / 400))


def test_a_true_break_is_found():
    bent = np.exp(-0.1 * X - 0.8 * np.maximum(X, 0) + 0.03 * np.random.default_rng(1).normal(size=10))
    test = continuous_break_test(SCALE, bent)
    assert test.p_value < 0.01
    assert 1e21 < test.break_scale < 1e22


def test_a_measure_with_negative_values_is_a_line():
    test = continuous_break_test(SCALE, 1.0 - 0.4 * X)
    assert not test.is_log
    assert test.statistic == 0


def test_a_measure_that_never_changes_has_no_break():
    assert continuous_break_test(SCALE, np.full(10, 2.0)).p_value > 0.9


def test_too_few_scales_are_refused():
    with pytest.raises(ValueError, match="scale must have 5 different values, got 3"):
        continuous_break_test(SCALE[:3], np.ones(3))
