"""Many problems at once end where each would alone."""

import numpy as np
import pytest

from scalecalc.fitting.forms import form
from scalecalc.fitting.newton import Setting, descend
from scalecalc.fitting.objective import OBJECTIVES
from scalecalc.fitting.rows import rows_of
from scalecalc.fitting.starts import additive_starts

CHART = form("additive").chart((0.0, 0.0), {})


def test_batched_resamples_equal_single_ones(chinchilla240):
    rows = rows_of(chinchilla240)
    start = CHART.nearest(additive_starts(rows, 1))
    counts = np.random.default_rng(0).multinomial(240, np.full(240, 1 / 240), size=6).astype(float)
    objective = OBJECTIVES["huber-1e-3"]
    together = descend(Setting(CHART, rows, objective, counts), np.tile(start, (6, 1)), np.full(6, 0.005))
    for k in range(6):
        alone = descend(Setting(CHART, rows, objective, counts[k : k + 1]), start, np.array([0.005]))
        assert together.value[k] == pytest.approx(alone.value[0], rel=1e-12)
        assert together.phi[k] == pytest.approx(alone.phi[0], rel=1e-7)


def test_zero_counts_leave_rows_out(chinchilla240):
    rows = rows_of(chinchilla240)
    start = CHART.nearest(additive_starts(rows, 1))
    keep = np.arange(240) % 3 != 0
    masked = descend(Setting(CHART, rows, OBJECTIVES["least-squares"], keep[None].astype(float)), start)
    cut = descend(Setting(CHART, rows.block(np.flatnonzero(keep)), OBJECTIVES["least-squares"]), start)
    assert masked.phi == pytest.approx(cut.phi, rel=1e-9)


def test_convergence_is_quadratic_and_told(chinchilla240):
    rows = rows_of(chinchilla240)
    start = CHART.nearest(additive_starts(rows, 12))
    end = descend(Setting(CHART, rows, OBJECTIVES["least-squares"]), start)
    assert end.converged.all()
    assert (end.steps <= 10).all()
    assert (end.promise <= 1e-11).all()
