"""The grid of starts reaches the optimum's neighborhood by itself."""

import numpy as np
import pytest

from scalecalc.fitting.rows import rows_of
from scalecalc.fitting.starts import SUBSAMPLE, additive_starts, slide, thinned


def test_starts_on_exact_rows_slide_into_the_law(simulated):
    starts = additive_starts(rows_of(simulated(0, sd=0.0)), 12)
    assert starts.shape == (12, 6)
    assert starts[:, 3] == pytest.approx(np.full(12, 0.35), rel=0.02)
    assert starts[:, 4] == pytest.approx(np.full(12, 0.37), rel=0.02)


def test_floor_of_one_variable_slides_from_afar(simulated):
    runs = simulated(0)
    from scalecalc.fitting import runs_of

    rows = rows_of(runs_of(runs.params, None, 1.5 + 300 * runs.params**-0.3))
    assert slide(rows, np.array([[0.05], [2.0]]))[:, 3] == pytest.approx([0.3, 0.3], rel=0.02)


def test_thinned_rows_are_few_and_the_same_each_time(simulated):
    rows = rows_of(simulated(0, rows=5000))
    assert len(thinned(rows)) == SUBSAMPLE
    assert np.array_equal(thinned(rows).x, thinned(rows).x)


def test_table_that_is_small_already_is_kept(simulated):
    rows = rows_of(simulated(0, rows=30))
    assert thinned(rows) is rows
