"""Whole fits: what the rows cannot tell is refused or said, never answered with plausible numbers."""

import numpy as np
import pytest

from scalecalc.fitting import Request, Verdict, fit, influence, parameter_quantities, runs_of
from scalecalc.problem import ExitCode, Problem


def law(params, tokens):
    return 1.8 + 480 * params**-0.35 + 2000 * tokens**-0.37


RANDOM = np.random.default_rng(3)
PARAMS, TOKENS = 10 ** RANDOM.uniform(7, 10, 60), 10 ** RANDOM.uniform(9, 12, 60)
NOISE = np.exp(0.01 * RANDOM.standard_normal(60))

REFUSED = {
    "collinear-design": (PARAMS, 20 * PARAMS, law(PARAMS, 20 * PARAMS) * NOISE),
    "constant-column": (np.full(60, 1e8), TOKENS, law(1e8, TOKENS) * NOISE),
    "too-few-rows": (PARAMS[:5], TOKENS[:5], law(PARAMS, TOKENS)[:5]),
    "constant-loss": (PARAMS, TOKENS, np.full(60, 2.0)),
}


@pytest.mark.parametrize("code", REFUSED)
def test_table_that_cannot_answer_is_refused_with_reason_and_remedy(code):
    with pytest.raises(Problem) as refused:
        fit(runs_of(*REFUSED[code]))
    assert refused.value.code == code
    assert refused.value.exit_code is ExitCode.NO_ANSWER
    assert refused.value.hint


def test_collinear_powers_are_refused_too():
    tokens = 1e4 * PARAMS**0.7
    with pytest.raises(Problem, match=r"tokens are params\*\*0.7"):
        fit(runs_of(PARAMS, tokens, law(PARAMS, tokens) * NOISE))


def test_two_sizes_do_not_determine_a_power_and_a_floor():
    params = np.where(PARAMS > 1e8, 1e9, 1e8)
    with pytest.raises(Problem, match="params takes only 2 different values"):
        fit(runs_of(params, TOKENS, law(params, TOKENS) * NOISE))


UNANSWERED = {
    "nearly collinear": (PARAMS, 20 * PARAMS * NOISE**10, law(PARAMS, 20 * PARAMS) * NOISE),
    "six rows": (PARAMS[:6], TOKENS[:6], (law(PARAMS, TOKENS) * NOISE)[:6]),
    "pure noise": (PARAMS, TOKENS, 2 * NOISE),
    "no effect of tokens": (PARAMS, TOKENS, (1.8 + 480 * PARAMS**-0.35) * NOISE),
    "rises with params": (PARAMS, TOKENS, (1 + PARAMS**0.01) * NOISE),
}


@pytest.mark.parametrize("name", UNANSWERED)
def test_parameters_that_rows_do_not_determine_are_called_so(name):
    report = fit(runs_of(*UNANSWERED[name]), Request(objective="least-squares")).report
    assert report.verdict is Verdict.NOT_IDENTIFIABLE
    assert report.sentence.startswith("not identifiable: ")


def test_good_table_says_how_many_starts_agree(chinchilla240):
    report = fit(chinchilla240, Request(objective="huber-1e-3")).report
    assert report.sentence == "optimum: 12 of 12 starts agree"
    assert report.verdict is Verdict.OPTIMUM
    assert report.gradient_norm < 1e-10
    assert report.smallest_eigenvalue > 0
    assert 1e3 < report.condition < 1e5


def test_value_is_a_sum_not_a_mean(chinchilla240):
    once = fit(chinchilla240, Request(objective="least-squares")).report.value
    twice = fit(
        chinchilla240.take(np.repeat(np.arange(240), 2)), Request(objective="least-squares")
    ).report.value
    assert twice == pytest.approx(2 * once, rel=1e-12)


def test_form_of_one_variable_refuses_a_second():
    with pytest.raises(ValueError, match="power needs one variable"):
        fit(runs_of(PARAMS, TOKENS, law(PARAMS, TOKENS)), Request(form="power"))


def test_unknown_objective_names_the_known_ones():
    with pytest.raises(ValueError, match="least-squares, huber"):
        fit(runs_of(PARAMS, TOKENS, law(PARAMS, TOKENS)), Request(objective="mse"))


@pytest.mark.parametrize(
    ("table", "x", "form", "objective"),
    [
        ("power_without_slope", "tokens", "power-floor", "huber-1e-3"),
        ("power_without_slope", "flops", "power-floor", "huber-1e-3"),
        ("joint_of_twelve", None, "joint-power", None),
        ("almost_constant", None, "joint-power", "huber"),
        ("six_rows", None, "additive", "huber-raw"),
        ("sizes_from_one", None, "joint-power", "least-squares"),
    ],
)
def test_singular_hessians_and_overflow_end_in_a_verdict(table, x, form, objective, hostile):
    # Each once ended in a LinAlgError, or in a warning, which is an error here.
    runs = hostile(table, x)
    found = fit(runs, Request(form, objective))
    assert found.report.verdict in {Verdict.NOT_IDENTIFIABLE, Verdict.NOT_CONVERGED}
    assert len(influence(runs, found, parameter_quantities(found.form)[0])) == 5


def test_objective_beyond_floating_point_is_refused(simulated):
    runs = simulated(0)
    vast = runs_of(runs.params, runs.tokens, runs.loss * 1e200)
    with pytest.raises(Problem, match="objective least-squares-raw is not finite"):
        fit(vast, Request(objective="least-squares-raw"))
