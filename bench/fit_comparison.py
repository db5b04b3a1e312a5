"""Fits of the 240 Chinchilla points by us and by peers: time, gap, bootstraps, and tables that grow."""

from __future__ import annotations

import resource
import sys
from typing import TYPE_CHECKING

import numpy as np
import peers
from evaluator import chinchilla240, gap
from machine import processor_seconds, version
from tabulated import Cell, Column, Table

from scalecalc.fitting import Plan, Request, fit, resample, runs_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from settings import Settings

    from scalecalc.fitting import Runs

LETTERS = ("E", "A", "B", "alpha", "beta")

OURS = "scalecalc"
EPOCH = "Epoch AI's procedure"

OBJECTIVES = ("huber-1e-3", "least-squares-raw")
"""Those that a peer can minimize too; `least-squares-raw` has residuals of the loss, not of its logarithm."""

ASYMMETRIC = "asymmetric absolute error"

FITS = (
    Column("program"),
    Column("minimizes"),
    Column("settings"),
    Column("processor time", "seconds"),
    Column("times ours", "ratio"),
    Column("above the optimum", "gap"),
    *(Column(letter, "figures") for letter in LETTERS),
)

HOW_FITS_COMPARE = (
    "All fit the same 240 points of Hoffmann et al. 2022 (the five highest losses left out). One evaluator, "
    "which shares no code with any of them, computes the objective that each was asked to minimize, and how "
    "far above its least value that is (relative). Time is that of processors, of all processes together: "
    "the least of the repetitions for scalecalc, one run for the others; where not all of Epoch AI's starts "
    "were run, it is scaled up to all of them."
)


def our_runs() -> Runs:
    """The 240 points as the fitter takes them."""
    runs = chinchilla240()
    return runs_of(runs.params, runs.tokens, runs.loss)


def least_seconds(work: Callable[[], object], repetitions: int) -> float:
    """Processor time of the fastest repetition: the others were slowed by what else the machine did."""
    times = []
    for _ in range(repetitions):
        began = processor_seconds()
        work()
        times.append(processor_seconds() - began)
    return min(times)


def named(package: str) -> str:
    """A package with its version."""
    return f"{package} {version(package) or ''}".rstrip()


def reason(program: str, error: Exception | None = None) -> str:
    """Why a peer has no numbers; without an error it is known to be absent."""
    if error is not None and not isinstance(error, ImportError):
        return f"failed: {type(error).__name__}: {str(error)[:80]}"
    if program == "simple-scaling-laws" and sys.version_info < (3, 12):
        return "not installed: needs Python 3.12 or newer"
    return f"not installed: no module {error.name}" if error else "not installed: no such package"


def fits(settings: Settings) -> Table:
    """Time and gap of every fitter."""
    rows = list(_our_fits(settings))
    ours = {str(row[1]): float(row[3]) for row in rows if isinstance(row[3], float)}
    for program, objective, work in _peer_fits(settings):
        rows.append(_peer_row(program, objective, ours.get(objective), work))
    return Table("fits", "Cold fit of 240 runs", FITS, tuple(rows), (HOW_FITS_COMPARE,))


def _our_fits(settings: Settings) -> Iterator[tuple[Cell, ...]]:
    runs = our_runs()
    for objective in OBJECTIVES:
        request = Request(objective=objective)
        seconds = least_seconds(lambda request=request: fit(runs, request), settings.repetitions)
        found = fit(runs, request)
        how = f"defaults; {found.report.sentence}"
        law = found.parameters
        yield (OURS, objective, how, seconds, 1.0, gap(objective, law), *_letters(law))


def _letters(law: dict[str, float]) -> tuple[float, ...]:
    return tuple(float(law[letter]) for letter in LETTERS)


def _peer_fits(settings: Settings) -> Iterator[tuple[str, str, Callable[[], peers.Fitted]]]:
    yield EPOCH, "huber-1e-3", lambda: peers.EpochProcedure().fit(settings.epoch_starts)
    for objective, points in (
        ("huber-1e-3", settings.grid_points),
        (ASYMMETRIC, settings.default_grid_points),
    ):
        yield (
            "chinchilla",
            objective,
            lambda objective=objective, points=points: peers.chinchilla(objective, points),
        )
    yield "simple-scaling-laws", "least-squares-raw", lambda: peers.simple_scaling_laws(1)


def _peer_row(
    program: str, objective: str, ours: float | None, work: Callable[[], peers.Fitted]
) -> tuple[Cell, ...]:
    """One row; a peer that is absent or fails is named with the reason."""
    nothing: tuple[Cell, ...] = (None,) * (3 + len(LETTERS))
    label = named(program)
    try:
        found = work()
    except Exception as error:  # noqa: BLE001 - whatever a peer raises is its result
        return (label, objective, reason(program, error), *nothing)
    law = dict(found.law)
    ratio = found.seconds / ours if ours else None
    return (label, objective, found.settings, found.seconds, ratio, gap(objective, law), *_letters(law))


BOOTSTRAPS = (
    Column("program"),
    Column("minimizes"),
    Column("resamples", "count"),
    Column("processor time", "seconds"),
    Column("each", "seconds"),
    Column("how"),
)


def bootstraps(settings: Settings) -> Table:
    """Time of resampled fits."""
    rows = [*_our_bootstraps(settings), _epoch_bootstrap(settings), _simple_bootstrap(settings)]
    rows.append((named("chinchilla"), None, None, None, None, "has no bootstrap and no interval"))
    note = "Processor time, one process and one thread each; of scalecalc the least of two runs is shown."
    return Table("bootstraps", "Bootstrap of 240 runs", BOOTSTRAPS, tuple(rows), (note,))


def _our_bootstraps(settings: Settings) -> Iterator[tuple[Cell, ...]]:
    runs, plan = our_runs(), Plan(resamples=settings.resamples)
    for objective in OBJECTIVES:
        fitted = fit(runs, Request(objective=objective))
        seconds = least_seconds(lambda fitted=fitted: resample(runs, fitted, plan), 2)
        converged = resample(runs, fitted, Plan(resamples=min(200, settings.resamples))).converged
        each = seconds / settings.resamples
        yield OURS, objective, settings.resamples, seconds, each, f"cases, {100 * converged:g} % converged"


def _epoch_bootstrap(settings: Settings) -> tuple[Cell, ...]:
    law = fit(our_runs(), Request(objective="huber-1e-3")).parameters
    each = peers.EpochProcedure().bootstrap_seconds(law, settings.epoch_resamples)
    how = f"cases, one L-BFGS-B from the optimum of all rows; {settings.epoch_resamples} timed"
    return EPOCH, "huber-1e-3", settings.resamples, each * settings.resamples, each, how


def _simple_bootstrap(settings: Settings) -> tuple[Cell, ...]:
    label, draws = named("simple-scaling-laws"), settings.draws
    try:
        one, many = (peers.simple_scaling_laws(count).seconds for count in (1, draws))
    except Exception as error:  # noqa: BLE001 - whatever a peer raises is its result
        return label, None, None, None, None, reason("simple-scaling-laws", error)
    each = (many - one) / (draws - 1)
    how = f"wild by configuration; its default is {peers.DEFAULT_DRAWS:,} draws"
    return label, "least-squares-raw", draws, many - one, each, how


GROWTH = (
    Column("minimizes"),
    Column("rows", "count"),
    Column("processor time", "seconds"),
    Column("growth since the row above"),
)


def growth(settings: Settings) -> Table:
    """Time of cold fits as tables grow."""
    rows: list[tuple[Cell, ...]] = []
    for objective in ("least-squares", "huber-1e-3"):
        before: tuple[int, float] | None = None
        for count in settings.rows:
            runs, request = simulated(count), Request(objective=objective)
            seconds = least_seconds(lambda runs=runs, request=request: fit(runs, request), 2)
            rows.append((objective, count, seconds, _growth(before, (count, seconds))))
            before = count, seconds
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    note = f"Simulated rows, in memory; the least of two. Peak memory of the process: {memory / 1e9:.2f} GB."
    return Table("growth", "Fits of large tables", GROWTH, tuple(rows), (note,))


def _growth(before: tuple[int, float] | None, now: tuple[int, float]) -> str | None:
    if before is None:
        return None
    return f"rows^{np.log(now[1] / before[1]) / np.log(now[0] / before[0]):.2f}"


def simulated(rows: int) -> Runs:
    """Rows of a known law with 1 % noise."""
    random = np.random.default_rng(0)
    params, tokens = 10 ** random.uniform(7, 10, rows), 10 ** random.uniform(9, 12, rows)
    loss = 1.8 + 480 * params**-0.35 + 2000 * tokens**-0.37
    return runs_of(params, tokens, loss * np.exp(0.01 * random.standard_normal(rows)))
