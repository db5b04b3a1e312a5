"""Conventions that differ between papers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc import tables
from scalecalc.laws.conventions import (
    compute_at_batch,
    flops_from_pf_days,
    least_compute,
    least_steps,
    non_embedding_from_total,
    pf_days,
    total_from_non_embedding,
)


@pytest.mark.parametrize(
    ("non_embedding", "total"), [(8.5e7, 1.059e8), (1e8, 1.220e8), (1e9, 1.047e9), (7e10, 7.020e10)]
)
def test_total_parameters_by_pearce_and_song(non_embedding, total):
    assert total_from_non_embedding(non_embedding) == pytest.approx(total, rel=1e-3)


def test_gpt_2_small_within_six_percent():
    # 12 layers of width 768: 12 * 12 * 768**2 = 84,934,656 without embeddings, 124,439,808 in all; its width
    # is 64 times its depth, where the conversion has 39
    assert total_from_non_embedding(84_934_656, vocab=50257) == pytest.approx(124_439_808, rel=0.06)


@pytest.mark.parametrize("model", ["chinchilla", "gopher-280b"])
def test_large_models_are_hardly_more_than_their_layers(model):
    params = tables.model(model).params
    assert non_embedding_from_total(params) == pytest.approx(params, rel=0.01)


@given(params=st.floats(1.0, 1e15), vocab=st.floats(256, 1e6))
def test_the_two_conversions_undo_each_other(params, vocab):
    total = total_from_non_embedding(params, vocab)
    # of 1 parameter in 1e7 the total keeps the last seven digits only
    assert non_embedding_from_total(total, vocab) == pytest.approx(params, rel=3e-9)


def test_conversions_take_arrays():
    params = np.geomspace(1e6, 1e12, 5)
    totals = total_from_non_embedding(params)
    np.testing.assert_allclose(totals, [total_from_non_embedding(float(each)) for each in params], rtol=1e-14)
    np.testing.assert_allclose(non_embedding_from_total(totals), params, rtol=1e-12)


def test_twice_the_vocabulary_has_twice_the_embedding():
    once, twice = (total_from_non_embedding(1e9, vocab) - 1e9 for vocab in (32_000, 64_000))
    assert twice == pytest.approx(2 * once)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_counts_that_are_not_positive_are_refused(value):
    for question in (total_from_non_embedding, non_embedding_from_total):
        with pytest.raises(ValueError, match=r"^params must be positive and finite, not"):
            question(value)
        with pytest.raises(ValueError, match=r"^vocab must be positive and finite, not"):
            question(1e9, vocab=value)


def test_gpt_3_took_3640_pf_days():
    # Brown et al. 2020, table D.1: 3.14e23 FLOPs, 3.64e3 PF-days
    assert pf_days(3.14e23) == pytest.approx(3640, rel=2e-3)
    assert flops_from_pf_days(pf_days(3.14e23)) == pytest.approx(3.14e23)


def test_training_at_the_critical_batch_takes_twice_the_least_compute_and_steps():
    assert least_compute(1e21, 2e6, 2e6) == 5e20
    assert least_steps(1000.0, 2e6, 2e6) == 500.0


@given(batch=st.floats(1e3, 1e9), critical=st.floats(1e3, 1e9))
def test_batch_corrections_undo_each_other(batch, critical):
    assert compute_at_batch(least_compute(1e21, batch, critical), batch, critical) == pytest.approx(1e21)


@given(batch=st.floats(1e3, 1e9), critical=st.floats(1e3, 1e9))
def test_steps_and_compute_saved_trade_off(batch, critical):
    # McCandlish et al. 2018: (S / S_min - 1) (E / E_min - 1) = 1
    steps = 1 / least_steps(1.0, batch, critical)
    compute = 1 / least_compute(1.0, batch, critical)
    assert (steps - 1) * (compute - 1) == pytest.approx(1, rel=1e-4)
