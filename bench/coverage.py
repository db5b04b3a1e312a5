"""How often the default 95 % intervals hold the truth, on simulated sweeps with a known law.

Usage: python bench/coverage.py [SIMULATIONS]
"""

from __future__ import annotations

import sys
import zlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from fit_simulation import CLUSTERED, MAIN, NAMES, OTHER, covered
from tabulated import Cell, Column, Table, markdown

LEVEL = 0.95

ALL = (*MAIN, *CLUSTERED, *OTHER)
FEW = (MAIN[2], MAIN[6], MAIN[10], CLUSTERED[0])

COLUMNS = (
    Column("simulation"),
    *(Column(heading, "share") for heading in ("alpha", "beta", "N* at 1e23", "L* at 1e23")),
    Column("half-width of log N*", "figures"),
)


@dataclass(frozen=True, slots=True)
class Job:
    """Simulations of the cell at `place` in `ALL`: a cell holds functions, which no process can be sent."""

    place: int
    simulations: int
    objective: str | None = None


def simulated(job: Job) -> tuple[Cell, ...]:
    """The row of a job; its seed is that of the cell's name."""
    cell = ALL[job.place]
    found = covered(cell, job.simulations, job.objective, seed=zlib.crc32(cell.name.encode()))
    label = f"{cell.name}, {job.objective}" if job.objective else cell.name
    return label, *(found[name] for name in NAMES), found["width"]


def coverage(simulations: int, every_cell: bool) -> Table:
    """Coverage of the intervals in each cell, on all processors: nothing is timed here."""
    cells = ALL if every_cell else FEW
    jobs = [Job(ALL.index(cell), simulations) for cell in cells]
    if every_cell:
        jobs += [
            Job(place, simulations, objective)
            for objective in ("huber", "huber-1e-3")
            for place in (2, 6, 10)
        ]
    with ProcessPoolExecutor() as pool:
        rows = tuple(pool.map(simulated, jobs))
    error = 100 * (LEVEL * (1 - LEVEL) / simulations) ** 0.5
    note = (
        f"{simulations:,} simulated sweeps a row; Monte Carlo standard error {error:.1f} points. The "
        "truth is the law of Besiroglu et al. 2024, runs reach from 1e18 to 1e21 FLOPs, noise is of "
        "log loss. Of the peers, chinchilla gives no interval, and simple-scaling-laws reports 91 "
        "to 95 % for its own."
    )
    return Table("coverage", "Coverage of 95 % intervals", COLUMNS, rows, (note,))


def main(simulations: int) -> None:
    print(markdown(coverage(simulations, every_cell=True)))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
