"""Mixtures of experts by the share that is inactive; the published values are in test_further_laws.py."""

import numpy as np
import pytest

from scalecalc.laws.sparsity import SparseExperts, SparseSurface

SPARSE = SparseExperts(
    a=16612.5, alpha=0.5962, b=5455.67, beta=0.3954, c=0.4598, lam=-0.1666, d=17.26, delta=0.1603,
    gamma=0.1595, e=0.94,
)  # fmt: skip


@pytest.mark.parametrize("sparsity", [1.0, -0.1, float("nan")])
def test_sparsity_that_is_no_share_is_refused(sparsity):
    with pytest.raises(ValueError, match=r"^sparsity must be at least 0 and less than 1, not"):
        SPARSE.at(sparsity)


def test_sparse_loss_is_the_sum_of_its_five_terms():
    expected = (
        16612.5 * 8e9**-0.5962
        + 5455.67 * 2e10**-0.3954
        + 0.4598 * 0.125**0.1666
        + 17.26 * 0.125**-0.1603 * 8e9**-0.1595
        + 0.94
    )
    assert SPARSE.at(0.875).loss(8e9, 2e10) == pytest.approx(expected, rel=1e-14)


def test_sparse_surface_takes_arrays_and_falls_in_both():
    surface = SPARSE.at(0.5)
    losses = surface.loss(np.geomspace(1e8, 1e12, 5), np.geomspace(1e9, 1e13, 5))
    assert np.all(np.diff(losses) < 0)


def test_sparse_surface_refuses_what_is_not_positive():
    with pytest.raises(ValueError, match=r"^params must be positive and finite, not"):
        SPARSE.at(0.5).loss(0.0, 1e9)
    with pytest.raises(ValueError, match=r"^params and tokens must be such that floats can hold the answer"):
        SparseSurface(E=1.0, A=1.0, alpha=5.0, B=1.0, beta=1.0, M=1.0, gamma=1.0).loss(1e-300, 1.0)
