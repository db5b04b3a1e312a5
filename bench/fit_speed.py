"""How long the fitter takes: cold fits, bootstraps, large tables, and peers side by side.

Usage: python bench/fit_speed.py
Times are the least of several repetitions: on a shared machine the least is what the code costs, the
rest is what others cost. Peers (`chinchilla`, `simple-scaling-laws` from the package index) are timed
when they can be imported. Epoch AI's procedure (arXiv 2404.10102) is stated again in SciPy: L-BFGS-B with
numerical gradients from a grid of 4,500 starts, of which some are timed and the whole is extrapolated.
"""

from __future__ import annotations

import csv
import importlib
import importlib.util
import itertools
import platform
import resource
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize

from scalecalc.fitting import Plan, Request, Runs, fit, resample, runs_of

if TYPE_CHECKING:
    from collections.abc import Callable

TABLE = Path(__file__).parents[1] / "data" / "runs" / "chinchilla.csv"
HUBER = Request(objective="huber-1e-3")


def chinchilla240() -> Runs:
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    params, tokens, loss = (
        np.array([float(row[name]) for row in rows]) for name in ("params", "tokens", "loss")
    )
    kept = loss < np.sort(loss)[-5]
    return runs_of(params[kept], tokens[kept], loss[kept])


def large(rows: int) -> Runs:
    random = np.random.default_rng(0)
    params, tokens = 10 ** random.uniform(7, 10, rows), 10 ** random.uniform(9, 12, rows)
    loss = 1.8 + 480 * params**-0.35 + 2000 * tokens**-0.37
    return runs_of(params, tokens, loss * np.exp(0.01 * random.standard_normal(rows)))


def least(work: Callable[[], object], repetitions: int) -> float:
    """Seconds of the fastest repetition."""
    times = []
    for _ in range(repetitions):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def told(what: str, seconds: float, note: str = "") -> None:
    print(f"| {what} | {1e3 * seconds:,.2f} ms | {note} |", flush=True)


def ours(runs: Runs) -> None:
    for request in (HUBER, Request(objective="huber-raw"), Request(objective="least-squares"), Request()):
        seconds = least(lambda request=request: fit(runs, request), 60)
        told(f"fit, {request.objective or 'default'}, 240 rows", seconds, fit(runs, request).report.sentence)
    for request in (HUBER, Request(objective="least-squares")):
        fitted = fit(runs, request)
        seconds = least(lambda fitted=fitted: resample(runs, fitted, Plan(resamples=4000)), 4)
        share = resample(runs, fitted, Plan(resamples=4000)).converged
        told(f"4,000 bootstraps, {request.objective}", seconds, f"{100 * share:g} % converged, one thread")


def scaling() -> None:
    for request in (Request(objective="least-squares"), HUBER):
        times = {}
        for rows in (1_000, 10_000, 100_000, 1_000_000):
            runs = large(rows)
            times[rows] = least(lambda runs=runs, request=request: fit(runs, request), 2)
            told(f"fit, {request.objective}, {rows:,} rows", times[rows])
        growth = np.log10(times[1_000_000] / times[10_000]) / 2
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"| growth from 1e4 to 1e6 rows | n^{growth:.2f} | peak memory {memory:.2f} GB |")


def epoch(runs: Runs, timed: int = 20) -> None:
    """The published refit: the log-sum-exp objective, Huber 1e-3, L-BFGS-B from 4,500 starts."""
    grid = list(
        itertools.product(
            np.arange(0, 30, 5), np.arange(0, 30, 5), np.arange(-1, 1.5, 0.5), *[np.arange(0, 2.5, 0.5)] * 2
        )
    )
    log_params, log_tokens, log_loss = np.log(runs.params), np.log(runs.tokens), np.log(runs.loss)

    def objective(theta: np.ndarray) -> float:
        a, b, e, alpha, beta = theta
        terms = [a - alpha * log_params, b - beta * log_tokens, np.full(runs.rows, e)]
        size = np.abs(np.logaddexp.reduce(terms) - log_loss)
        return float(np.where(size <= 1e-3, size**2 / 2, 1e-3 * (size - 5e-4)).sum())

    chosen = np.random.default_rng(0).choice(len(grid), timed, replace=False)
    began = time.perf_counter()
    best = min(minimize(objective, grid[i], method="L-BFGS-B").fun for i in chosen)
    seconds = (time.perf_counter() - began) / timed * len(grid)
    gap = best / fit(runs, HUBER).report.value - 1
    told(
        f"Epoch AI's procedure, {len(grid):,} starts",
        seconds,
        f"from {timed}; best {gap:.1e} above ours",
    )


def peers(runs: Runs) -> None:
    for name in ("chinchilla", "simple_scaling_laws"):
        if importlib.util.find_spec(name) is None:
            print(f"| {name} | not installed | |")
        elif name == "chinchilla":
            _chinchilla(runs)
        else:
            _simple_scaling_laws(runs)


def _chinchilla(runs: Runs) -> None:
    """kyo-takano/chinchilla: BFGS from every point of a grid."""
    import tempfile

    import pandas as pd

    module = importlib.import_module("chinchilla")
    points = 2
    with tempfile.TemporaryDirectory() as folder:
        grid = {
            "e": np.linspace(0.3, 0.9, points),
            "a": np.linspace(4, 8, points), "b": np.linspace(5, 9, points),
            "alpha": np.linspace(0.3, 0.4, points), "beta": np.linspace(0.3, 0.45, points),
        }  # fmt: skip
        model = module.Chinchilla(
            folder, param_grid=grid, seed_ranges={"C": (1e18, 1e19), "N_to_D": (10, 30)}
        )
        model.database.df = pd.DataFrame(
            {"C": runs.flops, "N": runs.params, "D": runs.tokens, "loss": runs.loss}
        )
        began = time.perf_counter()
        model.fit(parallel=False)
        told(f"chinchilla, {points**5} starts", time.perf_counter() - began)


def _simple_scaling_laws(runs: Runs) -> None:
    """mmcdermott/simple-scaling-laws (Python 3.12 or newer), with as few bootstrap draws as it takes."""
    import polars as pl

    module = importlib.import_module("simple_scaling_laws")
    frame = pl.DataFrame(
        {
            "training_run_id": [str(i) for i in range(runs.rows)],
            "model_size__n_params": runs.params,
            "dataset_size__n_tokens": runs.tokens,
            "test_loss__cross_entropy": runs.loss,
        }
    )
    for draws in (1, 1000):
        seconds = least(lambda draws=draws: module.fit(frame, n_draws=draws), 1)
        told(f"simple-scaling-laws, {draws} bootstrap draws", seconds)


def main() -> None:
    runs = chinchilla240()
    fit(runs, HUBER)
    print(
        f"{datetime.now(tz=UTC):%Y-%m-%d}, {platform.machine()}, Python {platform.python_version()}, ", end=""
    )
    print(f"NumPy {np.__version__}\n\n| what | least time | note |\n| --- | --- | --- |")
    ours(runs)
    scaling()
    epoch(runs)
    peers(runs)


if __name__ == "__main__":
    main()
