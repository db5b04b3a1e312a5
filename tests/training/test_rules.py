"""Rules by which a hyperparameter follows from the size of a run."""

from math import inf, log

import pytest

from scalecalc.laws.row import Row
from scalecalc.training.rules import LogRule, PowerRule, rule_from_row


def read(values):
    return rule_from_row(Row("law x: learning_rate", values))


def test_a_power_rule_is_the_product_of_its_powers():
    rule = PowerRule(factor=2.0, params=-0.5, tokens=0.25)
    assert rule.value({"params": 16.0, "tokens": 81.0}) == pytest.approx(2.0 / 4 * 3)


def test_units_divide_params_and_tokens_and_multiply_the_result():
    rule = PowerRule(factor=1.5, params=1.0, tokens=2.0, params_unit=1e9, tokens_unit=1e10, unit=2048.0)
    assert rule.value({"params": 2e9, "tokens": 3e10}) == pytest.approx(2048 * 1.5 * 2 * 9)


def test_a_rule_needs_what_it_has_an_exponent_for():
    assert PowerRule(factor=1.0, loss=-4.76).needs == ("loss",)
    assert PowerRule(factor=1.0, params=0.1, tokens_per_param=0.2).needs == ("params", "tokens_per_param")
    assert LogRule(intercept=1.0, slope=-0.1).needs == ("params",)


def test_a_log_rule_is_a_line_in_the_logarithm_of_params():
    assert LogRule(intercept=0.003, slope=-0.0001).value({"params": 1e9}) == 0.003 - 0.0001 * log(1e9)


def test_what_no_float_holds_is_infinite():
    assert PowerRule(factor=1.0, loss=-4.76).value({"loss": 1e-300}) == inf


@pytest.mark.parametrize(
    ("rule", "formula"),
    [
        (PowerRule(factor=1.79, params=-0.713, tokens=0.307), "1.79*N^-0.713*D^0.307"),
        (PowerRule(factor=0.00037, params=0.703, unit=2048.0), "2048*0.00037*N^0.703"),
        (PowerRule(factor=1.55e-3, tokens=-0.32, tokens_unit=1e9), "0.00155*(D/1e+09)^-0.32"),
        (PowerRule(factor=1.084, tokens_per_param=-0.527), "1.084*(D/N)^-0.527"),
        (LogRule(intercept=0.003239, slope=-0.0001395), "0.003239 - 0.0001395*ln N"),
    ],
)
def test_formulas_say_what_stands_in_the_rule(rule, formula):
    assert rule.formula == formula


def test_a_table_with_an_intercept_is_a_log_rule_and_any_other_a_power():
    assert read({"intercept": 0.003, "slope": -0.0001}) == LogRule(intercept=0.003, slope=-0.0001)
    assert read({"factor": 2, "loss": -3}) == PowerRule(factor=2.0, loss=-3.0)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "law x: learning_rate: factor must be a finite number, not None"),
        ({"factor": -1.0}, "law x: learning_rate: factor must be positive, not -1.0"),
        ({"factor": 1.0, "batch": 1.0}, "law x: learning_rate: 'batch' is no known key; known are factor, "),
        ({"intercept": 1.0}, "law x: learning_rate: slope must be a finite number, not None"),
        ({"factor": 1.0, "params": "x"}, "law x: learning_rate: params must be a finite number, not 'x'"),
        ({"factor": 1.0, "params_unit": 0.0}, "law x: learning_rate: params_unit must be positive, not 0.0"),
    ],
)
def test_malformed_rules_are_refused_with_key_and_value(values, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        read(values)
