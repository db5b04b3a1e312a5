"""Approaches 1 and 2 read the optimum off the budgets."""

import numpy as np
import pytest

from scalecalc.fitting import isoflop_parabolas, minimum_envelope, runs_of
from scalecalc.problem import ExitCode, Problem


def test_llama3_points_give_the_published_power_law(llama3):
    # Llama 3 paper, section 3.2.1: D* = 0.29 C**0.53 and 16.55T tokens at 3.8e25 FLOPs; the digitised
    # points give 0.30 C**0.537 and 16.1T.
    tokens = isoflop_parabolas(llama3).tokens
    assert round(tokens.coefficient, 2) == 0.30
    assert round(tokens.exponent, 3) == 0.537
    assert tokens.at(3.8e25).value == pytest.approx(16.1e12, rel=0.005)


def parabolic_sweep():
    """Budgets on which the loss is exactly a parabola in log N, least at N = 0.1 C**0.5."""
    flops = np.repeat(np.geomspace(1e18, 1e21, 5), 7)
    best = 0.1 * flops**0.5
    params = best * np.tile(np.geomspace(0.2, 4, 7), 5)
    return runs_of(params, flops / 6 / params, 2 + 0.05 * np.log(params / best) ** 2)


def test_exact_parabolas_give_back_their_minima():
    found = isoflop_parabolas(parabolic_sweep())
    assert found.params.coefficient == pytest.approx(0.1, rel=1e-6)
    assert found.params.exponent == pytest.approx(0.5, rel=1e-8)
    assert found.optima[3] == pytest.approx(np.full(5, 2.0))


def test_params_and_tokens_share_the_budget():
    found = isoflop_parabolas(parabolic_sweep())
    flops, params, tokens, _ = found.optima
    assert 6 * params * tokens == pytest.approx(flops, rel=1e-9)


def test_budget_without_a_minimum_is_left_out_and_named():
    runs = parabolic_sweep()
    keep = (runs.flops > 2e18) | (runs.params < 0.1 * 1e9)
    found = isoflop_parabolas(runs.take(keep))
    assert found.left_out[0][0] == pytest.approx(1e18)
    assert "minimum" in found.left_out[0][1] or "fewer" in found.left_out[0][1]


def test_envelope_takes_the_least_loss_of_each_bin():
    found = minimum_envelope(parabolic_sweep(), bins_per_decade=2)
    assert found.params.exponent == pytest.approx(0.5, abs=0.01)
    assert found.approach == 1


def test_too_few_budgets_are_refused():
    runs = parabolic_sweep()
    with pytest.raises(Problem, match="approach 2 found an optimum at 2 budgets, needs 3") as refused:
        isoflop_parabolas(runs.take(runs.flops < 1e19))
    assert refused.value.exit_code is ExitCode.NO_ANSWER


def test_line_interval_is_that_of_linear_regression():
    from scipy.stats import linregress, t

    from scalecalc.fitting.isoflop import power_line

    random = np.random.default_rng(0)
    flops = np.geomspace(1e18, 1e21, 8)
    values = 0.1 * flops**0.5 * np.exp(0.1 * random.standard_normal(8))
    line, oracle = power_line(flops, values), linregress(np.log(flops), np.log(values))
    interval = line.exponent_interval()
    assert interval.value == pytest.approx(oracle.slope)
    assert interval.high - interval.value == pytest.approx(t.ppf(0.975, 6) * oracle.stderr)
