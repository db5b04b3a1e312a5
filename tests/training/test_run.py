"""A run to be set up."""

import math

import pytest

from scalecalc.training.run import TrainingRun


def test_all_parameters_are_more_than_those_outside_of_the_embedding():
    run = TrainingRun.of(1e9, 2e10)
    assert run.total == run.with_head == 1e9
    # Pearce & Song 2024: 1.047e9 in all for 1e9 without embeddings
    assert run.non_embedding == pytest.approx(1e9 / 1.047, rel=3e-3)


def test_a_count_without_embeddings_is_kept_and_the_others_follow():
    run = TrainingRun.of(1e9, 2e10, counts="non-embedding")
    assert run.non_embedding == 1e9
    assert run.total == run.with_head == pytest.approx(1.047e9, rel=1e-3)


@pytest.mark.parametrize(
    ("counts", "params"), [("total", 3e9), ("active", 3e9), ("with-head", 2.5e9), ("non-embedding", 2e9)]
)
def test_laws_get_the_parameters_that_they_count_and_the_compute_of_those(counts, params):
    run = TrainingRun(total=3e9, non_embedding=2e9, with_head=2.5e9, tokens=6e10)
    known = run.known(counts)
    assert known["params"] == params
    assert known["flops"] == 6 * params * 6e10
    assert known["tokens_per_param"] == 6e10 / params


def test_the_loss_is_known_only_where_it_is_told():
    assert "loss" not in TrainingRun.of(1e9, 2e10).known("total")
    assert TrainingRun.of(1e9, 2e10, loss=2.5).known("total")["loss"] == 2.5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tokens": 0.0}, "tokens must be positive and finite, not 0.0"),
        ({"loss": math.nan}, "loss must be positive and finite, not nan"),
        ({"params": -1.0}, "params must be positive and finite, not -1.0"),
        ({"counts": "all"}, "counts must be one of total, non-embedding, active, with-head, not 'all'"),
    ],
)
def test_runs_that_make_no_sense_are_refused(change, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        TrainingRun.of(**{"params": 1e9, "tokens": 2e10, **change})
