"""Tables and oracles for the tests of the fitter."""

import csv
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from scalecalc.fitting import runs_of

ROOT = Path(__file__).parents[2]


def bundled(name):
    with (ROOT / "data" / "runs" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def columns(rows, *names):
    return [np.array([float(row[name]) for row in rows]) for name in names]


@pytest.fixture(scope="session")
def hostile():
    """Tables of random rows that once made the fitter fail, as `hostile(name, x)`; `x` for one variable."""

    def load(name, x=None):
        path = Path(__file__).parent / "tables" / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        weights = columns(rows, "weight")[0] if "weight" in rows[0] else None
        params, tokens, loss = columns(rows, "params", "tokens", "loss")
        if x is None:
            return runs_of(params, tokens, loss, weights)
        return runs_of({"tokens": tokens, "flops": 6 * params * tokens}[x], None, loss, weights)

    return load


@pytest.fixture(scope="session")
def chinchilla245():
    return runs_of(*columns(bundled("chinchilla"), "params", "tokens", "loss"))


@pytest.fixture(scope="session")
def chinchilla240():
    """Without the five highest losses, as Besiroglu et al. 2024 leave them out."""
    rows = bundled("chinchilla")
    params, tokens, loss = columns(rows, "params", "tokens", "loss")
    kept = loss < np.sort(loss)[-5]
    return runs_of(params[kept], tokens[kept], loss[kept])


@pytest.fixture(scope="session")
def llama3():
    return runs_of(*columns(bundled("llama3"), "params", "tokens", "loss"))


def simulated_runs(seed, rows=40, sd=0.01, **law):
    """A random table of the additive law; noise free at sd = 0."""
    random = np.random.default_rng(seed)
    true = {"E": 1.8, "A": 480.0, "B": 2000.0, "alpha": 0.35, "beta": 0.37, **law}
    params, tokens = 10 ** random.uniform(7, 10, rows), 10 ** random.uniform(9, 12, rows)
    loss = true["E"] + true["A"] * params ** -true["alpha"] + true["B"] * tokens ** -true["beta"]
    return runs_of(params, tokens, loss * np.exp(sd * random.standard_normal(rows)))


@pytest.fixture(scope="session")
def simulated():
    return simulated_runs


@pytest.fixture(scope="session")
def simulation():
    """The module of simulated sweeps that the coverage study uses."""
    path = ROOT / "bench" / "fit_simulation.py"
    spec = importlib.util.spec_from_file_location("fit_simulation", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["fit_simulation"] = module
    spec.loader.exec_module(module)
    return module
