"""Every form gives back the law that made its rows, and holds what is fixed."""

import numpy as np
import pytest

from scalecalc.fitting import FORMS, Request, fit, runs_of
from scalecalc.fitting.forms import form

RANDOM = np.random.default_rng(11)
PARAMS, TOKENS = 10 ** RANDOM.uniform(7, 10, 60), 10 ** RANDOM.uniform(9, 12, 60)
NOISE = np.exp(1e-4 * RANDOM.standard_normal(60))

# Coefficients: Besiroglu et al. 2024; Busbridge et al. 2025 (arXiv 2502.08606); Kaplan et al. 2020, Table 2.
LAWS = {
    "additive": {"E": 1.8172, "A": 482.01, "B": 2085.43, "alpha": 0.3478, "beta": 0.3658},
    "shared-exponent": {"E": 1.8172, "A": 482.01, "B": 2085.43, "alpha": 0.3478},
    "joint-power": {"E": 1.220, "A": 3355.0, "B": 18186.0, "alpha": 0.408, "beta": 0.431, "gamma": 0.452},
    "kaplan-joint": {"N_c": 6.4e13, "D_c": 1.8e13, "alpha_N": 0.076, "alpha_D": 0.103},
    "power": {"a": 30.0, "b": -0.05},
    "power-floor": {"E": 1.7, "a": 300.0, "b": 0.3},
}


def loss_of(name, p):
    match name:
        case "additive":
            return p["E"] + p["A"] * PARAMS ** -p["alpha"] + p["B"] * TOKENS ** -p["beta"]
        case "shared-exponent":
            return p["E"] + p["A"] * PARAMS ** -p["alpha"] + p["B"] * TOKENS ** -p["alpha"]
        case "joint-power":
            inner = p["A"] * PARAMS ** -p["alpha"] + p["B"] * TOKENS ** -p["beta"]
            return p["E"] + inner ** p["gamma"]
        case "kaplan-joint":
            return ((p["N_c"] / PARAMS) ** (p["alpha_N"] / p["alpha_D"]) + p["D_c"] / TOKENS) ** p["alpha_D"]
        case "power":
            return p["a"] * PARAMS ** p["b"]
        case _:
            return p["E"] + p["a"] * PARAMS ** -p["b"]


def table(name, noise):
    tokens = TOKENS if form(name).tokens else None
    return runs_of(PARAMS, tokens, loss_of(name, LAWS[name]) * noise)


def test_every_form_has_a_law_to_be_tested_with():
    assert LAWS.keys() == FORMS.keys()


@pytest.mark.parametrize("objective", ["least-squares", "huber", "huber-1e-3", "huber-raw"])
@pytest.mark.parametrize("name", FORMS)
def test_exact_rows_give_back_the_law(name, objective):
    found = fit(table(name, 1.0), Request(form=name, objective=objective))
    assert found.parameters == pytest.approx(LAWS[name], rel=1e-6)


@pytest.mark.parametrize("name", FORMS)
def test_standard_errors_cover_the_truth_of_a_noisy_table(name):
    found = fit(table(name, NOISE), Request(form=name, objective="least-squares"))
    for parameter in found.form.parameters:
        slope = parameter.gradient(found.theta, found.centers)
        error = np.sqrt(slope @ found.covariance @ slope)
        true = LAWS[name][parameter.name]
        gap = float(parameter.read(found.theta, found.centers)) - (
            np.log(true) if parameter.positive else true
        )
        assert abs(gap) < 4 * error


@pytest.mark.parametrize("name", FORMS)
def test_fixed_parameters_are_held_exactly(name):
    for parameter, value in LAWS[name].items():
        found = fit(
            table(name, NOISE), Request(form=name, objective="least-squares", fixed={parameter: value * 1.02})
        )
        assert found.parameters[parameter] == pytest.approx(value * 1.02, rel=1e-9)


@pytest.mark.parametrize("name", FORMS)
def test_gradient_of_a_natural_parameter_is_that_of_central_differences(name):
    found = fit(table(name, NOISE), Request(form=name, objective="least-squares"))
    theta = np.where(np.isfinite(found.theta), found.theta, 0.3)
    for parameter in found.form.parameters:
        for k, step in enumerate(1e-6 * np.eye(6)):
            up, down = (
                parameter.read(theta + step, found.centers),
                parameter.read(theta - step, found.centers),
            )
            wanted = (up - down) / 2e-6
            assert parameter.gradient(theta, found.centers)[k] == pytest.approx(wanted, rel=1e-6, abs=1e-6)


def test_contradicting_fixed_values_are_refused():
    with pytest.raises(ValueError, match="shared-exponent has no parameter 'beta'"):
        fit(table("shared-exponent", 1.0), Request(form="shared-exponent", fixed={"beta": 0.3}))


def test_unknown_form_names_the_known_ones():
    with pytest.raises(ValueError, match="additive, shared-exponent"):
        form("cubic")
