"""Simulated training sweeps with a known law, for the coverage study and its small version in the tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scalecalc.fitting import (
    Request,
    delta_intervals,
    fit,
    optimum_quantities,
    parameter_quantities,
    runs_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from scalecalc.fitting import Runs

    Array = NDArray[np.float64]

E, A, B, ALPHA, BETA = 1.8172, 482.01, 2085.43, 0.3478, 0.3658
"""The refit of Besiroglu et al. 2024 (arXiv 2404.10102) serves as the truth."""

TARGET = 1e23
"""Budget asked for: a hundred times the largest one of the sweep."""

NAMES = ("alpha", "beta", "params", "loss")


@dataclass(frozen=True)
class Cell:
    """A sweep and its noise: noise(random, log C, run index) gives the errors of log loss [n]."""

    name: str
    budgets: int
    sizes: int
    noise: Callable[[np.random.Generator, Array, Array], Array]
    checkpoints: bool = False


def truth() -> dict[str, float]:
    """The true values of what is estimated."""
    params = (ALPHA * A / (BETA * B) * (TARGET / 6) ** BETA) ** (1 / (ALPHA + BETA))
    loss = E + A * params**-ALPHA + B * (TARGET / 6 / params) ** -BETA
    return {"alpha": ALPHA, "beta": BETA, "params": params, "loss": loss}


def isoflop_sweep(budgets: int, sizes: int) -> tuple[Array, Array]:
    """params, tokens [n] on budgets 1e18 to 1e21, sizes within 4x of centers that are off on purpose."""
    flops = np.geomspace(1e18, 1e21, budgets)
    pull = (ALPHA * A / (BETA * B)) ** (1 / (ALPHA + BETA))
    centers = np.log10(pull * (flops / 6) ** (BETA / (ALPHA + BETA)))
    centers += 0.15 + 0.2 * (np.arange(budgets) / (budgets - 1) - 0.5)
    params = 10 ** (centers[:, None] + np.linspace(-0.6, 0.6, sizes))
    return params.ravel(), (flops[:, None] / 6 / params).ravel()


def checkpointed_runs(runs: int, checkpoints: int) -> tuple[Array, Array, Array]:
    """params, tokens and run label [n] of long runs of different sizes, each seen at several token counts."""
    params = np.repeat(np.geomspace(5e7, 3e9, runs), checkpoints)
    tokens = (params.reshape(runs, -1) * np.geomspace(5, 120, checkpoints)).ravel()
    return params, tokens, np.repeat(np.arange(runs), checkpoints)


def table_of(cell: Cell, random: np.random.Generator) -> Runs:
    """One simulated table."""
    if cell.checkpoints:
        params, tokens, labels = checkpointed_runs(cell.budgets, cell.sizes)
    else:
        params, tokens = isoflop_sweep(cell.budgets, cell.sizes)
        labels = np.arange(len(params))
    clean = E + A * params**-ALPHA + B * tokens**-BETA
    errors = cell.noise(random, np.log(6 * params * tokens), labels)
    return runs_of(params, tokens, clean * np.exp(errors))


def covered(cell: Cell, simulations: int, objective: str | None = None, seed: int = 0) -> dict[str, float]:
    """Share of default 95 % intervals that hold the truth; `width` is the median half-width of log N*."""
    random = np.random.default_rng(seed)
    hits = dict.fromkeys(NAMES, 0)
    widths = []
    target = truth()
    for _ in range(simulations):
        fitted = fit(table_of(cell, random), Request(objective=objective))
        asked = (*parameter_quantities(fitted.form), *optimum_quantities(TARGET))
        found = delta_intervals(fitted, asked)
        for name in NAMES:
            hits[name] += found[name].low <= target[name] <= found[name].high
        widths.append(np.log(found["params"].high / found["params"].low) / 2)
    return {**{name: hits[name] / simulations for name in NAMES}, "width": float(np.median(widths))}


def normal(sd: float) -> Callable[[np.random.Generator, Array, Array], Array]:
    """Independent lognormal noise of equal size."""
    return lambda random, log_flops, _: sd * random.standard_normal(len(log_flops))


def growing(first: float, last: float) -> Callable[[np.random.Generator, Array, Array], Array]:
    """Noise whose standard deviation goes from `first` to `last` over the budgets."""

    def noise(random: np.random.Generator, log_flops: Array, _: Array) -> Array:
        place = (log_flops - log_flops.min()) / np.ptp(log_flops)
        return np.exp(np.log(first) + place * np.log(last / first)) * random.standard_normal(len(log_flops))

    return noise


def student(sd: float, degrees: float) -> Callable[[np.random.Generator, Array, Array], Array]:
    """Heavy tails, scaled to the standard deviation `sd`."""
    scale = sd * np.sqrt((degrees - 2) / degrees)
    return lambda random, log_flops, _: scale * random.standard_t(degrees, len(log_flops))


def with_outliers(sd: float, share: float) -> Callable[[np.random.Generator, Array, Array], Array]:
    """A share of the rows lies ten standard deviations too high."""

    def noise(random: np.random.Generator, log_flops: Array, _: Array) -> Array:
        off = random.random(len(log_flops)) < share
        return sd * random.standard_normal(len(log_flops)) + 10 * sd * off * np.abs(
            random.standard_normal(len(log_flops))
        )

    return noise


def by_run(between: float, within: float) -> Callable[[np.random.Generator, Array, Array], Array]:
    """An error common to the checkpoints of a run, and one of each checkpoint."""

    def noise(random: np.random.Generator, _: Array, labels: Array) -> Array:
        common = between * random.standard_normal(int(labels.max()) + 1)
        return common[labels] + within * random.standard_normal(len(labels))

    return noise


SIZES = {20: (4, 5), 60: (6, 10), 240: (12, 20)}

MAIN = tuple(
    Cell(f"n={n}, sd {sd:g}", *SIZES[n], normal(sd)) for n in SIZES for sd in (0.002, 0.005, 0.01, 0.02)
)
"""The twelve cells of normal noise."""

CLUSTERED = (
    Cell("10 runs x 6 checkpoints, run sd .6 %, within .2 %", 10, 6, by_run(0.006, 0.002), checkpoints=True),
    Cell("10 runs x 6 checkpoints, run sd .5 %, within .5 %", 10, 6, by_run(0.005, 0.005), checkpoints=True),
)

OTHER = (
    Cell("n=60, 5 % outliers, sd .01", 6, 10, with_outliers(0.01, 0.05)),
    Cell("n=240, 5 % outliers, sd .01", 12, 20, with_outliers(0.01, 0.05)),
    Cell("n=60, Student t3, sd .01", 6, 10, student(0.01, 3)),
    Cell("n=60, sd growing fourfold to .02", 6, 10, growing(0.005, 0.02)),
)
