"""A law from its form and coefficients."""

from dataclasses import fields
from math import exp

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalecalc.laws import FORMS, Additive, Law
from scalecalc.laws.forms import law_form, law_from_row
from scalecalc.laws.row import Row

ADDITIVE = {"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28}


def read(form, coefficients):
    return law_from_row(Row("law x", {"form": form, "coefficients": coefficients}))


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_the_class_that_bears_its_name(name):
    assert law_form(name).form == name


def test_whole_numbers_are_read_as_floats():
    law = read("additive", {**ADDITIVE, "A": 406})
    assert isinstance(law.A, float)


def test_a_coefficient_may_stand_as_its_logarithm():
    without = {name: value for name, value in ADDITIVE.items() if name != "A"}
    assert read("additive", {**without, "ln_A": 6.0073404}) == Additive(**{**ADDITIVE, "A": exp(6.0073404)})


@pytest.mark.parametrize(
    ("form", "coefficients", "message"),
    [
        ("additve", ADDITIVE, "form must be one of additive, joint-power, kaplan-joint, allocation, curve, "),
        (None, ADDITIVE, "form must be one of"),
        (["additive"], ADDITIVE, "form must be one of"),
        ("additive", {"E": 1.69}, "coefficients: A must stand there once"),
        ("additive", {}, "coefficients: E must stand there once"),
        ("additive", [1.0], "coefficients must be a table, not [1.0]"),
        ("additive", {**ADDITIVE, "ln_A": 6.0}, "coefficients: A must stand there only once"),
        ("additive", {**ADDITIVE, "gamma": 1.0}, "coefficients: 'gamma' is no known key; known are E, A, B"),
        ("additive", {**ADDITIVE, "A": "406"}, "coefficients: A must be a number, not '406'"),
        ("additive", {**ADDITIVE, "A": None}, "coefficients: A must be a finite number, not None"),
        ("additive", {**ADDITIVE, "A": -1}, "coefficients: A must be finite and positive, not -1.0"),
        ("additive", {**ADDITIVE, "A": {"of": "flops", "exponent": 1.0}}, "coefficients: A must be a number"),
        (
            "additive",
            {**ADDITIVE, "A": 1e300, "alpha": 0.001, "beta": 0.001},
            "coefficients must be such that sizes and losses are finite",
        ),
        ("curve", {"of": "flops", "ln_scale": 800.0, "exponent": 0.1}, "ln_scale must be the logarithm of a"),
        (
            "curve",
            {"of": "loss", "exponent": 0.1},
            "coefficients: of must be one of params, tokens, flops, not",
        ),
        (
            "allocation",
            {"of": "params", "scale": 0.1, "exponent": 0.5, "curve": {"of": "flops", "exponent": -1.0}},
            "coefficients: curve: exponent must be finite and positive, not -1.0",
        ),
    ],
)
def test_malformed_laws_are_refused_with_key_and_value(form, coefficients, message):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is compared below
        read(form, coefficients)
    assert message in str(caught.value)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
names = st.sampled_from(
    [*ADDITIVE, "gamma", "of", "scale", "exponent", "curve", "unit", "ln_A", "share", "N_c"]
)


@settings(max_examples=300, deadline=None)
@given(
    form=st.sampled_from([*FORMS]) | anything,
    coefficients=st.dictionaries(names, anything, max_size=7) | anything,
)
def test_whatever_stands_in_a_row_gives_a_law_or_a_value_error(form, coefficients):
    found: object
    try:
        found = read(form, coefficients)
    except ValueError as error:
        found = str(error)
    assert isinstance(found, Law) or str(found).startswith("law x: ")


def every_coefficient_of(form):
    names = [field.name for field in fields(law_form(form))]
    values = st.floats(1e-3, 1e3) | st.floats() | anything
    coefficients = st.fixed_dictionaries(dict.fromkeys(names, values))
    return st.tuples(st.just(form), coefficients)


@settings(max_examples=500, deadline=None)
@given(row=st.sampled_from([*FORMS]).flatmap(every_coefficient_of))
def test_whatever_the_coefficients_are_gives_a_law_or_a_value_error(row):
    found: object
    try:
        found = read(*row)
    except ValueError as error:
        found = str(error)
    assert isinstance(found, Law) or str(found).startswith("law x: ")
