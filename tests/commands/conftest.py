"""Tables of simulated runs for the tests of fit and predict."""

import numpy as np
import pytest

TRUTH = {"E": 1.8172, "A": 482.01, "B": 2085.43, "alpha": 0.3478, "beta": 0.3658}
"""The refit of Besiroglu et al. 2024 (arXiv 2404.10102)."""


def true_loss(params, tokens):
    return TRUTH["E"] + TRUTH["A"] / params ** TRUTH["alpha"] + TRUTH["B"] / tokens ** TRUTH["beta"]


@pytest.fixture
def answered(scalecalc):
    """The result in the JSON of a command that must answer: answered("information reward", "FILE")."""

    def result(command, *words):
        outcome = scalecalc(*command.split(), *words, "--json")
        assert outcome.code == 0, outcome.err
        return outcome.json["result"]

    return result


@pytest.fixture
def refused_with(scalecalc):
    """The problem in the JSON of a command that must end with this exit code."""

    def problem(command, code, *words):
        outcome = scalecalc(*command.split(), *words, "--json")
        assert outcome.code == code, outcome.out
        return outcome.json["problem"]

    return problem


@pytest.fixture
def simulated(tmp_path):
    """Writes a table of runs of the truth with lognormal noise, or with some columns held; returns its path.

    With `checkpoints` they are ten runs of six checkpoints each, whose noise is that of the run.
    """

    def path_of(**wanted):
        path = tmp_path / "simulated.csv"
        columns = simulated_columns(**wanted)
        lines = zip(*(column.tolist() for column in columns.values()), strict=True)
        path.write_text("\n".join([",".join(columns), *(",".join(map(repr, line)) for line in lines)]) + "\n")
        return str(path)

    return path_of


def simulated_columns(
    *, rows=60, noise=0.005, checkpoints=False, labelled=False, tokens_per_param=None, **fixed
):
    random = np.random.default_rng(11)
    if checkpoints:
        params = np.repeat(np.geomspace(5e7, 8e9, 10), 6)
        tokens = np.tile(np.geomspace(1e9, 3e11, 6), 10) * np.repeat(random.uniform(0.5, 2, 10), 6)
        error = np.repeat(random.normal(0, noise, 10), 6) + random.normal(0, noise / 5, 60)
    else:
        params = 10 ** random.uniform(7.5, 10.5, rows)
        tokens = 10 ** random.uniform(9, 12, rows)
        error = random.normal(0, noise, rows)
    if tokens_per_param:
        tokens = tokens_per_param * params
    columns = {"params": params, "tokens": tokens, "loss": true_loss(params, tokens) * np.exp(error)}
    columns |= {name: np.full(len(params), value) for name, value in fixed.items()}
    if labelled:
        columns["run"] = np.repeat(np.arange(10), 6)
    return columns
