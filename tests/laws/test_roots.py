"""Roots of one variable."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.laws.roots import falling_root


@given(root=st.floats(-300, 300), guess=st.floats(-300, 300))
def test_the_root_of_a_line_is_found_from_any_guess(root, guess):
    assert falling_root(lambda u: root - u, guess) == pytest.approx(root, rel=1e-15, abs=1e-15)


@given(root=st.floats(-50, 50))
def test_infinite_values_have_a_sign_and_no_more(root):
    assert falling_root(lambda u: math.inf if u < root else -math.inf, 0.0) == pytest.approx(root, abs=1e-13)


def test_a_function_that_never_changes_its_sign_is_refused():
    for sign in (1.0, -1.0):
        with pytest.raises(ValueError, match="leave no answer within the range of floats"):
            falling_root(lambda u, sign=sign: sign, 0.0)
