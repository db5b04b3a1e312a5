import math

import pytest

from scalecalc.compute.spread import Spread


def test_a_known_figure_has_no_range():
    assert Spread.exact(0.4) == Spread(0.4, 0.4, 0.4)
    assert Spread.exact(0.4).is_exact
    assert not Spread(0.4, 0.3, 0.5).is_exact


def test_the_range_spans_what_was_seen_in_whichever_order():
    assert Spread.over(3.0, [5.0, 1.0]) == Spread(3.0, 1.0, 5.0)
    assert Spread.over(3.0, [4.0, 5.0]) == Spread(3.0, 3.0, 5.0)


def test_scaling_keeps_the_proportions():
    assert Spread(2.0, 1.0, 4.0).times(3) == Spread(6.0, 3.0, 12.0)


@pytest.mark.parametrize(("value", "low", "high"), [(1.0, 2.0, 3.0), (4.0, 2.0, 3.0)])
def test_a_value_outside_its_range_is_refused(value, low, high):
    with pytest.raises(ValueError, match="value must lie from low to high"):
        Spread(value, low, high)


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_only_positive_finite_figures_are_taken(bad):
    with pytest.raises(ValueError, match="value must be positive and finite"):
        Spread.exact(bad)
