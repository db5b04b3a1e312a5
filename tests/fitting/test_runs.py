"""Runs are checked at the door; repeated and clustered rows are recognised."""

import numpy as np
import pytest

from scalecalc.fitting import runs_of, trajectories
from scalecalc.fitting.runs import distinct_rows, effective_runs


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
@pytest.mark.parametrize("column", [0, 1, 2])
def test_value_that_is_not_finite_and_positive_is_named_with_its_row(column, bad):
    columns = [[1e8, 2e8, 3e8], [1e9, 2e9, 3e9], [3.0, 2.9, 2.8]]
    columns[column][1] = bad
    name = ("params", "tokens", "loss")[column]
    with pytest.raises(ValueError, match=rf"{name} must be finite and positive, got .* in row 1"):
        runs_of(*columns)


def test_columns_of_different_length_are_refused():
    with pytest.raises(ValueError, match=r"tokens must have as many rows as loss \(2\), got 3"):
        runs_of([1e8, 2e8], [1e9, 2e9, 3e9], [3.0, 2.9])


def test_table_of_two_dimensions_is_refused():
    with pytest.raises(ValueError, match="one-dimensional"):
        runs_of([[1e8]], [[1e9]], [[3.0]])


def test_row_written_twice_counts_once():
    runs = runs_of([1e8, 1e8, 2e8], [1e9, 1e9, 1e9], [3.0, 3.0, 2.9])
    assert distinct_rows(runs) == 2
    assert effective_runs(runs, distinct_rows(runs)) == 2


def test_unequal_weights_lower_the_effective_number():
    runs = runs_of([1e8, 2e8, 3e8], [1e9, 2e9, 3e9], [3.0, 2.9, 2.8], weights=[1, 1, 2])
    assert effective_runs(runs, 3) == pytest.approx(16 / 6)  # Kish: (sum w)**2 / sum w**2


def test_labels_of_any_kind_count_as_runs():
    runs = runs_of([1e8] * 3, [1e9, 2e9, 3e9], [3.0, 2.9, 2.8], clusters=["a", "a", "b"])
    assert effective_runs(runs, 3) == 2


def test_models_seen_at_many_token_counts_look_like_trajectories(simulation):
    params, tokens, labels = simulation.checkpointed_runs(10, 6)
    found = trajectories(runs_of(params, tokens, np.linspace(3, 2, 60)))
    assert found.tolist() == labels.tolist()


def test_isoflop_sweeps_that_repeat_sizes_do_not():
    params = np.tile(np.geomspace(1e8, 1e9, 6), 5)
    flops = np.repeat(np.geomspace(1e18, 1e20, 5), 6)
    assert trajectories(runs_of(params, flops / 6 / params, np.linspace(3, 2, 30))) is None


def test_chinchilla_table_does_not(chinchilla240):
    assert trajectories(chinchilla240) is None
